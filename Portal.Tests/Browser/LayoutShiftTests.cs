using Microsoft.Playwright;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>What stands on a page stays where it is while the rest arrives, on a phone and with a font that comes late.</summary>
[Collection<OneDemo>]
public sealed class LayoutShiftTests(DemoPortal portal)
{
    // How far a page may move by itself, as browsers add it up (Cumulative Layout Shift).
    private const double Most = 0.05;

    private const string Watch = """
        window.moved = [];
        window.movement = new PerformanceObserver(list => window.moved.push(...list.getEntries()));
        window.movement.observe({ type: 'layout-shift', buffered: true });
        """;

    private const string Moved = """
        () => JSON.stringify([...window.moved, ...window.movement.takeRecords()].filter(e => !e.hadRecentInput)
            .map(e => ({ by: e.value, at: Math.round(e.startTime), what: e.sources.map(s => `${s.node?.nodeName} ${s.node?.className ?? ''} ${Math.round(s.previousRect.y)} to ${Math.round(s.currentRect.y)}`) })))
        """;

    [Theory]
    [InlineData(DemoPortal.Member, "/me/usage")]
    [InlineData(DemoPortal.Manager, "/groups/trail-runners/usage")]
    [InlineData(DemoPortal.Manager, "/groups/trail-runners/community")]
    [InlineData(DemoPortal.Admin, "/admin/costs")]
    public async Task A_page_stands_still_while_it_is_loaded_though_its_font_comes_late(string email, string path)
    {
        var page = await portal.OpenAsync(email, width: 390);
        await page.AddInitScriptAsync(Watch);
        var standing = new TaskCompletionSource();
        await page.RouteAsync("**/*.woff2", async route =>
        {
            await standing.Task;
            await route.ContinueAsync();
        });
        await page.GotoAsync(path, new PageGotoOptions { WaitUntil = WaitUntilState.DOMContentLoaded });
        await DemoPortal.InteractiveAsync(page);
        await page.WaitForFunctionAsync("() => [...document.querySelectorAll('main .plot-area')].every(p => p.querySelector('svg'))");
        var fonts = page.WaitForRequestFinishedAsync(new PageWaitForRequestFinishedOptions { Predicate = r => r.Url.EndsWith(".woff2", StringComparison.Ordinal) });
        standing.SetResult();
        await fonts;
        // Two more frames: what the font moves is drawn.
        await page.EvaluateAsync("() => document.fonts.ready.then(() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn))))");
        var moved = await page.EvaluateAsync<string>(Moved);
        using var entries = System.Text.Json.JsonDocument.Parse(moved);
        Assert.True(entries.RootElement.EnumerateArray().Sum(e => e.GetProperty("by").GetDouble()) < Most, moved);
        await page.Context.CloseAsync();
    }
}
