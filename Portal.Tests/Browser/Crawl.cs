using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>
/// One person follows every link from the start on. Of each route one address without a query is opened and, by the first role that may see
/// it, one with; of the other links of the same shape a few are asked for only.
/// </summary>
internal sealed class Crawl(DemoPortal portal, string email, PageRole role)
{
    private const int PathsAsked = 3;
    private static readonly AxeRunOptions ViolationsOnly = new() { ResultTypes = [ResultType.Violations] };
    private readonly Queue<(string Address, string From)> _waiting = new();
    private readonly HashSet<string> _seen = [];
    private readonly HashSet<string> _opened = [];
    private readonly HashSet<PortalRoute> _judged = [];
    private readonly Dictionary<string, int> _asked = [];
    private readonly List<string> _faults = [];
    private readonly int _loggedBefore = portal.Errors.Count;
    private IPage _walker = null!;
    private IPage _loader = null!;
    private IPage _asker = null!;
    private string _at = "";
    private string _from = "";

    /// <summary>What is wrong, each with its address.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>The routes of which a page was opened.</summary>
    public HashSet<PortalRoute> Reached { get; } = [];

    /// <summary>How many pages were opened, and how many links were only asked for.</summary>
    public (int Pages, int Links) Count => (_opened.Count, _asked.Values.Sum());

    /// <summary>Walks until no link is left.</summary>
    /// <param name="more">Addresses to open beside those that are found.</param>
    public async Task RunAsync(IEnumerable<string> more)
    {
        _walker = await portal.OpenAsync(email, "/", width: 390);
        _loader = await portal.OpenAsync(email, width: 390);
        // Asked with cookies of its own: some links change the language.
        _asker = await portal.OpenAsync(email);
        _loader.PageError += (_, fault) => Fault("script: " + fault);
        _loader.Console += (_, line) =>
        {
            if (line.Type == "error") Fault("console: " + line.Text);
        };
        Find(new Uri(_walker.Url).PathAndQuery, "the sign-in");
        foreach (var address in more) await OpenAsync(address, "the test");
        while (_waiting.TryDequeue(out var next)) await FollowAsync(next.Address, next.From);
        await _walker.Context.CloseAsync();
        await _loader.Context.CloseAsync();
        await _asker.Context.CloseAsync();
        _faults.AddRange(portal.Errors.Skip(_loggedBefore).Select(e => "the portal's log: " + e));
    }

    public readonly SortedDictionary<string, double> Times = [];

    private void Note(string what, System.Diagnostics.Stopwatch T)
    {
        Times[what] = Times.GetValueOrDefault(what) + T.Elapsed.TotalSeconds;
        T.Restart();
    }

    private void Fault(string what) => _faults.Add($"{_at}: {what} (linked from {_from})");

    private void Find(string link, string from)
    {
        var address = link.Split('#')[0];
        if (_seen.Add(address)) _waiting.Enqueue((address, from));
    }

    private async Task FollowAsync(string address, string from)
    {
        var (path, query) = (address.Split('?')[0], address.Contains('?', StringComparison.Ordinal));
        var route = PortalRoute.Of(path);
        var shape = route?.Template ?? path;
        // A redirection is no page of its own.
        if (path != "/" && route is not null && (!Reached.Contains(route) || (query && route.First == role && !_opened.Contains(shape + "?"))))
        {
            if (query) _opened.Add(shape + "?");
            await OpenAsync(address, from);
            return;
        }
        var names = shape + "?" + string.Join('&', (query ? address[(address.IndexOf('?', StringComparison.Ordinal) + 1)..] : "").Split('&').Select(p => p.Split('=')[0]).Order(StringComparer.Ordinal));
        if (_asked.GetValueOrDefault(names) >= (query ? 1 : PathsAsked)) return;
        _asked[names] = _asked.GetValueOrDefault(names) + 1;
        var T = System.Diagnostics.Stopwatch.StartNew();
        var answer = await _asker.APIRequest.GetAsync(address);
        if (answer.Status != 200) _faults.Add($"{address}: a dead link of {from}, {answer.Status}");
        await answer.DisposeAsync();
        Note("ask", T);
    }

