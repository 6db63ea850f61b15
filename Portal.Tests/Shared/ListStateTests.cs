using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Tests.Shared;

public sealed class ListStateTests
{
    private static readonly string[] Sorts = ["-cost", "name"];

    [Theory]
    [InlineData(null, null, null, null, "-cost", 1)]
    [InlineData(" ann ", "name", "3", "ann", "name", 3)]
    [InlineData("", "-name", "0", null, "-name", 1)]
    [InlineData(null, "salary", "many", null, "-cost", 1)]
    public void What_cannot_be_read_is_the_default(string? search, string? sort, string? page, string? expectedSearch, string expectedSort, int expectedPage) =>
        Assert.Equal(new ListState(expectedSearch, expectedSort, expectedPage), ListState.Parse(search, sort, page, Sorts));

    [Fact]
    public void Defaults_are_left_out_of_the_address()
    {
        Assert.Equal("/admin/users", PortalUrls.Listed(PortalUrls.AdminUsers(), new ListState(null, "-cost", 1), "-cost"));
        Assert.Equal("/admin/users?q=ann%20b&sort=name&page=2", PortalUrls.Listed(PortalUrls.AdminUsers(), new ListState("ann b", "name", 2), "-cost"));
    }

    [Fact]
    public void The_last_cycle_is_the_default_of_the_platforms_costs()
    {
        Assert.Equal("/admin/costs", PortalUrls.AdminCosts(new PageState(RangeChoice.Last)));
        Assert.Equal("/admin/costs?p=this", PortalUrls.AdminCosts(new PageState(RangeChoice.This)));
        Assert.Equal("/admin/costs?p=28d", PortalUrls.AdminCosts(new PageState(RangeChoice.Parse("28d"))));
    }
}
