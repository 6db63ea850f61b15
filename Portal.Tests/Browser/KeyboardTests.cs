using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>The tasks of a page with keys alone, and a focus that can be seen at every stop.</summary>
[Collection<OneDemo>]
public sealed class KeyboardTests(DemoPortal portal)
{
    private const int MostStops = 250;
    private const string InMenu = "() => !!document.activeElement?.closest('.mud-popover-open')";
    private readonly List<string> _unseen = [];

    [Fact]
    public async Task A_manager_does_every_task_with_keys_alone()
    {
        const string usage = "/groups/board-game-nights/usage";
        var page = await portal.OpenAsync(DemoPortal.Manager, usage);

        // The keys are listed where ? is pressed, and Escape leads back.
        await page.Keyboard.PressAsync("?");
        await Assertions.Expect(page.Locator("dialog#keys")).ToContainTextAsync("28 days");
        await Assertions.Expect(page.Locator("dialog#keys")).ToContainTextAsync("The period before");
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.Locator("dialog#keys")).Not.ToBeVisibleAsync();

        // A period: by its key, by the arrows, and from the menu.
        await page.Keyboard.PressAsync("t");
        await ShowsAsync(page, "28 days", usage + "?p=28d");
        await page.Keyboard.PressAsync("l");
        await ShowsAsync(page, "Last cycle", usage + "?p=last");
        await page.Keyboard.PressAsync("ArrowRight");
        await ShowsAsync(page, "This cycle", usage);
        await TabToAsync(page, "^This cycle");
        await ChooseAsync(page, "91 days");
        await ShowsAsync(page, "91 days", usage + "?p=91d");

        // A comparison: off and on by its key, a year from the menu.
        await page.Keyboard.PressAsync("x");
        await ShowsAsync(page, "No comparison", usage + "?p=91d&compare=none");
        await TabToAsync(page, "^No comparison");
        await ChooseAsync(page, "A year before");
        await ShowsAsync(page, "Compared with a year before", usage + "?p=91d&compare=year");

        // What is behind a number, and back.
        await EnterAsync(page, "^Events behind it$");
        await ReadAsync(page, "Every figure of this portal is counted from rows like these.");
        // What Alt and the left arrow do in a window that has a frame.
        await page.GoBackAsync();
        await ShowsAsync(page, "Compared with a year before", usage + "?p=91d&compare=year");
        await Assertions.Expect(page.Locator("#main")).ToBeFocusedAsync();

        // Charts or tables, by the key and by the link, and the file of what is shown.
        await page.Keyboard.PressAsync("v");
        await Assertions.Expect(page.Locator(".seg [aria-current]")).ToHaveTextAsync("Table");
        await EnterAsync(page, "^Chart$");
        await Assertions.Expect(page.Locator(".seg [aria-current]")).ToHaveTextAsync("Chart");
        await EnterAsync(page, "^Table$");
        await Assertions.Expect(page.Locator(".seg [aria-current]")).ToHaveTextAsync("Table");
        await DownloadAsync(page, "^Download as CSV$", "when,");

