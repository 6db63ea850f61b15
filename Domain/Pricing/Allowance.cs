using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>What plans include, and what lies beyond. Statements and usage rows ask the same question here.</summary>
public static class Allowance
{
    /// <summary>
    /// Included and over of a whole period. The allowances of the segments count by seconds and add up; over is what was used
    /// beyond their sum, and not below zero. A meter that the plans say nothing about has nothing included.
    /// </summary>
    /// <param name="period">The period.</param>
    /// <param name="meter">The meter's slug.</param>
    /// <param name="segments">The period's segments in any order; of a running period the last one reaches to its end.</param>
    /// <param name="isMax">
    /// Whether the meter takes a maximum. Maxima do not add up over segments: included is then what the last segment's plan
    /// includes, and over the greatest of any segment over its own plan's.
    /// </param>
    /// <returns>Units of the meter (storage: GB-months), unrounded.</returns>
    /// <exception cref="ArgumentException">A segment lies outside the period, or two overlap.</exception>
    public static (decimal Included, decimal Over) For(
        BillingPeriod period, string meter, IReadOnlyList<RatedSegment> segments, bool isMax = false)
    {
        var allowances = PerSegment(period, meter, Segments.InOrder(period, segments), isMax);
        return allowances.Count == 0
            ? (0m, 0m)
            : (allowances[^1].Included, isMax ? allowances.Max(segment => segment.Over) : allowances.Sum(segment => segment.Over));
    }

    /// <summary>The same per segment; the segments are in order.</summary>
    internal static IReadOnlyList<SegmentAllowance> PerSegment(
        BillingPeriod period, string meter, IReadOnlyList<RatedSegment> segments, bool isMax) =>
        isMax ? [.. segments.Select(segment => OfMaximum(segment, meter))] : Additive(period, meter, segments);

    private static SegmentAllowance OfMaximum(RatedSegment segment, string meter)
    {
        var included = Included(segment, meter);
        var over = Math.Max(0m, segment.Quantity(meter) - included);
        return new(included, segment.Quantity(meter) - over, over);
    }

    private static SegmentAllowance[] Additive(BillingPeriod period, string meter, IReadOnlyList<RatedSegment> segments)
    {
        // Multiplied first and divided once: equal allowances in every segment add up to the whole one exactly.
        var included = segments.Sum(segment => Included(segment, meter) * segment.Range.Seconds) / period.Seconds;
        var beyond = new decimal[segments.Count];
        var used = 0m;
        for (var i = 0; i < segments.Count; i++)
        {
            used += segments[i].Quantity(meter);
            beyond[i] = Rounding.WithoutDust(Math.Max(0m, used - included));
        }

        // A negative quantity takes back the units before it: what lies beyond now counts only as far as it still does at the end.
        for (var i = segments.Count - 2; i >= 0; i--)
        {
            beyond[i] = Math.Min(beyond[i], beyond[i + 1]);
        }

        return [.. segments.Select((segment, i) =>
        {
            var over = i == 0 ? beyond[0] : Rounding.WithoutDust(beyond[i] - beyond[i - 1]);
            return new SegmentAllowance(included, segment.Quantity(meter) - over, over);
        })];
    }

    private static decimal Included(RatedSegment segment, string meter) => segment.Plan.Item(meter)?.Included ?? 0m;
}
