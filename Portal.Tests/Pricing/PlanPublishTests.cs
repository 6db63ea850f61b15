using NodaTime;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Tests.Support;
using OpenMeet.Insights.Tests.Upgrades;

namespace OpenMeet.Insights.Tests.Pricing;

/// <summary>Publishing what was reviewed, and the prediction against what came.</summary>
public sealed class PlanPublishTests(AskPortal portal) : IClassFixture<AskPortal>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Actor Ada => new("ada@example.org", portal.Now);

    [Fact]
    public async Task The_preview_is_kept_and_held_against_what_came()
    {
        var c = await portal.NewGrowingAsync(10_000_000);
        var tenant = await portal.TenantAsync(c);
        var (store, impact) = (portal.Get<PlanStore>(), portal.Get<PlanImpact>());
        var club = (await store.NewestAsync(tenant.Id, "club", Cancel))!.Plan;
        var draft = (await store.SaveDraftAsync(tenant.Id, club with { Fee = 9m, Items = [club.Items[0] with { Limit = 500_000_000m }] }, Ada, Cancel)).Plan;
        var replay = (await impact.ReplayAsync(tenant, draft, 12, Cancel)).Last(1);
        var summary = ImpactSummary.Of(replay);
        Assert.Equal((1, 1, 0, 1), (summary.Accounts, summary.PayMore, summary.WithoutHistory, summary.CrossLimit));
        Assert.Equal((8m, 9m, 1m), (summary.Revenue[0].Now, summary.Revenue[0].Draft, summary.Quantiles[1]));

        var review = new PlanReview(draft, summary, "Costs rose");
        var now = portal.Now;
        Assert.Null(await store.PublishAsync(tenant.Id, "club", now, null, Ada, Cancel, review with { Draft = draft with { Fee = 7m } }));
        Assert.Equal("draft", (await store.NewestAsync(tenant.Id, "club", Cancel))!.Status);
        var december = Instant.FromUtc(2025, 12, 1, 0, 0);
        Assert.NotNull(await store.PublishAsync(tenant.Id, "club", now, december, Ada, Cancel, review));

        var line = Assert.Single((await portal.Get<AuditReports>().ListAsync(tenant.Id, new AuditFilter(null, "plan.published", "plan:club v2", null, null, null), 10, Cancel)));
        Assert.Equal(("ada@example.org", "Costs rose"), (line.Actor, line.Reason));
        var prediction = (await store.PredictionAsync(tenant.Id, "club", 2, Cancel))!;
        Assert.Equal((december, true, 9m, 1), (prediction.Since, prediction.Moved, prediction.Summary.PerMonth, prediction.Summary.CrossLimit));
        Assert.Null(await store.PredictionAsync(tenant.Id, "club", 1, Cancel));
        Assert.Null(await impact.OutcomeAsync(tenant, draft, december, Cancel));

        portal.Clock.Advance(TimeSpan.FromDays(45));
        var came = (await impact.OutcomeAsync(tenant, draft, december, Cancel))!;
        Assert.Equal(("2025-12", 1, 9m, 1), (came.Month.ToString(), came.Accounts, came.Revenue, came.AtLimit));
        Assert.Equal(Instant.FromUtc(2026, 1, 1, 0, 0), PlanOutcome.ShownFrom(december, DateTimeZone.Utc));
    }

    [Fact]
    public async Task Months_before_the_first_plan_and_use_are_no_history()
    {
        var c = await portal.NewGrowingAsync(10_000_000);
        var tenant = await portal.TenantAsync(c);
        var draft = (await portal.Get<PlanStore>().NewestAsync(tenant.Id, "club", Cancel))!.Plan;

        var year = await portal.Get<PlanImpact>().ReplayAsync(tenant, draft, 12, Cancel);

        var one = Assert.Single(year.Accounts);
        Assert.Equal(12, one.Cycles.Count);
        Assert.Contains(one.Cycles, cycle => cycle == default);
        Assert.Equal(0m, one.Difference);
        Assert.Equal(one.Cycles.TakeLast(3).Sum(cycle => cycle.Now), year.Last(3).Accounts[0].Now);
    }
}
