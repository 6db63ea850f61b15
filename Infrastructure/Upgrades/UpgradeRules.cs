using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>A version of the rule as it stands.</summary>
/// <param name="Version">Its number.</param>
/// <param name="State"><c>draft</c>, <c>shadow</c>, <c>live</c> or <c>off</c>.</param>
/// <param name="Terms">Its thresholds.</param>
/// <param name="Note">What it is for, as its author wrote.</param>
/// <param name="ChangedAt">Since when it is in this state; null for the version that every tenant begins with.</param>
/// <param name="ChangedBy">Who did it.</param>
public sealed record RuleState(int Version, string State, RuleTerms Terms, string? Note, Instant? ChangedAt, string? ChangedBy);

/// <summary>Keeps a tenant's versions of the rule and says which one asks.</summary>
public sealed class UpgradeRules(IDbContextFactory<InsightsDbContext> contexts)
{
    /// <summary>How many past months a version is run on.</summary>
    public const int ReplayedMonths = 6;

    private static readonly RuleState First = new(1, "live", RuleTerms.Standard, "The thresholds that every community begins with.", null, null);

    /// <summary>All versions, newest first.</summary>
    public async Task<IReadOnlyList<RuleState>> ListAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var stored = await db.RuleVersions.AsNoTracking().Where(r => r.TenantId == tenantId).OrderByDescending(r => r.Version).ToListAsync(cancel);
        return stored.Count == 0 ? [First] : [.. stored.Select(Show)];
    }

    /// <summary>The version that asks; where none is live, the one that asked last, switched off.</summary>
    public async Task<AppliedRule> AppliedAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var newest = await db.RuleVersions.AsNoTracking().Where(r => r.TenantId == tenantId && r.LiveAt != null)
            .OrderByDescending(r => r.State == "live").ThenByDescending(r => r.LiveAt).ThenByDescending(r => r.Version).FirstOrDefaultAsync(cancel);
        return newest is null ? AppliedRule.Standard : new AppliedRule(newest.Version, Read(newest.Terms), newest.State == "live");
    }

    /// <summary>The version in the shadow, as if it were on; null where there is none.</summary>
    public async Task<AppliedRule?> ShadowAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.RuleVersions.AsNoTracking().SingleOrDefaultAsync(r => r.TenantId == tenantId && r.State == "shadow", cancel) is { } shadow
            ? new AppliedRule(shadow.Version, Read(shadow.Terms))
            : null;
    }

    /// <summary>Replaces the draft, or opens the next version's.</summary>
    public async Task<RuleState> DraftAsync(int tenantId, RuleTerms terms, string? note, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var all = await EnsureFirstAsync(db, tenantId, actor, cancel);
        var draft = all.Find(r => r.State == "draft");
        var before = draft is null ? null : Json(draft);
        if (draft is null)
        {
            draft = new RuleVersion { TenantId = tenantId, Version = all.Max(r => r.Version) + 1, State = "draft", Terms = "{}", ChangedBy = actor.Name };
            db.RuleVersions.Add(draft);
        }
        (draft.Terms, draft.Note, draft.ChangedAt, draft.ChangedBy) = (Write(terms), note, actor.At, actor.Name);
        db.Note(tenantId, actor, "rule.drafted", $"rule:{UpgradeRule.Id} v{draft.Version}", before, Json(draft), note);
        await db.SaveChangesAsync(cancel);
        return Show(draft);
    }

    /// <summary>
    /// Moves a version: a draft into the shadow; from there live, which switches the live one off; anything off. What was live may be
    /// switched on again. Null where there is no such version; a sentence where it cannot go there.
    /// </summary>
    public async Task<(RuleState? Moved, string? Refused)> MoveAsync(Tenant tenant, int version, string state, string reason, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        var all = await EnsureFirstAsync(db, tenant.Id, actor, cancel);
        if (all.Find(r => r.Version == version) is not { } rule) return (null, null);
        if (rule.State == state) return (Show(rule), null);
        var refused = (rule.State, state) switch
        {
            (_, "draft") => "A version never becomes a draft again; make a new one.",
            ("draft", "live") => "A version goes through the shadow before it asks anybody.",
            ("live", "shadow") => "The live version cannot go into the shadow; switch it off, or let another take its place.",
            ("off", "live") when rule.LiveAt is null => "This version never asked anybody; it goes through the shadow first.",
            _ => null,
        };
        if (refused is not null) return (null, refused);
        if (state != "off" && all.Find(r => r.State == state) is { } other)
        {
            other.State = "off";
            db.Note(tenant.Id, actor, "rule.off", Target(other), AuditLog.ToJson(new { state }), AuditLog.ToJson(new { state = "off" }), $"Version {version} takes its place");
            await db.SaveChangesAsync(cancel);
        }
        var before = rule.State;
        (rule.State, rule.ChangedAt, rule.ChangedBy) = (state, actor.At, actor.Name);
        if (state == "live") rule.LiveAt = actor.At;
        db.Note(tenant.Id, actor, "rule." + state, Target(rule), AuditLog.ToJson(new { state = before }), AuditLog.ToJson(new { state }), reason);
        if (state == "shadow") await AskReplayAsync(db, tenant, version, actor, cancel);
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return (Show(rule), null);
    }

    /// <summary>Has a version run on past months, once more where that was done before. False where there is no such version.</summary>
    public async Task<bool> ReplayAsync(Tenant tenant, int version, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var all = await EnsureFirstAsync(db, tenant.Id, actor, cancel);
        if (all.Find(r => r.Version == version) is not { } rule) return false;
        await AskReplayAsync(db, tenant, version, actor, cancel);
        db.Note(tenant.Id, actor, "rule.replayed", Target(rule), null, null);
        await db.SaveChangesAsync(cancel);
        return true;
    }

    private static async Task AskReplayAsync(InsightsDbContext db, Tenant tenant, int version, Actor actor, CancellationToken cancel)
    {
        db.RuleReplays.RemoveRange(await db.RuleReplays.Where(r => r.TenantId == tenant.Id && r.Version == version).ToListAsync(cancel));
        db.RuleReplayAsks.RemoveRange(await db.RuleReplayAsks.Where(r => r.TenantId == tenant.Id && r.Version == version).ToListAsync(cancel));
        await db.SaveChangesAsync(cancel);
        var month = BillingPeriod.Containing(actor.At, tenant.Zone);
        for (var i = 0; i < ReplayedMonths; i++)
        {
            db.RuleReplays.Add(new RuleReplay { TenantId = tenant.Id, Version = version, Month = month.ToString() });
            month = month.Previous();
        }
    }

    private static async Task<List<RuleVersion>> EnsureFirstAsync(InsightsDbContext db, int tenantId, Actor actor, CancellationToken cancel)
    {
        var all = await db.RuleVersions.Where(r => r.TenantId == tenantId).ToListAsync(cancel);
        if (all.Count > 0) return all;
        var first = new RuleVersion
        {
            TenantId = tenantId, Version = 1, State = "live", Terms = Write(RuleTerms.Standard), Note = First.Note, LiveAt = actor.At, ChangedAt = actor.At, ChangedBy = "system",
        };
        db.RuleVersions.Add(first);
        return [first];
    }

    private static string Target(RuleVersion rule) => $"rule:{UpgradeRule.Id} v{rule.Version}";

    private static RuleState Show(RuleVersion rule) => new(rule.Version, rule.State, Read(rule.Terms), rule.Note, rule.ChangedAt, rule.ChangedBy);

    private static System.Text.Json.Nodes.JsonNode? Json(RuleVersion rule) => System.Text.Json.Nodes.JsonNode.Parse(rule.Terms);

    private static string Write(RuleTerms terms) => JsonSerializer.Serialize(terms, DecisionJson.Options);

    private static RuleTerms Read(string json) => JsonSerializer.Deserialize<RuleTerms>(json, DecisionJson.Options)!;
}
