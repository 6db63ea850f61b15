using System.Numerics;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>An exact ratio of whole numbers: nothing is rounded before <see cref="Round"/>.</summary>
public readonly struct Fraction : IEquatable<Fraction>, IComparable<Fraction>
{
    public static readonly Fraction Zero;
    public static readonly Fraction One = new(1, 1);

    private readonly BigInteger top;
    private readonly BigInteger bottomLessOne;

    public Fraction(BigInteger top, BigInteger bottom)
    {
        var common = BigInteger.GreatestCommonDivisor(top, bottom) * bottom.Sign;
        (this.top, bottomLessOne) = (top / common, (bottom / common) - 1);
    }

    private BigInteger Bottom => bottomLessOne + 1;

    public int Sign => top.Sign;

    /// <summary>The decimal at so many places, half away from zero.</summary>
    public decimal Round(int digits)
    {
        var scale = BigInteger.Pow(10, digits);
        var whole = ((2 * BigInteger.Abs(top) * scale) + Bottom) / (2 * Bottom);
        var units = BigInteger.DivRem(whole, scale, out var rest);
        return top.Sign * ((decimal)units + ((decimal)rest / (decimal)scale));
    }

    /// <summary>The greatest whole number that is not above it, and what is left over.</summary>
    public (BigInteger Whole, Fraction Left) Split()
    {
        var whole = BigInteger.DivRem(top, Bottom, out var rest);
        return rest.Sign < 0 ? (whole - 1, new Fraction(rest + Bottom, Bottom)) : (whole, new Fraction(rest, Bottom));
    }

    public static Fraction Max(Fraction a, Fraction b) => a > b ? a : b;

    public static Fraction Min(Fraction a, Fraction b) => a < b ? a : b;

    public static implicit operator Fraction(BigInteger whole) => new(whole, 1);

    public static implicit operator Fraction(decimal value)
    {
        var bits = decimal.GetBits(value);
        var digits = ((BigInteger)unchecked((uint)bits[2]) << 64) + ((BigInteger)unchecked((uint)bits[1]) << 32) + unchecked((uint)bits[0]);
        return new Fraction(value < 0 ? -digits : digits, BigInteger.Pow(10, value.Scale));
    }

    public static Fraction operator +(Fraction a, Fraction b) =>
        a.bottomLessOne == b.bottomLessOne ? new(a.top + b.top, a.Bottom) : new((a.top * b.Bottom) + (b.top * a.Bottom), a.Bottom * b.Bottom);

    public static Fraction operator -(Fraction a) => new(-a.top, a.Bottom);
    public static Fraction operator -(Fraction a, Fraction b) => a + -b;
    public static Fraction operator *(Fraction a, Fraction b) => new(a.top * b.top, a.Bottom * b.Bottom);
    public static Fraction operator /(Fraction a, Fraction b) => new(a.top * b.Bottom, a.Bottom * b.top);
    public static bool operator <(Fraction a, Fraction b) => a.CompareTo(b) < 0;
    public static bool operator >(Fraction a, Fraction b) => a.CompareTo(b) > 0;
    public static bool operator <=(Fraction a, Fraction b) => a.CompareTo(b) <= 0;
    public static bool operator >=(Fraction a, Fraction b) => a.CompareTo(b) >= 0;
    public static bool operator ==(Fraction a, Fraction b) => a.Equals(b);
    public static bool operator !=(Fraction a, Fraction b) => !a.Equals(b);

    public int CompareTo(Fraction other) => (top * other.Bottom).CompareTo(other.top * Bottom);

    public bool Equals(Fraction other) => top == other.top && bottomLessOne == other.bottomLessOne;

    public override bool Equals(object? obj) => obj is Fraction other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(top, bottomLessOne);

    public override string ToString() => Bottom.IsOne ? top.ToString() : $"{top}/{Bottom}";
}

internal static class Fractions
{
    public static Fraction Total(this IEnumerable<Fraction> parts) => parts.Aggregate(Fraction.Zero, (sum, part) => sum + part);

    public static Fraction Total<T>(this IEnumerable<T> parts, Func<T, Fraction> of) => parts.Select(of).Total();
}
