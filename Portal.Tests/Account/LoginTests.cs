using Bunit;
using OpenMeet.Insights.Portal.Account;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Account;

public sealed class LoginTests : PortalComponentTest
{
    [Fact]
    public void The_fields_carry_their_exact_names()
    {
        var form = Render<LoginFields>();
        Assert.Equal(["Email", "Password"], form.FindAll("label").Select(l => l.TextContent));
        Assert.All(form.FindAll("label"), l => Assert.NotNull(form.Find("#" + l.GetAttribute("for"))));
        Assert.Equal("Sign in", form.Find("button[type=submit]").TextContent);
        Assert.Empty(form.FindAll("[role=alert]"));
        Assert.Empty(form.FindAll("table"));
    }

    [Fact]
    public void An_error_is_an_alert_and_the_email_stays()
    {
        var form = Render<LoginFields>(p => p.Add(f => f.Email, "ann@example.org").Add(f => f.Error, "Email or password is not right."));
        Assert.Equal("Email or password is not right.", form.Find("[role=alert]").TextContent);
        Assert.Equal("ann@example.org", form.Find("#email").GetAttribute("value"));
    }

    [Fact]
    public void The_demo_shows_its_sign_ins()
    {
        var form = Render<LoginFields>(p => p.Add(f => f.DemoSignIns, [new("member@demo.example", "secret", "own pages"), new("admin@demo.example", "secret", "the platform")]));
        Assert.Equal(["member@demo.example", "admin@demo.example"], form.FindAll("tbody th").Select(c => c.TextContent));
    }

    [Theory]
    [InlineData("/me/usage?p=last", "/me/usage?p=last")]
    [InlineData("//evil.example", "/")]
    [InlineData("/\\evil.example", "/")]
    [InlineData("https://evil.example", "/")]
    [InlineData("/account/logout", "/")]
    [InlineData("", "/")]
    [InlineData(null, "/")]
    public void The_way_back_never_leaves_the_portal(string? url, string expected) => Assert.Equal(expected, ReturnUrls.Safe(url));
}
