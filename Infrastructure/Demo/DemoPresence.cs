using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Demo;

/// <summary>Who was about on which day, so that whoever took part has also visited.</summary>
internal sealed class DemoPresence(DemoCalendar calendar)
{
    private readonly Dictionary<(string User, int Day), DemoVisit> _visits = [];

    /// <summary>The visits in a fixed order.</summary>
    public IEnumerable<DemoVisit> Visits => _visits.Values.OrderBy(visit => visit.Day).ThenBy(visit => visit.User, StringComparer.Ordinal);

    public bool WasThere(string user, int day) => _visits.ContainsKey((user, day));

    /// <summary>Notes that the person did something; <paramref name="call"/> is the request it took, if it took one.</summary>
    public void Mark(string user, string? group, Instant time, DemoCall? call = null)
    {
        if (time > calendar.Now)
        {
            return;
        }

        var day = calendar.DayOf(time);
        if (!_visits.TryGetValue((user, day), out var visit))
        {
            _visits.Add((user, day), visit = new DemoVisit(user, day));
        }

        visit.First = visit.First is { } first ? Instant.Min(first, time) : time;
        visit.Group ??= group;
        if (call is not null)
        {
            visit.Calls.Add((time, group, call));
        }
    }
}

/// <summary>One person's day on the platform.</summary>
internal sealed class DemoVisit(string user, int day)
{
    public string User { get; } = user;

    public int Day { get; } = day;

    public Instant? First { get; set; }

    public string? Group { get; set; }

    public List<(Instant Time, string? Group, DemoCall Call)> Calls { get; } = [];
}

/// <summary>A request to the platform's API: its area, its usual duration in ms and its usual answer in bytes.</summary>
internal sealed record DemoCall(string Method, string Path, string Area, double Milliseconds, double Bytes);
