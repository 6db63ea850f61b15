using NodaTime;
using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Domain.Costs;

/// <summary>What the use of one meter costs the platform at one rate.</summary>
/// <param name="Meter">The meter's slug.</param>
/// <param name="Quantity">In <paramref name="Unit"/>; storage in GB-months, 12 decimals.</param>
/// <param name="Unit">The meter's unit, or <c>GB-months</c>.</param>
/// <param name="Rate">The unit cost in force.</param>
/// <param name="Amount">The unrounded quantity times the rate, rounded once to 12 decimals.</param>
/// <param name="From">Start of the rate's stretch; null where one rate holds throughout.</param>
/// <param name="To">End of the rate's stretch; null with it.</param>
public sealed record CostLine(string Meter, decimal Quantity, string Unit, Amount Rate, Amount Amount, Instant? From, Instant? To)
{
    /// <summary>Works out a line.</summary>
    /// <param name="meter">The meter's slug.</param>
    /// <param name="quantity">Unrounded.</param>
    /// <param name="unit">What the quantity counts.</param>
    /// <param name="rate">The unit cost in force.</param>
    /// <param name="from">Start of the rate's stretch, where the range has several.</param>
    /// <param name="to">End of the rate's stretch.</param>
    public static CostLine Of(string meter, decimal quantity, string unit, Amount rate, Instant? from = null, Instant? to = null) =>
        new(
            meter,
            Rounding.HalfAwayFromZero(quantity, DecimalText.MaxDecimals),
            unit,
            rate,
            (rate * quantity).Round(DecimalText.MaxDecimals),
            from,
            to);
}
