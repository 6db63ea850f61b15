using NodaTime;
using OpenMeet.Insights.Domain.Community;

namespace OpenMeet.Insights.Tests.Community;

public sealed class AttendanceTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 11, 5, 18, 0);
    private static readonly Instant From = Instant.FromUtc(2026, 11, 1, 0, 0);
    private static readonly Instant Until = Instant.FromUtc(2026, 12, 1, 0, 0);

    private static AttendanceFact Created(Instant? starts = null) => new("e", Start - Duration.FromDays(30), "event.created", null, null, starts ?? Start);

    private static AttendanceFact Answer(string who, string? status, int hoursBefore, string type = "event.rsvp.added") => new("e", Start - Duration.FromHours(hoursBefore), type, who, status, null);

    private static AttendanceFact CheckIn(string who) => new("e", Start + Duration.FromMinutes(5), "event.attendee.status.changed", who, "attended", null);

    [Fact]
    public void A_yes_from_the_month_before_counts_for_the_event_of_this_one() =>
        Assert.Equal(new Attendance(2, 1, 0, 1, 1), Attendance.Of([Created(), Answer("ann", "confirmed", 24 * 20), Answer("bob", null, 24 * 19), CheckIn("ann")], From, Until));

    [Fact]
    public void A_waiting_list_is_no_yes_until_it_is_confirmed() =>
        Assert.Equal(
            new Attendance(2, 2, 0, 1, 1),
            Attendance.Of([Created(), Answer("ann", "confirmed", 9), Answer("bob", "waitlist", 8), Answer("eve", "waitlist", 7), Answer("bob", "confirmed", 2, "event.attendee.status.changed"), CheckIn("ann"), CheckIn("bob")], From, Until));

    [Fact]
    public void Who_cancelled_is_no_yes_unless_answering_again_and_who_comes_without_one_walks_in() =>
        Assert.Equal(
            new Attendance(1, 1, 1, 1, 1),
            Attendance.Of([Created(), Answer("ann", "confirmed", 9), Answer("ann", null, 8, "event.attendee.cancelled"), Answer("bob", null, 9), Answer("bob", null, 8, "event.attendee.cancelled"), Answer("ann", "confirmed", 7), CheckIn("ann"), CheckIn("walk")], From, Until));

    [Fact]
    public void An_event_without_any_check_in_is_not_recorded_and_one_outside_the_range_does_not_count()
    {
        Assert.Equal(new Attendance(0, 0, 0, 0, 1), Attendance.Of([Created(), Answer("ann", "confirmed", 9)], From, Until));
        Assert.Equal(new Attendance(0, 0, 0, 0, 0), Attendance.Of([Created(Until), Answer("ann", "confirmed", 9), CheckIn("ann")], From, Until));
        Assert.Equal(new Attendance(0, 0, 0, 0, 0), Attendance.Of([Created(), Answer("ann", "confirmed", 9), CheckIn("ann"), new AttendanceFact("e", Start, "event.deleted", null, null, null)], From, Until));
    }
}
