using System.Globalization;

namespace OpenMeet.Insights.Portal.Languages;

/// <summary>
/// A language that pages speak, with its own way of writing figures and dates. The formats stand here because the portal runs without
/// the system's tables (ICU): a page reads the same on every machine.
/// </summary>
/// <param name="Code">As in <c>html lang</c>.</param>
/// <param name="Name">What its speakers call it.</param>
/// <param name="Culture">The UI culture of the request and of its circuit.</param>
/// <param name="DateFormat">A day with its year.</param>
/// <param name="DayFormat">A day without it.</param>
/// <param name="DayOfMonthFormat">The first day of a stretch within one month.</param>
/// <param name="MonthFormat">A month with its year.</param>
/// <param name="LeastGrouped">The smallest number whose digits are grouped by three.</param>
public sealed record Language(
    string Code, string Name, CultureInfo Culture, string DateFormat, string DayFormat, string DayOfMonthFormat, string MonthFormat, decimal LeastGrouped)
{
    /// <summary>The default: in tests, in jobs and wherever nobody asked for another.</summary>
    public static readonly Language English = new("en", "English", new CultureInfo("en"), "d MMM yyyy", "d MMM", "%d", "MMMM yyyy", 1_000m);

    public static readonly Language German = new("de", "Deutsch", CultureOf(
        "de", DayOfWeek.Monday,
        ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"],
        ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."],
        ["Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"],
        ["So", "Mo", "Di", "Mi", "Do", "Fr", "Sa"]), "d. MMM yyyy", "d. MMM", "d.", "MMMM yyyy", 1_000m);

    // Spanish leaves four digits ungrouped.
    public static readonly Language Spanish = new("es", "Español", CultureOf(
        "es", DayOfWeek.Monday,
        ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"],
        ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"],
        ["domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"],
        ["dom", "lun", "mar", "mié", "jue", "vie", "sáb"]), "d MMM yyyy", "d MMM", "%d", "MMMM 'de' yyyy", 10_000m);

    /// <summary>In the order of the menu.</summary>
    public static IReadOnlyList<Language> All { get; } = [English, German, Spanish];

    /// <summary>The language of the page that is written now; English outside pages.</summary>
    public static Language Current => Of(CultureInfo.CurrentUICulture.Name);

    /// <summary>The language of a code; English for one that is not spoken.</summary>
    public static Language Of(string code) => All.FirstOrDefault(l => l.Code == code) ?? English;

    /// <summary>A number that is not negative, by a .NET format of grouping and decimals.</summary>
    public string Figure(decimal value, string format) =>
        value.ToString(value < LeastGrouped ? format.Replace("#,##", "", StringComparison.Ordinal).Replace("#,", "", StringComparison.Ordinal) : format, Culture);

    /// <summary>Writes something in English whatever the page speaks: what a file says is the same for everybody.</summary>
    public static T InEnglish<T>(Func<T> write) => In(English, write);

    /// <summary>Writes something in a language, whatever the page speaks.</summary>
    internal static T In<T>(Language language, Func<T> write)
    {
        var reader = CultureInfo.CurrentUICulture;
        CultureInfo.CurrentUICulture = language.Culture;
        try
        {
            return write();
        }
        finally
        {
            CultureInfo.CurrentUICulture = reader;
        }
    }

    private static CultureInfo CultureOf(string code, DayOfWeek first, string[] months, string[] shortMonths, string[] days, string[] shortDays)
    {
        var culture = new CultureInfo(code);
        (culture.NumberFormat.NumberDecimalSeparator, culture.NumberFormat.NumberGroupSeparator) = (",", ".");
        var dates = culture.DateTimeFormat;
        dates.FirstDayOfWeek = first;
        dates.MonthNames = dates.MonthGenitiveNames = [.. months, ""];
        dates.AbbreviatedMonthNames = dates.AbbreviatedMonthGenitiveNames = [.. shortMonths, ""];
        (dates.DayNames, dates.AbbreviatedDayNames) = (days, shortDays);
        return CultureInfo.ReadOnly(culture);
    }
}
