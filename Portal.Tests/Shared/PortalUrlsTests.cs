using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Tests.Shared;

public sealed class PortalUrlsTests
{
    [Fact]
    public void Defaults_are_left_out()
    {
        Assert.Equal("/me/usage", PortalUrls.MyUsage());
        Assert.Equal("/me/usage", PortalUrls.MyUsage(new PageState(RangeChoice.This)));
        Assert.Equal("/account/login", PortalUrls.Login("/"));
    }

    [Fact]
    public void The_state_of_a_page_comes_back_from_its_link()
    {
        var state = new PageState(RangeChoice.Between(new DateOnly(2026, 9, 1), new DateOnly(2026, 9, 14)), Table: true, Compare: CompareChoice.Previous);
        Assert.Equal("/groups/trail-runners/usage?from=2026-09-01&to=2026-09-14&view=table&compare=previous", PortalUrls.GroupUsage("trail-runners", state));
        Assert.Equal(state, PageState.Parse(null, "2026-09-01", "2026-09-14", "table", "previous"));
    }

    [Fact]
    public void A_page_that_starts_with_another_period_says_this_cycle()
    {
        Assert.Equal("/groups/chess/storage?p=this", PortalUrls.GroupStorage("chess", new PageState(RangeChoice.This)));
        Assert.Equal("/groups/chess/storage", PortalUrls.GroupStorage("chess", new PageState(RangeChoice.Parse("12m"))));
        Assert.Equal("/me/storage?p=28d&view=table", PortalUrls.MyStorage(new PageState(RangeChoice.Parse("28d"), Table: true)));
        Assert.Equal("/admin/costs", PortalUrls.AdminCosts(new PageState(RangeChoice.Last)));
        Assert.Equal("/admin/costs?p=this", PortalUrls.AdminCosts(new PageState(RangeChoice.This)));
        Assert.Equal("/groups/chess/members?p=this", PortalUrls.GroupMembers("chess", new PageState(RangeChoice.This)));
        Assert.Equal("/groups/chess/members", PortalUrls.GroupMembers("chess", new PageState(RangeChoice.Parse("28d"))));
    }

    [Fact]
    public void Keys_are_escaped() => Assert.Equal("/groups/a%2Fb%3Fc/costs", PortalUrls.GroupCosts("a/b?c"));

    [Fact]
    public void Events_keep_the_figure_they_stand_behind() =>
        Assert.Equal("/events?user=ann&meter=api_calls&p=28d", PortalUrls.Events(user: "ann", meter: "api_calls", range: RangeChoice.Parse("28d")));

    [Fact]
    public void Another_state_keeps_what_else_the_address_says() =>
        Assert.Equal("/events?view=table&user=ann", PortalUrls.WithState("/events?user=ann&p=7d", new PageState(Table: true)));
}
