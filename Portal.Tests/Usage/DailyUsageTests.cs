using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Usage;

/// <summary>The days of a meter add up to the figure of the usage page, in any zone, before and after days stand behind hours.</summary>
public sealed class DailyUsageTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

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

    private async Task<IReadOnlyList<DayUsage>> ReadAsync(Tenant tenant, string account, string meter) =>
        (await portal.Services.GetRequiredService<DailyUsageReports>().ReadAsync(tenant, account, meter, [(new LocalDate(2025, 10, 1), new LocalDate(2025, 10, 31))], Cancel))![0];

    private static async Task<decimal> FigureAsync(TestCommunity c, string account, string meter, string member)
    {
        var usage = await c.GetAsync($"api/v1/users/{account[5..]}/usage?period=2025-10");
        var row = usage.Json.GetProperty("meters").EnumerateArray().Single(r => r.GetProperty("meter").GetString() == meter);
        return decimal.Parse(row.GetProperty(member).GetString()!, CultureInfo.InvariantCulture);
    }
}
