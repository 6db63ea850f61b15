using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;

namespace OpenMeet.Insights.Infrastructure.Quotas;

/// <summary>Where an account stands with and without a limit of its own.</summary>
/// <param name="Used">What counts against the limit now; null where nobody knows.</param>
/// <param name="Now">The limit in force.</param>
/// <param name="Without">The limit that would hold without an override.</param>
/// <param name="Payer">Who pays, where it is not the account itself: the payer's limits hold besides.</param>
/// <param name="Reserved">What is set aside.</param>
public sealed record OverrideStanding(decimal? Used, EffectiveLimit Now, EffectiveLimit Without, string? Payer = null, decimal Reserved = 0)
{
    /// <summary>What another limit would do to the account.</summary>
    public OverrideEffect EffectOf(decimal? limit, Domain.Pricing.LimitKind kind, string unit) => new(Used, Reserved, limit, kind, unit);
}

/// <summary>What became of taking a change of an override back.</summary>
public enum UndoOutcome
{
    /// <summary>It is as it was before.</summary>
    Undone,

    /// <summary>There is no such override.</summary>
    NotFound,

    /// <summary>More than <see cref="OverrideStore.UndoWindow"/> has passed, or it has expired since.</summary>
    TooLate,

    /// <summary>A newer override has taken its place.</summary>
    Superseded,
}

/// <summary>Limits that people give to single accounts. One holds for an account and meter: a newer one ends the one before.</summary>
public sealed class OverrideStore(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, UsageReports usage, MeterCatalog catalog, TimeProvider time)
{
    /// <summary>How long a change can be taken back.</summary>
    public static readonly Duration UndoWindow = Duration.FromMinutes(10);

    /// <summary>How long before its end an override is marked.</summary>
    public static readonly Duration EndsSoon = Duration.FromDays(14);

    /// <summary>Gives an account a limit of its own, in place of the one before.</summary>
    public async Task<QuotaOverride> SetAsync(QuotaOverride wanted, Actor actor, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await PutAsync(db, wanted, actor, wanted.Reason, cancel);
        await db.SaveChangesAsync(cancel);
        return wanted;
    }

    /// <summary>Adds an override to a context, in place of the one before, with its line of the audit log; saved with the context's other changes.</summary>
    internal static async Task PutAsync(InsightsDbContext db, QuotaOverride wanted, Actor actor, string reason, CancellationToken cancel)
    {
        var held = await SameAsync(db, wanted, cancel);
        foreach (var one in held.Where(o => o.EndedAt is null && (o.ExpiresAt is null || o.ExpiresAt > wanted.CreatedAt))) one.EndedAt = wanted.CreatedAt;
        db.QuotaOverrides.Add(wanted);
        var before = held.Where(o => o.EndedAt == wanted.CreatedAt).MaxBy(o => o.Id);
        db.Note(wanted.TenantId, actor, "override.set", Target(wanted), before is null ? null : Shown(before), Shown(wanted), reason);
    }

    /// <summary>Takes the setting of an override back in a context: it ends, and what it replaced holds again. False where a newer one, or somebody, has ended it since.</summary>
    internal static async Task<bool> TakeBackAsync(InsightsDbContext db, QuotaOverride one, Actor actor, string reason, CancellationToken cancel)
    {
        var same = await SameAsync(db, one, cancel);
        if (one.EndedAt is not null || same.Any(o => o.Id > one.Id)) return false;
        TakeBack(db, one, same, actor, reason);
        return true;
    }

    private static void TakeBack(InsightsDbContext db, QuotaOverride one, List<QuotaOverride> same, Actor actor, string? reason)
    {
        foreach (var replaced in same.Where(o => o.EndedAt == one.CreatedAt)) replaced.EndedAt = null;
        one.EndedAt = actor.At;
        db.Note(one.TenantId, actor, "override.set.undone", Target(one), Shown(one), same.Where(o => o.EndedAt is null).MaxBy(o => o.Id) is { } again ? Shown(again) : null, reason);
    }

    /// <summary>Ends an override; false where there is none.</summary>
    public async Task<bool> EndAsync(int tenantId, long id, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var standing = await db.QuotaOverrides.SingleOrDefaultAsync(o => o.TenantId == tenantId && o.Id == id, cancel);
        if (standing is null) return false;
        if (standing.EndedAt is null)
        {
            standing.EndedAt = actor.At;
            db.Note(tenantId, actor, "override.ended", Target(standing), Shown(standing), null);
            await db.SaveChangesAsync(cancel);
        }
        return true;
    }

    /// <summary>Takes the last change of an override back, within ten minutes: what was set ends and what it replaced holds again; what was ended goes on.</summary>
    public async Task<UndoOutcome> UndoAsync(int tenantId, long id, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.QuotaOverrides.SingleOrDefaultAsync(o => o.TenantId == tenantId && o.Id == id, cancel) is not { } one) return UndoOutcome.NotFound;
        var same = await SameAsync(db, one, cancel);
        if (same.Any(o => o.Id > id)) return UndoOutcome.Superseded;
        if (actor.At - (one.EndedAt ?? one.CreatedAt) > UndoWindow || one.ExpiresAt <= actor.At) return UndoOutcome.TooLate;
        if (one.EndedAt is null) TakeBack(db, one, same, actor, null);
        else
        {
            foreach (var other in same.Where(o => o.Id != id && o.EndedAt is null)) other.EndedAt = one.CreatedAt;
            one.EndedAt = null;
            db.Note(tenantId, actor, "override.ended.undone", Target(one), null, Shown(one));
        }
        await db.SaveChangesAsync(cancel);
        return UndoOutcome.Undone;
    }

    /// <summary>Overrides, newest first; ended and expired ones too.</summary>
    public async Task<IReadOnlyList<QuotaOverride>> ListAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.QuotaOverrides.AsNoTracking().Where(o => o.TenantId == tenantId).OrderByDescending(o => o.Id).ToListAsync(cancel);
    }

    /// <summary>Where an account stands on a meter: the same use that a check counts.</summary>
    public async Task<OverrideStanding> StandingAsync(Tenant tenant, string account, string meter, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var limits = await QuotaLimits.ReadAsync(db, tenant, account, now, cancel);
        // A group that somebody else pays for has only its override as a ceiling, and its own use counts against it.
        var own = !account.StartsWith("group:", StringComparison.Ordinal) || book.PayerAt(account[6..], now) == account;
        var plan = own ? book.PlanAt(account, now) : null;
        var stored = (await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel)).Find(meter);
        var used = stored is null ? null
            : own ? (await usage.AccountRowAsync(snapshot.Connection, tenant, book, limits, account, stored, cancel)).Used
            : await usage.CarrierUsedAsync(snapshot.Connection, tenant, book, account[6..], stored, cancel);
        return new OverrideStanding(
            used, limits.Effective(account, meter, plan), limits.Without(meter, plan), own ? null : book.PayerAt(account[6..], now),
            own ? limits.Reserved(account, meter) : limits.ReservedIn(book.SlugsOf(account[6..]), meter));
    }

    private static Task<List<QuotaOverride>> SameAsync(InsightsDbContext db, QuotaOverride one, CancellationToken cancel) =>
        db.QuotaOverrides.Where(o => o.TenantId == one.TenantId && o.Account == one.Account && o.Meter == one.Meter).ToListAsync(cancel);

    private static string Target(QuotaOverride one) => $"{one.Account} {one.Meter}";

    private static System.Text.Json.Nodes.JsonNode? Shown(QuotaOverride one) => AuditLog.ToJson(new { one.Limit, one.LimitKind, one.ExpiresAt });
}
