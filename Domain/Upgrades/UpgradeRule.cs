using NodaTime;
using NodaTime.Text;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Domain.Upgrades;

/// <summary>
/// Decides whether somebody is asked to take another plan, upward and downward by the same engine. More room is asked for only
/// where all hold: (a) the middle forecast reaches the limit soon, or it was reached in most of the last three cycles; (b) the
/// plan is cheaper, or avoids a pause; (c) no reply is open; (d) there is enough data; (e) nothing cheaper than a plan solves
/// it alone. A cheaper plan is named where it would have been cheaper over the last three cycles and over all, and none of its
/// limits would have been reached. What is soon, most and enough stands in <see cref="RuleTerms"/>, and in every record.
/// </summary>
public static class UpgradeRule
{
    /// <summary>The rule's id.</summary>
    public const string Id = "limit.p50_cross";

    private static readonly LocalDatePattern MonthPattern = LocalDatePattern.CreateWithInvariantCulture("uuuu-MM");

    /// <summary>Decides. The same inputs give the same record.</summary>
    /// <param name="id">The new record's id.</param>
    /// <param name="inputs">Everything that it depends on.</param>
    public static DecisionRecord Decide(Guid id, DecisionInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return DecisionText.Told(Evaluated(Assembled(id, inputs)));
    }

    /// <summary>
    /// Applies the rule again to what the record holds: dates are worked out anew from its forecasts, sums from its rows,
    /// conditions from both, under its own thresholds. The conditions and the verdict that it stores are not looked at.
    /// </summary>
    public static DecisionVerdict Rerun(DecisionRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return Under(record, new AppliedRule(record.RuleVersion, record.Terms, record.RuleIsOn)).Verdict;
    }

