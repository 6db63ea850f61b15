using NodaTime;

namespace OpenMeet.Insights.Domain.Community;

/// <summary>What is known about a community event or about one person's answer to it, at an instant.</summary>
/// <param name="Event">The community event's key.</param>
/// <param name="Time">When it was said.</param>
/// <param name="Type">The usage event's type.</param>
/// <param name="Who">The person concerned; null where it is about the event itself.</param>
/// <param name="Status">What the person's state became, where said.</param>
/// <param name="StartsAt">When the event starts, where said.</param>
/// <param name="EndsAt">When it ends, where said.</param>
/// <param name="Capacity">Its places, where said.</param>
public sealed record AttendanceFact(string Event, Instant Time, string Type, string? Who, string? Status, Instant? StartsAt, Instant? EndsAt = null, int? Capacity = null);

/// <summary>Attendance over the community events that started in a range and recorded any check-in.</summary>
/// <param name="Yes">People whose state was yes when a recorded event started; a waiting list is no yes.</param>
/// <param name="Came">Of these, people who were checked in.</param>
/// <param name="WalkIns">People who were checked in without a yes.</param>
/// <param name="Recorded">Events with at least one check-in.</param>
/// <param name="Events">Events that started in the range.</param>
public sealed record Attendance(int Yes, int Came, int WalkIns, int Recorded, int Events)
{
    /// <summary>Who came, of those at yes; null where nothing is recorded.</summary>
    public decimal? Rate => Yes == 0 ? null : Came / (decimal)Yes;

    /// <summary>Works it out from everything that was said about a group's events, in order of time.</summary>
    /// <param name="facts">Also from before the range: an answer may be older than its event's month.</param>
    /// <param name="from">Events that start from here on count.</param>
    /// <param name="until">Events that start before this count.</param>
    public static Attendance Of(IEnumerable<AttendanceFact> facts, Instant from, Instant until) => Of(Gathering.Read(facts).Where(g => g.Starts >= from && g.Starts < until));

    /// <summary>Adds up events.</summary>
    public static Attendance Of(IEnumerable<Gathering> gatherings)
    {
        var all = gatherings.ToList();
        var recorded = all.Where(g => g.IsRecorded).ToList();
        return new Attendance(recorded.Sum(g => g.Yes.Count), recorded.Sum(g => g.Attended), recorded.Sum(g => g.WalkIns), recorded.Count, all.Count);
    }
}
