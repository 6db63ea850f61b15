using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Portal.Fleet;

namespace OpenMeet.Insights.Tests.Fleet;

public sealed class FleetStateTests
{
    [Theory]
    [InlineData("/admin/fleet")]
    [InlineData("/admin/users?q=ann%20b&sort=name&page=2")]
    [InlineData("/admin/groups?sort=-limit&plan=club&use=90&period=2026-10")]
    public void An_address_says_the_whole_state(string address)
    {
        Assert.Equal(address, Read(address).Href);
        Assert.StartsWith(address.Split('?')[0] + ".csv", Read(address).FileHref, StringComparison.Ordinal);
        Assert.Equal(Read(address).Filter, Read(Read(address).FileHref).Filter);
    }

    [Fact]
    public void What_cannot_be_read_is_the_default_and_another_filter_begins_at_the_first_page()
    {
        Assert.Equal("/admin/fleet", Read("/admin/fleet?sort=salary&use=much&page=-3").Href);
        Assert.Equal("/admin/users?use=full", Read("/admin/fleet?page=7").From(new FleetFilter("user", Use: "full")).Href);
        Assert.Equal("/admin/groups?q=x&sort=name", Read("/admin/users?q=x&sort=name&page=4").Of("group").Href);
    }

    private static FleetState Read(string address)
    {
        var uri = new Uri("http://portal" + address);
        var query = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(uri.Query);
        return FleetState.Parse(uri.AbsolutePath, name => query.TryGetValue(name, out var value) ? value.ToString() : null);
    }
}
