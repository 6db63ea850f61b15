using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Domain.Costs;

/// <summary>Shares a real bill over those who caused it.</summary>
public static class CostPool
{
    /// <summary>
    /// Idle first, rounded once to the minor unit; then the rest over the carriers and <em>unattributed</em> together in proportion
    /// to the driver, by largest remainder, ties by carrier (<c>group:</c> before <c>user:</c>, ordinal; unattributed last).
    /// A driver that is zero everywhere leaves everything unattributed.
    /// </summary>
    /// <param name="bill">The bill, not negative.</param>
    /// <param name="idlePercent">The declared idle share, 0 to 100.</param>
    /// <param name="currency">Of the bill; its minor unit is the unit of the shares.</param>
    /// <param name="driverByCarrier">What <c>group:…</c> and <c>user:…</c> carry of the driving meter; negative counts as 0.</param>
    /// <param name="unattributedDriver">The quantity that nobody carries; negative counts as 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bill is negative or the percentage outside 0 to 100.</exception>
    public static PoolShares Share(
        decimal bill,
        decimal idlePercent,
        Currency currency,
        IReadOnlyDictionary<string, decimal> driverByCarrier,
        decimal unattributedDriver)
    {
        ArgumentNullException.ThrowIfNull(driverByCarrier);
        ArgumentOutOfRangeException.ThrowIfNegative(bill);
        ArgumentOutOfRangeException.ThrowIfNegative(idlePercent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(idlePercent, 100m);

        var digits = currency.MinorDigits;
        var idle = Math.Min(bill, Rounding.HalfAwayFromZero(bill * (idlePercent / 100m), digits));
        // 0 - 0.00 is a negative zero, which prints a minus sign and counts as negative.
        var rest = Math.Max(0m, bill - idle);
        var carriers = driverByCarrier.Keys.Order(StringComparer.Ordinal).ToArray();
        decimal[] drivers = [.. carriers.Select(carrier => driverByCarrier[carrier]), unattributedDriver];
        if (drivers.All(driver => driver <= 0))
        {
            return new PoolShares(idle, rest, carriers.ToDictionary(carrier => carrier, _ => 0m));
        }

        var parts = LargestRemainder.Allocate(rest, digits, drivers);
        return new PoolShares(idle, parts[^1], carriers.Zip(parts).ToDictionary(pair => pair.First, pair => pair.Second));
    }
}
