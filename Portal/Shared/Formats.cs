using System.Globalization;
using NodaTime;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Shared;

/// <summary>
/// How every figure on a page is written, in the language of its reader (<see cref="Language"/>). <c>0</c> is zero and <c>—</c> is
/// unknown; minus is a true minus; 1 GB is 10^9 bytes. The examples are the English ones.
/// </summary>
public static class Formats
{
    public const string Unknown = "—";

    /// <summary>The unit of a meter whose quantities are bytes.</summary>
    public const string BytesUnit = "bytes";

    private const string Minus = "−";
    private const string Space = " ";

    private static Language Language => Language.Current;

    private static readonly (decimal Size, string Name)[] ByteUnits = [(1_000_000_000m, "GB"), (1_000_000m, "MB"), (1_000m, "kB"), (1m, "B")];

    /// <summary>"118,400"; at most <paramref name="decimals"/> decimals, trailing zeros left out.</summary>
    public static string Number(decimal? value, int decimals = 2) =>
        value is { } v ? Figure(v, "#,##0." + new string('#', decimals)) : Unknown;

    /// <summary>Three figures that matter, at most two decimals: "7.84", "22.9", "118", "1,204".</summary>
    public static string Brief(decimal? value)
    {
        if (value is not { } v)
        {
            return Unknown;
        }
        var size = Math.Abs(v);
        return Number(v, size >= 100 ? 0 : size >= 10 ? 1 : 2);
    }

    /// <summary>"+17" or "−5"; zero has no sign.</summary>
    public static string Change(decimal? value, int decimals = 2) =>
        value is { } v ? Plus(v) + Number(v, decimals) : Unknown;

    /// <summary>Bytes as "7.84 GB", "512 MB", "3 kB" or "12 B".</summary>
    public static string Bytes(decimal? bytes)
    {
        if (bytes is not { } b)
        {
            return Unknown;
        }
        var (size, name) = ByteUnit(b);
        return Brief(b / size) + Space + name;
    }

    /// <summary>"+54 MB".</summary>
    public static string BytesChange(decimal? bytes) => bytes is { } b ? Plus(b) + Bytes(b) : Unknown;

    /// <summary>A quantity with its unit: bytes are scaled, an ISO currency code makes money, no unit makes a plain number.</summary>
    public static string Quantity(decimal? value, string unit) => unit switch
    {
        _ when value is null => Unknown,
        BytesUnit => Bytes(value),
        "" => Number(value),
        _ when IsCurrency(unit) => Money(value, unit),
        _ => Number(value) + Space + Units.Name(unit),
    };

    /// <summary>A quantity as decisions, limits and alerts say it: <see cref="QuantityText"/> in the reader's language.</summary>
    public static string Legible(decimal quantity, string unit)
    {
        var (value, decimals, name) = QuantityText.Legible(quantity, unit);
        var number = Rounded(value, decimals);
        return name.Length == 0 ? number : number + " " + Units.Name(name);
    }

    /// <summary>A fraction as whole percent, as <see cref="QuantityText.Percent"/> has it.</summary>
    public static string WholePercent(decimal fraction) => Rounded(fraction * 100, 0) + " %";

    private static string Rounded(decimal value, int decimals)
    {
        var rounded = Math.Round(value, decimals, MidpointRounding.AwayFromZero);
        return (rounded < 0 ? "-" : "") + Language.Figure(Math.Abs(rounded), "#,##0." + new string('#', decimals));
    }

    /// <summary>The same unit for a row of figures: what to divide by, and the name. Bytes follow the largest figure.</summary>
    public static (decimal Divisor, string Name) Scale(string unit, decimal largest) =>
        unit == BytesUnit ? ByteUnit(largest) : (1m, unit);

    /// <summary>"7.84 of 10 GB", "118,400 of 200,000": both figures in the limit's unit.</summary>
    public static string Of(decimal? used, decimal? limit, string unit)
    {
        if (limit is not { } l)
        {
            return Quantity(used, unit);
        }
        var (divisor, name) = Scale(unit, Math.Max(Math.Abs(l), Math.Abs(used ?? 0)));
        return Words.Say("{0} of {1}", InUnit(used, divisor, unit), InUnit(l, divisor, unit)) + (name.Length == 0 ? "" : Space + Units.Name(name));
    }

