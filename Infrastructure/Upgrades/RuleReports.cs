using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>What came of asks.</summary>
public sealed record Proofs(int Right, int Wrong, int Acted, int Open)
{
    /// <summary>Right of those that are decided, 0 to 1; null while none is.</summary>
    public decimal? Precision => Right + Wrong == 0 ? null : (decimal)Right / (Right + Wrong);
}

/// <summary>A replayed month.</summary>
/// <param name="Replay">How far it is.</param>
/// <param name="Proofs">What came of what would have been asked.</param>
/// <param name="Asks">What would have been asked.</param>
public sealed record ReplayedMonth(RuleReplay Replay, Proofs Proofs, IReadOnlyList<RuleReplayAsk> Asks);

/// <summary>A version of the rule with what it did.</summary>
/// <param name="Rule">The version.</param>
/// <param name="Asked">Accounts whose newest decision of the last 24 hours asks by it; of a shadow, would ask.</param>
/// <param name="Decided">Accounts decided in that time.</param>
/// <param name="More">Of a shadow: accounts that it would ask and the live version does not.</param>
/// <param name="Fewer">Of a shadow: accounts that the live version asks and it would not.</param>
/// <param name="Proofs">What came of its real asks; none of a shadow.</param>
/// <param name="Months">Replayed months, newest first.</param>
public sealed record RuleFigures(RuleState Rule, int Asked, int Decided, IReadOnlyList<string> More, IReadOnlyList<string> Fewer, Proofs Proofs, IReadOnlyList<ReplayedMonth> Months);

/// <summary>Reads what versions of the rule do, did, and would have done.</summary>
public sealed class RuleReports(IDbContextFactory<InsightsDbContext> contexts, UpgradeRules rules, RuleReplays replays)
{
    /// <summary>All versions, newest first.</summary>
    public async Task<IReadOnlyList<RuleFigures>> ListAsync(Tenant tenant, Instant now, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var day = now - Duration.FromDays(1);
        var newest = (await db.Decisions.AsNoTracking().Where(d => d.TenantId == tenant.Id && d.DecidedAt > day).Select(d => new { d.Id, d.Account, d.Verdict, d.RuleVersion, d.DecidedAt }).ToListAsync(cancel))
            .GroupBy(d => d.Account, StringComparer.Ordinal).Select(g => g.OrderBy(d => d.DecidedAt).ThenBy(d => d.Id).Last()).ToList();
        var ids = newest.Select(d => d.Id).ToList();
        var shadows = (await db.ShadowVerdicts.AsNoTracking().Where(s => s.TenantId == tenant.Id && ids.Contains(s.DecisionId)).ToListAsync(cancel)).ToLookup(s => s.Version);
        var proofs = await db.Decisions.Where(d => d.TenantId == tenant.Id && d.AskId == d.Id).GroupBy(d => new { d.RuleVersion, d.Proof }).Select(g => new { g.Key.RuleVersion, g.Key.Proof, Count = g.Count() }).ToListAsync(cancel);
        var list = new List<RuleFigures>();
        foreach (var rule in await rules.ListAsync(tenant.Id, cancel))
        {
            var months = (await replays.ReadAsync(tenant.Id, rule.Version, cancel)).Select(m => new ReplayedMonth(m.Replay, Of(m.Asks.GroupBy(a => a.Proof).Select(g => ((string?)g.Key, g.Count()))), m.Asks)).ToList();
            var own = Of(proofs.Where(p => p.RuleVersion == rule.Version).Select(p => (p.Proof, p.Count)));
            if (rule.State != "shadow")
            {
                var mine = newest.Where(d => d.RuleVersion == rule.Version).ToList();
                list.Add(new RuleFigures(rule, mine.Count(d => d.Verdict != "stay"), mine.Count, [], [], own, months));
                continue;
            }
            var beside = shadows[rule.Version].Join(newest, s => s.DecisionId, d => d.Id, (s, d) => (d.Account, Live: d.Verdict, Shadow: s.Verdict)).OrderBy(b => b.Account, StringComparer.Ordinal).ToList();
            list.Add(new RuleFigures(
                rule, beside.Count(b => b.Shadow != "stay"), beside.Count, [.. beside.Where(b => b.Shadow != "stay" && b.Live == "stay").Select(b => b.Account)],
                [.. beside.Where(b => b.Shadow == "stay" && b.Live != "stay").Select(b => b.Account)], own, months));
        }
        return list;
    }

    private static Proofs Of(IEnumerable<(string? Proof, int Count)> counted)
    {
        var by = counted.ToList();
        int Sum(params string?[] words) => by.Where(c => words.Contains(c.Proof)).Sum(c => c.Count);
        return new Proofs(Sum("right"), Sum("wrong"), Sum("acted"), Sum(null, "open"));
    }
}
