using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Domain.Upgrades;

/// <summary>The rule upward: conditions (a) to (e), from the record's evidence.</summary>
internal sealed class MoreRoom
{
    private readonly DecisionRecord record;
    private readonly DecisionMeter? meter;
    private readonly DecisionPlan? plan;
    private readonly Alternative? best;

    internal MoreRoom(DecisionRecord record)
    {
        this.record = record;
        meter = record.Headline;
        plan = Candidate();
        best = BestWay();
        Conditions = [.. All()];
    }

    internal List<DecisionCondition> Conditions { get; }

    internal DecisionVerdict Verdict
    {
        get
        {
            var near = Held("forecast_p50_days") || Held("cycles_at_limit_of_3");
            var helps = Held("replay_saving_3") || Held("forecast_saving_3") || Held("paused_days_avoided");
            if (!record.RuleIsOn || !near || !helps || !Held("open_replies") || !Held("data_days"))
            {
                return new DecisionVerdict(DecisionKind.Stay);
            }
            return Held("best_free_days")
                ? new DecisionVerdict(DecisionKind.Upgrade, plan!.Key, plan.Version)
                : new DecisionVerdict(DecisionKind.Stay, Remedy: best!.Key);
        }
    }

    private bool Held(string key) => Conditions.Exists(c => c.Key == key && c.Held);

    // The cheapest offered plan with more room that is not full already and would not raise the same question within the days that are near.
    private DecisionPlan? Candidate()
    {
        if (meter?.Limit.Limit is not { } own)
        {
            return null;
        }
        return record.Plans
            .Where(p => p is { IsOffered: true, IsOwn: false } && !p.Limits.Any(IsFull) && HasRoom(p))
            .OrderBy(p => p.PausedDays.Middle > 0 ? 1 : 0)
            .ThenBy(p => p.Next.Middle).ThenBy(p => p.Key, StringComparer.Ordinal).ThenBy(p => p.Version)
            .FirstOrDefault();

        bool HasRoom(DecisionPlan p)
        {
            var limit = p.Limits.FirstOrDefault(l => l.Meter == meter.Meter);
            return limit?.Limit is not { } most || (most > own && !(limit.When?.P50Days <= record.Terms.NearDays));
        }

        bool IsFull(PlanMeterLimit limit) =>
            record.Meters.FirstOrDefault(m => m.Meter == limit.Meter) is { } m && m.Used + m.Reserved >= limit.Limit;
    }

    private decimal? CostOfPlan => plan is null ? null : (plan.Next.Middle - record.Own.Next.Middle) / PlanComparison.Recent;

    // What is free, or cheaper than the plan would be.
    private Alternative? BestWay() => record.Alternatives
        .Where(w => !w.IsPlan && (w.CostPerCycle <= 0 || w.CostPerCycle < CostOfPlan) && Lasts(w) is not null)
        .OrderByDescending(Lasts).ThenBy(w => w.CostPerCycle)
        .FirstOrDefault();

    private static int? Lasts(Alternative way) => WaysOut.DaysUntil(way.When);

    private IEnumerable<DecisionCondition> All()
    {
        var own = record.Own;
        var terms = record.Terms;
        var currency = new Currency(record.Currency);
        var name = plan is null ? "no offered plan" : $"{plan.Name} v{plan.Version}";
        var days = meter?.When?.P50Days;
        yield return new("rule_on", "on", "The rule is switched on", "rule_on = 1", record.RuleIsOn ? 1 : 0, 1, "", record.RuleIsOn,
            record.RuleIsOn ? "on" : "off", "now");

        yield return new("forecast_p50_days", "a", $"Limit reached within {DecisionText.Days(terms.NearDays)}, middle forecast",
            $"forecast_p50_days ≤ {terms.NearDays}", days, terms.NearDays, "days", days <= terms.NearDays,
            meter?.When is { } when ? days is null ? ForecastText.When(when, record.Today) : DecisionText.Days(days.Value) : "no limit",
            record.FitBack());

        var cycles = meter?.CyclesAtLimitOfLast3;
        yield return new("cycles_at_limit_of_3", "a", $"or limit reached, or more than was included charged, in {terms.HabitCycles} of the last 3 cycles",
            $"cycles_at_limit_of_3 ≥ {terms.HabitCycles}", cycles, terms.HabitCycles, "cycles", cycles >= terms.HabitCycles,
            cycles is null ? "no limit" : $"{cycles} of 3", record.CyclesBack(PlanComparison.Recent));

        var past = own.Last3 - plan?.Last3;
        yield return new("replay_saving_3", "b", $"Cheaper on your last 3 cycles ({name})", "replay_saving_3 > 0",
            past, 0, record.Currency, past > 0, DecisionText.Money(past, currency), record.CyclesBack(PlanComparison.Recent));

        var ahead = own.Next.Middle - plan?.Next.Middle;
        yield return new("forecast_saving_3", "b", $"or cheaper on the next 3, middle forecast ({name})", "forecast_saving_3 > 0",
            ahead, 0, record.Currency, ahead > 0, DecisionText.Money(ahead, currency), record.CyclesAhead());

        var avoided = own.PausedDays.Middle - plan?.PausedDays.Middle;
        yield return new("paused_days_avoided", "b", $"or avoids days of paused use until the end of the next 3 cycles ({name})",
            "paused_days_avoided > 0", avoided, 0, "days", avoided > 0,
            plan is null
                ? "none"
                : $"{QuantityText.Number(own.PausedDays.Middle, 0)} to {QuantityText.Number(plan.PausedDays.Middle, 0)}",
            record.CyclesAhead());

        var open = record.OpenReplies.Count(r => r.Response == "dispute" || r.To == DecisionKind.Upgrade);
        yield return new("open_replies", "c", "Nothing snoozed, declined or disputed", "open_replies = 0",
            open, 0, "", open == 0, QuantityText.Number(open, 0), "now");

        yield return new("data_days", "d", $"At least {DecisionText.Days(terms.NeededDays)} of data", $"data_days ≥ {terms.NeededDays}",
            record.DaysOfData, terms.NeededDays, "days", record.DaysOfData >= terms.NeededDays, DecisionText.Days(record.DaysOfData),
            "since the first event");

        var lasts = best is null ? null : Lasts(best);
        yield return new("best_free_days", "e", $"No free or cheaper way lasts {DecisionText.Days(terms.SolvedDays)} by itself", $"best_free_days < {terms.SolvedDays}",
            lasts, terms.SolvedDays, "days", lasts is null || lasts < terms.SolvedDays,
            lasts is null ? "none measured" : lasts > Forecast.Horizon ? "more than a year" : DecisionText.Days(lasts.Value), record.FitBack());
    }
}
