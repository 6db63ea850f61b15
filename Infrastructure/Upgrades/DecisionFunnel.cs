using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Database;
using Prometheus;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>The stages of an ask.</summary>
public static class AskStage
{
    public const string Eligible = "eligible";
    public const string Shown = "shown";
    public const string Opened = "opened";
    public const string EvidenceOpened = "evidence_opened";
    public const string RemedyTried = "remedy_tried";
    public const string Solved = "solved_without_paying";
    public const string Changed = "changed";
    public const string Kept = "kept_90_days";
    public const string Reverted = "reverted";
    public const string Disputed = "disputed";
    public const string Upheld = "dispute_upheld";
    public const string Snoozed = "snoozed";
    public const string Declined = "declined";
    public const string Useful = "useful";
    public const string NotUseful = "not_useful";

    /// <summary>Those of the funnel, in order, each with what exactly is counted.</summary>
    public static IReadOnlyList<(string Stage, string Name, string Means)> Funnel { get; } =
    [
        (Eligible, "Eligible", "The rule fired: a decision that asks, counted once however many nights it goes on."),
        (Shown, "Shown", "A page of who may decide named the question, or the API gave it out."),
        (Opened, "Opened", "Who may decide opened the page “Why?”."),
        (EvidenceOpened, "Evidence opened", "Who may decide opened the full record, or the files behind a way out."),
        (RemedyTried, "Free remedy tried", "Who may decide opened the dry run of a free way out."),
        (Solved, "Solved without paying", "A later night found no limit near any more, on the same plan."),
        (Changed, "Changed plan", "The account took another plan after it was asked, whoever did it."),
        (Kept, "Still on it after 90 days", "Ninety days after the change the plan is the same."),
    ];

    /// <summary>Those that guard it.</summary>
    public static IReadOnlyList<(string Stage, string Name, string Means)> Guards { get; } =
    [
        (Snoozed, "Snoozed", "Answered with “not now”."),
        (Declined, "Stayed", "Answered with “stay”; not asked again for 90 days."),
        (Disputed, "Disputed", "Answered with “this is wrong”."),
        (Upheld, "Dispute upheld", "A person found that the account was right."),
        (Reverted, "Reverted", "Back on the plan of before within 30 days of the change."),
        (Useful, "Found useful", "Said yes to “Useful?”."),
        (NotUseful, "Found not useful", "Said no to “Useful?”."),
    ];
}

/// <summary>How far asks got, and what guards them.</summary>
/// <param name="Since">Asks that began since then.</param>
/// <param name="Stages">Asks by stage.</param>
/// <param name="Right">Asks that came true.</param>
/// <param name="Wrong">Asks that did not.</param>
/// <param name="Acted">Asks whose account changed plan before it could show.</param>
/// <param name="Open">Asks whose time is not over.</param>
/// <param name="Decided">Accounts with a decision in the last 24 hours.</param>
/// <param name="Stay">Of them, those that would not benefit.</param>
public sealed record FunnelFigures(Instant Since, IReadOnlyDictionary<string, int> Stages, int Right, int Wrong, int Acted, int Open, int Decided, int Stay)
{
    /// <summary>Asks that reached a stage.</summary>
    public int Of(string stage) => Stages.GetValueOrDefault(stage);
}

/// <summary>Notes how far each ask gets: every stage once, whoever notes it and however often.</summary>
public sealed class DecisionFunnel(IDbContextFactory<InsightsDbContext> contexts)
{
    private readonly Counter _prompts = EveryStage(Prometheus.Metrics.CreateCounter("openmeet_insights_upgrade_prompts_total", "Asks to take another plan by the stage that they reached.", "stage"));

    // What first shows up as 1 has not grown for Prometheus.
    private static Counter EveryStage(Counter prompts)
    {
        foreach (var (stage, _, _) in AskStage.Funnel.Concat(AskStage.Guards)) prompts.WithLabels(stage);
        return prompts;
    }

    /// <summary>Notes a stage of an ask; whether it is new. Nothing where there is no ask.</summary>
    public async Task<bool> ReachAsync(int tenantId, Guid? ask, string stage, Instant at, CancellationToken cancel)
    {
        if (ask is not { } id) return false;
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var added = await db.Database.ExecuteSqlAsync($"INSERT INTO decision_stage (tenant_id, decision_id, stage, at) VALUES ({tenantId}, {id}, {stage}, {at}) ON CONFLICT DO NOTHING", cancel);
        if (added > 0) _prompts.WithLabels(stage).Inc();
        return added > 0;
    }

    /// <summary>Whether the question of a page was useful; a later answer takes the place of an earlier one.</summary>
    public async Task RateAsync(int tenantId, Guid decision, bool useful, Instant at, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var other = useful ? AskStage.NotUseful : AskStage.Useful;
        await db.DecisionStages.Where(s => s.TenantId == tenantId && s.DecisionId == decision && s.Stage == other).ExecuteDeleteAsync(cancel);
        await ReachAsync(tenantId, decision, useful ? AskStage.Useful : AskStage.NotUseful, at, cancel);
    }

    /// <summary>What was said to "Useful?"; null where nothing was.</summary>
    public async Task<bool?> RatedAsync(int tenantId, Guid decision, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var stage = await db.DecisionStages.Where(s => s.TenantId == tenantId && s.DecisionId == decision && (s.Stage == AskStage.Useful || s.Stage == AskStage.NotUseful)).Select(s => s.Stage).FirstOrDefaultAsync(cancel);
        return stage is null ? null : stage == AskStage.Useful;
    }

    /// <summary>The funnel of asks that began since an instant.</summary>
    public async Task<FunnelFigures> ReadAsync(int tenantId, Instant since, Instant now, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        // The rows of the stage "eligible" say when an ask began, also after its account was erased.
        var begun = db.DecisionStages.Where(s => s.TenantId == tenantId && s.Stage == AskStage.Eligible && s.At >= since).Select(s => s.DecisionId);
        var ratings = await db.DecisionStages.Where(s => s.TenantId == tenantId && s.At >= since && (s.Stage == AskStage.Useful || s.Stage == AskStage.NotUseful)).GroupBy(s => s.Stage).Select(g => new { g.Key, Count = g.Count() }).ToListAsync(cancel);
        var stages = await db.DecisionStages.Where(s => s.TenantId == tenantId && begun.Contains(s.DecisionId) && s.Stage != AskStage.Useful && s.Stage != AskStage.NotUseful)
            .GroupBy(s => s.Stage).Select(g => new { g.Key, Count = g.Count() }).ToListAsync(cancel);
        var proofs = await db.Decisions.Where(d => d.TenantId == tenantId && d.AskId == d.Id && begun.Contains(d.Id)).GroupBy(d => d.Proof).Select(g => new { g.Key, Count = g.Count() }).ToListAsync(cancel);
        var day = now - Duration.FromDays(1);
        var decided = await db.Decisions.Where(d => d.TenantId == tenantId && d.DecidedAt > day).GroupBy(d => d.Account).Select(g => g.OrderByDescending(d => d.DecidedAt).First().Verdict).ToListAsync(cancel);
        int Proved(string? proof) => proofs.Where(p => p.Key == proof).Sum(p => p.Count);
        return new FunnelFigures(since, stages.Concat(ratings).ToDictionary(s => s.Key, s => s.Count, StringComparer.Ordinal), Proved("right"), Proved("wrong"), Proved("acted"), Proved(null), decided.Count, decided.Count(v => v == "stay"));
    }
}
