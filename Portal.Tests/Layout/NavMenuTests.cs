using System.Security.Claims;
using Bunit;
using Bunit.TestDoubles;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Layout;

public sealed class NavMenuTests : PortalComponentTest
{
    [Fact]
    public void The_open_page_is_marked_and_follows_navigation()
    {
        AddAuthorization().SetAuthorized("ann").SetClaims(new Claim("insights:user", "ann"));
        Services.GetRequiredService<NavigationManager>().NavigateTo("/me/costs?p=last");
        var menu = Render<NavMenu>();
        Assert.Equal("My costs", menu.Find("a[aria-current=page]").TextContent.Trim());

        Services.GetRequiredService<NavigationManager>().NavigateTo("/me/plan");

        Assert.Equal("My plan", menu.Find("a[aria-current=page]").TextContent.Trim());
    }

    [Fact]
    public void Signing_out_is_a_post()
    {
        AddAuthorization().SetAuthorized("ann").SetClaims(new Claim("insights:user", "ann"));
        var form = Render<NavMenu>().Find("form");
        Assert.Equal("post", form.GetAttribute("method"));
        Assert.Equal("/account/logout", form.GetAttribute("action"));
        Assert.Equal("logout", form.QuerySelector("input[name=_handler]")!.GetAttribute("value"));
    }

    [Fact]
    public void Nobody_signed_in_sees_the_way_in_only()
    {
        AddAuthorization().SetNotAuthorized();
        Assert.Equal("/account/login", Render<NavMenu>().Find("a.nav").GetAttribute("href"));
    }
}
