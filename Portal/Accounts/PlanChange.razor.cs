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

    private string _plan = "";
    private string _when = "nextPeriod";
    private string? _reason;
    private string? _done;
    private (Plan Plan, Instant From)? _undo;

    [Parameter, EditorRequired]
    public required AccountModel Model { get; set; }

    [Parameter]
    public EventCallback OnChanged { get; set; }

    [Inject]
    public required PlanStore Store { get; init; }

    private async Task ChangeAsync()
    {
        Faults = [];
        (_done, _undo) = (null, null);
        var input = FormInput.Of(Faults, ("plan", _plan), ("reason", _reason));
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
        Faults = [];
        await AssignAsync(plan.Key, plan.Version, from, "Change taken back", _ =>
        {
            _done = $"Taken back: {plan.Name} v{plan.Version} goes on.";
            _undo = null;
        });
    }

    private async Task AssignAsync(string? plan, int? version, Instant from, string? reason, Action<PlanAssignment> done)
    {
        if (Faults.Count > 0) return;
        await SaveAsync(async viewer =>
        {
            if ((await Store.ClosedAsync(Model.Tenant.Id, default)).Any(p => BillingPeriod.TryParse(p.Period, Model.Tenant.Zone, out var period) && from < period.Range.To))
                Faults.Add(new InputFault("effective", "closed_period", "That time lies in a month that is closed, or before one."));
            else if (await Store.AssignAsync(Model.Tenant, Model.Usage.Account, plan!, version, from, viewer.Actor(Clock), reason, default) is { } taken)
            {
                done(taken);
                await OnChanged.InvokeAsync();
            }
            else Faults.Add(new InputFault("plan", "not_offered", $"Plan '{plan}' is not offered at that time."));
        });
    }
}
