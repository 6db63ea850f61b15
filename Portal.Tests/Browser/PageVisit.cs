using System.Collections.Concurrent;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>
/// Two windows of one person. The first opens each address by a load of its own, as from a copied link, and is looked at in both widths and
/// both themes without another load; the second goes to it from within the portal.
/// </summary>
internal sealed class PageVisit : IAsyncDisposable
{
    private const string EveryRule = "{}";
    private const string ContrastOnly = "{ runOnly: ['color-contrast'] }";
    private static readonly string AxeScript = "() => { if (window.axe) return; " + new BundledAxeScriptProvider().GetScript() + "\n}";
    private readonly IPage _loader;
    private readonly IPage? _walker;
    private readonly ConcurrentQueue<string> _faults = new();
    private string _at = "";
    private ColorScheme _scheme = ColorScheme.Light;

    private PageVisit(IPage loader, IPage? walker)
    {
        (_loader, _walker) = (loader, walker);
        foreach (var page in (IPage?[])[loader, walker])
        {
            if (page is null) continue;
            page.PageError += (_, fault) => Fault("script: " + fault);
            page.Console += (_, line) =>
            {
                if (line.Type == "error") Fault("console: " + line.Text);
            };
        }
    }

    /// <summary>What is wrong, each with its address.</summary>
    public IEnumerable<string> Faults => _faults;

    /// <summary>Opens the windows; of who is not signed in there is no way within the portal.</summary>
    public static async Task<PageVisit> BeginAsync(DemoPortal portal, string? email) =>
        new(await portal.OpenAsync(email), email is null ? null : await portal.OpenAsync(email, "/glossary"));

    /// <summary>Looks at one page.</summary>
    /// <param name="barriers">Whether barriers are looked for as well.</param>
    /// <param name="everyRuleInDark">Whether the dark theme is judged by all rules as the light one is, or by those about colour alone.</param>
    public async Task LookAsync(string address, bool barriers, bool everyRuleInDark)
    {
        _at = address;
        // Pages of the account are plain HTML: no circuit, no sentence, and no way within the portal leads there.
        var walker = address.StartsWith("/account/", StringComparison.Ordinal) ? null : _walker;
        try
        {
            var answer = (await _loader.GotoAsync(address))!;
            if (answer.Status != 200) Fault("answered " + answer.Status);
            if (walker is not null) await DemoPortal.InteractiveAsync(_loader);
            if (walker is not null) await _loader.Locator("main .verdict .say").First.WaitForAsync();
            var facts = await PageScript.ReadAsync(_loader);
            if (facts.Text.Contains(PageFacts.Failed, StringComparison.Ordinal)) Fault("failed");
            await FlashAsync(answer, facts.Text, circuit: walker is not null);
            if (walker is not null) await WalkAsync(walker, address);
            if (barriers) await BarriersAsync(everyRuleInDark);
            await _loader.SetViewportSizeAsync(390, 900);
            if (await PageScript.WiderAsync(_loader) is { } wider) Fault("is wider than a phone by " + wider);
        }
        catch (Exception fault) when (fault is PlaywrightException or TimeoutException)
        {
            Fault(fault.Message.Split('\n')[0]);
        }
        await _loader.SetViewportSizeAsync(1440, 900);
    }

    public async ValueTask DisposeAsync()
    {
        await _loader.Context.CloseAsync();
        if (_walker is not null) await _walker.Context.CloseAsync();
    }

    private void Fault(string what) => _faults.Enqueue($"{_at}: {what}");

    // What was sent is what stands there once the circuit does. Figures grow with the time of day, so a difference counts where a second load has one too.
    private async Task FlashAsync(IResponse answer, string shown, bool circuit)
    {
        if (await DifferenceAsync(answer, shown) is null) return;
        answer = (await _loader.ReloadAsync())!;
        if (circuit) await DemoPortal.InteractiveAsync(_loader);
        if (await DifferenceAsync(answer, (await PageScript.ReadAsync(_loader)).Text) is { } flash) Fault("changes once its circuit stands: " + flash);
    }

    private async Task<string?> DifferenceAsync(IResponse answer, string shown) => PageScript.Difference(await PageScript.TextAsync(_loader, await answer.TextAsync()), shown);

    // Nothing may hang on where one came from: the page says what it says after a load of its own, before or after.
    private async Task WalkAsync(IPage walker, string address)
    {
        var before = await PageScript.TextAsync(_loader);
        await walker.EvaluateAsync("address => Blazor.navigateTo(address)", address);
        if (await SettledAsync(walker, before) is null) return;
        await _loader.ReloadAsync();
        await DemoPortal.InteractiveAsync(_loader);
        if (await SettledAsync(walker, await PageScript.TextAsync(_loader)) is { } difference) Fault("says something else in a window of its own than from within the portal: " + difference);
    }

    /// <summary>Waits until a page says what is expected; where it does not, in what it still differs.</summary>
    public static async Task<string?> SettledAsync(IPage page, string expected)
    {
        string? difference = null;
        for (var tries = 0; tries < 300; tries++)
        {
            difference = PageScript.Difference(expected, await PageScript.TextAsync(page));
            if (difference is null) break;
            await Task.Delay(100);
        }
        return difference;
    }

    // From the theme that the page before ended in.
    private async Task BarriersAsync(bool everyRuleInDark)
    {
        await JudgeAsync(everyRuleInDark);
        _scheme = _scheme == ColorScheme.Dark ? ColorScheme.Light : ColorScheme.Dark;
        await _loader.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = _scheme, ReducedMotion = ReducedMotion.Reduce });
        await PaintedAsync();
        await JudgeAsync(everyRuleInDark);
    }

    private async Task JudgeAsync(bool everyRuleInDark)
    {
        var options = _scheme == ColorScheme.Light || everyRuleInDark ? EveryRule : ContrastOnly;
        await _loader.EvaluateAsync(AxeScript);
        var found = await _loader.EvaluateAsync<string[]>($$"""
            async () => (await axe.run(document, { resultTypes: ['violations'], ...{{options}} })).violations.filter(v => v.impact === 'serious' || v.impact === 'critical')
                .map(v => `${v.id}: ${v.nodes[0].html.slice(0, 300)}${v.nodes.length > 1 ? ` and ${v.nodes.length - 1} more` : ''}`)
            """);
        foreach (var violation in found) Fault($"{_scheme}: {violation}");
    }

    // Until the page is painted in its theme.
    private Task PaintedAsync() => _loader.EvaluateAsync("""
        ground => new Promise((painted, never) => {
            let frames = 0, good = 0;
            const look = () => {
                good = getComputedStyle(document.body).backgroundColor === ground ? good + 1 : 0;
                if (good > 2) painted();
                else if (++frames > 600) never(new Error('The theme did not change.'));
                else requestAnimationFrame(look);
            };
            look();
        })
        """, _scheme == ColorScheme.Dark ? "rgb(11, 17, 32)" : "rgb(246, 247, 249)");
}
