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
    /// <param name="bill">The bill, not negative; the minor unit of its currency is the unit of the shares.</param>
    /// <param name="idlePercent">The declared idle share, 0 to 100.</param>
    /// <param name="driverByCarrier">What <c>group:…</c> and <c>user:…</c> carry of the driving meter; negative counts as 0.</param>
    /// <param name="unattributedDriver">The quantity that nobody carries; negative counts as 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bill is negative or the percentage outside 0 to 100.</exception>
    public static PoolShares Share(
        Amount bill,
        decimal idlePercent,
        IReadOnlyDictionary<string, decimal> driverByCarrier,
        decimal unattributedDriver)
    {
        ArgumentNullException.ThrowIfNull(driverByCarrier);
        ArgumentOutOfRangeException.ThrowIfNegative(bill.Value);
        ArgumentOutOfRangeException.ThrowIfNegative(idlePercent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(idlePercent, 100m);

        Amount Of(decimal part) => bill with { Value = part };
        var idle = Math.Min(bill.Value, (bill * (idlePercent / 100m)).RoundToMinor().Value);
        // 0 - 0.00 is a negative zero, which prints a minus sign and counts as negative.
        var rest = Math.Max(0m, bill.Value - idle);
        var carriers = driverByCarrier.Keys.Order(StringComparer.Ordinal).ToArray();
        decimal[] drivers = [.. carriers.Select(carrier => driverByCarrier[carrier]), unattributedDriver];
        if (drivers.All(driver => driver <= 0))
        {
            return new PoolShares(Of(idle), Of(rest), carriers.ToDictionary(carrier => carrier, _ => Of(0m)));
        }

        var parts = LargestRemainder.Allocate(rest, bill.Currency.MinorDigits, drivers);
        return new PoolShares(Of(idle), Of(parts[^1]), carriers.Zip(parts).ToDictionary(pair => pair.First, pair => Of(pair.Second)));
    }
}
