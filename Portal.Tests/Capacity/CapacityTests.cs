using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Capacity;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Tests.Support;
using OpenMeet.Insights.Tests.Upgrades;

namespace OpenMeet.Insights.Tests.Capacity;

/// <summary>Pools against a plain recount of the events, and what Prometheus is told.</summary>
public sealed class CapacityTests(PortalWithClock portal) : IClassFixture<PortalWithClock>
{
    private static readonly DateTime Now = new(2025, 11, 20, 12, 0, 0, DateTimeKind.Utc);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Actor Ada => new("ada@example.org", Instant.FromUtc(2025, 11, 20, 12, 0));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Every_day_of_a_pool_equals_a_plain_recount(int seed)
    {
        var random = new Random(seed);
        var c = await portal.NewCommunityAsync();
        // By people, in groups, and by nobody: a disk holds them all.
        var changes = Enumerable.Range(0, 200).Select(_ => (By: random.Next(5) == 0 ? null : $"u{random.Next(6)}", Group: random.Next(3) == 0 ? $"g{random.Next(3)}" : null, At: Now.AddMinutes(-random.Next(100 * 1_440)), Bytes: (long)random.Next(-300_000, 2_000_000))).ToList();
        var mails = Enumerable.Range(0, 200).Select(_ => (By: random.Next(5) == 0 ? null : $"u{random.Next(6)}", At: Now.AddMinutes(-random.Next(100 * 1_440)), Count: random.Next(1, 40))).ToList();
        await c.StoreAsync([
            .. changes.Select(x => A.Change(x.By, x.Bytes, x.Group, at: Text(x.At))), .. mails.Select(m => A.Event("email.sent", m.By, Text(m.At), null, ("count", m.Count))),
        ]);
        var pools = (await ReadAsync(c)).ToDictionary(p => p.Pool.Key);
        Assert.Equal(changes.Sum(x => x.Bytes), pools["disk"].Outlook.Used);
        foreach (var (day, level) in pools["disk"].Daily)
        {
            var end = day.PlusDays(1).AtMidnight().InUtc().ToDateTimeUtc();
            Assert.Equal((day, changes.Where(x => x.At < end).Sum(x => x.Bytes)), (day, (long)level));
        }
        Assert.Equal(28, pools["disk"].Daily.Count);
        Assert.Equal(28, pools["mail"].Daily.Count);
        foreach (var (day, sum) in pools["mail"].Daily)
        {
            var end = day.PlusDays(1).AtMidnight().InUtc().ToDateTimeUtc();
            Assert.Equal((day, mails.Where(m => m.At < end && m.At >= end.AddDays(-30)).Sum(m => m.Count)), (day, (int)sum));
        }
        Assert.Equal(pools["mail"].Daily[^1].Level, pools["mail"].Outlook.Used);
        Assert.All(pools.Values, p => Assert.Equal((null, null, null), (p.Outlook.Capacity, p.Outlook.Full, p.Outlook.DaysToFull)));
        Assert.Null(pools["egress"].Outlook.Used);
    }

