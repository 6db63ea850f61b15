using NodaTime;

namespace OpenMeet.Insights.Domain.Community;

/// <summary>All that was told about a group's community, from which every figure about it is worked out.</summary>
/// <param name="Zone">The group's time zone, in which its days end.</param>
/// <param name="ReadAt">What is later is not in it.</param>
/// <param name="Members">Who was a member when.</param>
/// <param name="Activity">Who did how much on which day.</param>
/// <param name="Gatherings">Its events that were not deleted.</param>
/// <param name="Messages">Its chat, in order of time.</param>
/// <param name="Contributions">Acts of people, in order of time.</param>
/// <param name="VisitsRecorded">Whether any visit was ever told.</param>
public sealed record GroupHistory(
    DateTimeZone Zone, Instant ReadAt, MemberBook Members, ActivityCalendar Activity, IReadOnlyList<Gathering> Gatherings, IReadOnlyList<ChatMessage> Messages,
    IReadOnlyList<Contribution> Contributions, bool VisitsRecorded)
{
    /// <summary>Today on the group's clock: not over yet.</summary>
    public LocalDate Today => ReadAt.InZone(Zone).Date;

    /// <summary>The last day that is over.</summary>
    public LocalDate LastWhole => Today.PlusDays(-1);

    /// <summary>The same without some people and their acts; its events and its chat stay whole.</summary>
    public GroupHistory Without(IReadOnlySet<string> people) => people.Count == 0 ? this : this with
    {
        Members = Members.Without(people),
        Activity = Activity.Without(people),
        Contributions = [.. Contributions.Where(c => !people.Contains(c.Who))],
    };

    /// <summary>Events that started in a window and before now.</summary>
    public IReadOnlyList<Gathering> Held(DayWindow window)
    {
        var range = window.In(Zone);
        return [.. Gatherings.Where(g => g.Starts >= range.From && g.Starts < range.To && g.Starts < ReadAt)];
    }

    /// <summary>Acts in a window.</summary>
    public IEnumerable<Contribution> Acts(DayWindow window)
    {
        var range = window.In(Zone);
        return Contributions.Where(c => c.At >= range.From && c.At < range.To);
    }

    /// <summary>How newcomers of a window are answered; null where no message ever named one that it answers.</summary>
    public FirstReplies? Replies(DayWindow window)
    {
        var range = window.In(Zone);
        return FirstReplies.Of(Messages, range.From, range.To, ReadAt);
    }

    /// <summary>When each member first joined, as a day of the group's clock.</summary>
    public IReadOnlyList<(string Who, LocalDate Joined)> Joins() => [.. Members.Joins().Select(j => (j.Key, j.Value.InZone(Zone).Date))];
}
