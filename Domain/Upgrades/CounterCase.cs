using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Domain.Upgrades;

/// <summary>The strongest reasons against a verdict, from the data that led to it.</summary>
internal static class CounterCase
{
    // A contributor below a third of the growth hardly changes a date when it was a one-off.
    private const decimal WorthAsking = 0.30m;

    internal static List<CounterReason> Against(DecisionRecord record) => record.Verdict.Kind switch
    {
        DecisionKind.Upgrade => [.. AgainstMoreRoom(record)],
        DecisionKind.CheaperPlan => [.. AgainstLessMoney(record)],
        _ => [.. AgainstStaying(record)],
    };

    internal static string WhyNone(DecisionRecord record) => record.Verdict.Kind == DecisionKind.Stay
        ? "There is nothing to argue against: nothing is asked, no limit is near, and no offered plan would have been cheaper or is expected to be."
        : "The data hold no reason against it: growth has no single source, no way out was measured, and the money speaks for it.";

    private static IEnumerable<CounterReason> AgainstMoreRoom(DecisionRecord record)
    {
        var meter = record.Headline!;
        var plan = record.Recommended!;
        var currency = new Currency(record.Currency);
        if (OneOff(record, meter) is { } oneOff)
        {
            yield return oneOff;
        }

        var free = record.Alternatives.Where(w => w is { IsPlan: false, CostPerCycle: 0, DaysGained: null or > 0 } && w.When is not null)
            .OrderByDescending(w => WaysOut.DaysUntil(w.When)).FirstOrDefault();
        if (free is not null)
        {
            yield return new("make-room", $"You are willing to tidy up: {free.Title} alone moves the limit to: "
                + $"{DecisionText.When(record, free)}.",
                free.DaysGained, "days", free.When);
        }

        var now = record.Interest!.Now;
        var more = record.Interest.Then - now;
        var topUp = record.Alternatives.FirstOrDefault(w => w is { IsPlan: false, CostPerCycle: > 0 } && w.CostPerCycle < more);
        if (topUp is not null)
        {
            yield return new("top-up",
                $"You need only a little more: {topUp.Title} costs {DecisionText.Money(topUp.CostPerCycle, currency)} per cycle, "
                    + $"the plan {DecisionText.Money(more, currency)} more.",
                topUp.CostPerCycle, record.Currency, topUp.When);
        }

        if (record.Cycles.Count > 0 && plan.Total > record.Own.Total)
        {
            yield return new("money",
                $"Money is the only reason. On your last {DecisionText.Counted(record.Cycles.Count, "cycle")} {plan.Name} would "
                    + $"have been {DecisionText.Money(plan.Total - record.Own.Total, currency)} dearer.",
                plan.Total - record.Own.Total, record.Currency);
        }

        if (meter.When is { Outcome: LimitDateOutcome.Dated } when && (when.P90Days is null || when.P90Days > record.Terms.NearDays))
        {
            var late = when.P90 is { } p90 ? "only about " + ForecastText.Date(p90, record.Today)
                : meter.Stock is null ? "not in this period"
                : "not within a year";
            yield return new("range", $"Growth slows to the low end of its range: the limit is then reached {late}.",
                when.P90Days, "days", when);
        }

        if (record.Confidence is { Low: true } confidence)
        {
            yield return new("data", $"You would rather wait for better data. {confidence.Text}", record.DaysOfData, "days");
        }
    }

    private static CounterReason? OneOff(DecisionRecord record, DecisionMeter meter)
    {
        if (record.Contributors.MaxBy(c => c.Share) is not { } top || top.Share < WorthAsking
            || meter is not { Stock: { IsFitted: true } forecast, Limit.Limit: { } limit })
        {
            return null;
        }
        var without = WaysOut.Eased(forecast, 0, Math.Min(top.Share, 1) * forecast.SlopePerDay);
        var when = without.WhenReaches(limit);
        var growth = without.SlopePerDay > 0
            ? $"Without it you grow {QuantityText.Of(without.SlopePerDay, meter.Unit)} a day"
            : "Without it you do not grow";
        var fired = when.P50Days <= record.Terms.NearDays ? "" : ", and this rule would not have fired";
        return new("one-off", $"{top.Label} was a one-off ({QuantityText.Percent(top.Share)} of the growth). {growth}; the limit: "
            + $"{ForecastText.When(when, record.Today)}{fired}.",
            without.SlopePerDay, meter.Unit, when);
    }

