using System.Xml.Linq;
using Microsoft.Playwright;
using OpenMeet.Insights.Tests.Browser;

namespace OpenMeet.Insights.Tests.Languages;

/// <summary>A member's page in another language, before and after its circuit.</summary>
[Collection<OneDemo>]
public sealed class SpokenPageTests(DemoPortal portal)
{
    [Theory]
    [InlineData("de", "Meine Nutzung", " GB")]
    [InlineData("es", "Mi uso", " GB")]
    public async Task The_usage_page_speaks_it_whole(string language, string title, string unit)
    {
        var page = await portal.OpenAsync(DemoPortal.Member);
        await page.GotoAsync($"/language/{language}?returnUrl=%2Fme%2Fusage");
        await DemoPortal.InteractiveAsync(page);
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync(title);
        Assert.Equal(language, await page.Locator("html").GetAttributeAsync("lang"));

        // What the circuit reads itself is in the same language as what came with the page.
        var range = page.Locator(".range button").First;
        var before = (await range.TextContentAsync())!;
        await page.Locator(".range a.btn").First.ClickAsync();
        await page.WaitForURLAsync("**/me/usage?*");
        await Assertions.Expect(range).Not.ToHaveTextAsync(before);
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync(title);
        // Not while it is still on its way.
        var read = await page.WaitForFunctionAsync("unit => !document.querySelector('[aria-busy=true]') && document.body.innerText.includes(unit) && document.body.innerText", unit);
        var text = await read.JsonValueAsync<string>();
        var lines = text.Split('\n').Select(l => l.Trim()).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(Texts(language).Where(t => t.English != t.Spoken && lines.Contains(t.English)).Select(t => t.English));
        Assert.DoesNotContain("{0}", text, StringComparison.Ordinal);
    }

    /// <summary>The pages of members and of who runs a group, and the list of all accounts, on a phone: none of their texts is left in English, and nothing is wider than the screen.</summary>
    [Theory]
    [InlineData("de")]
    [InlineData("es")]
    public async Task Pages_of_members_and_groups_speak_it_whole(string language)
    {
        (string Who, string[] Pages)[] all =
        [
            (DemoPortal.Member, ["me/usage", "me/storage", "me/costs?p=last", "me/statement", "me/alerts", "me/plan", "me/why", "me/privacy", "inbox", "glossary", "events"]),
            (DemoPortal.Manager, [.. ((string[])["usage", "storage", "costs?p=last", "statement", "community", "members", "retention", "gatherings", "conversation", "contributors", "health", "resources", "controls", "controls/files", "alerts", "plan", "why"]).Select(p => "groups/trail-runners/" + p), "network"]),
            (DemoPortal.Admin, ["admin/fleet"]),
        ];
        // "Email" is what the demo calls a bill.
        var spoken = Texts(language).Where(t => t.English != t.Spoken && t.English != "Email").ToDictionary(t => t.English, t => t.Spoken, StringComparer.Ordinal);
        var faults = new List<string>();
        foreach (var (who, pages) in all)
        {
            var page = await portal.OpenAsync(who);
            await page.SetViewportSizeAsync(390, 844);
            await page.GotoAsync($"/language/{language}?returnUrl=%2Fglossary");
            foreach (var address in pages)
            {
                await page.GotoAsync("/" + address);
                await DemoPortal.InteractiveAsync(page);
                var shown = await page.Locator("main").InnerTextAsync();
                faults.AddRange(shown.Split('\n').Select(l => l.Trim()).Where(spoken.ContainsKey).Distinct().Select(l => $"{address}: {l}"));
                if (await PageScript.WiderAsync(page) is { } wider) faults.Add($"{address}: wider by {wider}");
            }
            await page.Context.CloseAsync();
        }
        Assert.Empty(faults);
    }

    private static IEnumerable<(string English, string Spoken)> Texts(string language) =>
        WordsTests.Read("." + language).Select(w => (w.Key, w.Value));
}
