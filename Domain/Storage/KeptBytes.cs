using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Costs;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;

namespace OpenMeet.Insights.Domain.Storage;

/// <summary>Bytes that are kept, in one billing month.</summary>
/// <param name="Period">The month.</param>
/// <param name="Range">When they are kept in it.</param>
/// <param name="GigabyteMonths">Unrounded.</param>
/// <param name="Cost">What they cost the platform, unrounded; null where no rate is in force.</param>
public sealed record KeptMonth(BillingPeriod Period, TimeRange Range, decimal GigabyteMonths, Amount? Cost);

/// <summary>
/// What bytes come to over time when they are added at one instant and kept: the integral of their level, in GB-months of each month
/// that they are kept in, times the rate in force, or by a plan's price. 1 GB is 10^9 bytes; a month has its own length in seconds.
/// </summary>
public static class KeptBytes
{
    /// <summary>Bytes of a gigabyte.</summary>
    public const decimal Gigabyte = 1_000_000_000m;

    /// <summary>Bytes held over a stretch of one month: bytes x seconds / 10^9 / seconds of that month. Unrounded.</summary>
    /// <param name="bytes">The level.</param>
    /// <param name="kept">When it is held; what lies outside the month does not count.</param>
    /// <param name="month">The month whose length is the divisor.</param>
    public static decimal GigabyteMonths(decimal bytes, TimeRange kept, BillingPeriod month) =>
        month.Range.Intersect(kept) is { } part ? bytes * part.Seconds / Gigabyte / month.Seconds : 0m;

    /// <summary>The months that bytes are kept in, each with its GB-months and its cost.</summary>
    /// <param name="bytes">The level.</param>
    /// <param name="kept">From when to when.</param>
    /// <param name="zone">The billing zone, whose months count.</param>
    /// <param name="storageRates">Cost of a GB-month, dated; in any order. The newest holds for all time to come.</param>
    /// <exception cref="InvalidOperationException">A month has rates of two currencies.</exception>
    public static IReadOnlyList<KeptMonth> Months(decimal bytes, TimeRange kept, DateTimeZone zone, IReadOnlyCollection<Rate> storageRates)
    {
        var months = new List<KeptMonth>();
        for (var period = BillingPeriod.Containing(kept.From, zone); period.Range.From < kept.To; period = period.Next())
        {
            if (period.Range.Intersect(kept) is not { } part) continue;
            var priced = RateSchedule.Stretches(storageRates, part);
            Amount? cost = priced is [var (_, first), ..]
                ? Amount.Sum(priced.Select(p => p.Rate.UnitCost * GigabyteMonths(bytes, p.Range, period)), first.UnitCost.Currency)
                : null;
            months.Add(new KeptMonth(period, part, GigabyteMonths(bytes, part, period), cost));
        }
        return months;
    }

    /// <summary>
    /// What a month's charge grows by when GB-months come on top of those that are there: the difference of two statements, so that
    /// allowance, tiers, discount, minimum and rounding are the plan's own. Whole minor units.
    /// </summary>
    /// <param name="period">The month.</param>
    /// <param name="plan">The plan that holds throughout it.</param>
    /// <param name="meter">The storage meter's slug.</param>
    /// <param name="present">GB-months of the account without them.</param>
    /// <param name="added">GB-months that come on top.</param>
    public static Amount AddedCharge(BillingPeriod period, Plan plan, string meter, decimal present, decimal added)
    {
        if (plan.Item(meter) is not { } item) return Amount.Zero(plan.Currency);
        var only = plan with { Fee = 0m, Items = [item] };
        decimal Total(decimal quantity) =>
            StatementRating.Rate(period, [new RatedSegment(period.Range, only, new Dictionary<string, decimal> { [meter] = quantity })]).Total;
        return new Amount(Total(present + added) - Total(present), plan.Currency);
    }
}
