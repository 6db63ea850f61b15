namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>A step of a graduated or volume price.</summary>
/// <param name="UpTo">The last quantity in it, inclusive; null for the last tier.</param>
/// <param name="UnitPrice">For one unit.</param>
/// <param name="Flat">Added once per period where the tier is entered; null for nothing.</param>
public sealed record Tier(decimal? UpTo, decimal UnitPrice, decimal? Flat);
