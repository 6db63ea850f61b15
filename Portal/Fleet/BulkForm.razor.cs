using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Fleet;

/// <summary>Takes in one change to many accounts and makes its dry run.</summary>
public sealed partial class BulkForm
{
    private static readonly Dictionary<string, string> Labels = new()
    {
        ["plan"] = "Plan",
        ["meter"] = "Meter",
        ["limit"] = "New limit",
        ["limitKind"] = "At the limit",
        ["expires"] = "Ends on",
        ["reason"] = "Reason",
    };

    private string _what = "limit";
    private string _plan = "";
    private string _meter = "";
    private string? _limit;
    private string _limitKind = "";
    private DateOnly? _expires;
    private bool _permanent;
    private string? _reason;

    [Parameter, EditorRequired]
    public required BulkNewModel Model { get; set; }

    [Inject]
    public required BulkStore Store { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    private async Task DryRunAsync()
    {
        if (IsBusy) return;
        Faults = [];
        if (Read() is not { } wanted) return;
        await SaveAsync(async viewer =>
        {
            try
            {
                var made = await Store.DraftAsync(viewer.Tenant, Model.Selected.Filter, wanted, viewer.Actor(Clock), default);
                Navigation.NavigateTo(PortalUrls.AdminBulk(made.Id));
            }
            catch (StillCountingException e)
            {
                Faults.Add(new InputFault("", "still_counting", e.Message));
            }
        });
    }

    private BulkAction? Read()
    {
        var isPlan = _what == "plan";
        var input = FormInput.Of(Faults, ("plan", isPlan ? _plan : null), ("meter", _meter), ("limit", _limit), ("limitKind", _limitKind), ("expires", _permanent ? null : FormInput.Text(_expires)), ("reason", _reason));
        var reason = input.Text("reason", required: true, most: 500);
        if (isPlan)
        {
            var key = input.Text("plan", required: true);
            return Faults.Count > 0 || Model.Plans.FirstOrDefault(p => p.Key == key) is not { } plan ? null
                : new BulkAction { Filter = "", CreatedBy = "", Reason = reason!, Plan = plan.Key, PlanVersion = plan.Version, From = Model.NextCycle };
        }
        var slug = input.Text("meter", required: true);
        var limit = input.Number("limit", required: true, least: 0);
        var kind = input.OneOf("limitKind", true, "soft", "hard");
        var expires = input.End("expires", Model.Tenant, _permanent, Instant.FromDateTimeOffset(Clock.GetUtcNow()));
        if (Faults.Count > 0 || Model.Meters.FirstOrDefault(m => m.Meter.Slug == slug) is not { } meter) return null;
        return new BulkAction
        {
            Filter = "",
            CreatedBy = "",
            Reason = reason!,
            Meter = slug,
            Limit = FormInput.InUnit(limit!.Value, meter.Meter.Unit),
            LimitKind = kind,
            ExpiresAt = expires,
        };
    }
}
