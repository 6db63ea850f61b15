using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Domain.Upgrades;

/// <summary>The rule downward: whether a cheaper plan would have done.</summary>
internal sealed class LessMoney
{
    private readonly DecisionRecord record;
    private readonly DecisionPlan? plan;

    internal LessMoney(DecisionRecord record)
    {
        this.record = record;
        // The plan that saves most of those for which all holds; where it holds for none, the one that comes closest is shown.
        plan = record.Plans.Where(p => p is { IsOffered: true, IsOwn: false })
            .OrderBy(p => ConditionsOf(p).Count(c => !c.Held))
            .ThenByDescending(p => record.Own.Total - p.Total)
            .ThenBy(p => p.Key, StringComparer.Ordinal).ThenBy(p => p.Version)
            .FirstOrDefault();
        Conditions = [.. ConditionsOf(plan)];
    }

    internal List<DecisionCondition> Conditions { get; }

    internal bool Holds => plan is not null && Conditions.TrueForAll(c => c.Held);

    internal DecisionVerdict Verdict =>
        new(DecisionKind.CheaperPlan, plan!.Key, plan.Version, SavingPerCycle: SavingPerCycle(plan));

    // The smaller of two means, so that nobody is promised what only one window holds.
    private decimal? SavingPerCycle(DecisionPlan? other) => other is not null && record.Own.Last3 - other.Last3 is { } recent
        ? Rounding.HalfAwayFromZero(
            Math.Min(recent / PlanComparison.Recent, (record.Own.Total - other.Total) / record.Cycles.Count),
            new Currency(record.Currency).MinorDigits)
        : null;

    private IEnumerable<DecisionCondition> ConditionsOf(DecisionPlan? other)
    {
        var currency = new Currency(record.Currency);
        var own = record.Own;
        var terms = record.Terms;
        var name = other is null ? "no other plan" : $"{other.Name} v{other.Version}";
        var recent = own.Last3 - other?.Last3;
        yield return new("cheaper_saving_3", "down", $"Cheaper over your last 3 cycles ({name})", "cheaper_saving_3 > 0",
            recent, 0, record.Currency, recent > 0, DecisionText.Money(recent, currency), record.CyclesBack(PlanComparison.Recent));

        decimal? all = other is null || record.Cycles.Count == 0 ? null : own.Total - other.Total;
        yield return new("cheaper_saving_12", "down", $"and over all replayed cycles ({record.Cycles.Count} of up to 12)",
            "cheaper_saving_12 > 0", all, 0, record.Currency, all > 0, DecisionText.Money(all, currency), record.CyclesBack(PlanComparison.Cycles));

        var saving = SavingPerCycle(other);
        yield return new("cheaper_saving_per_cycle", "down", terms.SavingNeeded == 0 ? "by an amount that can be paid, each cycle" : $"by more than {DecisionText.Money(terms.SavingNeeded, currency)} each cycle",
            $"cheaper_saving_per_cycle > {QuantityText.Number(terms.SavingNeeded, 6)}",
            saving, terms.SavingNeeded, record.Currency, saving > terms.SavingNeeded, DecisionText.Money(saving, currency), record.CyclesBack(PlanComparison.Cycles));

        var crossed = other?.Limits.Count(l => l.Crossed);
        yield return new("cheaper_limits_crossed", "down", "None of its limits would have been reached", "cheaper_limits_crossed = 0",
            crossed, 0, "", crossed == 0, crossed is null ? "none" : QuantityText.Number(crossed.Value, 0), record.CyclesBack(PlanComparison.Cycles));

        var soonest = other?.Limits.Min(l => l.When?.P50Days);
        yield return new("cheaper_p50_days", "down", $"and none is forecast to be reached within {DecisionText.Days(terms.NearDays)}", $"cheaper_p50_days > {terms.NearDays}",
            soonest, terms.NearDays, "days", other is not null && (soonest is null || soonest > terms.NearDays),
            soonest is null ? "no date" : DecisionText.Days(soonest.Value), record.FitBack());

        var open = record.OpenReplies.Count(r => r.Response == "dispute" || r.To == DecisionKind.CheaperPlan);
        yield return new("cheaper_open_replies", "down", "Nothing disputed, and no reply to a cheaper plan open",
            "cheaper_open_replies = 0", open, 0, "", open == 0, QuantityText.Number(open, 0), "now");

        yield return new("cheaper_data_days", "down", $"At least {DecisionText.Days(terms.NeededDays)} of data", $"cheaper_data_days ≥ {terms.NeededDays}", record.DaysOfData,
            terms.NeededDays, "days", record.DaysOfData >= terms.NeededDays, DecisionText.Days(record.DaysOfData), "since the first event");
    }
}
