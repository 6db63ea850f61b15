using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Delivery;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>A plan's version with its state.</summary>
/// <param name="Plan">What it offers.</param>
/// <param name="Status"><c>draft</c> or <c>published</c>.</param>
/// <param name="EffectiveFrom">Offered from then on; null for a draft.</param>
public sealed record PlanState(Plan Plan, string Status, Instant? EffectiveFrom);

/// <summary>What somebody saw and said before publishing.</summary>
/// <param name="Draft">The draft that was looked at; another one is not published.</param>
/// <param name="Predicted">Its replay's figures, kept with the publishing.</param>
/// <param name="Reason">Why.</param>
public sealed record PlanReview(Plan Draft, ImpactSummary Predicted, string Reason);

/// <summary>What was predicted of a version.</summary>
/// <param name="Summary">The figures of the preview.</param>
/// <param name="Since">When everybody moved to it; else, since when it is offered.</param>
/// <param name="Moved">Whether all accounts of the plan were moved.</param>
public sealed record PlanPrediction(ImpactSummary Summary, Instant Since, bool Moved);

/// <summary>Drafts, publishes and assigns plans. A published version never changes.</summary>
public sealed class PlanStore(IDbContextFactory<InsightsDbContext> contexts)
{
    /// <summary>All versions, by key and newest first.</summary>
    public async Task<IReadOnlyList<PlanState>> ListAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var rows = await db.Plans.AsNoTracking().Where(p => p.TenantId == tenantId).OrderBy(p => p.Key).ThenByDescending(p => p.Version).ToListAsync(cancel);
        return [.. rows.Select(p => new PlanState(AccountBook.Read(p), p.Status, p.EffectiveFrom))];
    }

    /// <summary>How many accounts are on each version at an instant, of those that were put on one.</summary>
    public async Task<IReadOnlyDictionary<(string Key, int Version), int>> AccountsAsync(int tenantId, Instant at, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var taken = await db.PlanAssignments.AsNoTracking().Where(a => a.TenantId == tenantId && a.From <= at).ToListAsync(cancel);
        return taken.GroupBy(a => a.Account, StringComparer.Ordinal).Select(g => g.OrderBy(a => a.From).ThenBy(a => a.Id).Last())
            .GroupBy(a => (a.PlanKey, a.PlanVersion)).ToDictionary(g => g.Key, g => g.Count());
    }

    /// <summary>The newest version of a plan, or null.</summary>
    public async Task<PlanState?> NewestAsync(int tenantId, string key, CancellationToken cancel) =>
        (await ListAsync(tenantId, cancel)).FirstOrDefault(p => p.Plan.Key == key);

    /// <summary>Makes the first draft of a plan; null where the key is known.</summary>
    public async Task<PlanState?> CreateAsync(int tenantId, Plan plan, Actor actor, CancellationToken cancel) =>
        await NewestAsync(tenantId, plan.Key, cancel) is null ? await SaveDraftAsync(tenantId, plan, actor, cancel) : null;

    /// <summary>Replaces the draft, or opens the next version's draft where the newest is published.</summary>
    public async Task<PlanState> SaveDraftAsync(int tenantId, Plan plan, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var newest = await db.Plans.Where(p => p.TenantId == tenantId && p.Key == plan.Key).OrderByDescending(p => p.Version).FirstOrDefaultAsync(cancel);
        var version = newest is null ? 1 : newest.Status == "draft" ? newest.Version : newest.Version + 1;
        var numbered = plan with { Version = version };
        var document = PlanWriter.ToJson(numbered);
        db.Note(tenantId, actor, "plan.drafted", $"plan:{plan.Key} v{version}", newest is null ? null : System.Text.Json.Nodes.JsonNode.Parse(newest.Document), document.DeepClone());
        if (newest is { Status: "draft" }) newest.Document = document.ToJsonString();
        else db.Plans.Add(new PlanVersion { TenantId = tenantId, Key = plan.Key, Version = version, Status = "draft", Document = document.ToJsonString(), CreatedAt = actor.At });
        await db.SaveChangesAsync(cancel);
        return new PlanState(numbered, "draft", null);
    }

    /// <summary>Publishes the draft: offered from an instant on. Accounts stay where they are, unless all are moved at the next period.</summary>
    /// <returns>The version; null where there is no draft, or where it is not the reviewed one.</returns>
    public async Task<PlanState?> PublishAsync(int tenantId, string key, Instant effective, Instant? moveExistingAt, Actor actor, CancellationToken cancel, PlanReview? review = null)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var draft = await db.Plans.SingleOrDefaultAsync(p => p.TenantId == tenantId && p.Key == key && p.Status == "draft", cancel);
        if (draft is null || (review is not null && !SameText(review.Draft, AccountBook.Read(draft)))) return null;
        draft.Status = "published";
        draft.EffectiveFrom = effective;
        if (moveExistingAt is { } moveAt)
        {
            var assignments = await db.PlanAssignments.Where(a => a.TenantId == tenantId).OrderBy(a => a.From).ThenBy(a => a.Id).ToListAsync(cancel);
            foreach (var account in assignments.GroupBy(a => a.Account).Where(g => g.Last().PlanKey == key).Select(g => g.Key))
            {
                db.PlanAssignments.Add(new PlanAssignment { TenantId = tenantId, Account = account, PlanKey = key, PlanVersion = draft.Version, From = moveAt, CreatedAt = actor.At, CreatedBy = actor.Name });
                db.Announce(tenantId, EventTypes.PlanChanged, new { account, plan = key, version = draft.Version, from = moveAt, by = actor.Name }, actor.At);
            }
        }
        db.Note(tenantId, actor, "plan.published", $"plan:{key} v{draft.Version}", null, AuditLog.ToJson(new { effective, moveExistingAt, predicted = review?.Predicted }), review?.Reason);
        await db.SaveChangesAsync(cancel);
        return new PlanState(AccountBook.Read(draft), "published", effective);
    }

    /// <summary>What was predicted when a version was published, and since when it holds; null where it was published without a preview.</summary>
    public async Task<PlanPrediction?> PredictionAsync(int tenantId, string key, int version, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var line = await db.Audit.AsNoTracking().Where(a => a.TenantId == tenantId && a.Action == "plan.published" && a.Target == $"plan:{key} v{version}").OrderByDescending(a => a.Id).FirstOrDefaultAsync(cancel);
        if (line?.After is null || System.Text.Json.Nodes.JsonNode.Parse(line.After) is not { } after || after["predicted"] is not { } predicted) return null;
        Instant? Time(string name) => after[name]?.GetValue<string>() is { } text && Domain.Metering.Rfc3339.TryParse(text, out var at) ? at : null;
        var summary = System.Text.Json.JsonSerializer.Deserialize<ImpactSummary>(predicted, System.Text.Json.JsonSerializerOptions.Web)!;
        return new PlanPrediction(summary, Time("moveExistingAt") ?? Time("effective") ?? line.At, Time("moveExistingAt") is not null);
    }

    private static bool SameText(Plan one, Plan other) => PlanWriter.ToJson(one).ToJsonString() == PlanWriter.ToJson(other).ToJsonString();

    /// <summary>Puts an account on a plan from an instant on. Null where that plan (or version) is not offered then, in the currency of then.</summary>
    public async Task<PlanAssignment?> AssignAsync(Tenant tenant, string account, string plan, int? version, Instant from, Actor actor, string? reason, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var assignment = await AssignAsync(db, tenant, account, plan, version, from, actor, reason, cancel);
        if (assignment is not null) await db.SaveChangesAsync(cancel);
        return assignment;
    }

    /// <summary>As <see cref="AssignAsync(Tenant, string, string, int?, Instant, Actor, string?, CancellationToken)"/>, in a context: saved with its other changes.</summary>
    internal static async Task<PlanAssignment?> AssignAsync(
        InsightsDbContext db, Tenant tenant, string account, string plan, int? version, Instant from, Actor actor, string? reason, CancellationToken cancel)
    {
        var tenantId = tenant.Id;
        var versions = await db.Plans.AsNoTracking()
            .Where(p => p.TenantId == tenantId && p.Key == plan && p.Status == "published" && (version == null ? p.EffectiveFrom <= from : p.Version == version))
            .OrderByDescending(p => p.Version).ToListAsync(cancel);
        if (versions.Find(p => AccountBook.Read(p).Currency.Code == tenant.CurrencyAt(from)) is not { } offered) return null;
        var before = await db.PlanAssignments.AsNoTracking().Where(a => a.TenantId == tenantId && a.Account == account && a.From <= from)
            .OrderByDescending(a => a.From).ThenByDescending(a => a.Id).FirstOrDefaultAsync(cancel);
        var assignment = new PlanAssignment
        {
            TenantId = tenantId,
            Account = account,
            PlanKey = plan,
            PlanVersion = offered.Version,
            From = from,
            CreatedAt = actor.At,
            CreatedBy = actor.Name,
        };
        db.PlanAssignments.Add(assignment);
        db.Note(tenantId, actor, "plan.taken", account, before is null ? null : AuditLog.ToJson(new { plan = before.PlanKey, version = before.PlanVersion }),
            AuditLog.ToJson(new { plan, version = offered.Version, from }), reason);
        db.Announce(tenantId, EventTypes.PlanChanged, new { account, plan, version = offered.Version, from, by = actor.Name, before = before is null ? null : new { plan = before.PlanKey, version = before.PlanVersion } }, actor.At);
        return assignment;
    }

    /// <summary>The plan of an account at an instant, and all that it took, newest first.</summary>
    public async Task<(Plan Plan, IReadOnlyList<PlanAssignment> Taken)> TakenAsync(Tenant tenant, string account, Instant at, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var taken = await db.PlanAssignments.AsNoTracking().Where(a => a.TenantId == tenant.Id && a.Account == account).OrderByDescending(a => a.From).ThenByDescending(a => a.Id).ToListAsync(cancel);
        return ((await AccountBook.ReadAsync(db, tenant, cancel)).PlanAt(account, at), taken);
    }

    /// <summary>Months that are closed, newest first.</summary>
    public async Task<IReadOnlyList<ClosedPeriod>> ClosedAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.ClosedPeriods.AsNoTracking().Where(p => p.TenantId == tenantId).OrderByDescending(p => p.Period).ToListAsync(cancel);
    }
}
