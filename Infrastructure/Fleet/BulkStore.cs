using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Fleet;

/// <summary>From how many accounts on a second administrator must approve.</summary>
/// <param name="ApprovalAbove">More accounts than this need four eyes.</param>
public sealed record BulkSettings(int ApprovalAbove = 100);

/// <summary>
/// Bulk actions: made as a dry run, started, approved by a second person above a number of accounts, stopped, taken up again and taken back.
/// The work itself is done by <see cref="BulkWork"/>. Each step answers a sentence where it cannot be, and null where it was done.
/// </summary>
public sealed class BulkStore(IDbContextFactory<InsightsDbContext> contexts, FleetReports fleet, BulkDryRun dryRun, BulkSettings settings)
{
    /// <summary>Keeps a dry run of a change to all accounts that a filter lets through; nothing is changed.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="filter">Which accounts.</param>
    /// <param name="wanted">The change; who, when and the selection are filled in here.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="cancel">Ends it; then nothing is kept.</param>
    public async Task<BulkAction> DraftAsync(Tenant tenant, FleetFilter filter, BulkAction wanted, Actor actor, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        var rows = (await fleet.ListAsync(tenant, filter, "name", BillingPeriod.Containing(actor.At, tenant.Zone), cancel)).Rows;
        (wanted.TenantId, wanted.Status, wanted.Filter, wanted.CreatedBy, wanted.CreatedAt) = (tenant.Id, BulkStatus.Draft, JsonSerializer.Serialize(filter), actor.Name, actor.At);
        var items = await dryRun.ItemsAsync(tenant, wanted, rows, cancel);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        db.BulkActions.Add(wanted);
        await db.SaveChangesAsync(cancel);
        foreach (var item in items) item.ActionId = wanted.Id;
        db.BulkItems.AddRange(items);
        db.Note(tenant.Id, actor, "bulk.dry_run", Target(wanted.Id), null, AuditLog.ToJson(Shown(wanted, items.Count)), wanted.Reason);
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return wanted;
    }

    /// <summary>Starts a dry run for good; above <see cref="BulkSettings.ApprovalAbove"/> accounts it waits for somebody other than who made it.</summary>
    public Task<string?> StartAsync(int tenantId, long id, Actor actor, CancellationToken cancel) => ChangeAsync(tenantId, id, actor, async (db, action) =>
    {
        if (action.Status != BulkStatus.Draft) return "It was started or thrown away already.";
        if (Late(action, actor.At) is { } late) return late;
        var accounts = await db.BulkItems.CountAsync(i => i.ActionId == id && i.Result == BulkResult.Open, cancel);
        if (accounts == 0) return "There is nothing to change.";
        if (accounts > settings.ApprovalAbove && IsOwn(action, actor))
        {
            action.Status = BulkStatus.Waiting;
            Note(db, action, actor, "bulk.asked", accounts);
            return null;
        }
        if (accounts > settings.ApprovalAbove) action.ApprovedBy = actor.Name;
        Begin(db, action, actor, accounts);
        return null;
    }, cancel);

    /// <summary>Approves one that waits; never by who asked for it.</summary>
    public Task<string?> ApproveAsync(int tenantId, long id, Actor actor, CancellationToken cancel) => ChangeAsync(tenantId, id, actor, async (db, action) =>
    {
        if (action.Status != BulkStatus.Waiting) return "It does not wait for an approval.";
        if (IsOwn(action, actor)) return "You asked for it yourself: another administrator must approve it.";
        if (Late(action, actor.At) is { } late) return late;
        action.ApprovedBy = actor.Name;
        Begin(db, action, actor, await db.BulkItems.CountAsync(i => i.ActionId == id && i.Result == BulkResult.Open, cancel));
        return null;
    }, cancel);

    /// <summary>Stops it between two accounts; what is done stays done.</summary>
    public Task<string?> StopAsync(int tenantId, long id, Actor actor, CancellationToken cancel) =>
        MoveAsync(tenantId, id, actor, "bulk.stopped", BulkStatus.Stopped, "It does not run.", cancel, BulkStatus.Running);

