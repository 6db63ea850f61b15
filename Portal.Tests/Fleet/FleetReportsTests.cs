using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Tests.Support;
using OpenMeet.Insights.Tests.Upgrades;

namespace OpenMeet.Insights.Tests.Fleet;

/// <summary>The rows of all accounts against what each account's own pages say.</summary>
public sealed class FleetReportsTests(PortalWithClock portal) : IClassFixture<PortalWithClock>
{
    private static readonly BillingPeriod November = new(2025, 11, DateTimeZone.Utc);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private FleetReports Reports => portal.Services.GetRequiredService<FleetReports>();

    private Task<Tenant> TenantAsync(TestCommunity c) => portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, Cancel);

    [Theory]
    [InlineData(1, "2025-11")]
    [InlineData(2, "2025-10")]
    [InlineData(3, "2025-11")]
    public async Task Every_row_says_what_the_accounts_own_pages_say(int seed, string month)
    {
        var c = await RandomCommunityAsync(seed);
        var tenant = await TenantAsync(c);
        Assert.True(BillingPeriod.TryParse(month, tenant.Zone, out var cycle));
        var page = await Reports.PageAsync(tenant, new FleetFilter(), "name", 0, int.MaxValue, cycle, Cancel);
        Assert.Equal(16, page.Rows.Count);
        Assert.Equal(month == "2025-10", page.List.HasBills);
        foreach (var (row, reaches, revenue) in page.Rows)
        {
            var path = $"api/v1/{row.Kind}s/{row.Key}";
            var costs = (await c.GetAsync($"{path}/costs?period={month}")).Json;
            Assert.Equal((row.Account, Number(costs.GetProperty("unitRates"), "total")), (row.Account, row.UnitRates.Value));
            Assert.Equal((row.Account, Number(costs.GetProperty("pools"), "total")), (row.Account, row.Pools?.Value ?? 0));
            var usage = (await c.GetAsync(path + "/usage")).Json;
            Assert.Equal(Text(usage, "paidBy"), row.PaidBy);
            var meters = usage.GetProperty("meters").EnumerateArray().ToList();
            Assert.Equal((row.Account, Number(meters.Single(m => Text(m, "meter") == "storage"), "level")), (row.Account, row.Level));
            var limited = row.PaidBy is null ? meters.Where(m => Text(m, "limit") is not null).ToList() : [];
            Assert.Equal((row.Account, limited.Count > 0), (row.Account, row.Nearest is not null));
            if (row.Nearest is { } near)
            {
                var own = limited.Single(m => Text(m, "meter") == near.Meter.Meter.Slug);
                Assert.Equal((row.Account, Number(own, "limit"), Number(own, "remaining")), (row.Account, near.Limit.Limit, near.Limit.Limit - near.Used - near.Reserved));
                Assert.Equal((row.Account, Text(own, "state")), (row.Account, near.StateWith(reaches).ToString().ToLowerInvariant()));
                Assert.All(limited, m => Assert.True(1 - (Number(m, "remaining") / Number(m, "limit")) <= near.Share + 0.000001m, $"{row.Account}: {m} is nearer than {near.Share}"));
            }
            var statement = (await c.GetAsync($"{path}/statement?period={month}")).Json;
            Assert.Equal((row.Account, Text(statement, "paidBy") is null ? Number(statement, "total") : (decimal?)null), (row.Account, revenue?.Value));
        }
        // The whole platform's cost is in the rows, but for what nobody carries.
        var whole = (await c.GetAsync($"api/v1/costs?period={month}&by=user")).Json;
        Assert.Equal(Number(whole.GetProperty("totals"), "unitRates") - Number(whole.GetProperty("unattributed"), "unitRates"), page.Rows.Sum(r => r.Row.UnitRates.Value));
    }

    [Fact]
    public async Task Growth_is_of_28_days_against_the_28_before_and_follows_who_pays()
    {
        var c = await portal.NewCommunityAsync();
        await AskPortal.SendAsync(c, HttpMethod.Put, "directory/groups/g", """{"name":"G","ownerKey":"ann"}""");
        await c.StoreAsync(
            A.Upload("ann", 1_000, at: "2025-08-01T10:00:00Z"), A.Upload("ann", 300, at: "2025-10-10T10:00:00Z"), A.Upload("ann", 40, at: "2025-11-10T10:00:00Z"),
            A.Upload("bob", 7, group: "g", at: "2025-11-19T10:00:00Z"), A.Change("bob", -5, group: "g", at: "2025-11-19T12:00:00Z"));
        var rows = (await Reports.ListAsync(await TenantAsync(c), new FleetFilter(), "-growth", November, Cancel)).Rows.ToDictionary(r => r.Account);
        Assert.Equal((1_342m, 42m, 300m), (rows["user:ann"].Level, rows["user:ann"].Grown, rows["user:ann"].GrownBefore));
        Assert.Equal((2m, 2m, 0m), (rows["group:g"].Level, rows["group:g"].Grown, rows["group:g"].GrownBefore));
        Assert.Equal(["user:ann", "group:g", "user:bob"], rows.Keys);
    }

    [Fact]
    public async Task A_filter_and_an_order_keep_what_they_say_and_margins_count_the_groups_that_are_paid_for()
    {
        var c = await RandomCommunityAsync(4);
        var tenant = await TenantAsync(c);
        async Task<IReadOnlyList<FleetRow>> RowsAsync(FleetFilter filter, string sort = "-cost") => (await Reports.ListAsync(tenant, filter, sort, November, Cancel)).Rows;

        var all = await RowsAsync(new FleetFilter());
        Assert.Equal(all.OrderByDescending(r => r.Cost.Value).ThenBy(r => r.Account, StringComparer.Ordinal), all);
        Assert.Equal(all.Where(r => r.Plan?.Key == "club").Select(r => r.Account).Order(StringComparer.Ordinal), (await RowsAsync(new FleetFilter(Plan: "club"))).Select(r => r.Account).Order(StringComparer.Ordinal));
        Assert.All(await RowsAsync(new FleetFilter(Kind: "group")), r => Assert.Equal("group", r.Kind));
        var found = 0;
        foreach (var use in FleetFilter.Uses) found += (await RowsAsync(new FleetFilter(Use: use))).Count;
        Assert.Equal(all.Count, found);
        Assert.All(await RowsAsync(new FleetFilter(Use: "full")), r => Assert.True(r.Nearest!.Share >= 1));
        var shares = (await RowsAsync(new FleetFilter(), "-limit")).Select(r => r.Nearest?.Share ?? -1).ToList();
        Assert.Equal(shares.OrderDescending(), shares);
        Assert.Equal(["user:u3"], (await RowsAsync(new FleetFilter(Search: "U3"))).Select(r => r.Account));

        var page = await Reports.PageAsync(tenant, new FleetFilter(), "name", 0, int.MaxValue, November, Cancel);
        var payer = page.Rows.First(r => r.Row.OfGroups is not null);
        var groups = page.Rows.Where(r => r.Row.PaidBy == payer.Row.Account).Sum(r => r.Row.Cost.Value);
        Assert.Equal(groups, payer.Row.OfGroups!.Value.Value);
        Assert.Equal(payer.Revenue!.Value.Value - payer.Row.Cost.Value - groups, payer.Margin!.Value.Value);
    }

    // Twelve people and four groups, one with a plan of its own, with rates, a bill of October, limits and random use.
    private async Task<TestCommunity> RandomCommunityAsync(int seed)
    {
        var random = new Random(seed);
        var c = await portal.NewCommunityAsync();
        await AskPortal.SendAsync(c, HttpMethod.Put, "tenants/" + c.Key, """{"name":"c","defaultLimits":{"storage":{"limit":"4000000000","limitKind":"hard"},"messages":{"limit":"9","limitKind":"soft"}}}""");
        await AskPortal.SendAsync(c, HttpMethod.Post, "plans", """
            {"key":"club","name":"Club","currency":"USD","fee":"8.00","items":[{"meter":"storage","included":"1","limit":"3000000000","limitKind":"hard","price":{"model":"per_unit","unitPrice":"1.10"}},{"meter":"messages","included":"3","price":{"model":"per_unit","unitPrice":"0.25"}}]}
            """);
        await AskPortal.SendAsync(c, HttpMethod.Post, "plans/club/publish", """{"effective":"2025-01-01T00:00:00Z"}""");
        for (var i = 0; i < 4; i++) await AskPortal.SendAsync(c, HttpMethod.Put, $"directory/groups/g{i}", $$"""{"name":"Group {{i}}","ownerKey":"u{{random.Next(12)}}"}""");
        await AskPortal.SendAsync(c, HttpMethod.Put, "accounts/group/g0/plan", """{"plan":"club","effective":"2025-10-12T00:00:00Z"}""");
        await c.StoreAsync([
            .. Enumerable.Range(0, 12).Select(i => A.Message($"u{i}", at: "2025-09-01T00:00:00Z")),
            .. Enumerable.Range(0, 300).Select(_ =>
            {
                var (by, group) = ($"u{random.Next(12)}", random.Next(3) == 0 ? $"g{random.Next(4)}" : null);
                var at = new DateTime(2025, 9, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(random.Next(80 * 1_440)).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
                return random.Next(4) switch
                {
                    0 => A.Message(by, group, at),
                    1 => A.Request(by, random.Next(900), "chat", "GET", 200, random.Next(90_000), group, at),
                    _ => A.Change(by, random.Next(-20_000_000, 200_000_000), group, at: at),
                };
            }),
        ]);
        foreach (var user in (string[])["u1", "u2", "u5"]) await AskPortal.SendAsync(c, HttpMethod.Put, $"accounts/user/{user}/plan", $$"""{"plan":"club","effective":"2025-{{9 + random.Next(3):00}}-05T00:00:00Z"}""");
        await AskPortal.SendAsync(c, HttpMethod.Post, "quotas/overrides", """{"kind":"user","key":"u7","meter":"storage","limit":"1000","limitKind":"hard","reason":"test","permanent":true}""");
        foreach (var (meter, cost) in ((string, string)[])[("messages", "0.004"), ("storage", "0.021"), ("egress", "0.0000001")])
            await AskPortal.SendAsync(c, HttpMethod.Post, "rates", $$"""{"meter":"{{meter}}","unitCost":"{{cost}}","currency":"USD","from":"2025-01-01T00:00:00Z"}""");
        await AskPortal.SendAsync(c, HttpMethod.Post, "cost-pools", """{"name":"chat","period":"2025-10","amount":"97.31","currency":"USD","driver":"messages","idlePercent":"4"}""");
        return c;
    }

    private static string? Text(JsonElement json, string member) => json.TryGetProperty(member, out var value) ? value.GetString() : null;

    private static decimal Number(JsonElement json, string member) => Text(json, member) is { } text ? decimal.Parse(text, CultureInfo.InvariantCulture) : 0;
}
