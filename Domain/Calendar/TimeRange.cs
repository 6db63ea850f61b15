using NodaTime;

namespace OpenMeet.Insights.Domain.Calendar;

/// <summary>A half-open stretch of time, <c>[From, To)</c>. It may be empty.</summary>
/// <param name="From">The first instant in it.</param>
/// <param name="To">The first instant after it.</param>
/// <exception cref="ArgumentOutOfRangeException">It would end before it begins.</exception>
public readonly record struct TimeRange(Instant From, Instant To)
{
    /// <summary>The first instant after it.</summary>
    public Instant To { get; } = To >= From
        ? To
        : throw new ArgumentOutOfRangeException(nameof(To), $"A range that begins at {From} cannot end at {To}.");

    /// <summary>Its length in seconds, exact.</summary>
    public decimal Seconds
    {
        get
        {
            var length = To - From;
            return (length.Days * 86_400m) + (length.NanosecondOfDay / 1_000_000_000m);
        }
    }

    /// <summary>Whether the instant lies in it; its end does not.</summary>
    public bool Contains(Instant instant) => From <= instant && instant < To;

    /// <summary>What both have in common, or null where they share no time.</summary>
    public TimeRange? Intersect(TimeRange other)
    {
        var from = Instant.Max(From, other.From);
        var to = Instant.Min(To, other.To);
        return from < to ? new TimeRange(from, to) : null;
    }

    /// <summary>Both ends in ISO 8601.</summary>
    public override string ToString() => $"[{From}, {To})";
}
