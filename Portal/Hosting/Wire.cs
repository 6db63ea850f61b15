using System.Globalization;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>Decimals as the wire has them: plain text without trailing zeros, never binary floating point.</summary>
internal static class Wire
{
    /// <summary>A quantity, a price or a unit-rate cost.</summary>
    public static string Number(decimal value)
    {
        var text = value.ToString(CultureInfo.InvariantCulture);
        return text.Contains('.', StringComparison.Ordinal) ? text.TrimEnd('0').TrimEnd('.') is "-0" or "" ? "0" : text.TrimEnd('0').TrimEnd('.') : text;
    }

    /// <summary>A quantity that may be unknown.</summary>
    public static string? Number(decimal? value) => value is { } known ? Number(known) : null;

    /// <summary>An amount in whole minor units, with all its decimals: <c>41.50</c>.</summary>
    public static string Money(Domain.Money.Amount amount) => Money(amount.Value, amount.Currency.Code);

    /// <inheritdoc cref="Money(Domain.Money.Amount)"/>
    public static string Money(decimal value, string currency) =>
        Domain.Money.Rounding.HalfAwayFromZero(value, new Domain.Money.Currency(currency).MinorDigits)
            .ToString("F" + new Domain.Money.Currency(currency).MinorDigits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
