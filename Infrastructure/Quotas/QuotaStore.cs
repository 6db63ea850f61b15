using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;

namespace OpenMeet.Insights.Infrastructure.Quotas;

/// <summary>A question to a quota: may this user or group use so much more of a meter?</summary>
public sealed record QuotaQuestion(string? User, string? Group, StoredMeter Meter, decimal Amount);

/// <summary>What a quota answers.</summary>
/// <param name="Answer">Allowed or not, with the figures and the reason.</param>
/// <param name="Account">The account that was asked.</param>
/// <param name="ResetsAt">When used starts again from nothing; null for levels.</param>
/// <param name="Chain">Where the limit comes from.</param>
public sealed record QuotaResult(QuotaAnswer Answer, string Account, Instant? ResetsAt, IReadOnlyList<LimitLink> Chain);

/// <summary>Where an account stands with and without a limit of its own.</summary>
/// <param name="Used">What counts against the limit now; null where nobody knows.</param>
/// <param name="Now">The limit in force.</param>
/// <param name="Without">The limit that would hold without an override.</param>
/// <param name="Payer">Who pays, where it is not the account itself: the payer's limits hold besides.</param>
public sealed record OverrideStanding(decimal? Used, EffectiveLimit Now, EffectiveLimit Without, string? Payer = null);

