using System.Globalization;
using System.Numerics;

namespace OpenMeet.Insights.Domain.Metering;

/// <summary>
/// A decimal number read from text without loss: <c>Digits * 10^Exponent</c>, with no trailing zero in the digits, so that
/// equal numbers (1, 1.0, 10e-1) have equal forms.
/// </summary>
public readonly record struct DecimalText(BigInteger Digits, BigInteger Exponent)
{
    /// <summary>Reads a number in JSON's grammar (a leading plus is refused, as are NaN and infinity).</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DecimalText number)
    {
        number = default;
        if (TryParseShort(text, out number)) return true;
        var i = 0;
        var negative = i < text.Length && text[i] == '-';
        if (negative) i++;
        var start = i;
        while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
        var whole = text[start..i];
        if (whole.IsEmpty || (whole.Length > 1 && whole[0] == '0')) return false;
        var fraction = ReadOnlySpan<char>.Empty;
        if (i < text.Length && text[i] == '.')
        {
            start = ++i;
            while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
            fraction = text[start..i];
            if (fraction.IsEmpty) return false;
        }
        var exponent = BigInteger.Zero;
        if (i < text.Length && text[i] is 'e' or 'E')
        {
            start = ++i;
            if (i < text.Length && text[i] is '+' or '-') i++;
            var digitsFrom = i;
            while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
            if (i == digitsFrom) return false;
            exponent = BigInteger.Parse(text[start..i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        }
        if (i != text.Length) return false;

        var all = string.Concat(whole, fraction.TrimEnd('0'));
        exponent -= fraction.TrimEnd('0').Length;
        var significant = all.TrimStart('0').TrimEnd('0');
        if (significant.Length == 0)
        {
            number = new DecimalText(BigInteger.Zero, BigInteger.Zero);
            return true;
        }
        exponent += all.Length - all.TrimEnd('0').Length;
        var digits = BigInteger.Parse(significant, NumberStyles.None, CultureInfo.InvariantCulture);
        number = new DecimalText(negative ? -digits : digits, exponent);
        return true;
    }

    // Almost all numbers. Whatever else it is, the long way says.
    private static bool TryParseShort(ReadOnlySpan<char> text, out DecimalText number)
    {
        var isShort = TryParseShort(text, out var digits, out var exponent);
        number = isShort ? new DecimalText(digits, exponent) : default;
        return isShort;
    }

    /// <summary>The same for at most 18 digits without an exponent, and without numbers of any length; false for all others.</summary>
    internal static bool TryParseShort(ReadOnlySpan<char> text, out long digits, out int exponent)
    {
        (digits, exponent) = (0, 0);
        var negative = text.Length > 0 && text[0] == '-';
        if (negative) text = text[1..];
        var point = text.IndexOf('.');
        var (whole, fraction) = point < 0 ? (text.Length, 0) : (point, text.Length - point - 1);
        if (whole == 0 || whole + fraction > 18 || (point >= 0 && fraction == 0) || (whole > 1 && text[0] == '0')) return false;
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c)) digits = (digits * 10) + (c - '0');
            else if (c != '.') return false;
        }
        if (point >= 0 && text[(point + 1)..].Contains('.')) return false;
        if (digits == 0) return true;
        exponent = -fraction;
        while (digits % 10 == 0) (digits, exponent) = (digits / 10, exponent + 1);
        if (negative) digits = -digits;
        return true;
    }

    /// <summary>The canonical text, equal for equal numbers.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Digits}e{Exponent}");
}
