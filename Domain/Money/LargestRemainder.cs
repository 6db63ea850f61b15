using System.Numerics;

namespace OpenMeet.Insights.Domain.Money;

/// <summary>Shares a fixed amount by weight so that the parts add up to it exactly (the largest-remainder method).</summary>
public static class LargestRemainder
{
    /// <summary>
    /// Each part is its exact share rounded down to <paramref name="digits"/> decimals; the units left over go, one each, to the
    /// largest remainders, ties in the order given. What of the amount is itself finer than a unit goes to the part next in line.
    /// </summary>
    /// <param name="amount">What is shared; not negative.</param>
    /// <param name="digits">Decimals of a part, 0 to 12.</param>
    /// <param name="weights">One per part, in any one unit, in the order that breaks ties; a negative one counts as 0.</param>
    /// <returns>One part per weight, in the same order.</returns>
    /// <exception cref="ArgumentException">No weight is above 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The amount is negative, or the digits are outside 0 to 12.</exception>
    public static IReadOnlyList<decimal> Allocate(decimal amount, int digits, IReadOnlyList<decimal> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfNegative(amount);
        ArgumentOutOfRangeException.ThrowIfNegative(digits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(digits, DecimalText.MaxDecimals);

        var exact = WholeNumbers(weights);
        var total = exact.Aggregate(BigInteger.Zero, (sum, weight) => sum + weight);
        if (total.IsZero)
        {
            throw new ArgumentException("Nothing to share by: no weight is above 0.", nameof(weights));
        }

        var unit = new decimal(1, 0, 0, false, (byte)digits);
        var finer = amount % unit;
        var units = new BigInteger((amount - finer) / unit);
        var shares = exact.Select(weight => BigInteger.DivRem(units * weight, total)).ToArray();
        var left = (int)(units - shares.Aggregate(BigInteger.Zero, (sum, share) => sum + share.Quotient));
        var inLine = Enumerable.Range(0, shares.Length)
            .Where(part => !exact[part].IsZero)
            .OrderByDescending(part => shares[part].Remainder)
            .ToArray();

        var parts = shares.Select(share => (decimal)share.Quotient * unit).ToArray();
        foreach (var part in inLine.Take(left))
        {
            parts[part] += unit;
        }

        parts[inLine[left]] += finer;
        return parts;
    }

    // Byte-seconds of a large store times cents pass what a decimal holds, so that the division is done in whole numbers.
    private static BigInteger[] WholeNumbers(IReadOnlyList<decimal> weights)
    {
        var scale = weights.Max(weight => (int?)weight.Scale) ?? 0;
        return [.. weights.Select(weight => weight <= 0 ? BigInteger.Zero : Mantissa(weight) * BigInteger.Pow(10, scale - weight.Scale))];
    }

    private static BigInteger Mantissa(decimal weight)
    {
        var bits = decimal.GetBits(weight);
        return unchecked(((BigInteger)(uint)bits[2] << 64) | ((BigInteger)(uint)bits[1] << 32) | (uint)bits[0]);
    }
}
