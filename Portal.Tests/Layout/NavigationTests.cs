using System.Security.Claims;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Layout;

public sealed class NavigationTests
{
    [Fact]
    public void A_member_sees_own_pages_only()
    {
        var section = Assert.Single(Sections());
        Assert.Equal(["/me/usage", "/me/storage", "/me/costs", "/me/statement", "/me/plan", "/me/alerts", "/me/why", "/me/privacy", "/inbox", "/events", "/glossary"], section.Items.Select(i => i.Href));
    }

    [Theory]
    [InlineData("owner", "usage storage costs statement community members alerts controls plan why")]
    [InlineData("admin", "usage storage community members alerts controls")]
    [InlineData("moderator", "community members")]
    public void A_role_in_a_group_opens_its_pages_and_no_others(string role, string pages)
    {
        var group = Sections(("insights:manages", $"trail-runners|{role}|Trail Runners")).Single(s => s.Group == "trail-runners");
        Assert.Equal("Trail Runners", group.Title);
        Assert.Equal(pages.Split(' ').Select(p => $"/groups/trail-runners/{p}"), group.Items.Select(i => i.Href));
    }

    [Fact]
    public void An_admin_sees_the_platform_first()
    {
        var platform = Sections((ClaimTypes.Role, "admin"))[0];
        Assert.Equal(
            ["costs", "fleet", "users", "groups", "bulk", "plans", "upgrades", "rules", "disputes", "overrides", "alerts", "webhooks", "meters", "capacity", "performance", "anomalies", "settings", "people", "keys", "feedback", "audit"],
            platform.Items.Select(i => i.Href["/admin/".Length..]));
    }

    [Theory]
    [InlineData("no-role")]
    [InlineData("key|king|Name")]
    [InlineData("|owner|Name")]
    [InlineData("")]
    public void A_claim_that_cannot_be_read_gives_no_right(string claim) => Assert.Single(Sections(("insights:manages", claim)));

    [Fact]
    public void A_name_may_hold_the_separator()
    {
        var user = User(("insights:manages", "a|owner|Cats | Dogs"));
        Assert.Equal("Cats | Dogs", user.Groups[0].Name);
        Assert.Equal("Owner, Cats | Dogs", user.Standing);
    }

    [Fact]
    public void What_somebody_is_in_a_group_is_said_in_the_readers_language()
    {
        using var speaking = new Speaking("es");
        Assert.Equal("Propietario, Gatos", User(("insights:manages", "a|owner|Gatos")).Standing);
        Assert.Equal("Moderador, Gatos", User(("insights:manages", "a|moderator|Gatos")).Standing);
    }

    private static IReadOnlyList<NavSection> Sections(params (string Type, string Value)[] claims) => Navigation.For(User(claims));

    private static PortalUser User(params (string Type, string Value)[] claims) =>
        PortalUser.From(new ClaimsPrincipal(new ClaimsIdentity([new("insights:user", "ann"), .. claims.Select(c => new Claim(c.Type, c.Value))], "test")))!;
}
