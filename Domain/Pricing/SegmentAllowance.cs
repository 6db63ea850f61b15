namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>How much of a segment's use is covered.</summary>
/// <param name="Included">What covers it: the whole period's allowance; for a max meter the segment's own.</param>
/// <param name="Covered">Units of the segment that cost nothing.</param>
/// <param name="Over">Units of the segment that are charged; never negative.</param>
internal sealed record SegmentAllowance(decimal Included, decimal Covered, decimal Over);