/// <summary>Asks quotas, and sets amounts aside so that nobody passes a hard limit, however many ask at once.</summary>
public sealed class QuotaStore(
    IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, UsageReports usage, MeterCatalog catalog, EventLedger ledger, TimeProvider time) : IDisposable
{
    // Each asker holds a connection while it waits for its turn: more at once would only empty the pool.
    private readonly SemaphoreSlim _turns = new(16);

    /// <summary>Answers a question.</summary>
    public async Task<QuotaResult> CheckAsync(Tenant tenant, QuotaQuestion question, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        return await AskAsync(db, snapshot.Connection, tenant, question, cancel);
    }

    /// <summary>Sets an amount aside where the quota allows it. The reservation is null where it does not.</summary>
    public async Task<(Reservation? Reservation, QuotaResult Result)> ReserveAsync(Tenant tenant, QuotaQuestion question, Duration ttl, CancellationToken cancel)
    {
        await _turns.WaitAsync(cancel);
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancel);
            var options = new DbContextOptionsBuilder<InsightsDbContext>();
            options.UseNpgsql(connection, npgsql => npgsql.UseNodaTime()).UseSnakeCaseNamingConvention();
            await using var db = new InsightsDbContext(options.Options);

            // One asker at a time for an account and meter, over all portals. The lock is taken before the snapshot, so that it shows what
            // the one before has set aside; it belongs to the connection and goes when the process does.
            var account = await AccountOfAsync(db, tenant, question, cancel);
            var lockName = $"insights.quota:{tenant.Id}:{account}:{question.Meter.Meter.Slug}";
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_lock(hashtextextended({lockName}, 0))", cancel);
            try
            {
                await using var transaction = await db.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancel);
                var result = await AskAsync(db, connection, tenant, question, cancel);
                if (!result.Answer.Allowed) return (null, result);
                var now = Now();
                var reservation = new Reservation
                {
                    Id = Guid.CreateVersion7(),
                    TenantId = tenant.Id,
                    Account = result.Account,
                    Meter = question.Meter.Meter.Slug,
                    Amount = question.Amount,
                    UserKey = question.User,
                    GroupKey = question.Group,
                    CreatedAt = now,
                    ExpiresAt = now + ttl,
                };
                db.Reservations.Add(reservation);
                await db.SaveChangesAsync(cancel);
                await transaction.CommitAsync(cancel);
                return (reservation, result);
            }
            finally
            {
                await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_unlock(hashtextextended({lockName}, 0))", CancellationToken.None);
            }
        }
        finally
        {
            _turns.Release();
        }
    }

    /// <summary>Ends a reservation without use; false where there is none.</summary>
    public async Task<bool> ReleaseAsync(int tenantId, Guid id, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.Reservations.Where(r => r.TenantId == tenantId && r.Id == id).ExecuteDeleteAsync(cancel) > 0;
    }

    /// <summary>Turns a reservation into the event that it was made for, in one transaction. False where there is none; twice is the same as once.</summary>
    public async Task<bool> CommitAsync(Tenant tenant, Guid id, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var key = UsageEvent.KeyOf("/reservations", id.ToString());
        var reservation = await db.Reservations.AsNoTracking().SingleOrDefaultAsync(r => r.TenantId == tenant.Id && r.Id == id, cancel);
        if (reservation is null)
        {
            return await db.Database.SqlQuery<bool>($"SELECT EXISTS (SELECT FROM event_identity WHERE tenant_id = {tenant.Id} AND key = {key}) AS \"Value\"").SingleAsync(cancel);
        }
        if (reservation.ExpiresAt <= Now()) return false;
        var meters = await catalog.GetAsync(tenant.Id, cancel);
        if (meters.Find(reservation.Meter) is not { } stored) return false;
        await ledger.AppendAsync(tenant.Id, [ReservationEvent.For(reservation, stored.Meter, Now())], partial: false, cancel);
        return true;
    }

    /// <summary>Gives an account a limit of its own.</summary>
    public async Task<QuotaOverride> OverrideAsync(QuotaOverride wanted, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var before = await db.QuotaOverrides.Where(o => o.TenantId == wanted.TenantId && o.Account == wanted.Account && o.Meter == wanted.Meter && o.EndedAt == null).OrderByDescending(o => o.Id).FirstOrDefaultAsync(cancel);
        db.QuotaOverrides.Add(wanted);
        db.Note(wanted.TenantId, actor, "override.set", $"{wanted.Account} {wanted.Meter}", before is null ? null : AuditLog.ToJson(new { before.Limit, before.LimitKind, before.ExpiresAt }),
            AuditLog.ToJson(new { wanted.Limit, wanted.LimitKind, wanted.ExpiresAt }), wanted.Reason);
        await db.SaveChangesAsync(cancel);
        return wanted;
    }

    /// <summary>Ends an override; false where there is none.</summary>
    public async Task<bool> EndOverrideAsync(int tenantId, long id, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var standing = await db.QuotaOverrides.SingleOrDefaultAsync(o => o.TenantId == tenantId && o.Id == id, cancel);
        if (standing is null) return false;
        if (standing.EndedAt is null)
        {
            standing.EndedAt = actor.At;
            db.Note(tenantId, actor, "override.ended", $"{standing.Account} {standing.Meter}", AuditLog.ToJson(new { standing.Limit, standing.LimitKind, standing.ExpiresAt }), null);
            await db.SaveChangesAsync(cancel);
        }
        return true;
    }

    /// <summary>Overrides, newest first; ended and expired ones too.</summary>
    public async Task<IReadOnlyList<QuotaOverride>> OverridesAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.QuotaOverrides.AsNoTracking().Where(o => o.TenantId == tenantId).OrderByDescending(o => o.Id).ToListAsync(cancel);
    }

    /// <summary>Where an account stands on a meter: the same use that a check counts.</summary>
    public async Task<OverrideStanding> StandingAsync(Tenant tenant, string account, string meter, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var now = Now();
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var limits = await QuotaLimits.ReadAsync(db, tenant, account, now, cancel);
        // A group that somebody else pays for has only its override as a ceiling, and its own use counts against it.
        var own = !account.StartsWith("group:", StringComparison.Ordinal) || book.PayerAt(account[6..], now) == account;
        var plan = own ? book.PlanAt(account, now) : null;
        var stored = (await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel)).Find(meter);
        var used = stored is null ? null
            : own ? (await usage.AccountRowAsync(db, snapshot.Connection, tenant, book, limits, account, stored, cancel)).Used
            : await usage.CarrierUsedAsync(snapshot.Connection, tenant, book, account[6..], stored, cancel);
        return new OverrideStanding(used, limits.Effective(account, meter, plan), limits.Without(meter, plan), own ? null : book.PayerAt(account[6..], now));
    }

    public void Dispose() => _turns.Dispose();

    private Instant Now() => Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));

    private async Task<string> AccountOfAsync(InsightsDbContext db, Tenant tenant, QuotaQuestion question, CancellationToken cancel)
    {
        if (question.Group is not { } slug) return "user:" + question.User;
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        return book.PayerAt(book.PresentSlug(slug), Now());
    }

    // The same row that the usage page shows. A group without a plan asks its payer, and its own override is a further ceiling.
    private async Task<QuotaResult> AskAsync(InsightsDbContext db, NpgsqlConnection connection, Tenant tenant, QuotaQuestion question, CancellationToken cancel)
    {
        var now = Now();
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var group = question.Group is { } slug ? "group:" + book.PresentSlug(slug) : null;
        var account = group is null ? "user:" + question.User : book.PayerAt(group[6..], now);
        var limits = await QuotaLimits.ReadAsync(db, tenant, null, now, cancel);
        var meter = question.Meter.Meter;
        var period = BillingPeriod.Containing(now, tenant.Zone);
        Instant? resets = meter.Aggregation == Aggregation.TimeWeightedSum ? null : period.Range.To;
        var row = await usage.AccountRowAsync(db, connection, tenant, book, limits, account, question.Meter, cancel);
        var effective = limits.Effective(account, meter.Slug, book.PlanAt(account, now));
        var answer = QuotaAnswer.Ask(effective, row.Used ?? 0, row.Reserved ?? 0, question.Amount, row.Reaches?.P50Days, meter.Unit);
        if (group is not null && group != account && limits.Effective(group, meter.Slug, null) is { Limit: not null } ceiling)
        {
            var own = await usage.CarrierUsedAsync(connection, tenant, book, group[6..], question.Meter, cancel);
            var capped = QuotaAnswer.Ask(ceiling, own, limits.Reserved(group, meter.Slug), question.Amount, null, meter.Unit);
            var both = QuotaAnswer.Both(answer, capped);
            if (ReferenceEquals(both, capped)) return new QuotaResult(capped, group, resets, ceiling.Chain);
        }
        return new QuotaResult(answer, account, resets, effective.Chain);
    }
}
