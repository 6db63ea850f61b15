using System.Globalization;
using System.Numerics;

namespace OpenMeet.Insights.Domain.Metering;

/// <summary>
/// An exact quantity of some unit, kept as whole millionths. One reading is at most 10^15 with at most 6 decimals;
/// sums of them stay exact, and so do integrals over time (<see cref="Integral"/>).
/// </summary>
/// <param name="Millionths">The quantity times 10^6.</param>
public readonly record struct Quantity(Int128 Millionths) : IComparable<Quantity>
{
    /// <summary>Millionths in one unit.</summary>
    public const long Scale = 1_000_000;

    private static readonly long[] s_powers = [.. Enumerable.Range(0, 13).Select(i => (long)BigInteger.Pow(10, i))];

    /// <summary>The largest absolute value of a single reading: 10^15 units.</summary>
    public static readonly Quantity Limit = new((Int128)1_000_000_000_000_000 * Scale);

    /// <summary>Nothing.</summary>
    public static readonly Quantity Zero;

    /// <summary>Exactly one unit: what an event counts as.</summary>
    public static readonly Quantity One = new(Scale);

    /// <summary>A quantity of whole or decimal units. Throws when it has more than 6 decimals.</summary>
    public static Quantity Of(decimal units)
    {
        var millionths = units * Scale;
        return millionths == decimal.Truncate(millionths)
            ? new Quantity((Int128)millionths)
            : throw new ArgumentOutOfRangeException(nameof(units), units, "A quantity has at most 6 decimals.");
    }

    /// <summary>
    /// Reads a JSON number or a numeric string exactly. False when it is no number, is over 10^15, or has more than 6 decimals.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<char> text, out Quantity quantity)
    {
        quantity = Zero;
        if (DecimalText.TryParseShort(text, out var digits, out var exponent))
        {
            // At most 10^18 times 10^6, without numbers of any length. A short number has no exponent above 17, and then few digits.
            if (exponent < -6) return false;
            quantity = new Quantity(exponent <= 6 ? (Int128)digits * s_powers[exponent + 6] : (Int128)digits * s_powers[12] * s_powers[exponent - 6]);
            return Int128.Abs(quantity.Millionths) <= Limit.Millionths || Refuse(out quantity);
        }
        if (!DecimalText.TryParse(text, out var number)) return false;
        if (number.Digits.IsZero) return true;
        if (number.Exponent < -6 || number.Exponent > 21) return false;
        var millionths = number.Digits * BigInteger.Pow(10, (int)number.Exponent + 6);
        if (BigInteger.Abs(millionths) > (BigInteger)Limit.Millionths) return false;
        quantity = new Quantity((Int128)millionths);
        return true;
    }

    private static bool Refuse(out Quantity quantity)
    {
        quantity = Zero;
        return false;
    }

    /// <summary>A percentage of it (at most 4 decimals), rounded to a millionth of the unit, half away from zero.</summary>
    public Quantity Percent(decimal percent)
    {
        var exact = (BigInteger)Millionths * (BigInteger)(percent * 10_000m);
        var rounded = (BigInteger.Abs(exact) + 500_000) / 1_000_000;
        return new Quantity((Int128)(exact.Sign < 0 ? -rounded : rounded));
    }

    /// <summary>The quantity as a decimal. Throws <see cref="OverflowException"/> beyond the range of <see cref="decimal"/>.</summary>
    public decimal ToDecimal() => new ScaledNumber(Millionths, 6).ToDecimal();

    /// <summary>The exact decimal text without trailing zeros, such as <c>41.5</c>.</summary>
    public override string ToString() => new ScaledNumber(Millionths, 6).ToString();

    public int CompareTo(Quantity other) => Millionths.CompareTo(other.Millionths);

    public static Quantity operator +(Quantity a, Quantity b) => new(a.Millionths + b.Millionths);
    public static Quantity operator -(Quantity a, Quantity b) => new(a.Millionths - b.Millionths);
    public static Quantity operator -(Quantity a) => new(-a.Millionths);
    public static bool operator <(Quantity a, Quantity b) => a.Millionths < b.Millionths;
    public static bool operator >(Quantity a, Quantity b) => a.Millionths > b.Millionths;
    public static bool operator <=(Quantity a, Quantity b) => a.Millionths <= b.Millionths;
    public static bool operator >=(Quantity a, Quantity b) => a.Millionths >= b.Millionths;
}

/// <summary>
/// A level integrated over time: millionths of the unit times microseconds, exact. For bytes: byte-seconds times 10^12.
/// </summary>
/// <param name="Raw">Millionth-microseconds.</param>
public readonly record struct Integral(Int128 Raw)
{
    /// <summary>Nothing.</summary>
    public static readonly Integral Zero;

    /// <summary>A quantity held for a number of microseconds.</summary>
    public static Integral Of(Quantity quantity, long microseconds) => new(quantity.Millionths * microseconds);

    /// <summary>The value in unit-seconds (byte-seconds), rounded to what a <see cref="decimal"/> holds.</summary>
    public decimal ToUnitSeconds() => new ScaledNumber(Raw, 12).ToDecimal();

    /// <summary>Exact unit-seconds as decimal text.</summary>
    public override string ToString() => new ScaledNumber(Raw, 12).ToString();

    public static Integral operator +(Integral a, Integral b) => new(a.Raw + b.Raw);
    public static Integral operator -(Integral a, Integral b) => new(a.Raw - b.Raw);
}

/// <summary>A whole number with an implied decimal point: <c>Value / 10^Decimals</c>.</summary>
/// <param name="Value">The digits.</param>
/// <param name="Decimals">How many of them stand behind the point.</param>
public readonly record struct ScaledNumber(Int128 Value, int Decimals)
{
    /// <summary>As a decimal; digits beyond its 28 are rounded.</summary>
    public decimal ToDecimal()
    {
        var unit = BigInteger.Pow(10, Decimals);
        var whole = BigInteger.DivRem(Value, unit, out var rest);
        return (decimal)whole + ((decimal)rest / (decimal)unit);
    }

    /// <summary>Exact text without trailing zeros.</summary>
    public override string ToString()
    {
        // Almost all fit into a long, whose digits are found many times faster.
        var absolute = Int128.Abs(Value);
        var digits = (absolute <= long.MaxValue ? ((long)absolute).ToString(CultureInfo.InvariantCulture) : absolute.ToString(CultureInfo.InvariantCulture)).PadLeft(Decimals + 1, '0');
        var fraction = digits[^Decimals..].TrimEnd('0');
        return (Value < 0 ? "-" : "") + digits[..^Decimals] + (fraction.Length > 0 ? "." + fraction : "");
    }
}
