using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Controls;
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

/// <summary>What became of asking for a reservation.</summary>
/// <param name="Reservation">Null where the quota does not allow it.</param>
/// <param name="Result">What the quota answered.</param>
public sealed record Reserved(Reservation? Reservation, QuotaResult Result);

/// <summary>Asks quotas, and sets amounts aside so that nobody passes a hard limit, however many ask at once.</summary>
public sealed class QuotaStore(
    IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, UsageReports usage, AccountBooks books, MeterCatalog catalog, EventLedger ledger, TimeProvider time) : IDisposable
{
    private readonly AskersTogether<(int Tenant, string? User, string? Group, string Meter), Wanted, Reserved> _askers = new();

    private sealed record Wanted(decimal Amount, Duration Ttl);

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
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var reading = await ReadAsync(snapshot.Connection, tenant, questions, cancel);
        var results = new List<QuotaResult>();
        foreach (var question in questions) results.Add((await StandingAsync(reading, question, cancel)).Ask(question.Amount));
        return results;
    }

    /// <summary>
    /// Sets an amount aside where the quota allows it; the reservation is null where it does not. Those who ask for the same user or group and meter
    /// at the same time are answered in one turn.
    /// </summary>
    public Task<Reserved> ReserveAsync(Tenant tenant, QuotaQuestion question, Duration ttl)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        ArgumentNullException.ThrowIfNull(question);
        var asked = (tenant.Id, question.User, question.Group, question.Meter.Meter.Slug);
        return _askers.AskAsync(asked, new Wanted(question.Amount, ttl), wanted => ReserveAsync(tenant, question, wanted));
    }

    private async Task<IReadOnlyList<Reserved>> ReserveAsync(Tenant tenant, QuotaQuestion question, IReadOnlyList<Wanted> wanted)
    {
        var cancel = CancellationToken.None;
        await _turns.WaitAsync(cancel);
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancel);
            await using var db = InsightsDatabase.Over(connection);
            var account = AccountOf(await books.GetAsync(connection, tenant, cancel), question, Now());
            while (true)
            {
                // One turn at a time for an account and meter, over all portals. The lock is taken before the snapshot, so that it shows what
                // the one before has set aside; it belongs to the connection and goes when the process does.
                var lockName = LockOf(tenant.Id, account, question.Meter.Meter.Slug);
                await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_lock(hashtextextended({lockName}, 0))", cancel);
                try
                {
                    await using var transaction = await db.Database.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancel);
                    var standing = await StandingAsync(await ReadAsync(connection, tenant, [question], cancel), question, cancel);
                    if (standing.Payer == account)
                    {
                        var answers = Grant(tenant, standing, question, wanted);
                        db.Reservations.AddRange(answers.Select(a => a.Reservation).OfType<Reservation>());
                        await db.SaveChangesAsync(cancel);
                        await transaction.CommitAsync(cancel);
                        return answers;
                    }
                    // Somebody else began to pay for the group in between: it is their turn that counts.
                    account = standing.Payer;
                }
                finally
                {
                    await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_unlock(hashtextextended({lockName}, 0))", cancel);
                }
            }
        }
        finally
        {
            _turns.Release();
        }
    }

    // Whoever pays, it takes from their account; a ceiling on the group itself finds it by the group. Each grant counts for the next.
    private List<Reserved> Grant(Tenant tenant, Standing standing, QuotaQuestion question, IReadOnlyList<Wanted> wanted)
    {
        var (granted, now, answers) = (0m, Now(), new List<Reserved>());
        foreach (var one in wanted)
        {
            var result = standing.Ask(one.Amount, granted);
            if (!result.Answer.Allowed)
            {
                answers.Add(new Reserved(null, result));
                continue;
            }
            granted += one.Amount;
            answers.Add(new Reserved(new Reservation
            {
                Id = Guid.CreateVersion7(),
                TenantId = tenant.Id,
                Account = standing.Payer,
                Meter = question.Meter.Meter.Slug,
                Amount = one.Amount,
                UserKey = question.User,
                GroupKey = question.Group,
                CreatedAt = now,
                ExpiresAt = now + one.Ttl,
            }, result));
        }
        return answers;
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
            return await db.Database.SqlQuery<bool>($"SELECT EXISTS (SELECT 1 FROM event_identity WHERE tenant_id = {tenant.Id} AND key = {key}) AS \"Value\"").SingleAsync(cancel);
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

    private static string AccountOf(AccountBook book, QuotaQuestion question, Instant now) =>
        question.Group is { } slug ? book.PayerAt(book.PresentSlug(slug), now) : "user:" + question.User;

    private static string LockOf(int tenantId, string account, string meter) => $"insights.quota:{tenantId}:{account}:{meter}";

    private sealed record Reading(NpgsqlConnection Connection, Tenant Tenant, AccountBook Book, QuotaLimits Limits, MeterSet Meters, Instant Now);

    // A check is asked before every upload: book and meters are kept, and what holds of the accounts in question is read, not what holds of all.
    // Whom the questions concern follows from the book that was read last; in the same round trip it is held against the book of now.
    private async Task<Reading> ReadAsync(NpgsqlConnection connection, Tenant tenant, IReadOnlyList<QuotaQuestion> questions, CancellationToken cancel)
    {
        var now = Now();
        var (version, book) = await books.LastAsync(connection, tenant, cancel);
        while (true)
        {
            string[] groups = [.. questions.Select(q => q.Group).OfType<string>().Select(book.PresentSlug).Distinct()];
            string[] accounts = [.. questions.Select(q => AccountOf(book, q, now)).Concat(groups.Select(g => "group:" + g)).Distinct()];
            long bookVersion, meterVersion;
            QuotaLimits limits;
            await using (var batch = new NpgsqlBatch(connection)
            {
                BatchCommands =
                {
                    new(AccountBooks.VersionSql) { Parameters = { new() { Value = tenant.Id } } },
                    new(MeterCatalog.VersionSql) { Parameters = { new() { Value = tenant.Id } } },
                },
            })
            {
                foreach (var command in QuotaLimits.Ask(tenant.Id, accounts, [.. groups.SelectMany(book.SlugsOf)], now)) batch.BatchCommands.Add(command);
                await batch.PrepareAsync(cancel);
                await using var rows = await batch.ExecuteReaderAsync(cancel);
                await rows.ReadAsync(cancel);
                bookVersion = rows.GetInt64(0);
                await rows.NextResultAsync(cancel);
                meterVersion = await rows.ReadAsync(cancel) ? rows.GetInt64(0) : throw new InvalidOperationException($"There is no tenant {tenant.Id}.");
                await rows.NextResultAsync(cancel);
                limits = await QuotaLimits.ReadAsync(rows, tenant, now, cancel);
            }
            if (bookVersion == version) return new Reading(connection, tenant, book, limits, await catalog.GetAsync(connection, tenant.Id, meterVersion, cancel), now);
            (version, book) = (bookVersion, await books.GetAsync(connection, tenant, bookVersion, cancel));
        }
    }

    // The same row that the usage page shows. A group without a plan asks its payer, and its own override is a further ceiling; a member who acts in
    // a group also meets what that group asks of its members.
    private async Task<Standing> StandingAsync(Reading reading, QuotaQuestion question, CancellationToken cancel)
    {
        var (connection, tenant, book, limits, meters, now) = reading;
        var group = question.Group is { } slug ? "group:" + book.PresentSlug(slug) : null;
        var account = AccountOf(book, question, now);
        var meter = question.Meter.Meter;
        var row = await usage.AccountRowAsync(connection, tenant, book, limits, account, question.Meter, cancel, meters);
        var paid = new Held(account, limits.Effective(account, meter.Slug, book.PlanAt(account, now)), row.Used ?? 0, row.Reserved ?? 0, row.Reaches?.P50Days);
        var ceiling = group is not null && group != account && limits.Effective(group, meter.Slug, null) is { Limit: not null } own
            ? new Held(group, own, await usage.CarrierUsedAsync(connection, tenant, book, group[6..], question.Meter, cancel), limits.ReservedIn(book.SlugsOf(group[6..]), meter.Slug), null)
            : null;
        var resets = meter.Aggregation == Aggregation.TimeWeightedSum ? (Instant?)null : BillingPeriod.Containing(now, tenant.Zone).Range.To;
        return new Standing(account, paid, ceiling, await MemberAsync(reading, question, group, cancel), await StopAsync(reading, meter, group, cancel), meter, resets);
    }

    // A budget that is used up, where the group has one that pauses uploads: as it was last measured, so that a check works out no cost.
    private static async Task<BudgetStop?> StopAsync(Reading reading, Meter meter, string? group, CancellationToken cancel)
    {
        if (group is null || MemberRights.ActOf(meter.Slug) != MemberAct.Upload || !reading.Meters.GroupsWithBudget.Contains(group[6..])) return null;
        var budgets = await GroupBudgets.ReadAsync(reading.Connection, reading.Tenant, group[6..], reading.Now, cancel);
        return budgets.FirstOrDefault(b => b.State == BudgetState.Paused) is { } paused ? new BudgetStop(paused, reading.Now, BillingPeriod.Containing(reading.Now, reading.Tenant.Zone)) : null;
    }

    private sealed record BudgetStop(BudgetStanding Budget, Instant Now, BillingPeriod Period);

    private static async Task<MemberStanding?> MemberAsync(Reading reading, QuotaQuestion question, string? group, CancellationToken cancel)
    {
        var meter = question.Meter.Meter.Slug;
        if (group is null || question.User is not { } user || MemberRights.ActOf(meter) is null || !reading.Meters.GroupsWithPolicy.Contains(group[6..])) return null;
        var slugs = reading.Book.SlugsOf(group[6..]);
        return await MemberStandings.ReadAsync(
            reading.Connection, reading.Tenant, slugs, reading.Book.OwnerAt(group[6..], reading.Now), user, since => reading.Limits.ReservedBy(user, slugs, meter, since), reading.Now, cancel);
    }

    private sealed record Held(string Account, EffectiveLimit Limit, decimal Used, decimal Reserved, int? Days)
    {
        public QuotaAnswer Ask(decimal amount, decimal more, string unit) => QuotaAnswer.Ask(Limit, Used, Reserved + more, amount, Days, unit);
    }

    // What pays, a ceiling on the group where there is one, what the group asks of its members, and its budgets: all must hold, and the tightest answers.
    private sealed record Standing(string Payer, Held Paid, Held? Ceiling, MemberStanding? Member, BudgetStop? Stop, Meter Meter, Instant? ResetsAt)
    {
        public QuotaResult Ask(decimal amount, decimal more = 0)
        {
            var result = Unpaused(amount, more);
            return Stop is not var (budget, now, period) ? result : new QuotaResult(
                budget.Refuse(result.Answer, now, period.Range.To.InZone(period.Zone).Date), result.Account, period.Range.To, budget.LimitsOver(result.Chain));
        }

        private QuotaResult Unpaused(decimal amount, decimal more)
        {
            var account = OfAccounts(amount, more);
            if (Member?.Ask(Meter.Slug, Meter.Unit, amount, more) is not { } asked || !ReferenceEquals(QuotaAnswer.Both(account.Answer, asked.Answer), asked.Answer)) return account;
            // A cap may answer, but a warning about the account is not lost by it.
            var state = (QuotaState)Math.Max((int)account.Answer.State, (int)asked.Answer.State);
            return new QuotaResult(asked.Answer with { State = state }, "user:" + Member.User, asked.ResetsAt, asked.Chain);
        }

        private QuotaResult OfAccounts(decimal amount, decimal more)
        {
            var answer = Paid.Ask(amount, more, Meter.Unit);
            if (Ceiling?.Ask(amount, more, Meter.Unit) is { } capped && ReferenceEquals(QuotaAnswer.Both(answer, capped), capped))
                return new QuotaResult(capped, Ceiling.Account, ResetsAt, Ceiling.Limit.Chain);
            return new QuotaResult(answer, Paid.Account, ResetsAt, Paid.Limit.Chain);
        }
    }
}
