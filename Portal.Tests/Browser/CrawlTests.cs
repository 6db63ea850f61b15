using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Infrastructure.Pricing;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>
/// Every page that a role can reach from its start: whole, without barriers, fit for a phone, and the same from its address. All links are
/// asked for; in the browser routes are opened by the first role that may see them, at one address and one more with a query: a sample
/// of them, the same in every run. With <c>./test --crawl</c> each role opens every page that it found.
/// </summary>
[Collection<OneDemo>]
public sealed class CrawlTests(DemoPortal portal)
{
    private const int WindowsAtOnce = 2;
    private const int MostOpened = 9;
    private static readonly bool Whole = Environment.GetEnvironmentVariable("INSIGHTS_TEST_CRAWL") == "whole";

    // Addresses in states that no plain link leads to, or not at once.
    private static readonly Dictionary<PageRole, string[]> More = new()
    {
        [PageRole.Nobody] = ["/account/login?returnUrl=%2Fme%2Fusage", "/account/first-run"],
        [PageRole.Member] = ["/me/storage?mb=750&view=table", "/me/usage?p=12m&compare=year&view=table"],
        [PageRole.Manager] =
        [
            "/groups/trail-runners/retention?by=week", "/groups/trail-runners/conversation?list=1", "/groups/trail-runners/why?level=record",
            "/groups/board-game-nights/why", "/groups/board-game-nights/plan?choose=starter&when=next", "/groups/trail-runners/usage?p=12m&compare=year&view=table",
        ],
        [PageRole.Admin] =
        [
            "/admin/meters?edit=storage", "/groups/louisville-makers/why", "/admin/fleet?use=75&sort=-growth", "/admin/bulk/new?kind=group", "/admin/plans/club/review",
        ],
    };

    // What nobody finds by following links, and why.
    private static readonly Dictionary<string, string> Elsewhere = new()
    {
        ["/"] = "leads on to the start, where the walk begins",
        ["/account/logout"] = "a form's answer, no page to look at",
        ["/account/login/code"] = "after the first step of a sign-in: AccountBrowserTests",
        ["/account/security/authenticator"] = "while an app is being set up: AccountBrowserTests",
        ["/account/reset"] = "from a link in a mail: AccountMailTests",
        ["/account/email"] = "from a link in a mail: AccountMailTests",
        ["/account/invitation"] = "from a link of an administrator: InvitationTests",
        ["/account/external/done"] = "on the way back from a provider: ClubSignInTests",
        ["/me/why/{Way}"] = "what a member can do hangs on what is kept at that hour; it is the part of /groups/{Group}/why/{Way}",
        ["/not-found"] = "where a wrong address ends: BadInputTests",
        ["/no-permission"] = "where a refused request ends: Who_may_not_see_a_page_is_told_so_and_sees_no_figure",
    };

    [Theory]
    [InlineData(null, PageRole.Nobody)]
    [InlineData(DemoPortal.Member, PageRole.Member)]
    [InlineData(DemoPortal.Manager, PageRole.Manager)]
    [InlineData(DemoPortal.Admin, PageRole.Admin)]
    public async Task Every_page_of_a_role_is_whole_and_every_link_leads_somewhere(string? email, PageRole role)
    {
        var cancel = TestContext.Current.CancellationToken;
        if (role == PageRole.Admin) await BeginAsync(cancel);
        var (logged, started) = (portal.Errors.Count, Stopwatch.StartNew());
        var walk = new LinkWalk(portal, email, role, Whole);
        await walk.RunAsync(More[role], cancel);
        var walked = started.Elapsed;
        var visits = Sampled(Chosen(walk.Pages, role).ToList());
        var faults = new List<string>(walk.Faults);
        var waiting = new ConcurrentQueue<(string Address, bool Barriers)>(visits);
        foreach (var found in await Task.WhenAll(Enumerable.Range(0, WindowsAtOnce).Select(_ => VisitAsync(email, waiting)))) faults.AddRange(found);
        TestContext.Current.TestOutputHelper?.WriteLine($"{role}: {walk.Asked} links asked for in {walked.TotalSeconds:0} s, {visits.Count} pages opened in {(started.Elapsed - walked).TotalSeconds:0} s");
        faults.AddRange(portal.Errors.Skip(logged).Select(e => "the portal's log: " + e));
        var reached = walk.Pages.Select(p => PortalRoute.Of(p.Split('?')[0])).ToHashSet();
        faults.AddRange(PortalRoute.All.Where(r => Sees(role, r) && !reached.Contains(r) && !Elsewhere.ContainsKey(r.Template)).Select(r => r.Template + ": no link leads here"));
        Assert.True(faults.Count == 0, $"{role}: {faults.Count} faults\n{string.Join('\n', faults.Distinct())}");
    }

