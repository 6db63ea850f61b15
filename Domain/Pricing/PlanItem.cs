namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>What a plan says about one meter.</summary>
/// <param name="Meter">The meter's slug; one item per meter.</param>
/// <param name="Included">Units per period that cost nothing (storage: GB-months). It never limits.</param>
/// <param name="Limit">Where the plan draws a line (storage: bytes, the level now); null for none.</param>
/// <param name="LimitKind">What the line does.</param>
/// <param name="Price">What units beyond the included ones cost; null for nothing.</param>
/// <param name="DiscountPercent">Taken off the charge inside its line, 0 to 100.</param>
/// <param name="Minimum">The least a whole period's line comes to; null for none.</param>
public sealed record PlanItem(
    string Meter,
    decimal Included,
    decimal? Limit,
    LimitKind LimitKind,
    Price? Price,
    decimal DiscountPercent,
    decimal? Minimum);