    // By a load of its own, as from a copied link; then from within the portal.
    private async Task OpenAsync(string address, string from)
    {
        (_at, _from) = (address, from);
        _opened.Add(address);
        _seen.Add(address);
        var route = PortalRoute.Of(address.Split('?')[0]);
        if (route is not null) Reached.Add(route);
        try
        {
            var T = System.Diagnostics.Stopwatch.StartNew();
            var answer = (await _loader.GotoAsync(address))!;
            Note("goto", T);
            if (answer.Status != 200) Fault("answered " + answer.Status);
            var sent = await PageScript.TextAsync(_loader, await answer.TextAsync());
            Note("sent", T);
            await DemoPortal.InteractiveAsync(_loader);
            Note("interactive", T);
            var facts = await PageScript.ReadAsync(_loader);
            if (facts.Text.Contains("This page could not be shown.", StringComparison.Ordinal)) Fault("failed");
            if (!await _loader.Locator("main .verdict .say").First.IsVisibleAsync()) Fault("has no sentence");
            if (PageScript.Difference(sent, facts.Text) is { } flash) Fault("changes once its circuit stands: " + flash);
            if (facts.Sideways > 0) Fault($"is {facts.Sideways} px wider than a phone");
            foreach (var link in facts.Links) Judge(link, address, facts);
            Note("facts", T);
            await WalkAsync(address, facts.Text);
            Note("walk", T);
            if (route is not null && route.First == role && _judged.Add(route)) await BarriersAsync();
            Note("axe", T);
        }
        catch (Exception fault) when (fault is PlaywrightException or TimeoutException)
        {
            Fault(fault.Message.Split('\n')[0]);
        }
    }

    private void Judge(string link, string address, PageFacts facts)
    {
        Find(link, address);
        var parts = link.Split('#');
        if (parts is [var page, { Length: > 0 } id] && page == address && !facts.Ids.Contains(Uri.UnescapeDataString(id))) Fault("links to #" + id + ", which it does not have");
    }

    // The same address from within the portal, without a new load: nothing may hang on where one came from.
    private async Task WalkAsync(string address, string expected)
    {
        await _walker.EvaluateAsync("address => Blazor.navigateTo(address)", address);
        string? difference = null;
        for (var tries = 0; tries < 100; tries++)
        {
            difference = PageScript.Difference(expected, await PageScript.TextAsync(_walker));
            if (difference is null) return;
            await Task.Delay(50);
        }
        Fault("says something else in a window of its own: " + difference);
    }

    // Light on a phone, dark on a desk, on one load.
    private async Task BarriersAsync()
    {
        await JudgeAsync("light");
        await _loader.SetViewportSizeAsync(1440, 900);
        await ShineAsync(ColorScheme.Dark);
        await JudgeAsync("dark");
        await _loader.SetViewportSizeAsync(390, 900);
        await ShineAsync(ColorScheme.Light);

        async Task JudgeAsync(string theme)
        {
            // Of the whole page, within it: to put parts of frames together, it would open another window each time.
            var found = await _loader.Locator("html").RunAxeLegacy(ViolationsOnly);
            foreach (var violation in found.Violations.Where(v => v.Impact is "serious" or "critical"))
                Fault($"{theme}: {violation.Id}: {violation.Nodes[0].Html}{(violation.Nodes.Length > 1 ? $" and {violation.Nodes.Length - 1} more" : "")}");
        }
    }

    // Until the page is painted in it.
    private async Task ShineAsync(ColorScheme scheme)
    {
        await _loader.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
        await _loader.EvaluateAsync("""
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
            """, scheme == ColorScheme.Dark ? "rgb(11, 17, 32)" : "rgb(246, 247, 249)");
    }
}
