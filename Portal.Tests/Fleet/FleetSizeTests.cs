using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Tests.Support;
using OpenMeet.Insights.Tests.Upgrades;

namespace OpenMeet.Insights.Tests.Fleet;

/// <summary>Ten thousand accounts, each with rates, limits and use: how long a page and the whole file take.</summary>
public sealed class FleetSizeTests(PortalWithClock portal) : IClassFixture<PortalWithClock>
{
    private const int Accounts = 10_000;

    // Alone on a machine it is about one; this is for one that other tests share.
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(15);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_of_ten_thousand_accounts_answers_in_seconds()
    {
        var c = await portal.NewCommunityAsync();
        await AskPortal.SendAsync(c, HttpMethod.Put, "tenants/" + c.Key, """{"name":"c","defaultLimits":{"storage":{"limit":"3000000","limitKind":"hard"},"messages":{"limit":"9","limitKind":"soft"}}}""");
        await AskPortal.SendAsync(c, HttpMethod.Post, "plans", """{"key":"club","name":"Club","currency":"USD","fee":"8.00","items":[{"meter":"storage","included":"1","limit":"9000000","limitKind":"hard","price":{"model":"per_unit","unitPrice":"1.10"}}]}""");
        await AskPortal.SendAsync(c, HttpMethod.Post, "plans/club/publish", """{"effective":"2025-01-01T00:00:00Z"}""");
        foreach (var (meter, cost) in ((string, string)[])[("messages", "0.004"), ("storage", "0.021"), ("api_calls", "0.0001")])
            await AskPortal.SendAsync(c, HttpMethod.Post, "rates", $$"""{"meter":"{{meter}}","unitCost":"{{cost}}","currency":"USD","from":"2025-01-01T00:00:00Z"}""");
        var random = new Random(7);
        for (var part = 0; part < 6; part++)
        {
            await c.StoreAsync([.. Enumerable.Range(0, Accounts).Select(i =>
            {
                var at = new DateTime(2025, 9, 20, 0, 0, 0, DateTimeKind.Utc).AddMinutes(random.Next(61 * 1_440)).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
                return (part % 3) switch { 0 => A.Change($"u{i}", random.Next(2_000_000), at: at), 1 => A.Message($"u{i}", at: at), _ => A.Request($"u{i}", 12, "chat", "GET", 200, 900, at: at) };
            })]);
        }
        await using (var db = await portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(Cancel))
        {
            db.PlanAssignments.AddRange(Enumerable.Range(0, Accounts / 4).Select(i => new PlanAssignment { TenantId = c.Id, Account = $"user:u{i * 4}", PlanKey = "club", PlanVersion = 1, From = Instant.FromUtc(2025, 10, 1, 0, 0), CreatedBy = "test" }));
            await db.SaveChangesAsync(Cancel);
        }
        await c.TierAsync();

        var (reports, tenant) = (portal.Services.GetRequiredService<FleetReports>(), await portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, Cancel));
        var cycle = new BillingPeriod(2025, 11, DateTimeZone.Utc);
        var times = new List<TimeSpan>();
        foreach (var (what, filter, sort) in ((string, FleetFilter, string)[])
                 [("first, by cost", new FleetFilter(), "-cost"), ("by cost", new FleetFilter(), "-cost"), ("by growth", new FleetFilter(), "-growth"), ("by nearest limit", new FleetFilter(), "-limit"), ("on Club, below 75 %", new FleetFilter(Plan: "club", Use: "below"), "-cost")])
        {
            var started = Stopwatch.GetTimestamp();
            var page = await reports.PageAsync(tenant, filter, sort, 0, 25, cycle, Cancel);
            var took = Stopwatch.GetElapsedTime(started);
            TestContext.Current.TestOutputHelper?.WriteLine($"{what}: {page.List.Rows.Count} of {page.List.All} accounts, {took.TotalMilliseconds:0} ms");
            Assert.True(page.List.All == Accounts && page.Rows.Count > 0, what);
            // The first one compiles what it runs.
            if (!what.StartsWith("first", StringComparison.Ordinal)) times.Add(took);
        }
        Assert.True(times.Min() < Most, string.Join(", ", times));
        var began = Stopwatch.GetTimestamp();
        Assert.Equal(Accounts, (await reports.ListAsync(tenant, new FleetFilter(), "name", cycle, Cancel)).Rows.Count);
        TestContext.Current.TestOutputHelper?.WriteLine($"all rows of the file: {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0} ms");
    }
}
