using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Jobs;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Fleet;

/// <summary>
/// Does bulk actions and takes them back, one account in one transaction with its audit line and its result. Whatever kills it, each account
/// is either done and marked, or neither; the next run goes on behind it. The action's row is locked for each account, so that no two portals
/// have the same one.
/// </summary>
public sealed class BulkWork(IDbContextFactory<InsightsDbContext> contexts, TenantStore tenants, TimeProvider time)
{
    /// <summary>Accounts of one run; then other jobs have their turn.</summary>
    public const int Piece = 1_000;

    /// <summary>The job that does it.</summary>
    public Job Job => new("bulk-actions", Duration.FromSeconds(15), RunAsync, IsPrompt: true);

    /// <summary>Goes on with all actions that run, by at most one piece.</summary>
    public async Task<JobOutcome> RunAsync(CancellationToken cancel)
    {
        var done = 0;
        foreach (var id in await RunningAsync(cancel))
        {
            while (done < Piece && await StepAsync(id, cancel)) done++;
        }
        return new JobOutcome($"{done} accounts.", done);
    }

    private async Task<List<long>> RunningAsync(CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.BulkActions.Where(a => a.Status == BulkStatus.Running || a.Status == BulkStatus.Reverting).OrderBy(a => a.Id).Select(a => a.Id).ToListAsync(cancel);
    }

    /// <summary>The next account of an action; false where none is left or the action does not run.</summary>
    internal async Task<bool> StepAsync(long id, CancellationToken cancel)
    {
        try
        {
            return await StepAsync(id, null, cancel);
        }
        catch (Exception e) when (e is DbUpdateException or InvalidOperationException && !PostgresErrors.IsUnavailable(e))
        {
            // What this account refuses must not hold up the others.
            return await StepAsync(id, e.GetBaseException().Message, cancel);
        }
    }

    private async Task<bool> StepAsync(long id, string? fault, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        if (await BulkStore.LockedAsync(db, id, cancel) is not { Status: BulkStatus.Running or BulkStatus.Reverting } action) return false;
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        var actor = new Actor(action.CreatedBy, now);
        var isForward = action.Status == BulkStatus.Running;
        // Back in the other direction, so that it looks as it did.
        var item = isForward
            ? await db.BulkItems.Where(i => i.ActionId == id && i.Result == BulkResult.Open).OrderBy(i => i.Position).FirstOrDefaultAsync(cancel)
            : await db.BulkItems.Where(i => i.ActionId == id && i.Result == BulkResult.Done).OrderByDescending(i => i.Position).FirstOrDefaultAsync(cancel);
        if (item is null)
        {
            (action.Status, action.FinishedAt) = (isForward ? BulkStatus.Done : BulkStatus.Reverted, now);
            db.Note(action.TenantId, actor, isForward ? "bulk.done" : "bulk.reverted", BulkStore.Target(id), null, null, action.Reason);
        }
        else
        {
            var reason = $"{action.Reason} (bulk action {id}{(action.ApprovedBy is { } second ? ", approved by " + second : "")}{(isForward ? "" : ", taken back")})";
            (item.Result, item.Detail) = fault is not null ? (isForward ? BulkResult.Failed : BulkResult.Kept, fault)
                : isForward ? await DoAsync(db, action, item, actor, reason, cancel) : await UndoAsync(db, action, item, actor, reason, cancel);
            item.At = now;
        }
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return item is not null;
    }

    private async Task<(BulkResult Result, string? Detail)> DoAsync(InsightsDbContext db, BulkAction action, BulkItem item, Actor actor, string reason, CancellationToken cancel)
    {
        var (tenantId, account) = (action.TenantId, item.Account);
        var key = account[(account.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var isKnown = account.StartsWith("user:", StringComparison.Ordinal)
            ? await db.DirectoryUsers.AnyAsync(u => u.TenantId == tenantId && u.Key == key && u.ErasedAt == null, cancel)
            : await db.DirectoryGroups.AnyAsync(g => g.TenantId == tenantId && g.Key == key, cancel);
        if (!isKnown) return (BulkResult.Skipped, "It is gone, or has another slug, since the dry run.");
        if (action.Plan is null)
        {
            var held = await db.QuotaOverrides.Where(o => o.TenantId == tenantId && o.Account == account && o.Meter == action.Meter && o.EndedAt == null && (o.ExpiresAt == null || o.ExpiresAt > actor.At)).MaxAsync(o => (long?)o.Id, cancel);
            if (held != item.BeforeId) return (BulkResult.Skipped, "Its limit was changed since the dry run; it was left as it is.");
            if (action.ExpiresAt <= actor.At) return (BulkResult.Failed, "The end of the new limit has passed.");
            var wanted = new QuotaOverride
            {
                TenantId = tenantId,
                Account = account,
                Meter = action.Meter!,
                Limit = action.Limit!.Value,
                LimitKind = action.LimitKind!,
                Reason = action.Reason,
                ExpiresAt = action.ExpiresAt,
                CreatedAt = actor.At,
                CreatedBy = actor.Name,
            };
            await OverrideStore.PutAsync(db, wanted, actor, reason, cancel);
            await db.SaveChangesAsync(cancel);
            item.ChangeId = wanted.Id;
            return (BulkResult.Done, null);
        }
        var from = action.From!.Value;
        var taken = await db.PlanAssignments.Where(a => a.TenantId == tenantId && a.Account == account && a.From <= from).OrderByDescending(a => a.From).ThenByDescending(a => a.Id).Select(a => (long?)a.Id).FirstOrDefaultAsync(cancel);
        if (taken != item.BeforeId) return (BulkResult.Skipped, "Its plan was changed since the dry run; it was left as it is.");
        if (from <= actor.At) return (BulkResult.Failed, "The day from which the plan was to hold has passed.");
        if (await PlanStore.AssignAsync(db, await tenants.GetAsync(tenantId, cancel), account, action.Plan, action.PlanVersion, from, actor, reason, cancel) is not { } assignment)
            return (BulkResult.Failed, "The plan is not offered at that time.");
        await db.SaveChangesAsync(cancel);
        item.ChangeId = assignment.Id;
        return (BulkResult.Done, null);
    }

    private static async Task<(BulkResult Result, string? Detail)> UndoAsync(InsightsDbContext db, BulkAction action, BulkItem item, Actor actor, string reason, CancellationToken cancel)
    {
        if (action.Plan is null)
        {
            return await db.QuotaOverrides.SingleOrDefaultAsync(o => o.TenantId == action.TenantId && o.Id == item.ChangeId, cancel) is { } one && await OverrideStore.TakeBackAsync(db, one, actor, reason, cancel)
                ? (BulkResult.Reverted, null)
                : (BulkResult.Kept, "Its limit was ended or changed since; it was left as it is.");
        }
        if (await db.PlanAssignments.SingleOrDefaultAsync(a => a.TenantId == action.TenantId && a.Id == item.ChangeId, cancel) is not { } taken) return (BulkResult.Kept, "It was taken back already.");
        if (taken.From <= actor.At) return (BulkResult.Kept, "The plan holds already, and statements stand on it. Move the account by hand.");
        if (await db.PlanAssignments.AnyAsync(a => a.TenantId == action.TenantId && a.Account == item.Account && a.Id > taken.Id, cancel)) return (BulkResult.Kept, "Its plan was changed again since; it was left as it is.");
        await PlanWithdrawal.RemoveAsync(db, taken, actor, reason, cancel);
        return (BulkResult.Reverted, null);
    }
}
