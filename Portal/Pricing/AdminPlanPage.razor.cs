using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>One plan: the version that is shown beside the one before it.</summary>
public sealed record PlanModel(PlansModel All, IReadOnlyList<PlanState> Versions, PlanState Shown, PlanState? Before)
{
    /// <summary>The newest version, where it is a draft.</summary>
    public PlanState? Draft => Versions[0].Status == "draft" ? Versions[0] : null;
}

/// <summary>One plan's versions, and publishing its draft.</summary>
public sealed partial class AdminPlanPage
{
    private List<InputFault> _faults = [];
    private string? _done;

    [Parameter]
    public required string Key { get; set; }

    [SupplyParameterFromQuery]
    public int? Version { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required PlanStore Store { get; init; }

    [Inject]
    public required MeterCatalog Catalog { get; init; }

    protected override async Task<PlanModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { Tenant: var tenant } viewer) return null;
        var all = new PlansModel(tenant, await Store.ListAsync(tenant.Id, cancel), await Store.AccountsAsync(tenant.Id, viewer.Actor(Clock).At, cancel), await Catalog.GetAsync(tenant.Id, cancel));
        var versions = all.Plans.Where(p => p.Plan.Key == Key).ToList();
        if (versions.Count == 0 || (Version is null ? versions[0] : versions.Find(v => v.Plan.Version == Version)) is not { } shown) return null;
        return new PlanModel(all, versions, shown, versions.Find(v => v.Plan.Version == shown.Plan.Version - 1));
    }

    private async Task PublishAsync(bool moveAll)
    {
        _faults = [];
        _done = null;
        if (Model?.Draft is not { } draft) return;
        try
        {
            if (await Access.AdminAsync(default) is not { } viewer)
            {
                _faults.Add(new InputFault("", "forbidden", "You are no administrator any more. Nothing was published."));
                return;
            }
            foreach (var item in draft.Plan.Items.Where(i => Model.All.Meters.Find(i.Meter)?.Meter.IsPriceable != true))
                _faults.Add(new InputFault("items", "unknown_meter", $"There is no meter '{item.Meter}' that can be priced."));
            if (_faults.Count > 0) return;
            var actor = viewer.Actor(Clock);
            var next = BillingPeriod.Containing(actor.At, viewer.Tenant.Zone).Range.To;
            if (await Store.PublishAsync(viewer.Tenant.Id, Key, actor.At, moveAll ? next : null, actor, default) is { } published)
                _done = $"{published.Plan.Name} v{published.Plan.Version} is published and offered from now on. {(moveAll ? $"Everybody moves on {Formats.DateTime(next, viewer.Tenant.Zone)}." : "Nobody was moved.")}";
            else _faults.Add(new InputFault("", "no_draft", "There is no draft any more; somebody published it before you."));
            await ReloadAsync();
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or Microsoft.EntityFrameworkCore.DbUpdateException)
        {
            _faults.Add(new InputFault("", "failed", "It could not be published. Nothing was changed; please try again."));
        }
    }
}
