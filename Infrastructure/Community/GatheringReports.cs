using NodaTime;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Community;

/// <summary>An event with what follows from it.</summary>
/// <param name="Gathering">The event.</param>
/// <param name="Rsvp">Members at yes, of those who could see it.</param>
/// <param name="Repeat">Attendees who had come before.</param>
/// <param name="Messages">Messages about it.</param>
/// <param name="Expected">What was to be expected from the events before it; null with fewer than five.</param>
public sealed record HeldGathering(Gathering Gathering, PartOf Rsvp, PartOf Repeat, int Messages, ExpectedAttendance? Expected);

/// <summary>A group's events over a window.</summary>
/// <param name="Frame">About whom and when.</param>
/// <param name="Now">Added up.</param>
/// <param name="Before">The same of the window before.</param>
/// <param name="Held">Started, newest first.</param>
/// <param name="Coming">Still to come, the next first.</param>
public sealed record GroupGatherings(CommunityFrame Frame, GatheringFigures Now, GatheringFigures Before, IReadOnlyList<HeldGathering> Held, IReadOnlyList<HeldGathering> Coming);

/// <summary>What a group's events came to.</summary>
public sealed class GatheringReports(CommunityHistories histories)
{
    /// <summary>A group's events; null for an unknown group.</summary>
    public async Task<GroupGatherings?> GroupAsync(Tenant tenant, CommunityQuestion question, CancellationToken cancel)
    {
        if (await histories.GroupAsync(tenant, question.Group, cancel) is not { } reading) return null;
        var (frame, history) = (CommunityFrame.Of(reading, question), reading.Whole);
        var byEvent = history.Messages.Where(m => m.Event is not null).ToLookup(m => m.Event!, StringComparer.Ordinal);
        HeldGathering Of(Gathering g) => new(
            g, EventFigures.RsvpRate(g, history.Members), EventFigures.Repeat(g, history.Gatherings), EventFigures.Messages(g, byEvent),
            ExpectedAttendance.Of(history.Gatherings, Instant.Min(g.Starts!.Value, history.ReadAt), g.Yes.Count));
        var held = history.Held(frame.Window);
        return new GroupGatherings(
            frame, GatheringFigures.Of(held, history), GatheringFigures.Of(history.Held(frame.Window.Matched), history), [.. held.Reverse().Select(Of)],
            [.. history.Gatherings.Where(g => g.Starts >= history.ReadAt).Select(Of)]);
    }
}
