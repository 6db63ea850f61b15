using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>Looks each night at what became of asks: solved, changed, kept, reverted; and whether they came true.</summary>
public sealed class AskFollowUp(IDbContextFactory<InsightsDbContext> contexts, DecisionFunnel funnel, AskProofs proofs)
{
    // Ninety days on a plan that was taken up to a few months after the ask.
    private static readonly Duration Horizon = Duration.FromDays(240);

    /// <summary>Follows up to so many asks that were not looked at today; how many it did.</summary>
    public async Task<int> RunAsync(Tenant tenant, Instant now, int most, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var today = now.InZone(tenant.Zone).Date;
        var since = now - Horizon;
        var due = await db.Decisions.Where(d => d.TenantId == tenant.Id && d.AskId == d.Id && d.DecidedAt > since && (d.FollowedOn == null || d.FollowedOn < today))
            .OrderBy(d => d.DecidedAt).Take(most).ToListAsync(cancel);
        foreach (var ask in due)
        {
            var record = DecisionJson.Read(ask.Record);
            await StagesAsync(db, tenant, ask, record, now, cancel);
            if (ask.Proof is null && await proofs.JudgeAsync(tenant, record, now, cancel) is not AskOutcome.Open and var outcome)
                ask.Proof = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(outcome.ToString());
            ask.FollowedOn = today;
            await db.SaveChangesAsync(cancel);
        }
        return due.Count;
    }

    private async Task StagesAsync(InsightsDbContext db, Tenant tenant, StoredDecision ask, DecisionRecord record, Instant now, CancellationToken cancel)
    {
        var taken = await db.PlanAssignments.AsNoTracking().Where(a => a.TenantId == tenant.Id && a.Account == ask.Account).OrderBy(a => a.From).ThenBy(a => a.Id).ToListAsync(cancel);
        var change = taken.Find(a => a.CreatedAt > ask.DecidedAt && a.From >= ask.DecidedAt && a.PlanKey != record.Subject.Plan);
        if (change is not null)
        {
            await funnel.ReachAsync(tenant.Id, ask.Id, AskStage.Changed, change.CreatedAt, cancel);
            var back = taken.Find(a => a.Id > change.Id && a.PlanKey == record.Subject.Plan && a.From <= change.From + Duration.FromDays(30));
            if (back is not null) await funnel.ReachAsync(tenant.Id, ask.Id, AskStage.Reverted, back.CreatedAt, cancel);
            var kept = change.From + Duration.FromDays(90);
            if (kept <= now && taken.FindLast(a => a.From <= kept)?.PlanKey == change.PlanKey) await funnel.ReachAsync(tenant.Id, ask.Id, AskStage.Kept, kept, cancel);
            return;
        }
        var newest = await db.Decisions.AsNoTracking().Where(d => d.TenantId == tenant.Id && d.Account == ask.Account).OrderByDescending(d => d.DecidedAt).ThenByDescending(d => d.Id).FirstAsync(cancel);
        if (record.Verdict.Kind == DecisionKind.Upgrade && newest.Verdict == "stay" && IsSolved(DecisionJson.Read(newest.Record)))
            await funnel.ReachAsync(tenant.Id, ask.Id, AskStage.Solved, newest.DecidedAt, cancel);
    }

    // Enough data, the rule on, and neither a near date nor a habit: what was asked about is gone.
    private static bool IsSolved(DecisionRecord record) =>
        record.RuleIsOn && !record.Conditions.Any(c => c is { Key: "forecast_p50_days" or "cycles_at_limit_of_3", Held: true }) && record.Conditions.Any(c => c is { Key: "data_days", Held: true });
}
