using OpenMeet.Insights.Domain.Calendar;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>The part of a period that an account spent on one plan version, and what it used in that part.</summary>
/// <param name="Range">Within the period; a running period's last segment reaches to the period's end.</param>
/// <param name="Plan">In force throughout.</param>
/// <param name="Quantities">
/// By meter, unrounded; storage as the segment's integral in GB-months of that period. A meter not in it was not used.
/// </param>
public sealed record RatedSegment(TimeRange Range, Plan Plan, IReadOnlyDictionary<string, decimal> Quantities)
{
    /// <summary>What was used of a meter.</summary>
    public decimal Quantity(string meter) => Quantities.GetValueOrDefault(meter);
}
