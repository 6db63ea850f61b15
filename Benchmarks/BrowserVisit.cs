using System.Net.Http.Json;
using Microsoft.Playwright;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>What one opening of a page, and changes of its period, took; milliseconds. It is sent whole, so its largest paint is the useful one.</summary>
internal sealed record PageReading(string Path, double FirstPaint, double Paint, double Circuit, double Cold, IReadOnlyList<double> Warm, double Shift, int Statements, int ReadTwice);

/// <summary>One browser's visit to a portal, with a fresh window and an empty cache for each page.</summary>
internal sealed class BrowserVisit(IBrowser chromium, ServedPortal portal) : IAsyncDisposable
{
    private const int WarmChanges = 4;

    // Says when the main region changed for the last time, once it has been quiet for longer than any change may take.
    private const string ChangeTo = """
        address => new Promise(resolve => {
            const main = document.querySelector('main');
            const start = performance.now();
            let last = 0;
            const observer = new MutationObserver(() => { last = performance.now() - start; });
            observer.observe(main, { childList: true, subtree: true, characterData: true, attributes: true });
            const wait = () => {
                const now = performance.now() - start;
                if (now - last > 2000) { observer.disconnect(); resolve(last); } else setTimeout(wait, 100);
            };
            Blazor.navigateTo(address);
            wait();
        })
        """;

    private const string Watch = """
        window.bench = { shift: 0, largest: 0 };
        new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) window.bench.shift += e.value; }).observe({ type: 'layout-shift', buffered: true });
        new PerformanceObserver(list => { for (const e of list.getEntries()) window.bench.largest = e.startTime; }).observe({ type: 'largest-contentful-paint', buffered: true });
        """;

    private const string TextOf = """
        const textOf = root => {
            const copy = root.cloneNode(true);
            copy.querySelectorAll('svg, script, style, .plot-area, .useful').forEach(e => e.remove());
            return copy.textContent.replace(/\d{1,2}:\d{2}/g, '').replace(/\s+/g, ' ').trim();
        };
        """;

    private readonly Dictionary<string, string> _signedIn = [];
    private HashSet<string>? _ofEveryPage;

    /// <summary>The text of one element of a page.</summary>
    public async Task<string> TextAsync(string person, string address, string selector)
    {
        var page = await OpenAsync(person);
        await page.GotoAsync(address);
        var text = await page.Locator(selector).First.InnerTextAsync();
        await page.Context.CloseAsync();
        return text;
    }

    /// <summary>Opens a page with one period and changes to another: the first time cold, then to and fro.</summary>
    public async Task<PageReading> MeasureAsync(string person, string path, string period, string longPeriod)
    {
        _ofEveryPage ??= [.. (await LoadAsync(person, "/glossary", null)).Circuit];
        var page = await OpenAsync(person);
        var loaded = await LoadAsync(person, $"{path}?{period}", page);
        // What moves while a page is loaded; another period is another page, and what moves then was asked for.
        var shift = await page.EvaluateAsync<double>("() => window.bench.shift");
        var cold = await ChangeAsync(page, $"{path}?{longPeriod}");
        var warm = new List<double>();
        for (var i = 0; i < WarmChanges; i++) warm.Add(await ChangeAsync(page, $"{path}?{(i % 2 == 0 ? period : longPeriod)}"));
        await page.Context.CloseAsync();
        return new PageReading(
            path, loaded.First, loaded.Largest, loaded.Interactive, cold, warm, shift, loaded.Sent.Count, loaded.Circuit.Count(s => loaded.Sent.Contains(s) && !_ofEveryPage.Contains(s)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var context in chromium.Contexts.ToList()) await context.CloseAsync();
    }

    private sealed record Loaded(double First, double Largest, double Interactive, IReadOnlyList<string> Sent, IReadOnlyList<string> Circuit);

    private async Task<Loaded> LoadAsync(string person, string address, IPage? window)
    {
        var page = window ?? await OpenAsync(person);
        // What is sent while nobody looks is no part of a page.
        await page.GotoAsync("about:blank");
        await StatementsAsync();
        var html = await (await page.Context.APIRequest.GetAsync(address)).TextAsync();
        var sent = await StatementsAsync();
        var answer = (await page.GotoAsync(address))!;
        WrongAnswerException.Unless(answer.Status == 200, $"{address} answered {answer.Status}.");
        await page.Locator(".shell[data-interactive=true]").WaitForAsync();
        var interactive = await page.EvaluateAsync<double>("() => performance.now()");
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        var both = await StatementsAsync();
        // The second load sent the same for its HTML; what is left is the circuit's.
        var circuit = both.ToList();
        foreach (var statement in sent) circuit.Remove(statement);
        var now = await page.EvaluateAsync<string>($$"""() => { {{TextOf}} return textOf(document.querySelector('main')); }""");
        var first = await page.EvaluateAsync<string>($$"""html => { {{TextOf}} return textOf(new DOMParser().parseFromString(html, 'text/html').querySelector('main')); }""", await answer.TextAsync());
        WrongAnswerException.Unless(first.Length > 0 && first == now, $"{address} changes once its circuit stands.");
        WrongAnswerException.Unless(html.Contains("class=\"say\"", StringComparison.Ordinal), $"{address} is sent without its sentence.");
        var paint = await page.EvaluateAsync<double>("() => performance.getEntriesByName('first-contentful-paint')[0].startTime");
        var largest = await page.EvaluateAsync<double>("() => window.bench.largest");
        if (window is null) await page.Context.CloseAsync();
        return new Loaded(paint, largest, interactive, sent, circuit);
    }

    private static async Task<double> ChangeAsync(IPage page, string address)
    {
        var before = await page.Locator("main").InnerTextAsync();
        var took = await page.EvaluateAsync<double>(ChangeTo, address);
        WrongAnswerException.Unless(await page.Locator("main").InnerTextAsync() != before, $"{address} shows what the other period showed.");
        return took;
    }

    private async Task<IReadOnlyList<string>> StatementsAsync() => (await portal.Client.GetFromJsonAsync<List<string>>(ServedPortal.Statements))!;

    private async Task<IPage> OpenAsync(string person)
    {
        if (!_signedIn.TryGetValue(person, out var state)) state = _signedIn[person] = await SignInAsync(person);
        var context = await chromium.NewContextAsync(new BrowserNewContextOptions { BaseURL = portal.Client.BaseAddress!.ToString(), ViewportSize = new ViewportSize { Width = 1440, Height = 900 }, StorageState = state });
        await context.AddInitScriptAsync(Watch);
        return await context.NewPageAsync();
    }

    private async Task<string> SignInAsync(string person)
    {
        var context = await chromium.NewContextAsync(new BrowserNewContextOptions { BaseURL = portal.Client.BaseAddress!.ToString() });
        var page = await context.NewPageAsync();
        await page.GotoAsync("/account/login");
        await page.GetByLabel("Email").FillAsync(person);
        await page.GetByLabel("Password").FillAsync(Infrastructure.Demo.DemoFill.Password);
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign in" }).ClickAsync();
        await page.WaitForURLAsync(url => !url.Contains("/account/login", StringComparison.Ordinal));
        var state = await context.StorageStateAsync();
        await context.CloseAsync();
        return state;
    }
}
