using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Accounts;

/// <summary>Puts an account on another plan.</summary>
public sealed partial class PlanChange
{
    private static readonly Dictionary<string, string> Labels = new() { ["plan"] = "Plan", ["reason"] = "Reason" };

    private List<InputFault> _faults = [];
    private string _plan = "";
    private string _when = "nextPeriod";
    private string? _reason;
    private string? _done;
    private (Plan Plan, Instant From)? _undo;
    private bool _busy;

    [Parameter, EditorRequired]
    public required AccountModel Model { get; set; }

    [Parameter]
    public EventCallback OnChanged { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required PlanStore Store { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    private async Task SaveAsync()
    {
        _faults = [];
        (_done, _undo) = (null, null);
        var input = FormInput.Of(_faults, ("plan", _plan), ("reason", _reason));
        var plan = input.Text("plan", required: true);
        var reason = input.Text("reason", required: true, most: 500);
        var now = Instant.FromDateTimeOffset(Clock.GetUtcNow());
        var from = _when == "now" ? now : BillingPeriod.Containing(now, Model.Tenant.Zone).Range.To;
        await AssignAsync(plan, null, from, reason, taken =>
        {
            _done = $"{Model.Usage.Name} is on {taken.PlanKey} v{taken.PlanVersion} from {Formats.DateTime(from, Model.Tenant.Zone)}.";
            _undo = Model.Usage.Plan is { Version: > 0 } before ? (before, from) : null;
            (_plan, _reason) = ("", null);
        });
    }

    private async Task UndoAsync()
    {
        if (_undo is not var (plan, from)) return;
        _faults = [];
        await AssignAsync(plan.Key, plan.Version, from, "Change taken back", _ =>
        {
            _done = $"Taken back: {plan.Name} v{plan.Version} goes on.";
            _undo = null;
        });
    }

    private async Task AssignAsync(string? plan, int? version, Instant from, string? reason, Action<PlanAssignment> done)
    {
        if (_faults.Count > 0 || _busy) return;
        _busy = true;
        try
        {
            if (await Access.AdminAsync(default) is not { } viewer) _faults.Add(new InputFault("", "forbidden", "You are no administrator any more. Nothing was changed."));
            else if ((await Store.ClosedAsync(Model.Tenant.Id, default)).Any(p => BillingPeriod.TryParse(p.Period, Model.Tenant.Zone, out var period) && from < period.Range.To))
                _faults.Add(new InputFault("effective", "closed_period", "That time lies in a month that is closed, or before one."));
            else if (await Store.AssignAsync(Model.Tenant, Model.Usage.Account, plan!, version, from, viewer.Actor(Clock), reason, default) is { } taken)
            {
                done(taken);
                await OnChanged.InvokeAsync();
            }
            else _faults.Add(new InputFault("plan", "not_offered", $"Plan '{plan}' is not offered at that time."));
        }
        catch (Exception e) when (e is Npgsql.NpgsqlException or Microsoft.EntityFrameworkCore.DbUpdateException)
        {
            _faults.Add(new InputFault("", "failed", "It could not be stored. Nothing was changed; please try again."));
        }
        finally
        {
            _busy = false;
        }
    }
}