    private static IEnumerable<CounterReason> AgainstLessMoney(DecisionRecord record)
    {
        var plan = record.Recommended!;
        var own = record.Own;
        if (record.Cycles.Count > plan.CyclesCheaper)
        {
            yield return new("dearer-cycles",
                $"In {record.Cycles.Count - plan.CyclesCheaper} of {DecisionText.Counted(record.Cycles.Count, "cycle")} it would "
                    + $"not have been cheaper than {own.Name}.",
                record.Cycles.Count - plan.CyclesCheaper, "cycles");
        }
        foreach (var limit in plan.Limits.Where(l => l.Limit is not null))
        {
            if (own.Limits.FirstOrDefault(l => l.Meter == limit.Meter)?.Limit is not { } most || most > limit.Limit)
            {
                yield return new("less-room",
                    $"You expect to need more {limit.Name} than {QuantityText.Of(limit.Limit!.Value, limit.Unit)}; the most so far "
                        + $"was {QuantityText.Of(limit.HighestUsed, limit.Unit)}.",
                    limit.Limit, limit.Unit, limit.When);
            }
        }
        if (plan.Next.Middle > own.Next.Middle)
        {
            yield return new("money",
                $"Your use goes on as forecast: over the next 3 cycles it would cost "
                    + $"{DecisionText.Money(plan.Next.Middle - own.Next.Middle, new Currency(record.Currency))} more.",
                plan.Next.Middle - own.Next.Middle, record.Currency);
        }
    }

    private static IEnumerable<CounterReason> AgainstStaying(DecisionRecord record)
    {
        if (record.Headline is { When: { P10Days: { } early, Outcome: not LimitDateOutcome.Reached } when } meter && early <= record.Terms.NearDays)
        {
            yield return new("range",
                $"Growth rises to the high end of its range: {DecisionText.Limit(meter)} is then reached about "
                    + $"{ForecastText.Date(when.P10!.Value, record.Today)}.",
                when.P10Days, "days", when);
        }
        if (record.Headline is { When.Outcome: LimitDateOutcome.Reached } full)
        {
            yield return new("reached", $"The limit is reached: {QuantityText.Of(full.Used, full.Unit)} of {DecisionText.Limit(full)}.", full.Used, full.Unit, full.When);
        }
        var cheaper = record.Plans.Where(p => p is { IsOwn: false, IsOffered: true } && p.Total < record.Own.Total).MinBy(p => p.Total);
        if (cheaper is not null)
        {
            var saved = record.Own.Total - cheaper.Total;
            yield return new("money",
                $"Money alone: your last {DecisionText.Counted(record.Cycles.Count, "cycle")} would have cost "
                    + $"{DecisionText.Money(saved, new Currency(record.Currency))} less on {DecisionText.PlanName(cheaper)}, which "
                    + $"another condition speaks against.",
                saved, record.Currency);
        }
        // A plan that pauses new use is cheap for that reason.
        var ahead = record.Cycles.Count == 0 ? null : record.Plans.Where(p => p is { IsOwn: false, IsOffered: true, PausedDays.Middle: 0 } && p.Next.Middle < record.Own.Next.Middle).MinBy(p => p.Next.Middle);
        if (ahead is not null)
        {
            var saved = record.Own.Next.Middle - ahead.Next.Middle;
            yield return new("next-money",
                $"Your use goes on as forecast: the next 3 cycles would cost {DecisionText.Money(saved, new Currency(record.Currency))} less on {DecisionText.PlanName(ahead)}.",
                saved, record.Currency);
        }
    }
}
