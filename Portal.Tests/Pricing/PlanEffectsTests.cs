using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Tests.Upgrades;

namespace OpenMeet.Insights.Tests.Pricing;

/// <summary>What a change of plan would do, to the cent of the statement.</summary>
public sealed class PlanEffectsTests(AskPortal portal) : IClassFixture<AskPortal>
{
    private const string Account = "group:g";

    [Fact]
    public async Task The_effect_is_what_the_statement_then_says()
    {
        var c = await portal.NewGrowingAsync();
        var tenant = await portal.TenantAsync(c);
        var effect = (await portal.Get<PlanEffects>().OfAsync(tenant, Account, "society", now: true, CancellationToken.None))!;
        // 20 November, noon: 19.5 of 30 days on Club, 10.5 on Society; all storage is included.
        Assert.Equal((8.00m, 10.10m, 2.10m), (effect.Now.Total, effect.Then.Total, effect.Difference));
        Assert.Equal([5.20m, 4.90m], effect.Then.Lines.Where(l => l.Meter == "fee").Select(l => l.Amount));
        Assert.Equal(("2025-10", 8.00m, 14.00m), (effect.Cycle!.Value.ToString(), effect.CycleBefore!.Total, effect.CycleAfter!.Total));
        var limit = Assert.Single(effect.Limits);
        Assert.Equal((7_290_000_000m, 10_000_000_000m, 25_000_000_000m, false), (limit.Used, limit.Before.Limit, limit.After.Limit, limit.IsOverAfter));
        Assert.True((await portal.Get<PlanEffects>().OfAsync(tenant, Account, "starter", now: true, CancellationToken.None))!.Limits[0].IsOverAfter);
        Assert.Equal(8.00m, (await portal.Get<PlanEffects>().OfAsync(tenant, Account, "society", now: false, CancellationToken.None))!.Then.Total);
        Assert.Null(await portal.Get<PlanEffects>().OfAsync(tenant, Account, "club", now: true, CancellationToken.None));
        Assert.Null(await portal.Get<PlanEffects>().OfAsync(tenant, Account, "unheard-of", now: true, CancellationToken.None));

        await portal.Get<PlanStore>().AssignAsync(tenant, Account, "society", null, portal.Now, new Actor("ann@example.org", portal.Now), "chosen", CancellationToken.None);
        Assert.Equal("10.10", (await AskPortal.SendAsync(c, HttpMethod.Get, "groups/g/statement?period=2025-11")).GetProperty("total").GetString());
    }
}
