namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>A line of a statement. It is the only thing of a statement that is rounded, once.</summary>
/// <param name="Meter">The meter's slug; <see cref="Fee"/> for a plan's fee.</param>
/// <param name="Description">What it is for, in words.</param>
/// <param name="Quantity">Units charged, beyond the included ones, at most 12 decimals; of a fee, the part of the period.</param>
/// <param name="UnitPrice">Where every unit of the line costs the same; else null.</param>
/// <param name="Amount">At the currency's minor unit.</param>
/// <param name="Arithmetic">How the amount came about, so that a reader can follow it with a pencil.</param>
/// <param name="Adjusts">Of an adjustment: which closed month it corrects, and why; else null.</param>
public sealed record StatementLine(
    string Meter,
    string Description,
    decimal Quantity,
    decimal? UnitPrice,
    decimal Amount,
    string Arithmetic,
    Adjustment? Adjusts = null)
{
    /// <summary>Stands in <see cref="Meter"/> of a fee's line.</summary>
    public const string Fee = "fee";
}

/// <summary>What an adjustment line corrects.</summary>
/// <param name="Period">The closed month, <c>2026-10</c>.</param>
/// <param name="Cause">What happened after it was closed.</param>
public sealed record Adjustment(string Period, string Cause);
