using System.Globalization;
using System.Text.RegularExpressions;

namespace OpenMeet.Insights.Domain.Money;

/// <summary>Decimals as they come in and go out as text. Never by way of a binary floating point number.</summary>
public static partial class DecimalText
{
    /// <summary>Decimals that unit prices, rates and costs keep.</summary>
    public const int MaxDecimals = 12;

    /// <summary>The largest magnitude read: 10^15. With twelve decimals it still fits a decimal exactly.</summary>
    public const decimal MaxMagnitude = 1_000_000_000_000_000m;

    private const string QuantityFormat = "0.############################";

    /// <summary>Reads a number as JSON writes it (<c>-1.50</c>, <c>2e-3</c>), exactly or not at all.</summary>
    /// <param name="text">The number's text.</param>
    /// <param name="value">The value; 0 where it is not <see cref="DecimalReading.Exact"/>.</param>
    public static DecimalReading Read(string? text, out decimal value)
    {
        value = 0;
        var match = Number().Match(text ?? "");
        if (!match.Success)
        {
            return DecimalReading.NotANumber;
        }

        var whole = match.Groups["whole"].Value;
        var digits = whole + match.Groups["fraction"].Value;
        var exponent = match.Groups["exponent"].Value is { Length: > 0 } given ? int.Parse(given, CultureInfo.InvariantCulture) : 0;
        var significant = digits.TrimEnd('0');
        var lowest = whole.Length + exponent - significant.Length;
        significant = significant.TrimStart('0');
        if (significant.Length == 0)
        {
            return DecimalReading.Exact;
        }

        if (significant.Length + lowest > 16)
        {
            return DecimalReading.TooLarge;
        }

        if (lowest < -MaxDecimals)
        {
            return DecimalReading.TooManyDecimals;
        }

        var magnitude = decimal.Parse($"{significant}e{lowest}", NumberStyles.AllowExponent, CultureInfo.InvariantCulture);
        if (magnitude > MaxMagnitude)
        {
            return DecimalReading.TooLarge;
        }

        value = match.Groups["minus"].Success ? -magnitude : magnitude;
        return DecimalReading.Exact;
    }

    /// <summary>A quantity for the wire: no trailing zeros, no grouping: <c>0.266666666667</c>.</summary>
    public static string Quantity(decimal value) => value.ToString(QuantityFormat, CultureInfo.InvariantCulture);

    /// <summary>Money for the wire: at least the minor unit's decimals, more where needed: <c>41.50</c>, <c>0.004</c>.</summary>
    public static string Money(decimal value, Currency currency)
    {
        var digits = currency.MinorDigits;
        var format = digits == 0 ? QuantityFormat : $"0.{new string('0', digits)}{new string('#', 28 - digits)}";
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"\A(?<minus>-)?(?<whole>[0-9]{1,40})(\.(?<fraction>[0-9]{1,60}))?([eE](?<exponent>[+-]?[0-9]{1,3}))?\z")]
    private static partial Regex Number();
}
