using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;

namespace OpenMeet.Insights.Domain.Capacity;

/// <summary>How full a pool is, how much of it is promised, and when more of it must be ordered.</summary>
/// <param name="Used">A stock: what is held now. A flow: the use of the last 30 days. None where nobody knows.</param>
/// <param name="Capacity">What the pool can hold, or give in 30 days; none where nobody entered it.</param>
/// <param name="Committed">The sum of all quotas on it.</param>
/// <param name="Unlimited">Accounts without a quota on it: what they may use is not in the sum.</param>
/// <param name="Full">When it is full at the present pace; none without a capacity.</param>
/// <param name="LeadDays">Days from an order to the capacity being there.</param>
public sealed record PoolOutlook(decimal? Used, decimal? Capacity, decimal Committed, int Unlimited, LimitDate? Full, int LeadDays)
{
    /// <summary>The part of the capacity that is used.</summary>
    public decimal? Share => Capacity is > 0 and var most ? Used / most : null;

    /// <summary>How many times the capacity is promised; none without a capacity.</summary>
    public decimal? Overcommit => Capacity is > 0 and var most ? Committed / most : null;

    /// <summary>The last day on which an order comes in time even where the pool fills as early as the 80 % range allows; none without a date.</summary>
    public LocalDate? OrderBy => Full is { Outcome: not LimitDateOutcome.Reached } full && (full.P10 ?? full.P50) is { } day ? day.PlusDays(-LeadDays) : null;

    /// <summary>
    /// Days until it is full by the middle forecast; 0 where it is, infinity where it is not within a year; none where there is no capacity
    /// or too little data.
    /// </summary>
    public double? DaysToFull => Full?.Outcome switch
    {
        LimitDateOutcome.Reached => 0,
        LimitDateOutcome.Dated => Full.P50Days,
        LimitDateOutcome.NotGrowing or LimitDateOutcome.MoreThanAYear => double.PositiveInfinity,
        _ => null,
    };
}
