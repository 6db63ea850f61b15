using NodaTime;

namespace OpenMeet.Insights.Domain.Metering;

/// <summary>The length of a window: a calendar unit in the query's zone.</summary>
public enum WindowSize
{
    /// <summary>A minute.</summary>
    Minute,

    /// <summary>A clock hour.</summary>
    Hour,

    /// <summary>A calendar day: 23, 24 or 25 hours.</summary>
    Day,

    /// <summary>A calendar month.</summary>
    Month,
}

/// <summary>A question to a meter about events as they were sent.</summary>
/// <param name="From">The first instant.</param>
/// <param name="To">The first instant after the range.</param>
/// <param name="Window">Null for one window over the whole range.</param>
/// <param name="Zone">The zone whose days and months cut the windows.</param>
/// <param name="Subjects">Only these acting users; empty for all.</param>
/// <param name="GroupBy">Dimensions that make series; may hold <c>subject</c>.</param>
/// <param name="Filter">Only events whose dimension has one of the values.</param>
/// <param name="Quantile">For percentiles, 0 to 1.</param>
public sealed record MeterQuery(
    Instant From, Instant To, WindowSize? Window, DateTimeZone Zone, IReadOnlyList<string> Subjects,
    IReadOnlyList<string> GroupBy, IReadOnlyDictionary<string, IReadOnlyList<string>> Filter, double Quantile = 0.95)
{
    /// <summary>The most windows that one query may ask for.</summary>
    public const int MaxWindows = 100_000;

    /// <summary>A plain question without windows, filters or series.</summary>
    public static MeterQuery Over(Instant from, Instant to) =>
        new(from, to, null, DateTimeZone.Utc, [], [], new Dictionary<string, IReadOnlyList<string>>());

    /// <summary>The starts of the windows; each ends where the next starts, the last at <see cref="To"/>. Cut at both ends.</summary>
    /// <exception cref="ArgumentException">More than <see cref="MaxWindows"/> windows.</exception>
    public IReadOnlyList<Instant> WindowStarts()
    {
        if (Window is not { } size) return [From];
        var starts = new List<Instant> { From };
        var next = Next(From, size);
        while (next < To)
        {
            starts.Add(next);
            if (starts.Count > MaxWindows) throw new ArgumentException($"The range has more than {MaxWindows} windows; take a larger window or a shorter range.");
            next = Next(next, size);
        }
        return starts;
    }

    private Instant Next(Instant instant, WindowSize size)
    {
        // Minutes and hours are cut on the zone's clock; a shift of the clock by half an hour moves them with it.
        var zoned = instant.InZone(Zone);
        switch (size)
        {
            case WindowSize.Minute or WindowSize.Hour:
                var step = size == WindowSize.Minute ? Duration.FromMinutes(1) : Duration.FromHours(1);
                var offset = zoned.Offset.ToTimeSpan().Ticks;
                var ticks = instant.ToUnixTimeTicks() + offset;
                var length = step.BclCompatibleTicks;
                var start = ticks - (((ticks % length) + length) % length);
                var next = Instant.FromUnixTimeTicks(start + length - offset);
                var transition = Zone.GetZoneInterval(instant);
                return transition.HasEnd && transition.End < next ? transition.End : next;
            case WindowSize.Day:
                return Zone.AtStartOfDay(zoned.Date.PlusDays(1)).ToInstant();
            default:
                return Zone.AtStartOfDay(new LocalDate(zoned.Year, zoned.Month, 1).PlusMonths(1)).ToInstant();
        }
    }
}

/// <summary>One value of an answer.</summary>
/// <param name="WindowStart">The window's first instant.</param>
/// <param name="WindowEnd">The first instant after it.</param>
/// <param name="Subject">The acting user where the query groups by or names one, else null.</param>
/// <param name="GroupBy">The series: dimension to value; a value is null where events lack it.</param>
/// <param name="Exact">The exact value as decimal text; null where there is none (an empty window of a mean, say).</param>
public sealed record MeterRow(Instant WindowStart, Instant WindowEnd, string? Subject, IReadOnlyDictionary<string, string?> GroupBy, string? Exact);
