using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Metering;

/// <summary>Performance figures against the meters that they come from.</summary>
public sealed class PerformanceTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private static readonly TimeRange November = new BillingPeriod(2025, 11, DateTimeZone.Utc).Range;
    private readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    private async Task<TestCommunity> FilledAsync()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync([
            .. Enumerable.Range(1, 100).Select(i => A.Request("ann", i, "groups", "GET", i <= 2 ? 500 : i <= 7 ? 404 : 200, at: "2025-11-03T10:00:00Z")),
            .. Enumerable.Range(1, 50).Select(_ => A.Request("bob", 8m, "chat", "GET", 200, at: "2025-11-04T10:00:00Z")),
            A.Request(null, 50m, at: "2025-11-05T10:00:00Z"),
        ]);
        return c;
    }

    [Fact]
    public async Task Percentiles_and_outcomes_are_those_of_the_meters()
    {
        var c = await FilledAsync();
        var api = (await portal.Services.GetRequiredService<PerformanceReports>().PlatformAsync(c.Id, November, DateTimeZone.Utc, null, cancel))!;
        Assert.Equal(["groups", "chat", null], api.Areas.Select(a => a.Area));
        Assert.Equal(new Outcomes(151, 5, 2, 1), api.Outcomes);
        Assert.Equal(new Outcomes(100, 5, 2, 0), api.Areas[0].Outcomes);
        Assert.InRange(api.Areas[0].Latency.P95!.Value, 94m, 97m);
        Assert.Equal(30, api.Days.Count);
        Assert.Equal(new Latency(null, null, null), api.Days[0].Latency);
        Assert.Equal(new Outcomes(0, 0, 0, 0), api.Days[0].Outcomes);
        Assert.Null(api.Days[0].Outcomes.FailedShare);
        foreach (var (quantile, value) in new (string, decimal?)[] { ("0.5", api.All.P50), ("0.95", api.All.P95), ("0.99", api.All.P99) })
            Assert.Equal(decimal.Parse((await c.ValueAsync("api_latency", $"from=2025-11-01T00:00:00Z&to=2025-12-01T00:00:00Z&quantile={quantile}"))!, System.Globalization.CultureInfo.InvariantCulture), value);
    }

    [Fact]
    public async Task The_days_are_of_the_area_asked_about()
    {
        var c = await FilledAsync();
        var reports = portal.Services.GetRequiredService<PerformanceReports>();
        var chat = (await reports.PlatformAsync(c.Id, November, DateTimeZone.Utc, "chat", cancel))!;
        Assert.Equal(151, chat.Outcomes.All); // the head stays that of the platform
        Assert.Equal((0L, 50L), (chat.Days[2].Outcomes.All, chat.Days[3].Outcomes.All));
        Assert.All(((await reports.PlatformAsync(c.Id, November, DateTimeZone.Utc, "unknown", cancel))!).Days, d => Assert.Equal(0, d.Outcomes.All));
    }

    [Fact]
    public async Task A_users_part_is_of_everybodys_time()
    {
        var c = await FilledAsync();
        var reports = portal.Services.GetRequiredService<PerformanceReports>();
        var bob = (await reports.UserAsync(c.Id, "bob", November, cancel))!;
        Assert.Equal((400m, 5500m), (bob.Own, bob.All));
        Assert.Equal([("chat", 400m)], bob.Areas.Select(a => (a.Area, a.Milliseconds)));
        var nobody = (await reports.UserAsync(c.Id, "nobody", new BillingPeriod(2024, 1, DateTimeZone.Utc).Range, cancel))!;
        Assert.Null(nobody.Share);
    }
}
