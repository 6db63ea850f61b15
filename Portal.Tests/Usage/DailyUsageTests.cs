using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Attribution;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Usage;

/// <summary>The days of a meter add up to the figure of the usage page, in any zone, before and after days stand behind hours.</summary>
public sealed class DailyUsageTests(PortalWithoutJobs portal) : IClassFixture<PortalWithoutJobs>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("UTC")]
    [InlineData("Europe/Berlin")]
    [InlineData("Asia/Kolkata")]
    [InlineData("America/St_Johns")]
    public async Task Days_add_up_to_the_months_figure(string zone)
    {
        var c = await portal.NewCommunityAsync(new System.Text.Json.Nodes.JsonObject { ["name"] = "Days", ["billingTimeZone"] = zone });
        Assert.Equal(System.Net.HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/g", """{"name":"G","ownerKey":"ann"}""")).Status);
        var random = new Random(3);
        var start = Instant.FromUtc(2025, 9, 20, 0, 0);
        await c.StoreAsync([.. Enumerable.Range(0, 300).Select(i => A.Upload(
            random.Next(2) == 0 ? "ann" : "bob", random.Next(1, 900), null, random.Next(2) == 0 ? "g" : null, null, Rfc3339.Format(start + Duration.FromMinutes(random.Next(80_000)))))]);
        // Ann's group passes to Bob in the middle of a day.
        Assert.Equal(System.Net.HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/g", """{"name":"G","ownerKey":"bob","from":"2025-10-17T09:10:00Z"}""")).Status);
        var tenant = await portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, Cancel);
        foreach (var tiered in (bool[])[false, true])
        {
            if (tiered) Assert.True(await c.TierAsync() > 0);
            foreach (var account in (string[])["user:ann", "user:bob"])
            {
                var days = await ReadAsync(tenant, account, "uploaded");
                Assert.Equal(31, days.Count);
                Assert.Equal(await FigureAsync(c, account, "uploaded", "value"), days.Sum(d => d.Value));
                Assert.True(days.Count(d => d.Value > 0) > 15);
                var levels = await ReadAsync(tenant, account, "storage");
                Assert.Equal(await FigureAsync(c, account, "storage", "level"), levels[^1].Value);
            }
        }
        var (ann, bob) = (await ReadAsync(tenant, "user:ann", "storage"), await ReadAsync(tenant, "user:bob", "storage"));
        var passed = ann.Single(d => d.Day == new LocalDate(2025, 10, 16)).Value - ann.Single(d => d.Day == new LocalDate(2025, 10, 17)).Value;
        Assert.True(passed > 0 && bob.Single(d => d.Day == new LocalDate(2025, 10, 17)).Value > bob.Single(d => d.Day == new LocalDate(2025, 10, 16)).Value);
        Assert.Null(await portal.Services.GetRequiredService<DailyUsageReports>().ReadAsync(tenant, "user:ann", "active_members", [(new LocalDate(2025, 10, 1), new LocalDate(2025, 10, 31))], Cancel));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Windows_at_any_minute_equal_reading_each_by_itself(int seed)
    {
        var c = await portal.NewCommunityAsync();
        var random = new Random(seed);
        var start = Instant.FromUtc(2025, 9, 20, 0, 0);
        await c.StoreAsync([.. Enumerable.Range(0, 250).Select(_ => A.Upload(
            random.Next(2) == 0 ? "ann" : "bob", random.Next(1, 900), at: Rfc3339.Format(start + Duration.FromMinutes(random.Next(40_000)))))]);
        if (seed > 1) await c.TierAsync();
        var tenant = await portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, Cancel);
        var meters = await portal.Services.GetRequiredService<MeterCatalog>().GetAsync(c.Id, Cancel);
        await using var connection = await portal.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(Cancel);
        // Some bounds within one hour, some on the hour.
        Instant[] bounds = [.. Enumerable.Range(0, 12).Select(i => start + Duration.FromMinutes(i % 3 == 0 ? 60 * random.Next(600) : random.Next(40_000))).Append(start + Duration.FromMinutes(7)).Append(start + Duration.FromMinutes(31)).Distinct().Order()];
        string[] keys = ["user:ann", "user:bob"];
        foreach (var meter in (StoredMeter[])[meters.Find("storage")!, meters.Find("uploaded")!])
        {
            var windows = await CarriedQuantities.WindowsAsync(connection, c.Id, tenant.Attribution, meter, RollupScope.Carrier, keys, bounds, Cancel);
            for (var i = 0; i < windows.Length; i++)
            {
                var alone = (await CarriedQuantities.ReadAsync(connection, c.Id, tenant.Attribution, [meter], RollupScope.Carrier, keys, new TimeRange(bounds[i], bounds[i + 1]), Cancel)).Values.Aggregate(CarriedQuantity.None, (a, b) => a + b);
                Assert.Equal((alone.Count, alone.Sum, alone.ValueOf(meter.Meter)), (windows[i].Count, windows[i].Sum, windows[i].ValueOf(meter.Meter)));
                if (meter.Meter.IsStorage) Assert.Equal(alone.Level, windows[i].Level);
            }
        }
    }

    private async Task<IReadOnlyList<DayUsage>> ReadAsync(Tenant tenant, string account, string meter) =>
        (await portal.Services.GetRequiredService<DailyUsageReports>().ReadAsync(tenant, account, meter, [(new LocalDate(2025, 10, 1), new LocalDate(2025, 10, 31))], Cancel))![0];

    private static async Task<decimal> FigureAsync(TestCommunity c, string account, string meter, string member)
    {
        var usage = await c.GetAsync($"api/v1/users/{account[5..]}/usage?period=2025-10");
        var row = usage.Json.GetProperty("meters").EnumerateArray().Single(r => r.GetProperty("meter").GetString() == meter);
        return decimal.Parse(row.GetProperty(member).GetString()!, CultureInfo.InvariantCulture);
    }
}
