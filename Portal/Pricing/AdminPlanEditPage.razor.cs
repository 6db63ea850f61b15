using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>A plan that is being drafted.</summary>
/// <param name="Tenant">Whose.</param>
/// <param name="Newest">The version that the form starts from; null for a new plan.</param>
/// <param name="Meters">What can be priced.</param>
public sealed record PlanEditModel(Tenant Tenant, PlanState? Newest, MeterSet Meters);

/// <summary>Drafts a new plan, or the next version of one.</summary>
public sealed partial class AdminPlanEditPage
{
    private List<InputFault> _faults = [];

    [Parameter]
    public string? Key { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required PlanStore Store { get; init; }

    [Inject]
    public required MeterCatalog Catalog { get; init; }

    protected override async Task<PlanEditModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { Tenant: var tenant }) return null;
        var newest = Key is null ? null : await Store.NewestAsync(tenant.Id, Key, cancel);
        return Key is not null && newest is null ? null : new PlanEditModel(tenant, newest, await Catalog.GetAsync(tenant.Id, cancel));
    }

    protected override void Forget() => _faults = [];

    private async Task SaveAsync(Plan plan)
    {
        _faults = [];
        try
        {
            if (await Access.AdminAsync(default) is not { } viewer)
            {
                _faults.Add(new InputFault("", "forbidden", "You are no administrator any more. Nothing was stored."));
                return;
            }
            var actor = viewer.Actor(Clock);
            if (Key is not null) await Store.SaveDraftAsync(viewer.Tenant.Id, plan with { Key = Key }, actor, default);
            else if (await Store.CreateAsync(viewer.Tenant.Id, plan, actor, default) is null)
            {
                _faults.Add(new InputFault("key", "taken", $"There is a plan '{plan.Key}' already."));
                return;
            }
            Navigation.NavigateTo(PortalUrls.AdminPlanReview(plan.Key));
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or Microsoft.EntityFrameworkCore.DbUpdateException || PostgresErrors.IsUnavailable(e))
        {
            _faults.Add(new InputFault("", "failed", "It could not be stored. Nothing was changed; please try again."));
        }
    }
}
