using System.Xml.Linq;
using Microsoft.Playwright;
using OpenMeet.Insights.Tests.Browser;

namespace OpenMeet.Insights.Tests.Languages;

/// <summary>A member's page in another language, before and after its circuit.</summary>
public sealed class SpokenPageTests(DemoPortal portal) : IClassFixture<DemoPortal>
{
    [Theory]
    [InlineData("de", "Meine Nutzung", " GB")]
    [InlineData("es", "Mi uso", " GB")]
    public async Task The_usage_page_speaks_it_whole(string language, string title, string unit)
    {
        var page = await portal.OpenAsync("member@demo.example");
        await page.GotoAsync($"/language/{language}?returnUrl=%2Fme%2Fusage");
        await DemoPortal.InteractiveAsync(page);
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync(title);
        Assert.Equal(language, await page.Locator("html").GetAttributeAsync("lang"));

        // What the circuit reads itself is in the same language as what came with the page.
        await page.Locator(".range a.btn").First.ClickAsync();
        await page.WaitForURLAsync("**/me/usage?*");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync(title);
        var text = await page.Locator("body").InnerTextAsync();
        Assert.Contains(unit, text, StringComparison.Ordinal);
        var lines = text.Split('\n').Select(l => l.Trim()).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(Texts(language).Where(t => t.English != t.Spoken && lines.Contains(t.English)).Select(t => t.English));
        Assert.DoesNotContain("{0}", text, StringComparison.Ordinal);
    }

    private static IEnumerable<(string English, string Spoken)> Texts(string language) =>
        WordsTests.Read("." + language).Select(w => (w.Key, w.Value));
}