    [Fact]
    public async Task A_capacity_is_dated_and_audited_and_gives_a_date_and_the_promises_their_ratio()
    {
        var c = await portal.NewCommunityAsync();
        await AskPortal.SendAsync(c, HttpMethod.Put, "tenants/" + c.Key, """{"name":"c","defaultLimits":{"storage":{"limit":"40000","limitKind":"hard"}}}""");
        await c.StoreAsync([.. Enumerable.Range(0, 60).Select(d => A.Upload($"u{d % 2}", 1_000, at: Text(Now.AddDays(-d).AddHours(-1))))]);
        await AskPortal.SendAsync(c, HttpMethod.Post, "quotas/overrides", """{"kind":"user","key":"u1","meter":"storage","limit":"60000","limitKind":"soft","reason":"test","permanent":true}""");
        var store = portal.Services.GetRequiredService<CapacityStore>();
        await store.SetAsync(Capacity(c, 80_000, "2025-01-01"), Ada, Cancel);
        await store.SetAsync(Capacity(c, 500_000, "2026-01-01"), Ada, Cancel);
        var disk = (await ReadAsync(c)).Single(p => p.Pool.Key == "disk").Outlook;
        Assert.Equal((60_000m, 80_000m, 100_000m, 0), (disk.Used, disk.Capacity, disk.Committed, disk.Unlimited));
        Assert.Equal((0.75m, 1.25m), (disk.Share, disk.Overcommit));
        Assert.Equal((LimitDateOutcome.Dated, new LocalDate(2025, 12, 10), 20d), (disk.Full!.Outcome, disk.Full.P50, disk.DaysToFull));
        Assert.Equal(disk.Full.P10!.Value.PlusDays(-14), disk.OrderBy);
        // A correction of the same day holds; both stay.
        await store.SetAsync(Capacity(c, 50_000, "2025-01-01"), Ada, Cancel);
        Assert.Equal(0, (await ReadAsync(c)).Single(p => p.Pool.Key == "disk").Outlook.DaysToFull);
        Assert.Equal(3, (await store.ListAsync(c.Id, Cancel)).Count);
        var lines = await portal.Services.GetRequiredService<AuditReports>().ListAsync(c.Id, new AuditFilter(null, "capacity.set", "pool:disk", null, null, null), 10, Cancel);
        Assert.Equal(3, lines.Count);
        Assert.Equal(("ada@example.org", "bought"), (lines[0].Actor, lines[0].Reason));
        Assert.Contains("80000", lines[0].Before, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pool_without_a_meter_goes_by_the_last_sample_of_each_day_and_by_the_capacity_that_was_entered_or_sampled()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync([
            .. Enumerable.Range(0, 20).Select(d => Sample("database", 1_000 + (20 - d), 1_100, Now.AddDays(-d).AddHours(-1))), .. Enumerable.Range(0, 20).Select(d => Sample("database", 7, null, Now.AddDays(-d).AddHours(-2))),
            Sample("database", 5, 1, Now.AddHours(-1), "voided"), Sample("workers", 3, null, Now.AddHours(-3)), Sample("unknown", 3, 4, Now.AddHours(-3)), Sample("disk", 3, 4_000, Now.AddHours(-3)),
            A.Event("pool.sampled", at: Text(Now.AddMinutes(-30)), data: [("pool", "database"), ("capacity", 2_000)]), Sample("database", 9_999, 9_999, Now.AddDays(-40)),
        ]);
        Assert.Equal(System.Net.HttpStatusCode.OK, (await c.VoidAsync(A.Source, "voided")).Status);
        var pools = (await ReadAsync(c)).ToDictionary(p => p.Pool.Key);
        Assert.Equal(["database", "disk", "egress", "mail", "workers"], pools.Keys.Order(StringComparer.Ordinal));
        var database = pools["database"];
        Assert.Equal((1_020m, 1_100m, 0m, 0, "bytes"), (database.Outlook.Used, database.Outlook.Capacity, database.Outlook.Committed, database.Outlook.Unlimited, database.Unit));
        Assert.Equal(Enumerable.Range(0, 20).Select(d => (NodaTime.LocalDate.FromDateTime(Now.AddDays(d - 19)), 1_001m + d)), database.Daily);
        // One byte a day, eighty to go.
        Assert.Equal((LimitDateOutcome.Dated, 80d), (database.Outlook.Full!.Outcome, database.Outlook.DaysToFull));
        Assert.Equal((3m, null, null), (pools["workers"].Outlook.Used, pools["workers"].Outlook.Capacity, pools["workers"].Outlook.Full));
        // The disk has a meter of its own; only what it can hold is taken from the sample.
        Assert.Equal((0m, 4_000m), (pools["disk"].Outlook.Used, pools["disk"].Outlook.Capacity));

        await portal.Services.GetRequiredService<CapacityStore>().SetAsync(Capacity(c, 1_060, "2025-01-01", "database"), Ada, Cancel);
        var entered = (await ReadAsync(c)).Single(p => p.Pool.Key == "database");
        Assert.Equal((1_060m, 40d, 14), (entered.Outlook.Capacity, entered.Outlook.DaysToFull, entered.Outlook.LeadDays));
    }

    private static System.Text.Json.Nodes.JsonObject Sample(string pool, long used, long? capacity, DateTime at, string? id = null) =>
        A.Event("pool.sampled", null, Text(at), id, ("pool", pool), ("used", used), ("capacity", capacity));

    [Fact]
    public async Task Prometheus_is_told_the_days_and_the_attributed_part_under_the_contracts_names()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync([
            .. Enumerable.Range(0, 60).Select(d => A.Upload("ann", 1_000, at: Text(Now.AddDays(-d).AddHours(-1)))),
            A.Message("ann", at: "2025-10-05T00:00:00Z"), A.Message("ann", at: "2025-10-06T00:00:00Z"), A.Message(null, at: "2025-10-07T00:00:00Z"), A.Message(null, at: "2025-10-08T00:00:00Z"),
        ]);
        await portal.Services.GetRequiredService<CapacityStore>().SetAsync(Capacity(c, 70_000, "2025-01-01"), Ada, Cancel);
        await portal.Services.GetRequiredService<CapacityWatch>().Job.Run(Cancel);
        var registry = Prometheus.Metrics.NewCustomRegistry();
        var gauge = new CapacityGauge(portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>(), portal.Clock, NullLogger<CapacityGauge>.Instance, registry);
        await gauge.TellAsync(Cancel);
        using var text = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(text, Cancel);
        var metrics = System.Text.Encoding.UTF8.GetString(text.ToArray()).Split('\n');
        // Of all communities the fewest; other tests of this class have a full disk.
        Assert.Single(metrics, l => l.StartsWith("openmeet_insights_capacity_days_to_full{pool=\"disk\"} ", StringComparison.Ordinal));
        Assert.DoesNotContain(metrics, l => l.Contains("pool=\"egress\"", StringComparison.Ordinal));

        await AskPortal.SendAsync(c, HttpMethod.Post, "cost-pools", """{"name":"chat","period":"2025-10","amount":"100.00","currency":"USD","driver":"messages"}""");
        var outcome = await portal.Services.GetRequiredService<AttributionWatch>().Job.Run(Cancel);
        var costs = (await c.GetAsync("api/v1/users/ann/costs?period=2025-10")).Json.GetProperty("reconciliation").GetProperty("attributedPercent").GetString()!;
        Assert.Equal((long)(decimal.Parse(costs, CultureInfo.InvariantCulture) * 10_000m), outcome.Figure!.Value);
        Assert.Equal(500_000, outcome.Figure!.Value);
    }

