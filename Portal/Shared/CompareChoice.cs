using NodaTime;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Shared;

/// <summary>
/// What a page's stretch of time is compared with, as its URL says it: <c>compare=previous|year|none</c>, or <c>compare=2026-08-01..2026-08-31</c>.
/// The default, the stretch before with the same weekdays, is left out: meetups live by the week.
/// </summary>
public sealed record CompareChoice
{
    public static readonly CompareChoice Weekdays = new() { Name = "Before, same weekdays" };
    public static readonly CompareChoice Previous = new() { Key = "previous", Name = "The days just before" };
    public static readonly CompareChoice Year = new() { Key = "year", Name = "A year before" };
    public static readonly CompareChoice None = new() { Key = "none", Name = "No comparison" };

    private CompareChoice()
    {
    }

    /// <summary>The value of <c>compare</c>; null for the default.</summary>
    public string? Key { get; private init; }

    /// <summary>As the menu names it.</summary>
    public required string Name { get; init; }

    /// <summary>The name in the reader's language.</summary>
    public string Text => First is null ? Words.Say(Name) : Name;

    private DateOnly? First { get; init; }

    private DateOnly? Last { get; init; }

    /// <summary>The choices of the menu, in its order.</summary>
    public static IReadOnlyList<CompareChoice> Named { get; } = [Weekdays, Previous, Year, None];

    /// <summary>Own days.</summary>
    public static CompareChoice Between(DateOnly first, DateOnly last)
    {
        if (first > last) (first, last) = (last, first);
        return new() { Key = $"{first:yyyy-MM-dd}..{last:yyyy-MM-dd}", Name = Formats.Days(first, last), First = first, Last = last };
    }

    /// <summary>Reads the query value. What cannot be read is the default: a link is never an error.</summary>
    public static CompareChoice Parse(string? compare)
    {
        if (Named.FirstOrDefault(c => c.Key is not null && c.Key == compare) is { } named) return named;
        return compare?.Split("..") is [var first, var last] && RangeChoice.Parse(null, first, last) is { From: { } from, To: { } to } ? Between(from, to) : Weekdays;
    }

    /// <summary>
    /// The days to set beside a range: as many as of it are over, so that a running month is not held against a whole one. Null for no
    /// comparison.
    /// </summary>
    /// <param name="from">First day of the range.</param>
    /// <param name="to">Its last day.</param>
    /// <param name="today">Today, which counts as far as it goes.</param>
    public (DateOnly From, DateOnly To)? Resolve(DateOnly from, DateOnly to, DateOnly today)
    {
        var last = to < today ? to : today;
        if (this == None || last < from) return null;
        var window = new DayWindow(LocalDate.FromDateOnly(from), LocalDate.FromDateOnly(last));
        var start = Key switch
        {
            null => window.Matched.From.ToDateOnly(),
            "previous" => window.Before.From.ToDateOnly(),
            "year" => from.AddYears(-1),
            _ => First!.Value,
        };
        var end = start.AddDays(window.Length - 1);
        return (start, Last is { } own && own < end ? own : end);
    }
}