        // What the page was good for.
        await EnterAsync(page, "^Yes$");
        await Assertions.Expect(page.Locator("section.useful input")).ToBeFocusedAsync();
        Assert.StartsWith("What helped", await FocusedAsync(page), StringComparison.Ordinal);
        await page.Keyboard.TypeAsync("The date of the limit");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("section.useful")).ToContainTextAsync("Thank you.");
        await Assertions.Expect(page.Locator("section.useful button")).ToBeFocusedAsync();

        // Why, not now, and taken back.
        await GoAsync(page, "w", "/groups/board-game-nights/why");
        await ReadAsync(page, "A cheaper plan fits you");
        await EnterAsync(page, "^For 30 days$");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("Not asked again until");
        await EnterAsync(page, "^Take it back$");
        await Assertions.Expect(page.Locator("main .verdict .say")).ToContainTextAsync("A cheaper plan fits you");
        Seen();
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_member_reads_the_own_pages_with_keys_alone()
    {
        var page = await portal.OpenAsync(DemoPortal.Member, "/me/usage");
        await page.Keyboard.PressAsync("q");
        await ShowsAsync(page, "91 days", "/me/usage?p=91d");
        await page.Keyboard.PressAsync("v");
        await Assertions.Expect(page.Locator(".seg [aria-current]")).ToHaveTextAsync("Table");
        await ShowsAsync(page, "Table", "/me/usage?p=91d&view=table");
        await DownloadAsync(page, "^Download as CSV$", "when,");
        await GoAsync(page, "s", "/me/storage");
        await ReadAsync(page, "My storage");
        await GoAsync(page, "b", "/me/statement");
        await ReadAsync(page, "Statement");
        await DownloadAsync(page, "^CSV$", "account,");
        Seen();
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task An_administrator_finds_an_account_and_asks_what_another_limit_would_do_with_keys_alone()
    {
        var page = await portal.OpenAsync(DemoPortal.Admin, "/admin/fleet");
        await page.Keyboard.PressAsync("/");
        await Assertions.Expect(page.Locator("main input[type=search]")).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync("trail");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page).ToHaveURLAsync(portal.Address.TrimEnd('/') + "/admin/fleet?q=trail");
        await Assertions.Expect(page.Locator("main tbody tr")).ToHaveCountAsync(1);
        await EnterAsync(page, "^Trail Runners");
        await ReadAsync(page, "Limits hold for all that this account pays for");
        await EnterAsync(page, "^Give it a limit of its own$");
        await ReadAsync(page, "Limits that a person gave to one account");
        await TabToAsync(page, "^Meter");
        await page.Keyboard.TypeAsync("Storage");
        await TabToAsync(page, "^New limit");
        await page.Keyboard.TypeAsync("5");
        await TabToAsync(page, "^At the limit");
        await page.Keyboard.PressAsync("ArrowDown");
        await TabToAsync(page, "^Permanent");
        await page.Keyboard.PressAsync("Space");
        await TabToAsync(page, "^Reason");
        await page.Keyboard.TypeAsync("What if");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#add .preview")).ToContainTextAsync(new Regex(@"5(\.0+)? GB, hard"));
        await EnterAsync(page, "^Change something$");
        await Assertions.Expect(page.Locator("#add .preview")).ToHaveCountAsync(0);
        Seen();
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task An_alert_is_set_and_ended_with_keys_alone()
    {
        var page = await portal.OpenAsync(DemoPortal.Manager, "/groups/board-game-nights/alerts");
        await TabToAsync(page, "^Meter");
        await page.Keyboard.PressAsync("ArrowDown");
        await TabToAsync(page, "^Thresholds");
        await page.Keyboard.TypeAsync("77");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("main .done")).ToContainTextAsync("Saved: the rule is looked at");
        await Assertions.Expect(page.Locator("main tbody").First).ToContainTextAsync("at 77 % of the limit");
        await EnterAsync(page, "^End .* at 77 % of the limit");
        await EnterAsync(page, "^End it$");
        await Assertions.Expect(page.Locator("main .done")).ToContainTextAsync("Ended:");
        Seen();
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_member_is_given_a_cap_and_it_is_taken_back_with_keys_alone()
    {
        var page = await portal.OpenAsync(DemoPortal.Manager, "/groups/board-game-nights/controls");
        await EnterAsync(page, "^Add a member's own cap$");
        await page.Locator("#change select").First.WaitForAsync();
        // The fields came in before the button that made them.
        await TabToAsync(page, "^Member Choose", back: true);
        await page.Keyboard.PressAsync("ArrowDown");
        await TabToAsync(page, ": one file, in MB$");
        await page.Keyboard.TypeAsync("50");
        await TabToAsync(page, "^Reason");
        await page.Keyboard.TypeAsync("Videos fill the storage");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("#change .preview")).ToContainTextAsync("Before you save");
        await EnterAsync(page, "^Save these controls$");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("Saved.");
        await EnterAsync(page, "^Undo$");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("Taken back: it is as it was before.");
        Seen();
        await page.Context.CloseAsync();
    }

    private void Seen() => Assert.True(_unseen.Count == 0, "The focus cannot be seen at: " + string.Join('\n', _unseen.Distinct()));

    // The page has followed its address before the next key is pressed.
    private async Task ShowsAsync(IPage page, string words, string address)
    {
        await Assertions.Expect(page.Locator("header.top")).ToContainTextAsync(words);
        await Assertions.Expect(page).ToHaveURLAsync(portal.Address.TrimEnd('/') + address);
    }

    // Another page stands there, and the focus waits at its beginning.
    private static async Task ReadAsync(IPage page, string words)
    {
        await Assertions.Expect(page.Locator("main .lead").First).ToContainTextAsync(words);
        await Assertions.Expect(page.Locator("#main")).ToBeFocusedAsync();
    }

    // A first key counts for a few seconds only: on a busy machine both are pressed again.
    private static async Task GoAsync(IPage page, string key, string path)
    {
        for (var tries = 0; tries < 10 && new Uri(page.Url).AbsolutePath != path; tries++)
        {
            await page.Keyboard.PressAsync("g");
            await page.Keyboard.PressAsync(key);
            try
            {
                await page.WaitForURLAsync("**" + path, new PageWaitForURLOptions { Timeout = 6_000 });
            }
            catch (TimeoutException)
            {
                // Looked at again by the loop.
            }
        }
        Assert.Equal(path, new Uri(page.Url).AbsolutePath);
    }

    private async Task EnterAsync(IPage page, string name)
    {
        await TabToAsync(page, name);
        await page.Keyboard.PressAsync("Enter");
    }

    private async Task DownloadAsync(IPage page, string name, string head)
    {
        await TabToAsync(page, name);
        var download = await page.RunAndWaitForDownloadAsync(() => page.Keyboard.PressAsync("Enter"));
        Assert.EndsWith(".csv", download.SuggestedFilename, StringComparison.Ordinal);
        Assert.Contains(head, await File.ReadAllTextAsync(await download.PathAsync(), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    // Tab by Tab, as a person goes; what the focus rests on must look different.
    private async Task TabToAsync(IPage page, string name, bool back = false)
    {
        var wanted = new Regex(name);
        for (var stop = 0; stop < MostStops; stop++)
        {
            await page.Keyboard.PressAsync(back ? "Shift+Tab" : "Tab");
            if (wanted.IsMatch(await FocusedAsync(page))) return;
        }
        Assert.Fail($"{MostStops} Tabs do not lead to {name}.");
    }

    // Opens the menu that the focus rests on and goes down by the arrows; the menu moves the focus in its own time, and gives it back.
    private async Task ChooseAsync(IPage page, string name)
    {
        await page.Keyboard.PressAsync("Enter");
        await page.WaitForFunctionAsync(InMenu);
        for (var stop = 0; stop < 20; stop++)
        {
            if ((await FocusedAsync(page)).StartsWith(name, StringComparison.Ordinal))
            {
                await page.Keyboard.PressAsync("Enter");
                await page.WaitForFunctionAsync("() => !document.querySelector('.mud-popover-open') && !!document.activeElement?.closest('.mud-menu')");
                return;
            }
            var before = await page.EvaluateHandleAsync("() => document.activeElement");
            await page.Keyboard.PressAsync("ArrowDown");
            await page.WaitForFunctionAsync($"before => document.activeElement !== before && ({InMenu})()", before);
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
                const seen = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 && !/^rgba\(.*, 0\)$/.test(style.outlineColor);
                const name = (at.getAttribute('aria-label') ?? at.labels?.[0]?.innerText ?? at.innerText ?? '').replace(/\s+/g, ' ').trim();
                return (seen ? 'seen' : at.outerHTML.slice(0, 160)) + '|' + name;
            }
            """)).Split('|', 2);
        if (parts[0] != "seen") _unseen.Add(parts[0]);
        return parts[1];
    }
}
