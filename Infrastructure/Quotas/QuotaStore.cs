using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Quotas;
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

/// <summary>Asks quotas, and sets amounts aside so that nobody passes a hard limit, however many ask at once.</summary>
public sealed class QuotaStore(
    IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, UsageReports usage, MeterCatalog catalog, EventLedger ledger, TimeProvider time) : IDisposable
{
    // Each asker holds a connection while it waits for its turn: more at once would only empty the pool.
    private readonly SemaphoreSlim _turns = new(16);
    private static readonly Duration WhileWriting = Duration.FromMinutes(1);

    /// <summary>Answers a question.</summary>
    public async Task<QuotaResult> CheckAsync(Tenant tenant, QuotaQuestion question, CancellationToken cancel) =>
        (await CheckAsync(tenant, [question], cancel))[0];

    /// <summary>Answers several questions from one state of the database, in their order; none of them counts for the others.</summary>
    public async Task<IReadOnlyList<QuotaResult>> CheckAsync(Tenant tenant, IReadOnlyList<QuotaQuestion> questions, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(questions);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var reading = await ReadAsync(db, snapshot.Connection, tenant, cancel);
        var results = new List<QuotaResult>();
        foreach (var question in questions) results.Add((await AskAsync(reading, question, cancel)).Result);
        return results;
    }

    /// <summary>Sets an amount aside where the quota allows it. The reservation is null where it does not.</summary>
    public async Task<(Reservation? Reservation, QuotaResult Result)> ReserveAsync(Tenant tenant, QuotaQuestion question, Duration ttl, CancellationToken cancel)
    {
        await _turns.WaitAsync(cancel);
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancel);
            await using var db = Over(connection);
            var account = await AccountOfAsync(db, tenant, question, cancel);
            while (true)
            {
                // One asker at a time for an account and meter, over all portals. The lock is taken before the snapshot, so that it shows what
                // the one before has set aside; it belongs to the connection and goes when the process does.
                var lockName = LockOf(tenant.Id, account, question.Meter.Meter.Slug);
                await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_lock(hashtextextended({lockName}, 0))", cancel);
                try
                {
                    await using var transaction = await db.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancel);
                    var (result, payer) = await AskAsync(await ReadAsync(db, connection, tenant, cancel), question, cancel);
                    if (payer == account)
                    {
                        if (!result.Answer.Allowed) return (null, result);
                        var reservation = Reserved(tenant, account, question, ttl);
                        db.Reservations.Add(reservation);
                        await db.SaveChangesAsync(cancel);
                        await transaction.CommitAsync(cancel);
                        return (reservation, result);
                    }
                    // Somebody else began to pay for the group in between: it is their turn that counts.
                    account = payer;
                }
                finally
                {
                    await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_unlock(hashtextextended({lockName}, 0))", CancellationToken.None);
                }
            }
        }
        finally
        {
            _turns.Release();
        }
    }

    // Whoever pays, it takes from their account; a ceiling on the group itself finds it by the group.
    private Reservation Reserved(Tenant tenant, string account, QuotaQuestion question, Duration ttl)
    {
        var now = Now();
        return new Reservation
        {
            Id = Guid.CreateVersion7(),
            TenantId = tenant.Id,
            Account = account,
            Meter = question.Meter.Meter.Slug,
            Amount = question.Amount,
            UserKey = question.User,
            GroupKey = question.Group,
            CreatedAt = now,
            ExpiresAt = now + ttl,
        };
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
        if (!await KeepAsync(reservation, cancel)) return false;
        var meters = await catalog.GetAsync(tenant.Id, cancel);
        if (meters.Find(reservation.Meter) is not { } stored) return false;
        await ledger.AppendAsync(tenant.Id, [ReservationEvent.For(reservation, stored.Meter, Now())], partial: false, cancel);
        return true;
    }

    // While its event is being written a reservation must not run out: somebody else would get the same amount. In turn with those who
    // reserve, so that none of them saw it run out already.
    private async Task<bool> KeepAsync(Reservation reservation, CancellationToken cancel)
    {
        await _turns.WaitAsync(cancel);
        try
        {
            await using var db = await contexts.CreateDbContextAsync(cancel);
            await using var transaction = await db.Database.BeginTransactionAsync(cancel);
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock(hashtextextended({LockOf(reservation.TenantId, reservation.Account, reservation.Meter)}, 0))", cancel);
            var now = Now();
            var least = now + WhileWriting;
            var kept = await db.Reservations.Where(r => r.Id == reservation.Id && r.ExpiresAt > now)
                .ExecuteUpdateAsync(r => r.SetProperty(x => x.ExpiresAt, x => x.ExpiresAt > least ? x.ExpiresAt : least), cancel);
            await transaction.CommitAsync(cancel);
            return kept > 0;
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose() => _turns.Dispose();

    private Instant Now() => Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));

    private async Task<string> AccountOfAsync(InsightsDbContext db, Tenant tenant, QuotaQuestion question, CancellationToken cancel)
    {
        if (question.Group is not { } slug) return "user:" + question.User;
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        return book.PayerAt(book.PresentSlug(slug), Now());
    }

    private static InsightsDbContext Over(NpgsqlConnection connection)
    {
        var options = new DbContextOptionsBuilder<InsightsDbContext>();
        options.UseNpgsql(connection, npgsql => npgsql.UseNodaTime()).UseSnakeCaseNamingConvention();
        return new InsightsDbContext(options.Options);
    }

    private static string LockOf(int tenantId, string account, string meter) => $"insights.quota:{tenantId}:{account}:{meter}";

    private sealed record Reading(InsightsDbContext Db, NpgsqlConnection Connection, Tenant Tenant, AccountBook Book, QuotaLimits Limits, Instant Now);

    private async Task<Reading> ReadAsync(InsightsDbContext db, NpgsqlConnection connection, Tenant tenant, CancellationToken cancel)
    {
        var now = Now();
        return new Reading(db, connection, tenant, await AccountBook.ReadAsync(db, tenant, cancel), await QuotaLimits.ReadAsync(db, tenant, null, now, cancel), now);
    }

    // The same row that the usage page shows. A group without a plan asks its payer, and its own override is a further ceiling.
    private async Task<(QuotaResult Result, string Payer)> AskAsync(Reading reading, QuotaQuestion question, CancellationToken cancel)
    {
        var (db, connection, tenant, book, limits, now) = reading;
        var group = question.Group is { } slug ? "group:" + book.PresentSlug(slug) : null;
        var account = group is null ? "user:" + question.User : book.PayerAt(group[6..], now);
        var meter = question.Meter.Meter;
        var period = BillingPeriod.Containing(now, tenant.Zone);
        Instant? resets = meter.Aggregation == Aggregation.TimeWeightedSum ? null : period.Range.To;
        var row = await usage.AccountRowAsync(db, connection, tenant, book, limits, account, question.Meter, cancel);
        var effective = limits.Effective(account, meter.Slug, book.PlanAt(account, now));
        var answer = QuotaAnswer.Ask(effective, row.Used ?? 0, row.Reserved ?? 0, question.Amount, row.Reaches?.P50Days, meter.Unit);
        if (group is not null && group != account && limits.Effective(group, meter.Slug, null) is { Limit: not null } ceiling)
        {
            var own = await usage.CarrierUsedAsync(connection, tenant, book, group[6..], question.Meter, cancel);
            var capped = QuotaAnswer.Ask(ceiling, own, limits.ReservedIn(book.SlugsOf(group[6..]), meter.Slug), question.Amount, null, meter.Unit);
            if (ReferenceEquals(QuotaAnswer.Both(answer, capped), capped)) return (new QuotaResult(capped, group, resets, ceiling.Chain), account);
        }
        return (new QuotaResult(answer, account, resets, effective.Chain), account);
    }
}
