using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Languages;

public sealed class LanguageMenuTests : PortalComponentTest
{
    [Fact]
    public void A_language_leads_back_to_the_page_that_is_open_by_then()
    {
        var navigation = Services.GetRequiredService<NavigationManager>();
        navigation.NavigateTo("/me/usage");
        var menu = Render<LanguageMenu>();

        navigation.NavigateTo("/me/costs?p=last");

        Assert.All(menu.FindAll("li a"), a => Assert.EndsWith("?returnUrl=%2Fme%2Fcosts%3Fp%3Dlast", a.GetAttribute("href"), StringComparison.Ordinal));
    }
}