    /// <summary>One figure without its unit, written as <see cref="Of"/> writes it.</summary>
    public static string InUnit(decimal? value, decimal divisor, string unit) => value switch
    {
        null => Unknown,
        { } v when unit == BytesUnit => Brief(v / divisor),
        { } v when IsCurrency(unit) => MoneyFigure(v),
        { } v => Number(v / divisor),
    };

    /// <summary>"8.14 USD", "−243.06 USD", "&lt; 0.01 USD".</summary>
    public static string Money(decimal? amount, string currency) =>
        amount is null ? Unknown : MoneyFigure(amount) + Space + currency;

    /// <inheritdoc cref="Money(decimal?, string)"/>
    public static string Money(Amount? amount) => amount is { } a ? Money(a.Value, a.Currency.Code) : Unknown;

    /// <inheritdoc cref="MoneyFigure(decimal?)"/>
    public static string MoneyFigure(Amount? amount) => MoneyFigure(amount?.Value);

    /// <summary>The amount alone, for columns that name their currency.</summary>
    public static string MoneyFigure(decimal? amount) => amount switch
    {
        null => Unknown,
        0m => Figure(0, "0.00"),
        > 0m and < 0.005m => "< " + Figure(0.01m, "0.00"),
        < 0m and > -0.005m => Minus + "< " + Figure(0.01m, "0.00"),
        { } v => Figure(decimal.Round(v, 2, MidpointRounding.ToEven), "#,##0.00"),
    };

    /// <summary>A unit price or a rate: "1.00", "0.0004"; at least two decimals, never rounded.</summary>
    public static string Price(decimal? price) => price is { } p ? Figure(p, "#,##0.00##########") : Unknown;

    /// <summary>"+3.00 USD" or "−17.61 USD".</summary>
    public static string MoneyChange(decimal? amount, string currency) =>
        amount is { } a ? Plus(a) + Money(a, currency) : Unknown;

    /// <summary>A share of 1 as "78 %"; never rounds up to 100 or down to 0.</summary>
    public static string Percent(decimal? share, int decimals = 0)
    {
        if (share is not { } s)
        {
            return Unknown;
        }
        var step = decimals == 0 ? 1m : decimals == 1 ? 0.1m : 0.01m;
        var percent = decimal.Round(s * 100, decimals, MidpointRounding.AwayFromZero);
        percent = s is > 0 and < 1 ? Math.Clamp(percent, step, 100 - step) : percent;
        return Figure(percent, decimals == 0 ? "#,##0" : "#,##0." + new string('0', decimals)) + " %";
    }

    /// <summary>"+12 %" or "−5 %"; "12 times as much" beyond a tenfold.</summary>
    public static string PercentChange(decimal? share) => share switch
    {
        null => Unknown,
        > 9 => Words.Say("{0} times as much", Number(share + 1, 0)),
        { } s => Plus(decimal.Round(s * 100)) + Number(decimal.Round(s * 100), 0) + " %",
    };

    /// <summary>"9 of 13" below twenty, else "78 % (118 of 151)": a percentage never stands without its n.</summary>
    public static string Ratio(int? count, int? of) => (count, of) switch
    {
        ({ } c, { } n) when n < 20 => Words.Say("{0} of {1}", Number(c), Number(n)),
        ({ } c, { } n) => $"{Percent((decimal)c / n)} ({Words.Say("{0} of {1}", Number(c), Number(n))})",
        _ => Unknown,
    };

    /// <summary>"2 Jan 2027".</summary>
    public static string Date(DateOnly? date) => date?.ToString(Language.DateFormat, Language.Culture) ?? Unknown;

    /// <inheritdoc cref="Date(DateOnly?)"/>
    public static string Date(LocalDate? date) => Date(date?.ToDateOnly());

    /// <summary>"2 Jan", within about ten weeks of today and in prose.</summary>
    public static string Day(DateOnly? date) => date?.ToString(Language.DayFormat, Language.Culture) ?? Unknown;

    /// <inheritdoc cref="Day(DateOnly?)"/>
    public static string Day(LocalDate? date) => Day(date?.ToDateOnly());

