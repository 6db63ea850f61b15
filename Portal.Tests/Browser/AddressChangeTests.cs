namespace OpenMeet.Insights.Tests.Browser;

/// <summary>A page's state is its address: it follows a change of it within its circuit, and then says what a copied link says.</summary>
[Collection<OneDemo>]
public sealed class AddressChangeTests(DemoPortal portal)
{
    [Theory]
    [InlineData(DemoPortal.Member, "/me/usage?p=12m", "/me/costs?p=12m", "/me/storage?p=28d")]
    [InlineData(DemoPortal.Manager, "/groups/trail-runners/usage?p=12m", "/groups/trail-runners/costs?p=12m", "/groups/trail-runners/storage?p=28d")]
    [InlineData(
        DemoPortal.Manager, "/groups/trail-runners/community?p=12m", "/groups/trail-runners/members?p=12m", "/groups/trail-runners/contributors?p=12m", "/groups/trail-runners/conversation?p=12m",
        "/groups/trail-runners/gatherings?p=12m", "/groups/trail-runners/resources?p=12m", "/groups/trail-runners/retention?by=week", "/groups/trail-runners/community?organisers=out")]
    [InlineData(DemoPortal.Admin, "/admin/costs?p=12m", "/admin/performance?p=12m", "/admin/groups/trail-runners?p=12m")]
    public async Task A_page_follows_a_change_of_its_address(string email, params string[] addresses)
    {
        var walker = await portal.OpenAsync(email);
        var loader = await portal.OpenAsync(email);
        foreach (var address in addresses)
        {
            await loader.GotoAsync(address);
            await DemoPortal.InteractiveAsync(loader);
            await walker.GotoAsync(address.Split('?')[0]);
            await DemoPortal.InteractiveAsync(walker);
            var (before, copied) = (await PageScript.TextAsync(walker), await PageScript.TextAsync(loader));
            Assert.True(PageScript.Difference(before, copied) is not null, $"{address} says what the page says without it.");

            await walker.EvaluateAsync("address => Blazor.navigateTo(address)", address);
            if (await PageVisit.SettledAsync(walker, copied) is null) continue;
            // Figures grow with the clock: what differs still from what is said now is a fault.
            await loader.ReloadAsync();
            await DemoPortal.InteractiveAsync(loader);
            var difference = await PageVisit.SettledAsync(walker, await PageScript.TextAsync(loader));
            Assert.True(difference is null, $"{address}: {difference}");
        }
        await walker.Context.CloseAsync();
        await loader.Context.CloseAsync();
    }

    [Fact]
    public async Task What_was_typed_on_one_groups_page_is_not_on_anothers()
    {
        var page = await portal.OpenAsync(DemoPortal.Admin);
        await page.GotoAsync("/groups/trail-runners/alerts");
        await DemoPortal.InteractiveAsync(page);
        var thresholds = page.Locator("#rule input[maxlength='100']");
        var usual = await thresholds.InputValueAsync();
        await thresholds.FillAsync("33");
        await thresholds.PressAsync("Tab");

        await page.EvaluateAsync("address => Blazor.navigateTo(address)", "/groups/board-game-nights/alerts");
        await page.WaitForFunctionAsync("name => document.querySelector('.crumb')?.textContent.includes(name)", "board-game-nights");

        Assert.Equal(usual, await thresholds.InputValueAsync());
        await page.Context.CloseAsync();
    }
}
