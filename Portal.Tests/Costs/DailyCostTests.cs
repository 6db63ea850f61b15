using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Costs;

/// <summary>Costs by day add up to the costs of the range, for one carrier and for the platform.</summary>
public sealed class DailyCostTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private static readonly TimeRange November = new BillingPeriod(2025, 11, DateTimeZone.Utc).Range;
    private readonly CancellationToken cancel = TestContext.Current.CancellationToken;

    private async Task<(TestCommunity, Tenant)> FilledAsync()
    {
        var c = await portal.NewCommunityAsync();
        foreach (var rate in (string[])["""{"meter":"storage","unitCost":"0.30","currency":"USD","from":"2025-11-10T00:00:00Z"}""", """{"meter":"messages","unitCost":"0.5","currency":"USD","from":"2025-11-02T00:00:00Z"}""", """{"meter":"messages","unitCost":"0.7","currency":"USD","from":"2025-11-20T12:00:00Z"}"""])
            Assert.Equal(201, (int)(await c.JsonAsync(HttpMethod.Post, "api/v1/rates", rate)).Status);
        await c.StoreAsync(
            A.Upload("ann", 1_000_000_000, file: "f", at: "2025-11-11T12:30:00Z"), A.Attachment("bob", "f", "g", 1_000_000_000, "2025-11-21T06:00:00Z"), A.Upload(null, 500_000_000, at: "2025-11-25T00:00:00Z"),
            A.Message("ann", at: "2025-11-01T10:00:00Z"), A.Message("ann", at: "2025-11-05T10:00:00Z"), A.Message("ann", "g", "2025-11-20T11:59:00Z"), A.Message("ann", "g", "2025-11-20T12:00:00Z"));
        return (c, await portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, cancel));
    }

    private static decimal Sum(DailyCosts costs) => costs.Days.Sum(d => d.Total?.Value ?? 0m);

    [Fact]
    public async Task The_days_add_up_to_the_range()
    {
        var (_, tenant) = await FilledAsync();
        var (daily, costs) = (portal.Services.GetRequiredService<DailyCostReports>(), portal.Services.GetRequiredService<CostReports>());
        var ann = (await daily.AccountAsync(tenant, "user:ann", November, cancel))!;
        var group = (await daily.AccountAsync(tenant, "group:g", November, cancel))!;
        var all = (await daily.PlatformAsync(tenant, November, cancel))!;
        Assert.Equal((await costs.UserAsync(tenant, "ann", November, cancel))!.UnitRateTotal.Value, Sum(ann), 9);
        Assert.Equal((await costs.GroupAsync(tenant, "g", November, cancel))!.UnitRateTotal.Value, Sum(group), 9);
        Assert.Equal((await costs.PlatformAsync(tenant, November, "user", false, cancel)).UnitRates.Value, Sum(all), 9);
        Assert.Equal(30, all.Days.Count);
    }

    [Fact]
    public async Task A_day_has_its_own_integral_and_the_rate_of_its_instants()
    {
        var (_, tenant) = await FilledAsync();
        var daily = portal.Services.GetRequiredService<DailyCostReports>();
        var ann = (await daily.AccountAsync(tenant, "user:ann", November, cancel))!;
        Assert.Equal(["storage", "messages"], ann.Meters.Select(m => m.Slug));
        Assert.Equal([null, null], ann.Days[0].Amounts); // before the first rates: unknown, not 0
        Assert.Equal([null, new Amount(0.5m, ann.Currency)], ann.Days[4].Amounts);
        // 1 GB from 12:30: 11.5 of 720 hours, at 0.30.
        Assert.Equal(11.5m / 720m * 0.30m, ann.Days[10].Amounts[0]!.Value.Value, 9);
        Assert.Equal(0.01m, ann.Days[11].Amounts[0]!.Value.Value, 9);
        var group = (await daily.AccountAsync(tenant, "group:g", November, cancel))!;
        Assert.Equal(new Amount(1.2m, group.Currency), group.Days[19].Amounts[1]); // one message at 0.5, one at 0.7
        Assert.Equal(18m / 720m * 0.30m, group.Days[20].Amounts[0]!.Value.Value, 9);
    }

    [Fact]
    public async Task Too_many_days_have_no_answer() =>
        Assert.Null(await portal.Services.GetRequiredService<DailyCostReports>().PlatformAsync((await FilledAsync()).Item2, new TimeRange(November.From, November.From + Duration.FromDays(DailyCostReports.MostDays + 1)), cancel));
}