    /// <summary>The record's evidence under another version of the rule: what that version would have decided. Its sentences are left out.</summary>
    public static DecisionRecord Under(DecisionRecord record, AppliedRule rule)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(rule);
        var meters = record.Meters.Select(Renewed).ToList();
        var own = record.Own;
        var fresh = record with
        {
            RuleVersion = rule.Version,
            Terms = rule.Terms,
            RuleIsOn = rule.IsOn,
            Meters = meters,
            Meter = Headline(meters, rule.Terms)?.Meter,
            Plans =
            [
                .. record.Plans.Select(p => PlanComparison.Totals(record.Replay, record.NextCycles, p, own.Key, own.Version)
                    with { Limits = [.. p.Limits.Select(l => Renewed(l, meters))] }),
            ],
            Sentences = [],
            IfNothing = [],
            Counter = [],
        };
        return Evaluated(fresh with { Alternatives = Ways(fresh, record) });
    }

    // From the remedies where they were kept; else the stored ways, which are those of the meter that the record is about.
    private static List<Alternative> Ways(DecisionRecord fresh, DecisionRecord stored) => (fresh.Headline, stored.Remedies) switch
    {
        (null, _) => [],
        ({ } meter, { } remedies) => WaysOut.Of(meter, remedies, fresh.Plans, new Currency(fresh.Currency), fresh.Terms),
        ({ } meter, _) => meter.Meter == stored.Meter ? [.. stored.Alternatives.Select(w => WaysOut.Renewed(meter, w, fresh.Terms))] : [],
    };

    private static DecisionMeter Renewed(DecisionMeter meter)
    {
        var when = PlanComparison.Reaches(meter.Stock, meter.Flow, meter.Limit.Limit);
        return meter with
        {
            When = when,
            State = QuotaStanding.StateOf(meter.Used, meter.Reserved, meter.Limit.Limit, meter.Limit.Kind, when?.P50Days),
        };
    }

    private static PlanMeterLimit Renewed(PlanMeterLimit limit, List<DecisionMeter> meters)
    {
        var meter = meters.Find(m => m.Meter == limit.Meter);
        return limit with
        {
            Crossed = limit.HighestUsed >= limit.Limit,
            When = PlanComparison.Reaches(meter?.Stock, meter?.Flow, limit.Limit),
        };
    }

    // The meter that is asked about: one that is near its limit or keeps reaching it, then the one that is next, then the fullest.
    private static DecisionMeter? Headline(IEnumerable<DecisionMeter> meters, RuleTerms terms) => meters
        .Where(m => m.Limit.Limit is not null)
        .OrderBy(m => m.When?.P50Days <= terms.NearDays ? 0 : m.CyclesAtLimitOfLast3 >= terms.HabitCycles ? 1 : 2)
        .ThenBy(m => m.When?.P50Days ?? int.MaxValue)
        .ThenByDescending(m => m.Limit.Limit > 0 ? (m.Used + m.Reserved) / m.Limit.Limit : decimal.MaxValue)
        .ThenBy(m => m.Meter, StringComparer.Ordinal)
        .FirstOrDefault();

    private static DecisionRecord Assembled(Guid id, DecisionInputs inputs)
    {
        var comparison = new PlanComparison(inputs);
        var meters = inputs.Meters.Select(m => Renewed(new DecisionMeter(
            m.Meter, m.Name, m.Unit, m.Limit, m.Used, m.Reserved, QuotaState.None, m.Stock, m.Flow, null,
            m.CyclesAtLimitOfLast3, m.Backtest, m.Daily))).ToList();
        var rule = inputs.Rule ?? AppliedRule.Standard;
        var headline = Headline(meters, rule.Terms);
        var plan = inputs.Current;
        return new DecisionRecord
        {
            Id = id,
            Subject = new DecisionSubject(inputs.Account, inputs.Name, plan.Key, plan.Version, plan.Name),
            RuleId = Id,
            RuleVersion = rule.Version,
            Terms = rule.Terms,
            RuleIsOn = rule.IsOn,
            PlanCatalogueVersion = inputs.CatalogueVersion,
            ComputedAt = inputs.ComputedAt,
            TimeZone = inputs.Zone.Id,
            Today = inputs.ComputedAt.InZone(inputs.Zone).Date,
            Currency = plan.Currency.Code,
            Meter = headline?.Meter,
            Inputs = InputsOf(inputs, comparison),
            Meters = meters,
            Contributors = inputs.Contributors,
            Plans = comparison.Plans,
            Cycles = [.. comparison.Past.Select(c => new ReplayedCycle(c.Period.ToString(), c.Quantities, c.PeakLevelBytes))],
            Replay = comparison.Replay,
            NextCycles = comparison.NextCycles,
            Alternatives = WaysOut.Of(headline, inputs.Remedies, comparison.Plans, plan.Currency, rule.Terms),
            Remedies = inputs.Remedies,
            OpenReplies = [.. inputs.Replies.Where(r => r.Until is not { } until || until > inputs.ComputedAt)],
            DaysOfData = inputs.DaysOfData,
            PlatformCost = inputs.PlatformCost,
        };
    }

    private static List<DecisionInput> InputsOf(DecisionInputs inputs, PlanComparison comparison)
    {
        var now = InstantPattern.General.Format(inputs.ComputedAt);
        var list = new List<DecisionInput>();
        foreach (var meter in inputs.Meters)
        {
            var source = "meter:" + meter.Meter;
            list.Add(new(meter.Meter + ".used", meter.Used, meter.Unit, now, source));
            if (meter.Limit.Limit is { } limit)
            {
                var applies = meter.Limit.Chain.FirstOrDefault(l => l.Applies)?.Source ?? "plan";
                list.Add(new(meter.Meter + ".limit", limit, meter.Unit, now, applies));
            }
            if (meter.Stock is { IsFitted: true } stock)
            {
                list.Add(new(meter.Meter + ".growth_per_day", stock.SlopePerDay, meter.Unit, $"{stock.Days} days", source));
            }
            if (meter.Flow is { IsFitted: true } flow)
            {
                list.Add(new(meter.Meter + ".expected", flow.Expected, meter.Unit, MonthPattern.Format(flow.PeriodStart), source));
            }
            list.Add(new(meter.Meter + ".cycles_at_limit", meter.CyclesAtLimitOfLast3, "cycles", "last 3 cycles", "statements"));
        }
        list.Add(new("data_days", inputs.DaysOfData, "days", now, "ledger"));
        list.Add(new("cycles_replayed", comparison.Past.Length, "cycles", Window(comparison.Past), "statements"));
        list.Add(new("open_replies", inputs.Replies.Count, "", now, "replies"));
        if (inputs.PlatformCost is { } cost)
        {
            list.Add(new("platform_cost", cost.Amount, inputs.Current.Currency.Code, cost.Period, "costs"));
        }
        return list;
    }

    private static string Window(CycleUsage[] cycles) => cycles.Length == 0 ? "none" : $"{cycles[0].Period}..{cycles[^1].Period}";

    private static DecisionRecord Evaluated(DecisionRecord record)
    {
        var up = new MoreRoom(record);
        var down = new LessMoney(record);
        var verdict = record.RuleIsOn && down.Holds ? down.Verdict : up.Verdict;
        var asked = record with { Conditions = [.. up.Conditions, .. down.Conditions], Verdict = verdict };
        return asked with { UsefulFrom = UsefulFrom(asked) };
    }

    // More room is of use from the cycle in which the limit is met; less money from the next cycle on.
    private static LocalDate? UsefulFrom(DecisionRecord record)
    {
        if (record.Verdict.Kind == DecisionKind.Stay)
        {
            return null;
        }
        var next = record.Today.With(DateAdjusters.StartOfMonth).PlusMonths(1);
        if (record.Verdict.Kind == DecisionKind.CheaperPlan || record.Headline?.When?.P50 is not { } met)
        {
            return next;
        }
        return LocalDate.Max(record.Today, met.With(DateAdjusters.StartOfMonth));
    }
}
