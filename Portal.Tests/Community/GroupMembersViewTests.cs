using Bunit;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Portal.Community;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Community;

public sealed class GroupMembersViewTests : PortalComponentTest
{
    private static CommunityModel<GroupCommunity> Model(int? visited, int members = 40, bool seesUsage = true) => new(
        new GroupCommunity(
            Sample.Frame, Sample.Figures with { Visited = visited, Members = new MemberFlow(members, 2, 1, members + 1) }, 4, [(Sample.Frame.Window.From, 4), (Sample.Frame.Window.From.PlusDays(1), 7)],
            [new MemberActivity("ann", "Ann", "owner", 20, 1, 2, Sample.Frame.ReadAt)]), Sample.State, seesUsage, false);

    private string Text(CommunityModel<GroupCommunity> model) => string.Concat(Render<GroupMembersView>(p => p.Add(v => v.Model, model)).Nodes.Select(n => n.TextContent));

    [Fact]
    public void The_sentence_compares_with_the_window_before() =>
        Assert.Contains("9 people took part, as many as before. 3 who did before went quiet.", Text(Model(12)), StringComparison.Ordinal);

    [Fact]
    public void Few_people_get_counts_and_no_percent()
    {
        var text = Text(Model(12, members: 11));
        Assert.Contains("9 of 12 members", text, StringComparison.Ordinal);
        Assert.DoesNotContain("75 %", text, StringComparison.Ordinal);
        Assert.Contains("22 %, 9 of 41 members", Text(Model(12)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_not_recorded_is_not_zero()
    {
        Assert.Contains("A user.visited event that names the group would tell", Text(Model(null)), StringComparison.Ordinal);
        Assert.DoesNotContain("A user.visited event", Text(Model(0)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_moderator_gets_no_links_to_events()
    {
        Assert.NotEmpty(Render<GroupMembersView>(p => p.Add(v => v.Model, Model(5))).FindAll("a[href^='/events']"));
        Assert.Empty(Render<GroupMembersView>(p => p.Add(v => v.Model, Model(5, seesUsage: false))).FindAll("a[href^='/events']"));
    }
}
