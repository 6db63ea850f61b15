using System.Globalization;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Shared;

/// <summary>
/// The stretch of time a page shows, as its URL says it: <c>p=this|last|7d|28d|91d|12m</c>, <c>p=2026-09</c> for a month, or
/// <c>from</c> and <c>to</c> (both days included). Relative choices stay relative in a link. The default, this cycle, is left out.
/// </summary>
public sealed record RangeChoice
{
    public static readonly RangeChoice This = new() { Period = "this" };
    public static readonly RangeChoice Last = new() { Period = "last" };

    private static readonly Dictionary<string, string> Names = new()
    {
        ["this"] = "This cycle",
        ["last"] = "Last cycle",
        ["7d"] = "7 days",
        ["28d"] = "28 days",
        ["91d"] = "91 days",
        ["12m"] = "12 months",
    };

    private RangeChoice()
    {
    }

    /// <summary>The value of <c>p</c>; null for an own range.</summary>
    public string? Period { get; private init; }

    public DateOnly? From { get; private init; }

    public DateOnly? To { get; private init; }

    /// <summary>The named choices, in the order of the menu.</summary>
    public static IReadOnlyList<RangeChoice> Named { get; } = [.. Names.Keys.Select(p => new RangeChoice { Period = p })];

    /// <summary>The key that chooses it.</summary>
    public string ShortKey => Period switch
    {
        "this" => "m",
        "last" => "l",
        "7d" => "w",
        "28d" => "t",
        "91d" => "q",
        "12m" => "y",
        _ => "",
    };

    public bool IsDefault => Period == "this";

    /// <summary>The most days that a page shows, five years; of more, the last of them.</summary>
    public const int MostDays = 1_827;

    /// <summary>Own days, in either order.</summary>
    public static RangeChoice Between(DateOnly from, DateOnly to)
    {
        if (from > to) (from, to) = (to, from);
        return new RangeChoice { From = to.DayNumber - from.DayNumber < MostDays ? from : to.AddDays(1 - MostDays), To = to };
    }

    public static RangeChoice Month(DateOnly day) => new() { Period = day.ToString("yyyy-MM", CultureInfo.InvariantCulture) };

    /// <summary>Reads a page's query. What cannot be read is this cycle: a link is never an error.</summary>
    public static RangeChoice Parse(string? p, string? from = null, string? to = null)
    {
        if (p is not null && Names.ContainsKey(p))
        {
            return new RangeChoice { Period = p };
        }
        if (p is not null && MonthOf(p) is { } month)
        {
            return Month(month);
        }
        return DayOf(from) is { } first && DayOf(to) is { } last ? Between(first, last) : This;
    }

    /// <summary>First and last day, both included, seen from <paramref name="today"/>.</summary>
    public (DateOnly From, DateOnly To) Resolve(DateOnly today) => Period switch
    {
        "this" => Whole(today),
        "last" => Whole(today.AddMonths(-1)),
        "7d" => (today.AddDays(-6), today),
        "28d" => (today.AddDays(-27), today),
        "91d" => (today.AddDays(-90), today),
        "12m" => (Whole(today.AddMonths(-11)).From, Whole(today).To),
        { } p => Whole(MonthOf(p)!.Value),
        null => (From!.Value, To!.Value),
    };

    /// <summary>"This cycle", "28 days", "September 2026", or the days of an own range.</summary>
    public string Name => Period switch
    {
        null => Formats.Days(From!.Value, To!.Value),
        { } p when Names.TryGetValue(p, out var name) => Words.Say(name),
        { } p => Formats.Month(MonthOf(p)!.Value),
    };

    /// <summary>"This cycle, 1–30 Nov".</summary>
    public string Label(DateOnly today)
    {
        var (from, to) = Resolve(today);
        return Period is { } p && Names.ContainsKey(p) ? $"{Name}, {Formats.Days(from, to, year: from.Year != today.Year || to.Year != today.Year)}" : Name;
    }

    /// <summary>The stretch of the same length before it: the month before, or as many days.</summary>
    public RangeChoice Previous(DateOnly today) => Step(today, -1)!;

    /// <summary>The stretch after it; null where it would begin after today.</summary>
    public RangeChoice? Next(DateOnly today) => Step(today, 1);

    private RangeChoice? Step(DateOnly today, int direction)
    {
        var (from, to) = Resolve(today);
        if (from.Day == 1 && (from.Year, from.Month) == (to.Year, to.Month) && to.Day == DateTime.DaysInMonth(to.Year, to.Month))
        {
            return FromMonth(from.AddMonths(direction), today);
        }
        if (Period == "12m")
        {
            return direction > 0 ? null : Between(from.AddMonths(-12), from.AddDays(-1));
        }
        var days = to.DayNumber - from.DayNumber + 1;
        var first = from.AddDays(direction * days);
        return first > today ? null : Between(first, to.AddDays(direction * days));
    }

    private static RangeChoice? FromMonth(DateOnly month, DateOnly today)
    {
        var distance = ((today.Year - month.Year) * 12) + today.Month - month.Month;
        return distance switch
        {
            < 0 => null,
            0 => This,
            1 => Last,
            _ => Month(month),
        };
    }

    private static (DateOnly From, DateOnly To) Whole(DateOnly day)
    {
        var first = new DateOnly(day.Year, day.Month, 1);
        return (first, first.AddMonths(1).AddDays(-1));
    }

    private static DateOnly? DayOf(string? text) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && IsSane(day) ? day : null;

    private static DateOnly? MonthOf(string text) =>
        DateOnly.TryParseExact(text, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && IsSane(day) ? day : null;

    private static bool IsSane(DateOnly day) => day.Year is >= 2000 and < 2200;
}