    [Fact]
    public async Task Who_is_no_administrator_sees_no_capacity_and_no_bulk_action()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Upload("ann", 12_345, group: "chess", at: "2025-11-02T10:00:00Z"));
        await AskPortal.SendAsync(c, HttpMethod.Put, "directory/groups/chess", """{"name":"Chess","ownerKey":"ann"}""");
        foreach (var user in (string[])["ann", "bob"])
        {
            using var client = await portal.SignInAsync(c, user);
            foreach (var path in (string[])["admin/capacity", "admin/bulk", "admin/bulk/new?kind=user", "admin/bulk/1"])
            {
                using var page = await client.GetAsync(path, Cancel);
                var text = await page.Content.ReadAsStringAsync(Cancel);
                Assert.Contains("permission", text, StringComparison.OrdinalIgnoreCase);
                Assert.DoesNotContain("12.3 kB", text, StringComparison.Ordinal);
                Assert.DoesNotContain("Make a dry run", text, StringComparison.Ordinal);
                Assert.DoesNotContain("Save capacity", text, StringComparison.Ordinal);
                Assert.Equal(System.Net.HttpStatusCode.Forbidden, page.StatusCode);
            }
        }
        using var admin = await portal.SignInAsync(c);
        Assert.Contains("12.3 kB", await admin.GetStringAsync("admin/capacity", Cancel), StringComparison.Ordinal);
        Assert.Contains("Make a dry run", await admin.GetStringAsync("admin/bulk/new?kind=user", Cancel), StringComparison.Ordinal);
        Assert.Contains("No bulk action yet", await admin.GetStringAsync("admin/bulk", Cancel), StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<PoolStanding>> ReadAsync(TestCommunity c) =>
        await portal.Services.GetRequiredService<CapacityReports>().ReadAsync(await portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, Cancel), Cancel);

    private static PoolCapacity Capacity(TestCommunity c, decimal capacity, string from, string pool = "disk") => new()
    {
        TenantId = c.Id,
        Pool = pool,
        Capacity = capacity,
        LeadDays = 14,
        From = NodaTime.Text.LocalDatePattern.Iso.Parse(from).Value.AtMidnight().InUtc().ToInstant(),
        Reason = "bought",
        CreatedAt = Ada.At,
        CreatedBy = Ada.Name,
    };

    private static string Text(DateTime at) => at.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
