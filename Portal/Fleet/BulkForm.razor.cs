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

    private List<InputFault> _faults = [];
    private string _what = "limit";
    private string _plan = "";
    private string _meter = "";
    private string? _limit;
    private string _limitKind = "";
    private DateOnly? _expires;
    private bool _permanent;
    private string? _reason;
    private bool _busy;

    [Parameter, EditorRequired]
    public required BulkNewModel Model { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required BulkStore Store { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    private async Task DryRunAsync()
    {
        if (_busy) return;
        _faults = [];
        if (Read() is not { } wanted) return;
        _busy = true;
        try
        {
            if (await Access.AdminAsync(default) is not { } viewer)
            {
                _faults = [new InputFault("", "forbidden", "You are no administrator any more. Nothing was made.")];
                return;
            }
            var made = await Store.DraftAsync(viewer.Tenant, Model.Selected.Filter, wanted, viewer.Actor(Clock), default);
            Navigation.NavigateTo(PortalUrls.AdminBulk(made.Id));
        }
        catch (Exception e) when (e is Microsoft.EntityFrameworkCore.DbUpdateException or StillCountingException || PostgresErrors.IsUnavailable(e))
        {
            _faults = [new InputFault("", "failed", e is StillCountingException ? e.Message : "The dry run could not be made. Nothing was changed; please try again.")];
        }
        finally
        {
            _busy = false;
        }
    }

    private BulkAction? Read()
    {
        var isPlan = _what == "plan";
        var input = FormInput.Of(_faults, ("plan", isPlan ? _plan : null), ("meter", _meter), ("limit", _limit), ("limitKind", _limitKind), ("expires", _permanent ? null : FormInput.Text(_expires)), ("reason", _reason));
        var reason = input.Text("reason", required: true, most: 500);
        if (isPlan)
        {
            var key = input.Text("plan", required: true);
            return _faults.Count > 0 || Model.Plans.FirstOrDefault(p => p.Key == key) is not { } plan ? null
                : new BulkAction { Filter = "", CreatedBy = "", Reason = reason!, Plan = plan.Key, PlanVersion = plan.Version, From = Model.NextCycle };
        }
        var slug = input.Text("meter", required: true);
        var limit = input.Number("limit", required: true, least: 0);
        var kind = input.OneOf("limitKind", true, "soft", "hard");
        var expires = input.End("expires", Model.Tenant, _permanent, Instant.FromDateTimeOffset(Clock.GetUtcNow()));
        if (_faults.Count > 0 || Model.Meters.FirstOrDefault(m => m.Meter.Slug == slug) is not { } meter) return null;
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
