using NodaTime;

namespace OpenMeet.Insights.Portal.Shared.Charts;

/// <summary>
/// The days of one bar: a single day, or those of a week, from Monday, where there are so many that nobody could tell single ones apart, nor a
/// browser draw them at once.
/// </summary>
/// <param name="First">The place of its first day among all.</param>
/// <param name="Count">How many days.</param>
/// <param name="From">Its first day.</param>
public sealed record ChartSpan(int First, int Count, LocalDate From)
{
    /// <summary>The most days that have a bar each.</summary>
    public const int MostDays = 100;

    /// <summary>Its days, for an address.</summary>
    public RangeChoice Range => RangeChoice.Between(From.ToDateOnly(), From.PlusDays(Count - 1).ToDateOnly());

    /// <summary>"6–12 Jan 2026"; of a single day "6 Jan 2026".</summary>
    public string Label => Formats.Days(From.ToDateOnly(), From.PlusDays(Count - 1).ToDateOnly());

    /// <summary>Where it stands on the time axis.</summary>
    public DateTimeOffset At => new(From.ToDateTimeUnspecified(), TimeSpan.Zero);

    /// <summary>Whether so many days are shown by weeks.</summary>
    public static bool AreWeeks(int days) => days > MostDays;

    /// <summary>Cuts days that follow each other into bars; the first and the last week may have fewer.</summary>
    public static IReadOnlyList<ChartSpan> Of(IReadOnlyList<LocalDate> days)
    {
        ArgumentNullException.ThrowIfNull(days);
        if (!AreWeeks(days.Count)) return [.. days.Select((day, i) => new ChartSpan(i, 1, day))];
        return [.. days.Select((day, i) => (Day: day, At: i)).GroupBy(d => d.Day.PlusDays(1 - (int)d.Day.DayOfWeek)).Select(week => new ChartSpan(week.First().At, week.Count(), week.First().Day))];
    }

    /// <summary>A bar's sum of what its days have; null where nothing is known of any of them, or where there are no such days.</summary>
    public decimal? Sum<T>(IReadOnlyList<T> days, Func<T, decimal?> value)
    {
        ArgumentNullException.ThrowIfNull(days);
        var known = days.Skip(First).Take(Count).Select(value).OfType<decimal>().ToList();
        return known.Count > 0 ? known.Sum() : null;
    }
}
