using Bunit;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Portal.Community;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Community;

public sealed class GroupMembersViewTests : PortalComponentTest
{
    private static readonly DateOnly Today = new(2026, 11, 24);

    private static GroupMembersModel Model(int members, Attendance attendance, int? visitors, bool seesUsage = true) => new(
        new ViewedRange(RangeChoice.Last, Today, new TimeRange(Instant.FromUtc(2026, 10, 1, 0, 0), Instant.FromUtc(2026, 11, 1, 0, 0)), null),
        new GroupCommunity("chess", "Chess", members, 9, 2, 1, visitors, 30, 4, new ParticipationFlow(2, 6, 1, 3), 0.5m, attendance, [(new LocalDate(2026, 10, 1), 4), (new LocalDate(2026, 10, 2), 7)],
            [new MemberActivity("ann", "Ann", "owner", 20, 1, 2, Instant.FromUtc(2026, 10, 30, 12, 0))]), DateTimeZone.Utc, seesUsage);

    private string Text(GroupMembersModel model) => string.Concat(Render<GroupMembersView>(p => p.Add(v => v.Model, model)).Nodes.Select(n => n.TextContent));

    [Fact]
    public void The_sentence_compares_with_the_window_before() =>
        Assert.Contains("9 members took part, as many as before. 3 who did before went quiet.", Text(Model(40, new Attendance(0, 0, 0, 0, 0), 5)), StringComparison.Ordinal);

    [Fact]
    public void Few_people_get_counts_and_no_percent()
    {
        var text = Text(Model(12, new Attendance(10, 7, 0, 2, 3), 5));
        Assert.Contains("9 of 12 members", text, StringComparison.Ordinal);
        Assert.DoesNotContain("75 %", text, StringComparison.Ordinal);
        Assert.Contains("7 of 10", text, StringComparison.Ordinal);
        Assert.Contains("few people", text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_not_recorded_is_not_zero()
    {
        var text = Text(Model(40, new Attendance(0, 0, 0, 0, 4), null));
        Assert.Contains("not recorded", text, StringComparison.Ordinal);
        Assert.Contains("0 of 4 events recorded", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_moderator_gets_no_links_to_events()
    {
        Assert.NotEmpty(Render<GroupMembersView>(p => p.Add(v => v.Model, Model(40, new Attendance(0, 0, 0, 0, 0), 5))).FindAll("a[href^='/events']"));
        Assert.Empty(Render<GroupMembersView>(p => p.Add(v => v.Model, Model(40, new Attendance(0, 0, 0, 0, 0), 5, seesUsage: false))).FindAll("a[href^='/events']"));
    }
}
