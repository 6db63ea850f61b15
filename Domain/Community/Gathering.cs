using NodaTime;

namespace OpenMeet.Insights.Domain.Community;

/// <summary>One event of a community with what people answered and who came.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Published">When it was first heard of.</param>
/// <param name="Starts">When it starts; null where nobody told and nobody came.</param>
/// <param name="Ends">When it ends; null where nobody told.</param>
/// <param name="Capacity">Places; null where nobody told.</param>
/// <param name="Yes">Who stood at yes at its start, or does now where that is ahead; a waiting list is no yes.</param>
/// <param name="Waiting">Who stood on the waiting list then.</param>
/// <param name="Came">Who was checked in.</param>
/// <param name="LateCancels">Who went from yes to no within 24 h before the start, and stayed away.</param>
public sealed record Gathering(
    string Key, Instant Published, Instant? Starts, Instant? Ends, int? Capacity, IReadOnlySet<string> Yes, IReadOnlySet<string> Waiting, IReadOnlySet<string> Came, int LateCancels)
{
    private static readonly Duration Late = Duration.FromHours(24);

    /// <summary>Whether anybody was checked in; otherwise attendance is not recorded, which is not 0.</summary>
    public bool IsRecorded => Came.Count > 0;

    /// <summary>People at yes who came.</summary>
    public int Attended => Yes.Count(Came.Contains);

    /// <summary>People who came without a yes.</summary>
    public int WalkIns => Came.Count(p => !Yes.Contains(p));

    /// <summary>Reads events from everything that was said about them, in order of time. Deleted ones are none.</summary>
    public static IReadOnlyList<Gathering> Read(IEnumerable<AttendanceFact> facts) =>
        [.. facts.GroupBy(f => f.Event, StringComparer.Ordinal).Where(e => !e.Any(f => f.Type == "event.deleted")).Select(e => One([.. e])).OrderBy(g => g.Starts ?? Instant.MaxValue).ThenBy(g => g.Key, StringComparer.Ordinal)];

    private static Gathering One(List<AttendanceFact> facts)
    {
        var checkedIn = facts.Where(f => f is { Status: "attended", Who: not null }).ToList();
        // An event whose start nobody told is placed where its people came.
        var starts = facts.Select(f => f.StartsAt).LastOrDefault(s => s is not null) ?? (checkedIn.Count > 0 ? checkedIn[0].Time : null);
        var (yes, waiting, late) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal), 0);
        foreach (var person in facts.Where(f => f.Who is not null && f.Status != "attended" && (starts is null || f.Time <= starts)).GroupBy(f => f.Who!, StringComparer.Ordinal))
        {
            var answers = person.ToList();
            if (IsYes(answers[^1])) yes.Add(person.Key);
            else if (answers[^1].Status is "waitlist" or "waiting" && answers[^1].Type != "event.attendee.cancelled") waiting.Add(person.Key);
            else if (starts is { } at && answers.Zip(answers.Skip(1)).Any(turn => IsYes(turn.First) && !IsYes(turn.Second) && turn.Second.Time > at - Late)) late++;
        }
        return new Gathering(
            facts[0].Event, facts[0].Time, starts, facts.Select(f => f.EndsAt).LastOrDefault(e => e is not null), facts.Select(f => f.Capacity).LastOrDefault(c => c is not null),
            yes, waiting, checkedIn.Select(f => f.Who!).ToHashSet(StringComparer.Ordinal), late);
    }

    private static bool IsYes(AttendanceFact answer) => answer.Type != "event.attendee.cancelled" && (answer.Status is null or "confirmed" or "yes" or "going");
}
