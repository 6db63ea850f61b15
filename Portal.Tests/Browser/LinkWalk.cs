using AngleSharp.Html.Parser;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>
/// One person's links, followed from the start on and asked for without a browser. Addresses are told apart by their shape, which is the
/// route and the names of the query: of each shape a few, so that the periods of a page are no end of pages.
/// </summary>
internal sealed class LinkWalk(DemoPortal portal, string? email, PageRole role, bool whole)
{
    private const int AtOnce = 3;
    private const string SignIn = "/account/login";
    private readonly List<(string Address, string From)> _waiting = [];
    private readonly HashSet<string> _found = [];
    private readonly HashSet<string> _pages = [];
    private readonly Dictionary<string, int> _shapes = [];
    private readonly Dictionary<string, HashSet<string>> _ids = [];
    private readonly HashSet<(string Address, string Id, string From)> _fragments = [];

    /// <summary>What is wrong, each with its address.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>The pages that were answered, in alphabetical order.</summary>
    public IEnumerable<string> Pages => _pages.Order(StringComparer.Ordinal);

    /// <summary>How many addresses were asked for.</summary>
    public int Asked => _shapes.Values.Sum();

    /// <summary>Walks until no link is left.</summary>
    /// <param name="more">Addresses to begin with beside the start.</param>
    public async Task RunAsync(IEnumerable<string> more, CancellationToken cancel)
    {
        using var http = await portal.AskerAsync(email);
        foreach (var address in (string[])["/", .. more]) Find(address, "the test");
        // Round by round, each in the order of its links: the same pages are chosen however long each takes.
        while (_waiting.Count > 0)
        {
            var round = _waiting.ToArray();
            _waiting.Clear();
            var answers = new Answer[round.Length];
            await Parallel.ForAsync(0, round.Length, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (i, c) => answers[i] = await AskAsync(http, round[i].Address, c));
            foreach (var (answer, (address, from)) in answers.Zip(round)) Judge(address, from, answer);
        }
        Faults.AddRange(_fragments.Where(f => _ids.TryGetValue(f.Address, out var ids) && !ids.Contains(f.Id)).Select(f => $"{f.From}: links to {f.Address}#{f.Id}, which is not there"));
    }

    private void Judge(string address, string from, Answer answer)
    {
        Faults.AddRange(answer.Faults.Select(f => $"{address}: {f} (linked from {from})"));
        if (answer.Page is null) return;
        // What is asked for may lead on to another address: that one is the page.
        if (answer.Address == address) _pages.Add(address);
        else Find(answer.Address, address);
        _ids[address] = answer.Ids;
        foreach (var link in answer.Links) Find(link, address);
    }

    private void Find(string link, string from)
    {
        var parts = link.Split('#', 2);
        var address = parts[0];
        if (parts is [_, { Length: > 0 } id]) _fragments.Add((address, Uri.UnescapeDataString(id), from));
        if (!_found.Add(address)) return;
        var query = address.Split('?', 2) is [_, var names] ? string.Join('&', names.Split('&').Select(p => p.Split('=')[0]).Order(StringComparer.Ordinal)) : "";
        var path = address.Split('?')[0];
        var route = PortalRoute.Of(path);
        var shape = $"{route?.Template ?? path}?{query}";
        var own = route is null || route.First == role;
        var most = (whole, own, query.Length == 0) switch { (true, _, true) => 12, (true, _, _) => 4, (_, true, true) => 3, _ => 1 };
        if (_shapes.GetValueOrDefault(shape) == most) return;
        _shapes[shape] = _shapes.GetValueOrDefault(shape) + 1;
        _waiting.Add((address, from));
    }

    private async Task<Answer> AskAsync(HttpClient http, string address, CancellationToken cancel)
    {
        using var answer = await http.GetAsync(address, cancel);
        var (at, faults) = (answer.RequestMessage!.RequestUri!.PathAndQuery, new List<string>());
        if (!answer.IsSuccessStatusCode) faults.Add("a dead link, " + (int)answer.StatusCode);
        if (role > PageRole.Nobody && at.StartsWith(SignIn, StringComparison.Ordinal)) faults.Add("asks to sign in again");
        if (answer.Content.Headers.ContentType?.MediaType != "text/html" || faults.Count > 0) return new Answer(at, null, [], [], faults);
        var page = await new HtmlParser().ParseDocumentAsync(await answer.Content.ReadAsStringAsync(cancel));
        var main = page.QuerySelector("main");
        if (main is null) faults.Add("has no main region");
        else if (main.TextContent.Contains(PageFacts.Failed, StringComparison.Ordinal)) faults.Add("failed");
        else if (role > PageRole.Nobody && !at.StartsWith("/account/", StringComparison.Ordinal) && main.QuerySelector(".verdict .say")?.TextContent.Trim() is null or "") faults.Add("is sent without its sentence");
        var ground = new Uri(new Uri(portal.Address + at), page.QuerySelector("base")?.GetAttribute("href") ?? "");
        var links = page.QuerySelectorAll("a[href]").Select(a => new Uri(ground, a.GetAttribute("href")!))
            .Where(u => u.Scheme == Uri.UriSchemeHttp && u.Authority == new Uri(portal.Address).Authority).Select(u => u.PathAndQuery + u.Fragment).Distinct().ToList();
        return new Answer(at, main?.TextContent, links, [.. page.QuerySelectorAll("[id]").Select(e => e.Id!)], faults);
    }

    private sealed record Answer(string Address, string? Page, List<string> Links, HashSet<string> Ids, List<string> Faults);
}
