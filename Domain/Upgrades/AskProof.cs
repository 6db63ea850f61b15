using NodaTime;

namespace OpenMeet.Insights.Domain.Upgrades;

/// <summary>Whether what an ask said came true.</summary>
public enum AskOutcome
{
    /// <summary>Its time is not over.</summary>
    Open,

    /// <summary>The limit was reached in its time; the cheaper plan was cheaper.</summary>
    Right,

    /// <summary>It was not.</summary>
    Wrong,

    /// <summary>The account changed its plan before it could show.</summary>
    Acted,
}

/// <summary>Holds asks against what came after them.</summary>
public static class AskProof
{
    /// <summary>
    /// Of an ask for more room: right where the limit of then was reached by the end of its days, whatever the plan then was; wrong
    /// where it was not and the plan stayed.
    /// </summary>
    /// <param name="ask">The decision that asked.</param>
    /// <param name="after">Values of its meter by day: levels, or the amounts of days; those of its own day count.</param>
    /// <param name="today">Today; a day that is not over proves nothing wrong.</param>
    /// <param name="planChanged">Whether the account took another plan within its days.</param>
    public static AskOutcome OfLimit(DecisionRecord ask, IEnumerable<DailyValue> after, LocalDate today, bool planChanged)
    {
        ArgumentNullException.ThrowIfNull(ask);
        if (ask.Headline is not { Limit.Limit: { } limit } meter)
        {
            return AskOutcome.Open;
        }
        var end = ask.Today.PlusDays(ask.Terms.NearDays);
        var days = after.Where(d => d.Day >= ask.Today && d.Day <= end).OrderBy(d => d.Day).ToList();
        var reached = meter.Used >= limit || (meter.Stock is not null
            ? days.Exists(d => d.Value >= limit)
            : days.GroupBy(d => (d.Day.Year, d.Day.Month)).Any(month =>
                month.Sum(d => d.Value) + (month.Key == (ask.Today.Year, ask.Today.Month) ? meter.Used : 0) >= limit));
        return reached ? AskOutcome.Right : planChanged ? AskOutcome.Acted : today > end ? AskOutcome.Wrong : AskOutcome.Open;
    }

    /// <summary>Of an ask for less money: right where the following complete cycles, at most three, were cheaper on the plan named.</summary>
    /// <param name="cycles">Totals of the complete cycles since, oldest first: on the own plan of then, and on the plan named.</param>
    public static AskOutcome OfSaving(IEnumerable<(decimal Own, decimal Other)> cycles)
    {
        var counted = cycles.Take(PlanComparison.Recent).ToList();
        return counted.Count == 0 ? AskOutcome.Open
            : counted.Sum(c => c.Other) < counted.Sum(c => c.Own) ? AskOutcome.Right
            : AskOutcome.Wrong;
    }
}