    [Fact]
    public void Only_routes_that_exist_are_excused() => Assert.Empty(Elsewhere.Keys.Except(PortalRoute.All.Select(r => r.Template)));

    private static bool Sees(PageRole role, PortalRoute route) => role == PageRole.Nobody ? route.First == role : route.First > PageRole.Nobody && route.First <= role;

    // Of each route an address without a query and one with, the latter without a search for barriers unless it was asked for. Which of
    // several hangs on the route's name alone.
    private static IEnumerable<(string Address, bool Barriers)> Chosen(IEnumerable<string> pages, PageRole role)
    {
        foreach (var route in pages.GroupBy(p => PortalRoute.Of(p.Split('?')[0])))
        {
            var asked = route.Where(More[role].Contains).ToList();
            foreach (var address in asked) yield return (address, true);
            if (route.Key is null || (Whole ? !Sees(role, route.Key) : route.Key.First != role)) continue;
            var others = route.Except(asked).ToLookup(p => p.Contains('?', StringComparison.Ordinal));
            foreach (var address in Whole ? [.. others[false]] : Drawn(others[false], route.Key)) yield return (address, true);
            foreach (var address in Whole ? [.. others[true]] : asked.Count == 0 ? Drawn(others[true], route.Key) : []) yield return (address, Whole);
        }
    }

    // A browser takes some eight seconds a page on two cores, with both themes and a phone's width.
    private static List<(string Address, bool Barriers)> Sampled(List<(string Address, bool Barriers)> chosen)
    {
        var each = Whole ? 1 : ((chosen.Count - 1) / MostOpened) + 1;
        return [.. chosen.Where((_, i) => i % each == 0)];
    }

    private static string[] Drawn(IEnumerable<string> addresses, PortalRoute route)
    {
        string[] all = [.. addresses];
        return all.Length == 0 ? [] : [all[route.Template.Sum(c => c) % all.Length]];
    }

    private async Task<IEnumerable<string>> VisitAsync(string? email, ConcurrentQueue<(string Address, bool Barriers)> waiting)
    {
        await using var visit = await PageVisit.BeginAsync(portal, email);
        while (waiting.TryDequeue(out var next)) await visit.LookAsync(next.Address, next.Barriers, Whole);
        return visit.Faults;
    }

    // What the demo has not: a bulk action, and a plan's draft to review.
    private async Task BeginAsync(CancellationToken cancel)
    {
        var tenant = (await portal.Services.GetRequiredService<TenantStore>().FindAsync("default", cancel))!;
        var actor = new Actor(DemoPortal.Admin, Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()));
        var limit = new BulkAction { Filter = "", CreatedBy = "", Reason = "Less for everybody", Meter = "storage", Limit = 5_000_000_000m, LimitKind = "hard" };
        await portal.Services.GetRequiredService<BulkStore>().DraftAsync(tenant, new FleetFilter("group"), limit, actor, cancel);
        var plans = portal.Services.GetRequiredService<PlanStore>();
        var club = (await plans.NewestAsync(tenant.Id, "club", cancel))!.Plan;
        await plans.SaveDraftAsync(tenant.Id, club with { Fee = club.Fee + 1 }, actor, cancel);
    }
}
