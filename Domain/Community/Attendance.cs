using NodaTime;

namespace OpenMeet.Insights.Domain.Community;

/// <summary>What is known about a community event or about one person's answer to it, at an instant.</summary>
/// <param name="Event">The community event's key.</param>
/// <param name="Time">When it was said.</param>
/// <param name="Type">The usage event's type.</param>
/// <param name="Who">The person concerned; null where it is about the event itself.</param>
/// <param name="Status">What the person's state became, where said.</param>
/// <param name="StartsAt">When the event starts, where said.</param>
public sealed record AttendanceFact(string Event, Instant Time, string Type, string? Who, string? Status, Instant? StartsAt);

/// <summary>Attendance over the community events that started in a range and recorded any check-in.</summary>
/// <param name="Yes">People whose state was yes when a recorded event started; a waiting list is no yes.</param>
/// <param name="Came">Of these, people who were checked in.</param>
/// <param name="WalkIns">People who were checked in without a yes.</param>
/// <param name="Recorded">Events with at least one check-in.</param>
/// <param name="Events">Events that started in the range.</param>
public sealed record Attendance(int Yes, int Came, int WalkIns, int Recorded, int Events)
{
    /// <summary>Works it out from everything that was said about a group's events, in order of time.</summary>
    /// <param name="facts">Also from before the range: an answer may be older than its event's month.</param>
    /// <param name="from">Events that start from here on count.</param>
    /// <param name="until">Events that start before this count.</param>
    public static Attendance Of(IEnumerable<AttendanceFact> facts, Instant from, Instant until)
    {
        var (yes, came, walkIns, recorded, events) = (0, 0, 0, 0, 0);
        foreach (var one in facts.GroupBy(f => f.Event, StringComparer.Ordinal))
        {
            if (one.Any(f => f.Type == "event.deleted")) continue;
            var checkedIn = one.Where(f => f is { Status: "attended", Who: not null }).ToList();
            // An event whose start nobody told is placed where its people came.
            var start = one.Select(f => f.StartsAt).LastOrDefault(s => s is not null) ?? (checkedIn.Count > 0 ? checkedIn[0].Time : null);
            if (start is not { } at || at < from || at >= until) continue;
            events++;
            if (checkedIn.Count == 0) continue;
            recorded++;
            var there = checkedIn.Select(f => f.Who!).ToHashSet(StringComparer.Ordinal);
            var wanted = one.Where(f => f.Who is not null && f.Status != "attended" && f.Time <= at).GroupBy(f => f.Who!, StringComparer.Ordinal)
                .Where(p => IsYes(p.Last())).Select(p => p.Key).ToHashSet(StringComparer.Ordinal);
            yes += wanted.Count;
            came += wanted.Count(there.Contains);
            walkIns += there.Count(p => !wanted.Contains(p));
        }
        return new Attendance(yes, came, walkIns, recorded, events);
    }

    private static bool IsYes(AttendanceFact answer) => answer.Type != "event.attendee.cancelled" && (answer.Status is null or "confirmed" or "yes" or "going");
}