    /// <summary>"2 Jan" within ten weeks of today, else "2 Jan 2027".</summary>
    public static string Near(DateOnly date, DateOnly today) =>
        Math.Abs(date.DayNumber - today.DayNumber) <= 70 ? Day(date) : Date(date);

    /// <summary>"November 2026".</summary>
    public static string Month(DateOnly date) => date.ToString(Language.MonthFormat, Language.Culture);

    /// <summary>"1–30 Nov 2026", "22 Dec 2026 – 24 Jan 2027", both days included; the year is left out on request.</summary>
    public static string Days(DateOnly from, DateOnly to, bool year = true)
    {
        if (from == to)
        {
            return year ? Date(from) : Day(from);
        }
        if (from.Year == to.Year && from.Month == to.Month)
        {
            return $"{from.ToString(Language.DayOfMonthFormat, Language.Culture)}–{(year ? Date(to) : Day(to))}";
        }
        return year && from.Year != to.Year ? $"{Date(from)} – {Date(to)}" : $"{Day(from)} – {(year ? Date(to) : Day(to))}";
    }

    /// <summary>A forecast never stands bare: "about 2 Jan (22 Dec – 24 Jan)".</summary>
    public static string About(DateOnly middle, DateOnly from, DateOnly to, DateOnly today) =>
        Words.Say("about {0}", Near(middle, today)) + $" ({Near(from, today)} – {Near(to, today)})";

    /// <summary>"23 Nov 2026, 14:05 UTC": the instant on the named clock.</summary>
    public static string DateTime(DateTimeOffset? at, string zone = "UTC") =>
        at is { } a ? $"{Date(DateOnly.FromDateTime(a.DateTime))}, {a.ToString("HH:mm", CultureInfo.InvariantCulture)} {zone}" : Unknown;

    /// <summary>"23 Nov 2026, 14:05 Europe/Berlin".</summary>
    public static string DateTime(Instant? at, DateTimeZone zone) =>
        at is { } a ? DateTime(a.InZone(zone).ToDateTimeOffset(), zone.Id) : Unknown;

    /// <summary>"14:05".</summary>
    public static string Time(Instant? at, DateTimeZone zone) =>
        at is { } a ? a.InZone(zone).ToDateTimeOffset().ToString("HH:mm", CultureInfo.InvariantCulture) : Unknown;

    /// <summary>"2 h 10 min", "3 d 4 h", "45 s", "120 ms".</summary>
    public static string Span(TimeSpan? span) => span switch
    {
        null => Unknown,
        { TotalSeconds: < 1 } s => $"{Number((decimal)s.TotalMilliseconds, 0)} ms",
        { TotalMinutes: < 1 } s => $"{Number((decimal)s.TotalSeconds, 0)} s",
        { TotalHours: < 1 } s => $"{Number((decimal)s.TotalMinutes, 0)} min",
        { TotalDays: < 1 } s => s.Minutes == 0 ? $"{s.Hours} h" : $"{s.Hours} h {s.Minutes:00} min",
        { } s => s.Hours == 0 ? $"{s.Days} d" : $"{s.Days} d {s.Hours} h",
    };

    /// <summary>"1 member", "212 members".</summary>
    public static string Count(decimal count, string one, string many) => $"{Number(count)} {(count == 1 ? one : many)}";

    /// <summary>A plain number for attributes and SVG: point, no groups.</summary>
    public static string Plain(decimal value, int decimals = 2) => decimal.Round(value, decimals).ToString("0.####", CultureInfo.InvariantCulture);

    internal static bool IsCurrency(string unit) => unit.Length == 3 && unit.All(char.IsAsciiLetterUpper);

    private static (decimal Size, string Name) ByteUnit(decimal bytes)
    {
        var size = Math.Abs(bytes);
        foreach (var unit in ByteUnits)
        {
            if (size >= unit.Size)
            {
                return unit;
            }
        }
        return (1m, "B");
    }

    private static string Figure(decimal value, string format)
    {
        var text = Language.Figure(Math.Abs(value), format);
        return value < 0 && text.AsSpan().ContainsAnyInRange('1', '9') ? Minus + text : text;
    }

    private static string Plus(decimal value) => value > 0 ? "+" : "";
}