    /// <summary>Goes on after a stop.</summary>
    public Task<string?> ResumeAsync(int tenantId, long id, Actor actor, CancellationToken cancel) =>
        MoveAsync(tenantId, id, actor, "bulk.resumed", BulkStatus.Running, "It was not stopped.", cancel, BulkStatus.Stopped);

    /// <summary>Takes back exactly what it did; accounts that somebody changed since are left as they are.</summary>
    public Task<string?> RevertAsync(int tenantId, long id, Actor actor, CancellationToken cancel) =>
        MoveAsync(tenantId, id, actor, "bulk.reverting", BulkStatus.Reverting, "Stop it first; what was never started has nothing to take back.", cancel, BulkStatus.Done, BulkStatus.Stopped);

    /// <summary>Throws a dry run away, or one that waits.</summary>
    public Task<string?> DiscardAsync(int tenantId, long id, Actor actor, CancellationToken cancel) =>
        MoveAsync(tenantId, id, actor, "bulk.discarded", BulkStatus.Discarded, "It was started already.", cancel, BulkStatus.Draft, BulkStatus.Waiting);

    private Task<string?> MoveAsync(int tenantId, long id, Actor actor, string what, BulkStatus to, string otherwise, CancellationToken cancel, params BulkStatus[] from) => ChangeAsync(tenantId, id, actor, (db, action) =>
    {
        if (!from.Contains(action.Status)) return Task.FromResult<string?>(otherwise);
        db.Note(tenantId, actor, what, Target(id), AuditLog.ToJson(new { status = action.Status.ToString() }), AuditLog.ToJson(new { status = to.ToString() }), action.Reason);
        action.Status = to;
        if (to is BulkStatus.Stopped or BulkStatus.Running or BulkStatus.Reverting) action.FinishedAt = null;
        return Task.FromResult<string?>(null);
    }, cancel);

    // The action's row is locked, as the work locks it for each account: a stop comes between two.
    private async Task<string?> ChangeAsync(int tenantId, long id, Actor actor, Func<InsightsDbContext, BulkAction, Task<string?>> changeAsync, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        if (await LockedAsync(db, id, cancel) is not { } action || action.TenantId != tenantId) return "There is no such bulk action.";
        if (await changeAsync(db, action) is { } fault) return fault;
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return null;
    }

    internal static Task<BulkAction?> LockedAsync(InsightsDbContext db, long id, CancellationToken cancel) =>
        db.BulkActions.FromSql($"SELECT * FROM bulk_action WHERE id = {id} FOR UPDATE").SingleOrDefaultAsync(cancel);

    private static void Begin(InsightsDbContext db, BulkAction action, Actor actor, int accounts)
    {
        (action.Status, action.StartedAt) = (BulkStatus.Running, actor.At);
        Note(db, action, actor, "bulk.started", accounts);
    }

    private static void Note(InsightsDbContext db, BulkAction action, Actor actor, string what, int accounts) =>
        db.Note(action.TenantId, actor, what, Target(action.Id), null, AuditLog.ToJson(Shown(action, accounts)), action.Reason);

    private static bool IsOwn(BulkAction action, Actor actor) => string.Equals(action.CreatedBy, actor.Name, StringComparison.OrdinalIgnoreCase);

    private static string? Late(BulkAction action, Instant now) => action.From <= now || action.ExpiresAt <= now ? "Its date has passed since the dry run: make a new one." : null;

    internal static string Target(long id) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"bulk:{id}");

    private static object Shown(BulkAction action, int accounts) => action.Plan is null
        ? new { accounts, action.Meter, action.Limit, action.LimitKind, action.ExpiresAt, action.ApprovedBy }
        : new { accounts, action.Plan, action.PlanVersion, action.From, action.ApprovedBy };
}
