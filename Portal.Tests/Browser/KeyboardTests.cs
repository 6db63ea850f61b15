using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>The tasks of a page with keys alone, and a focus that can be seen at every stop.</summary>
[Collection<OneDemo>]
public sealed class KeyboardTests(DemoPortal portal)
{
    private const int MostStops = 250;
    private readonly List<string> _unseen = [];

    [Fact]
    public async Task A_manager_does_every_task_with_keys_alone()
    {
        var page = await portal.OpenAsync(DemoPortal.Manager, "/groups/board-game-nights/usage");

        // The keys are listed where ? is pressed, and Escape leads back.
        await page.Keyboard.PressAsync("?");
        await Assertions.Expect(page.Locator("dialog#keys")).ToContainTextAsync("28 days");
        await Assertions.Expect(page.Locator("dialog#keys")).ToContainTextAsync("The period before");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Locator("dialog#keys")).Not.ToBeVisibleAsync();

        // A period: by its key, by the arrows, and from the menu.
        await page.Keyboard.PressAsync("t");
        await ShowsAsync(page, "28 days", "?p=28d");
        await page.Keyboard.PressAsync("l");
        await ShowsAsync(page, "Last cycle", "?p=last");
        await page.Keyboard.PressAsync("ArrowRight");
        await ShowsAsync(page, "This cycle", "");
        await TabToAsync(page, "^This cycle");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".mud-popover-open .mud-menu-item").First.WaitForAsync();
        await ChooseAsync(page, "91 days");
        await ShowsAsync(page, "91 days", "?p=91d");

        // A comparison: off and on by its key, a year from the menu.
        await page.Keyboard.PressAsync("x");
        await ShowsAsync(page, "No comparison", "?p=91d&compare=none");
        await TabToAsync(page, "^No comparison");
        await page.Keyboard.PressAsync("Enter");
        await page.Locator(".mud-popover-open .mud-menu-item").First.WaitForAsync();
        await ChooseAsync(page, "A year before");
        await ShowsAsync(page, "Compared with a year before", "?p=91d&compare=year");

        // What is behind a number, and back.
        await TabToAsync(page, "^Events behind it$");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("main .verdict .say")).ToContainTextAsync("events, as they were sent");
        // What Alt and the left arrow do in a window that has a frame.
        await page.GoBackAsync();
        await ShowsAsync(page, "Compared with a year before", "?p=91d&compare=year");

        // The file.
        await page.Keyboard.PressAsync("v");
        await Assertions.Expect(page.Locator(".seg [aria-current]")).ToHaveTextAsync("Table");
        await TabToAsync(page, "^Download as CSV$");
        var download = await page.RunAndWaitForDownloadAsync(() => page.Keyboard.PressAsync("Enter"));
        Assert.EndsWith(".csv", download.SuggestedFilename, StringComparison.Ordinal);
        Assert.Contains("when,", await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        // Why, and not now.
        await page.Keyboard.PressAsync("g");
        await page.Keyboard.PressAsync("w");
        await Assertions.Expect(page.Locator("main .verdict .say")).ToContainTextAsync("A cheaper plan fits you");
        await TabToAsync(page, "^For 30 days$");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("Not asked again until");
        Assert.True(_unseen.Count == 0, "The focus cannot be seen at: " + string.Join('\n', _unseen.Distinct()));
        await page.Context.CloseAsync();
    }

    // The page has followed its address before the next key is pressed.
    private static async Task ShowsAsync(IPage page, string words, string query)
    {
        await Assertions.Expect(page.Locator("header.top")).ToContainTextAsync(words);
        Assert.Equal("/groups/board-game-nights/usage" + query, new Uri(page.Url).PathAndQuery);
    }

    // Tab by Tab, as a person goes; what the focus rests on must look different.
    private async Task TabToAsync(IPage page, string name)
    {
        var wanted = new Regex(name);
        for (var stop = 0; stop < MostStops; stop++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (wanted.IsMatch(await FocusedAsync(page))) return;
        }
        Assert.Fail($"{MostStops} Tabs do not lead to {name}.");
    }

    private async Task ChooseAsync(IPage page, string name)
    {
        for (var stop = 0; stop < 20; stop++)
        {
            await page.Keyboard.PressAsync("ArrowDown");
            if (!(await FocusedAsync(page)).StartsWith(name, StringComparison.Ordinal)) continue;
            await page.Keyboard.PressAsync("Enter");
            return;
        }
        Assert.Fail($"The arrows do not lead to {name}.");
    }

    private async Task<string> FocusedAsync(IPage page)
    {
        var parts = (await page.EvaluateAsync<string>("""
            () => {
                const at = document.activeElement;
                if (!at || at === document.body) return 'seen|';
                const style = getComputedStyle(at);
                const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && !style.outlineColor.endsWith(', 0)');
                const name = (at.getAttribute('aria-label') ?? at.innerText ?? '').replace(/\s+/g, ' ').trim();
                return (seen ? 'seen' : at.outerHTML.slice(0, 160)) + '|' + name;
            }
            """)).Split('|', 2);
        if (parts[0] != "seen") _unseen.Add(parts[0]);
        return parts[1];
    }
}
