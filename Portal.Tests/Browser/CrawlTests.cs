using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Infrastructure.Pricing;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>
/// Every page that a role can reach from its start, in a real browser: whole, without barriers, and the same from its address. On a demo
/// of its own, so that it opens the same pages whatever other tests did.
/// </summary>
public sealed class CrawlTests(DemoPortal portal) : IClassFixture<DemoPortal>
{
    // Addresses in states that no plain link leads to, or not at once.
    private static readonly Dictionary<PageRole, string[]> More = new()
    {
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
        ["/account/login"] = "for who is not signed in: The_sign_in_page_has_no_serious_barriers_and_says_what_is_wrong",
        ["/account/logout"] = "a form's answer, no page to look at",
        ["/account/first-run"] = "only on a portal without an administrator: Account/ tests",
        ["/me/why/{Way}"] = "what a member can do hangs on what is kept at that hour; it is the part of /groups/{Group}/why/{Way}",
        ["/not-found"] = "where a wrong address ends: BadInputTests",
        ["/no-permission"] = "where a refused request ends: Who_may_not_see_a_page_is_told_so_and_sees_no_figure",
    };

    [Theory]
    [InlineData(DemoPortal.Member, PageRole.Member)]
    [InlineData(DemoPortal.Manager, PageRole.Manager)]
    [InlineData(DemoPortal.Admin, PageRole.Admin)]
    public async Task Every_page_of_a_role_is_whole_and_every_link_leads_somewhere(string email, PageRole role)
    {
        if (Environment.GetEnvironmentVariable("TROLE") is { } only && only != role.ToString()) return;
        if (role == PageRole.Admin) await BeginAsync();
        var crawl = new Crawl(portal, email, role);
        await crawl.RunAsync(More[role]);
        TestContext.Current.TestOutputHelper?.WriteLine($"{role}: {crawl.Count.Pages} pages opened, {crawl.Count.Links} links asked for, {crawl.Reached.Count} routes; " + string.Join(", ", crawl.Times.Select(t => $"{t.Key} {t.Value:0.0}")));
        var missed = PortalRoute.All.Where(r => r.First <= role && !crawl.Reached.Contains(r) && !Elsewhere.ContainsKey(r.Template)).Select(r => r.Template + ": no link leads here");
        var faults = crawl.Faults.Concat(missed).Distinct().ToList();
        Assert.True(faults.Count == 0, $"{role}: {faults.Count} faults\n{string.Join('\n', faults)}");
    }

    // What the demo has not: a bulk action, and a plan's draft to review.
    private async Task BeginAsync()
    {
        var cancel = TestContext.Current.CancellationToken;
        var tenant = (await portal.Services.GetRequiredService<TenantStore>().FindAsync("default", cancel))!;
        var actor = new Actor(DemoPortal.Admin, Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()));
        var limit = new BulkAction { Filter = "", CreatedBy = "", Reason = "Less for everybody", Meter = "storage", Limit = 5_000_000_000m, LimitKind = "hard" };
        await portal.Services.GetRequiredService<BulkStore>().DraftAsync(tenant, new FleetFilter("group"), limit, actor, cancel);
        var plans = portal.Services.GetRequiredService<PlanStore>();
        var club = (await plans.NewestAsync(tenant.Id, "club", cancel))!.Plan;
        await plans.SaveDraftAsync(tenant.Id, club with { Fee = club.Fee + 1 }, actor, cancel);
    }

    [Fact]
    public void Only_routes_that_exist_are_excused() => Assert.Empty(Elsewhere.Keys.Except(PortalRoute.All.Select(r => r.Template)));
}
