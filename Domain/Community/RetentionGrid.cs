using System.Globalization;
using NodaTime;
using NodaTime.Calendars;

namespace OpenMeet.Insights.Domain.Community;

/// <summary>People who joined together, and how many took part in each week after.</summary>
/// <param name="Name">"May 2026" or "2026-W21".</param>
/// <param name="People">How many joined.</param>
/// <param name="Cells">By week after joining; null where the week is not over for everybody of the row.</param>
public sealed record RetentionRow(string Name, int People, IReadOnlyList<int?> Cells)
{
    /// <summary>Fewer people than this are not shown one by one.</summary>
    public bool IsSmall => People < SmallCells.Fewest;
}

/// <summary>Who still takes part k weeks after joining, by month or ISO week of joining.</summary>
/// <param name="Rows">Oldest first.</param>
/// <param name="Mean">By week: people who took part, of all people of rows whole for that week; small rows are left out, so that they cannot be worked out.</param>
public sealed record RetentionGrid(IReadOnlyList<RetentionRow> Rows, IReadOnlyList<PartOf> Mean)
{
    /// <summary>Works it out.</summary>
    /// <param name="joins">When each member first joined, as a day of the group's zone.</param>
    /// <param name="activity">Who took part on which day.</param>
    /// <param name="byWeek">Rows by ISO week instead of month.</param>
    /// <param name="weeks">How many weeks after joining.</param>
    /// <param name="rows">How many of the newest rows.</param>
    /// <param name="lastWhole">The last day that is over.</param>
    public static RetentionGrid Of(IEnumerable<(string Who, LocalDate Joined)> joins, ActivityCalendar activity, bool byWeek, int weeks, int rows, LocalDate lastWhole)
    {
        var shown = joins.Where(j => j.Joined <= lastWhole).GroupBy(j => byWeek ? j.Joined.With(DateAdjusters.PreviousOrSame(IsoDayOfWeek.Monday)) : j.Joined.With(DateAdjusters.StartOfMonth))
            .OrderBy(r => r.Key).TakeLast(rows)
            .Select(r =>
            {
                var newest = r.Max(j => j.Joined);
                return new RetentionRow(Name(r.Key, byWeek), r.Count(), [.. Enumerable.Range(0, weeks).Select(k => newest.PlusDays((7 * k) + 6) > lastWhole
                    ? (int?)null
                    : r.Count(j => activity.Did(j.Who, ActionStep.TookPart, new DayWindow(j.Joined.PlusDays(7 * k), j.Joined.PlusDays((7 * k) + 6)))))]);
            }).ToList();
        return new RetentionGrid(shown, [.. Enumerable.Range(0, weeks).Select(k =>
        {
            var whole = shown.Where(r => !r.IsSmall && r.Cells[k] is not null).ToList();
            return new PartOf(whole.Sum(r => r.Cells[k]!.Value), whole.Sum(r => r.People));
        })]);
    }

    private static string Name(LocalDate first, bool byWeek) => byWeek
        ? string.Create(CultureInfo.InvariantCulture, $"{WeekYearRules.Iso.GetWeekYear(first)}-W{WeekYearRules.Iso.GetWeekOfWeekYear(first):00}")
        : first.ToString("MMM uuuu", CultureInfo.InvariantCulture);
}

/// <summary>Cells of a breakdown that hold so few people that they would name them.</summary>
public static class SmallCells
{
    /// <summary>Fewer people than this in a cell are hidden.</summary>
    public const int Fewest = 5;

    /// <summary>
    /// Hides cells of 1 to 4 people; where that leaves a single hidden cell, the smallest other one too, so that it cannot be worked out from
    /// the total. A 0 stays a 0.
    /// </summary>
    public static IReadOnlyList<int?> Hide(IReadOnlyList<int> counts)
    {
        var hidden = counts.Select(c => c is > 0 and < Fewest).ToArray();
        if (hidden.Count(h => h) == 1)
        {
            var next = Enumerable.Range(0, counts.Count).Where(i => !hidden[i] && counts[i] > 0).OrderBy(i => counts[i]).Cast<int?>().FirstOrDefault();
            if (next is { } also) hidden[also] = true;
        }
        return [.. counts.Select((c, i) => hidden[i] ? (int?)null : c)];
    }
}
