using System.Globalization;
using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>Figures as a statement prints them: grouped, at most 12 decimals, an ellipsis where that is not all.</summary>
internal static class Figures
{
    /// <summary>For a description: three decimals say enough there; the arithmetic has them all.</summary>
    public static string Brief(decimal value) => Math.Round(value, 3, MidpointRounding.AwayFromZero).ToString("#,##0.###", CultureInfo.InvariantCulture);

    /// <summary>A meter's slug as a word: <c>api_calls</c> is "api calls".</summary>
    public static string Words(string meter) => meter.Replace('_', ' ');

    public static string Quantity(decimal value) => Print(value, "#,##0.############");

    public static string Money(decimal value, Currency currency)
    {
        var digits = currency.MinorDigits;
        var point = digits == 0 ? "." : $".{new string('0', digits)}";
        return Print(value, $"#,##0{point}{new string('#', DecimalText.MaxDecimals - digits)}");
    }

    private static string Print(decimal value, string format)
    {
        var exact = Rounding.WithoutDust(value);
        var printed = Math.Round(exact, DecimalText.MaxDecimals, MidpointRounding.ToZero);
        return printed.ToString(format, CultureInfo.InvariantCulture) + (printed == exact ? "" : "…");
    }
}
