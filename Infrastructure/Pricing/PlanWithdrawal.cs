using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Delivery;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>Takes a change of plan back while nothing else depends on it.</summary>
public sealed class PlanWithdrawal(IDbContextFactory<InsightsDbContext> contexts)
{
    /// <summary>How long a change can be taken back.</summary>
    public static readonly Duration Patience = Duration.FromMinutes(10);

    /// <summary>The change of an account that can be taken back now, with the end of its time; null where there is none.</summary>
    public async Task<(PlanAssignment Change, Instant Until)?> OpenAsync(int tenantId, string account, Instant now, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.PlanAssignments.AsNoTracking().Where(a => a.TenantId == tenantId && a.Account == account).OrderByDescending(a => a.Id).FirstOrDefaultAsync(cancel) is { } last
            && last.CreatedAt + Patience > now && last.From >= last.CreatedAt - Duration.FromMinutes(1)
            ? (last, last.CreatedAt + Patience)
            : null;
    }

    /// <summary>Takes a change back: as if it had never been made. A sentence where that cannot be; null where it was done.</summary>
    public async Task<string?> WithdrawAsync(int tenantId, string account, long change, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        if (await db.PlanAssignments.SingleOrDefaultAsync(a => a.TenantId == tenantId && a.Account == account && a.Id == change, cancel) is not { } taken) return "This change was taken back already.";
        if (taken.CreatedAt + Patience <= actor.At) return "Ten minutes are over; choose the former plan again instead.";
        if (await db.PlanAssignments.AnyAsync(a => a.TenantId == tenantId && a.Account == account && a.Id > change, cancel)) return "The plan was changed again since; that change stands on this one.";
        if (await db.ClosedPeriods.AnyAsync(p => p.TenantId == tenantId && p.EndsAt > taken.From, cancel)) return "The month was closed since; its statement stands on this change.";
        if (await db.Reservations.AnyAsync(r => r.TenantId == tenantId && r.Account == account && r.CreatedAt >= taken.From && r.ExpiresAt > actor.At, cancel)) return "An upload that this plan let through is still running; try again when it is done.";
        await RemoveAsync(db, taken, actor, "Taken back within ten minutes", cancel);
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return null;
    }

    /// <summary>Takes a change out of a context, as if it had never been made; with its line of the audit log, saved with the context's other changes.</summary>
    internal static async Task RemoveAsync(InsightsDbContext db, PlanAssignment taken, Actor actor, string reason, CancellationToken cancel)
    {
        var (tenantId, account) = (taken.TenantId, taken.Account);
        db.PlanAssignments.Remove(taken);
        db.Note(tenantId, actor, "plan.withdrawn", account, AuditLog.ToJson(new { plan = taken.PlanKey, version = taken.PlanVersion, from = taken.From }), null, reason);
        var standing = await db.PlanAssignments.AsNoTracking().Where(a => a.TenantId == tenantId && a.Account == account && a.Id != taken.Id).OrderByDescending(a => a.From).ThenByDescending(a => a.Id).FirstOrDefaultAsync(cancel);
        db.Announce(tenantId, EventTypes.PlanChanged, new { account, plan = standing?.PlanKey, version = standing?.PlanVersion, from = taken.From, by = actor.Name, before = new { plan = taken.PlanKey, version = taken.PlanVersion }, withdrawn = true }, actor.At);
    }
}
