using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Community;

namespace OpenMeet.Insights.Tests.Community;

public sealed class EventFiguresTests
{
    private static readonly Instant Start = Sample.At(20, 18);

    private static AttendanceFact Fact(string type, string? who, string? status, int hoursBefore, int? capacity = null) => new("e", Start - Duration.FromHours(hoursBefore), type, who, status, type == "event.created" ? Start : null, null, capacity);

    [Fact]
    public void Late_cancels_waiting_list_and_fill_by_hand()
    {
        // Ann stays. Bob cancels 3 h before, Eve 30 h before, Dan cancels 5 h before and comes back. Flo waits. 2 of 4 places.
        var one = Gathering.Read([
            Fact("event.created", null, null, 400, capacity: 4), Fact("event.rsvp.added", "ann", "confirmed", 90), Fact("event.rsvp.added", "bob", "confirmed", 89), Fact("event.rsvp.added", "eve", "confirmed", 88),
            Fact("event.rsvp.added", "dan", "confirmed", 87), Fact("event.rsvp.added", "flo", "waitlist", 86), Fact("event.attendee.cancelled", "eve", null, 30), Fact("event.attendee.cancelled", "dan", null, 5),
            Fact("event.rsvp.added", "dan", "confirmed", 4), Fact("event.attendee.cancelled", "bob", null, 3),
        ]).Single();
        Assert.Equal(["ann", "dan"], one.Yes.Order());
        Assert.Equal(["flo"], one.Waiting);
        Assert.Equal(1, one.LateCancels);
        Assert.Equal(new PartOf(2, 4), EventFigures.Fill([one]));
    }

    [Fact]
    public void The_rsvp_rate_is_of_the_members_who_could_see_it()
    {
        // Published on the 1st, starts on the 20th. Ann and Bob could see it; Eve left before, Dan joined after; a guest said yes too.
        MemberStay Stay(string who, string role, int from, int? until) => new(who, role, Sample.At(from), until is { } u ? Sample.At(u) : null);
        var members = new MemberBook([Stay("ann", "member", -9, null), Stay("bob", "member", 19, null), Stay("eve", "member", -9, 0), Stay("dan", "member", 21, null), Stay("hal", "guest", -9, null)]);
        Assert.Equal(new PartOf(1, 2), EventFigures.RsvpRate(Sample.Event("e", 20, "ann hal", "", published: 1), members));
    }

    [Fact]
    public void Expected_people_come_from_the_last_five_to_ten_recorded_events()
    {
        // Rates 8, 6, 8, 6 and 7 of 10: 35 of 50 come; spread sqrt(0.04 / 4) = 0.1. Of 40: 28 ± 4.
        string Ten = string.Join(' ', Enumerable.Range(0, 10).Select(i => "p" + i));
        string First(int n) => string.Join(' ', Ten.Split(' ').Take(n));
        var held = new[] { 8, 6, 8, 6, 7 }.Select((came, i) => Sample.Event("e" + i, i + 1, Ten, First(came))).ToList();
        Assert.Equal(new ExpectedAttendance(28, 4, 40, 5), ExpectedAttendance.Of([.. held, Sample.Event("unrecorded", 6, Ten, "")], Sample.At(10), 40));
        Assert.Null(ExpectedAttendance.Of(held.Take(4), Sample.At(10), 40));
        Assert.Null(ExpectedAttendance.Of(held, Sample.At(5), 40));
    }

    [Fact]
    public void Who_came_within_180_days_before_comes_again()
    {
        var now = Sample.Event("now", 20, "", "ann bob eve");
        Gathering[] all = [now, Sample.Event("half-a-year", 20 - 180, "", "ann"), Sample.Event("longer", 20 - 181, "", "bob"), Sample.Event("later", 25, "", "eve")];
        Assert.Equal(new PartOf(1, 3), EventFigures.Repeat(now, all));
    }

    [Fact]
    public void Messages_about_an_event_count_until_72_hours_after_its_end()
    {
        ChatMessage Says(Instant at, string? about) => new("m" + at, "ann", at, about, null);
        var e = Sample.Event("e", 20, "", "", published: 1);
        var messages = new[] { Says(Sample.At(1, 11), "e"), Says(Sample.At(1, 12), "e"), Says(Sample.At(23, 17), "e"), Says(Sample.At(23, 18), "e"), Says(Sample.At(10), "other") }.ToLookup(m => m.Event!);
        Assert.Equal(2, EventFigures.Messages(e, messages));
        Assert.Equal(3, EventFigures.Messages(e with { Ends = Sample.At(20, 21) }, messages));
    }

    [Fact]
    public void Attended_and_walk_ins_are_all_who_came_and_events_add_up() =>
        Gen.Select(Gen.Int[0, 9].Array[0, 10], Gen.Int[0, 9].Array[0, 10]).Array[0, 8].Sample(raw =>
        {
            var all = raw.Select((r, i) => Sample.Event("e" + i, i + 1, string.Join(' ', r.Item1.Distinct()), string.Join(' ', r.Item2.Distinct()))).ToList();
            Assert.All(all, g => Assert.Equal(g.Came.Count, g.Attended + g.WalkIns));
            var sum = Attendance.Of(all);
            Assert.Equal((all.Count, all.Count(g => g.Came.Count > 0)), (sum.Events, sum.Recorded));
            Assert.True(sum.Came <= sum.Yes);
            Assert.Equal(sum.Came + sum.WalkIns, all.Sum(g => g.Came.Count));
        });
}
