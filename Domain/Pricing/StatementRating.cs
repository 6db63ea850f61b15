using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>Turns a period's usage into its statement.</summary>
public static class StatementRating
{
    /// <summary>
    /// A line for each segment's fee, where there is one; then, meter by meter, a line for each segment whose plan prices the meter,
    /// includes some of it or asks a minimum, followed by a line "to minimum" where the rounded line is below the minimum.
    /// Fee, flat amounts, <c>included</c>, tier flats and minimum count by seconds of segment / seconds of period. The allowances add
    /// up and cover the period's first units in time order; what lies beyond is charged in the segment it falls in.
    /// </summary>
    /// <param name="period">The period.</param>
    /// <param name="segments">In any order, without overlap; gaps are charged nothing.</param>
    /// <param name="maxMeters">
    /// Meters that take a maximum. Neither their quantities nor their allowances add up over segments: each segment is charged its
    /// share of what a whole period at its maximum would cost, so that a cut between equal plans at one level changes nothing.
    /// </param>
    /// <exception cref="ArgumentException">There is no segment, one leaves the period, or two overlap.</exception>
    /// <exception cref="InvalidOperationException">The segments' plans are in different currencies.</exception>
    public static Statement Rate(BillingPeriod period, IReadOnlyList<RatedSegment> segments, IReadOnlySet<string>? maxMeters = null)
    {
        var ordered = Segments.InOrder(period, segments);
        if (ordered.Count == 0)
        {
            throw new ArgumentException("A statement needs a plan: there is no segment.", nameof(segments));
        }

        var currency = ordered[0].Plan.Currency;
        if (ordered.FirstOrDefault(segment => segment.Plan.Currency != currency) is { } other)
        {
            throw new InvalidOperationException($"One statement cannot be in {currency} and {other.Plan.Currency}.");
        }

        var fees = ordered.Where(segment => segment.Plan.Fee != 0).Select(segment => LineOf.Fee(period, segment));
        var meters = ordered.SelectMany(segment => segment.Plan.Items).Select(item => item.Meter).Distinct();
        var items = meters.SelectMany(meter => Item(period, meter, ordered, maxMeters?.Contains(meter) ?? false));
        return new Statement(ordered[^1].Plan.Key, ordered[^1].Plan.Version, currency, [.. fees, .. items]);
    }

    private static IEnumerable<StatementLine> Item(BillingPeriod period, string meter, IReadOnlyList<RatedSegment> segments, bool isMax)
    {
        var allowances = Allowance.PerSegment(period, meter, segments, isMax);
        foreach (var (segment, allowance) in segments.Zip(allowances))
        {
            if (segment.Plan.Item(meter) is not { } item || (item.Price is null && item.Included == 0 && item.Minimum is null or 0))
            {
                continue;
            }

            var line = LineOf.Usage(period, segment, item, allowance, isMax);
            yield return line;

            if (LineOf.ToMinimum(period, segment, item, line) is { } toMinimum)
            {
                yield return toMinimum;
            }
        }
    }
}
