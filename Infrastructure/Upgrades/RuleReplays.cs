using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Jobs;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>
/// Runs versions of the rule as of the first instant of past months, and holds what they would have asked against what came. Done in
/// pieces of some seconds; each piece goes on where the last one stopped, on whichever portal.
/// </summary>
public sealed class RuleReplays(
    TenantStore tenants, UpgradeRules rules, DecisionAccounts accounts, DecisionEvidence evidence, AskProofs proofs, IDbContextFactory<InsightsDbContext> contexts, TimeProvider time)
{
    private const int Save = 20;
    private static readonly TimeSpan Piece = TimeSpan.FromSeconds(20);

    /// <summary>The job that does it.</summary>
    public Job Job => new("rule-replay", Duration.FromMinutes(1), RunAsync);

    private async Task<JobOutcome> RunAsync(CancellationToken cancel)
    {
        var left = 0;
        foreach (var tenant in await tenants.ListAsync(cancel)) left += await RunAsync(tenant, Piece, cancel);
        return new JobOutcome(left == 0 ? "Every replay is done." : $"{left} months wait for the next piece.", left);
    }

    /// <summary>Does a piece of what is asked for; how many months are left.</summary>
    public async Task<int> RunAsync(Tenant tenant, TimeSpan patience, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var open = await db.RuleReplays.Where(r => r.TenantId == tenant.Id && r.FinishedAt == null).OrderByDescending(r => r.Month).ToListAsync(cancel);
        var begun = Stopwatch.GetTimestamp();
        foreach (var replay in open)
        {
            if (Stopwatch.GetElapsedTime(begun) > patience) break;
            await MonthAsync(db, tenant, replay, () => Stopwatch.GetElapsedTime(begun) > patience, cancel);
        }
        return open.Count(r => r.FinishedAt is null);
    }

    /// <summary>The replays of a version, newest month first, each with what it would have asked.</summary>
    public async Task<IReadOnlyList<(RuleReplay Replay, IReadOnlyList<RuleReplayAsk> Asks)>> ReadAsync(int tenantId, int version, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var replays = await db.RuleReplays.AsNoTracking().Where(r => r.TenantId == tenantId && r.Version == version).OrderByDescending(r => r.Month).ToListAsync(cancel);
        var asks = (await db.RuleReplayAsks.AsNoTracking().Where(r => r.TenantId == tenantId && r.Version == version).OrderBy(r => r.Account).ToListAsync(cancel)).ToLookup(a => a.Month);
        return [.. replays.Select(r => (r, (IReadOnlyList<RuleReplayAsk>)[.. asks[r.Month]]))];
    }

    private async Task MonthAsync(InsightsDbContext db, Tenant tenant, RuleReplay replay, Func<bool> isOver, CancellationToken cancel)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        if (!BillingPeriod.TryParse(replay.Month, tenant.Zone, out var month) || (await rules.ListAsync(tenant.Id, cancel)).FirstOrDefault(r => r.Version == replay.Version) is not { } rule) return;
        var at = month.Range.From;
        // A limit that a person set or ended since cannot be told any more for that time.
        var touched = (await db.QuotaOverrides.Where(o => o.TenantId == tenant.Id && (o.CreatedAt > at || o.EndedAt > at || (o.ExpiresAt > at && o.ExpiresAt <= now))).Select(o => o.Account).Distinct().ToListAsync(cancel)).ToHashSet(StringComparer.Ordinal);
        var applied = new AppliedRule(rule.Version, rule.Terms);
        foreach (var account in (await accounts.ListAsync(tenant, at, cancel)).Where(a => string.CompareOrdinal(a, replay.Cursor) > 0).ToList())
        {
            if (isOver())
            {
                await db.SaveChangesAsync(cancel);
                return;
            }
            replay.Cursor = account;
            if (touched.Contains(account)) replay.Skipped++;
            else if (await evidence.GatherAsync(tenant, account, applied, at, isPast: true, cancel) is { } inputs)
            {
                replay.Accounts++;
                var record = UpgradeRule.Decide(Guid.Empty, inputs);
                if (record.Verdict.Kind != DecisionKind.Stay)
                {
                    var proof = await proofs.JudgeAsync(tenant, record, now, cancel);
                    db.RuleReplayAsks.Add(new RuleReplayAsk
                    {
                        TenantId = tenant.Id, Version = replay.Version, Month = replay.Month, Account = account, Verdict = UpgradeDecisions.Word(record.Verdict.Kind), Plan = record.Verdict.Plan,
                        Proof = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(proof.ToString()),
                    });
                }
            }
            if ((replay.Accounts + replay.Skipped) % Save == 0) await db.SaveChangesAsync(cancel);
        }
        replay.FinishedAt = now;
        await db.SaveChangesAsync(cancel);
    }
}
