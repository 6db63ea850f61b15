using System.Globalization;

namespace OpenMeet.Insights.Domain.Quotas;

/// <summary>Quantities as people read them. GB = 10^9 bytes, MB = 10^6, kB = 10^3.</summary>
public static class QuantityText
{
    /// <summary>The unit whose quantities are shown as kB, MB or GB.</summary>
    public const string Bytes = "bytes";

    /// <summary>A quantity with its unit: <c>7.84 GB</c>, <c>540 MB</c>, <c>2,310 emails</c>; rounded to what is legible.</summary>
    /// <param name="quantity">The quantity, in <paramref name="unit"/>.</param>
    /// <param name="unit"><see cref="Bytes"/>, or a unit that is written behind the number; may be empty.</param>
    public static string Of(decimal quantity, string unit)
    {
        var (value, decimals, name) = Legible(quantity, unit);
        var number = Number(value, decimals);
        return string.IsNullOrEmpty(name) ? number : number + " " + name;
    }

    /// <summary>A quantity in the unit in which it is legible, and with how many decimals at most.</summary>
    /// <param name="quantity">The quantity, in <paramref name="unit"/>.</param>
    /// <param name="unit"><see cref="Bytes"/>, or any other unit, which stays.</param>
    public static (decimal Value, int Decimals, string Unit) Legible(decimal quantity, string unit) => unit != Bytes ? (quantity, 2, unit) : Math.Abs(quantity) switch
    {
        >= 999_500_000m => (quantity / 1_000_000_000m, 2, "GB"),
        >= 999_500m => (quantity / 1_000_000m, 0, "MB"),
        >= 1_000m => (quantity / 1_000m, 0, "kB"),
        _ => (quantity, 0, Bytes),
    };

    /// <summary>A number with thousands separators and at most so many decimals, half away from zero.</summary>
    public static string Number(decimal value, int decimals)
    {
        var rounded = Math.Round(value, decimals, MidpointRounding.AwayFromZero);
        return rounded == 0 ? "0" : rounded.ToString("#,0." + new string('#', decimals), CultureInfo.InvariantCulture);
    }

    /// <summary>A fraction as whole percent: <c>78 %</c>.</summary>
    public static string Percent(decimal fraction) => Number(fraction * 100, 0) + " %";
}
