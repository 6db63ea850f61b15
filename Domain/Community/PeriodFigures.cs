using NodaTime;

namespace OpenMeet.Insights.Domain.Community;

/// <summary>What people did at the events of a window.</summary>
/// <param name="Attendance">Over recorded events.</param>
/// <param name="Rsvp">Members at yes, of members who could see, added over the events.</param>
/// <param name="LateCancels">Yes to no within 24 h before the start.</param>
/// <param name="Waiting">On a waiting list at the start.</param>
/// <param name="Fill">Yes of capacity.</param>
/// <param name="Repeat">Attendees who had come before, added over recorded events.</param>
/// <param name="Messages">Messages about them.</param>
/// <param name="MessagesRecorded">Of these, about recorded events.</param>
/// <param name="Attendees">People checked in, added over recorded events.</param>
public sealed record GatheringFigures(Attendance Attendance, PartOf Rsvp, int LateCancels, int Waiting, PartOf Fill, PartOf Repeat, int Messages, int MessagesRecorded, int Attendees)
{
    /// <summary>Messages for each event; null without events.</summary>
    public decimal? MessagesPerEvent => Attendance.Events == 0 ? null : Messages / (decimal)Attendance.Events;

    /// <summary>Messages about recorded events for each attendee; null without one.</summary>
    public decimal? MessagesPerAttendee => Attendees == 0 ? null : MessagesRecorded / (decimal)Attendees;

    /// <summary>Works it out for some events of a group.</summary>
    public static GatheringFigures Of(IReadOnlyList<Gathering> held, GroupHistory history)
    {
        var byEvent = history.Messages.Where(m => m.Event is not null).ToLookup(m => m.Event!, StringComparer.Ordinal);
        var recorded = held.Where(g => g.IsRecorded).ToList();
        return new GatheringFigures(
            Attendance.Of(held), held.Aggregate(default(PartOf), (sum, g) => sum + EventFigures.RsvpRate(g, history.Members)), held.Sum(g => g.LateCancels), held.Sum(g => g.Waiting.Count),
            EventFigures.Fill(held), recorded.Aggregate(default(PartOf), (sum, g) => sum + EventFigures.Repeat(g, history.Gatherings)),
            held.Sum(g => EventFigures.Messages(g, byEvent)), recorded.Sum(g => EventFigures.Messages(g, byEvent)), recorded.Sum(g => g.Came.Count));
    }
}

/// <summary>Every figure of a group over a window.</summary>
/// <param name="Window">The days.</param>
/// <param name="Members">At its ends, with joins and leaves.</param>
/// <param name="Visited">People who opened a page or did more; null where no visit was ever told.</param>
/// <param name="Active">People who took part.</param>
/// <param name="Contributed">People who wrote, uploaded or made an event.</param>
/// <param name="Day">A1 of the last day.</param>
/// <param name="Week">A7 of the last day.</param>
/// <param name="Month">A28 of the last day.</param>
/// <param name="Weekly">Mean of A7 / A28.</param>
/// <param name="Daily">Mean of A1 / A28.</param>
/// <param name="Flow">New, returning, resurrected, dormant.</param>
/// <param name="FirstWeek">First-week return; null where no visit was ever told.</param>
/// <param name="Gatherings">Its events.</param>
/// <param name="Messages">Messages in the chat.</param>
/// <param name="Replies">How newcomers are answered; null where replies are not told.</param>
/// <param name="MemberMade">Messages and events by others than organisers.</param>
/// <param name="Concentration">How much hangs on few.</param>
public sealed record PeriodFigures(
    DayWindow Window, MemberFlow Members, int? Visited, int Active, int Contributed, int Day, int Week, int Month, MeanRatio Weekly, MeanRatio Daily, ParticipationFlow Flow, PartOf? FirstWeek,
    GatheringFigures Gatherings, int Messages, FirstReplies? Replies, PartOf MemberMade, Concentration Concentration)
{
    /// <summary>Works everything out.</summary>
    /// <param name="history">The group, with or without its organisers' acts.</param>
    /// <param name="whole">The group with everybody's acts: whom a message is answered by, and what was made by whom, does not depend on the switch.</param>
    /// <param name="window">The days.</param>
    public static PeriodFigures Of(GroupHistory history, GroupHistory whole, DayWindow window)
    {
        var (range, activity) = (window.In(history.Zone), history.Activity);
        var last = new DayWindow(window.To, window.To);
        int Rolling(int days) => activity.Rolling(ActionStep.TookPart, days, last)[0];
        return new PeriodFigures(
            window, history.Members.Flow(range.From, Instant.Min(range.To, history.ReadAt + Duration.FromTicks(10))), history.VisitsRecorded ? activity.Who(ActionStep.Visited, window).Count : null,
            activity.Who(ActionStep.TookPart, window).Count, activity.Who(ActionStep.Contributed, window).Count, Rolling(1), Rolling(7), Rolling(28),
            activity.Stickiness(7, window), activity.Stickiness(1, window), activity.Flow(window),
            history.VisitsRecorded ? Newcomers.FirstWeekReturn(history.Joins(), activity, window, history.LastWhole) : null,
            GatheringFigures.Of(history.Held(window), whole), whole.Messages.Count(m => m.At >= range.From && m.At < range.To), whole.Replies(window),
            Concentration.MemberMade(whole.Acts(window), whole.Members), Concentration.Of(history.Acts(window)));
    }
}
