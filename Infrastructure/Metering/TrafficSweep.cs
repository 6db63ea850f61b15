using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Jobs;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>How long traffic is kept.</summary>
/// <param name="KeepMonths">Whole months behind the running one; null for ever.</param>
public sealed record LedgerKeeping(int? KeepMonths);

/// <summary>
/// Gives up the requests and database operations of old months, where that is configured. A month may go once every community that has
/// events in it has closed it, and its sums were counted again without a difference. First it is said from when events are kept, for all who
/// read them; the next night what lies before is deleted. Everything else stays: members, files and gatherings hang on it.
/// </summary>
public sealed class TrafficSweep(
    LedgerKeeping keeping, LedgerMonths months, Recount recount, MeterCatalog catalog, TenantStore tenants, IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, TimeProvider time,
    ILogger<TrafficSweep> logger)
{
    private const int Tries = 3;

    /// <summary>The job that does it.</summary>
    public Job Job => new("ledger-sweep", Duration.FromHours(24), RunAsync);

    /// <summary>From when on all events are kept; null where none was ever given up.</summary>
    public static async Task<Instant?> KeptFromAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var select = new NpgsqlCommand("SELECT kept_from FROM ledger_kept", connection);
        return await select.ExecuteScalarAsync(cancel) as Instant?;
    }

    private async Task<JobOutcome> RunAsync(CancellationToken cancel)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        var said = await KeptFromAsync(connection, cancel);
        // Also where the setting was taken away since: nobody counts on these any more.
        var swept = said is { } bound ? await SweepAsync(bound, cancel) : "";
        if (keeping.KeepMonths is not { } keep) return new JobOutcome(swept.Length > 0 ? swept : "All events are kept.");
        var end = Months(Instant.FromDateTimeOffset(time.GetUtcNow()), -keep);
        var from = RollupTier.Month.StartOf(said ?? await FirstAsync(connection, cancel) ?? end);
        var (to, why) = (from, "");
        while (to < end && why.Length == 0)
        {
            why = await WhyNotAsync(connection, new TimeRange(to, Months(to, 1)), cancel);
            if (why.Length == 0) to = Months(to, 1);
        }
        if (to > from && await SayAsync(said, to, cancel)) said = to;
        return new JobOutcome($"{swept}{(said is { } since ? $"Traffic is kept from {Rfc3339.Format(since)}." : "All events are kept.")} {why}".TrimEnd());
    }

    private static Instant Months(Instant within, int months) => within.InUtc().Date.With(DateAdjusters.StartOfMonth).PlusMonths(months).AtMidnight().InUtc().ToInstant();

    private static async Task<Instant?> FirstAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var select = new NpgsqlCommand("SELECT min((SELECT min(l.time) FROM ledger l WHERE l.tenant_id = t.id)) FROM tenant t", connection);
        return await select.ExecuteScalarAsync(cancel) as Instant?;
    }

    // What keeps a month from being given up, in a sentence; empty where nothing does.
    private async Task<string> WhyNotAsync(NpgsqlConnection connection, TimeRange month, CancellationToken cancel)
    {
        foreach (var tenant in await tenants.ListAsync(cancel))
        {
            await using (var any = new NpgsqlCommand("SELECT EXISTS (SELECT 1 FROM ledger WHERE tenant_id = $1 AND time >= $2 AND time < $3)", connection)
            { Parameters = { new() { Value = tenant.Id }, SqlValue.Time(month.From), SqlValue.Time(month.To) } })
            {
                if (!(bool)(await any.ExecuteScalarAsync(cancel))!) continue;
            }
            await using var db = await contexts.CreateDbContextAsync(cancel);
            var frozen = await db.ClosedPeriods.Where(p => p.TenantId == tenant.Id && p.FrozenAt != null).Select(p => p.Period).ToListAsync(cancel);
            for (var period = BillingPeriod.Containing(month.From, tenant.Zone); period.Range.From < month.To; period = period.Next())
            {
                if (!frozen.Contains(period.ToString())) return $"{tenant.Key} has not closed {period}.";
            }
            if ((await catalog.GetAsync(tenant.Id, cancel)).Definitions.Any(m => !m.IsWhole)) return $"{tenant.Key} counts a meter.";
            var found = await recount.RangeAsync(tenant.Id, month, cancel);
            if (found.Differences.Count == 0) continue;
            logger.LogError("The sums of {Tenant} in {Month} differ from its events, which are therefore kept; the first: {First}", tenant.Key, month.From, found.Differences[0]);
            return $"{tenant.Key}: {found.Differences.Count} sums differ, the first: {found.Differences[0]}.";
        }
        return "";
    }

    // All communities at once, while none of them stores an event or begins to count a meter.
    private async Task<bool> SayAsync(Instant? before, Instant from, CancellationToken cancel)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var all = (await tenants.ListAsync(cancel)).Select(t => t.Id).Order().ToList();
        foreach (var tenant in all) await TenantLock.AloneAsync(connection, tenant);
        await using (var counting = new NpgsqlCommand("SELECT EXISTS (SELECT FROM meter WHERE archived_at IS NULL AND counted_at IS NULL)", connection))
        {
            if ((bool)(await counting.ExecuteScalarAsync(cancel))!) return false;
        }
        await using (var say = new NpgsqlCommand("INSERT INTO ledger_kept (kept_from) VALUES ($1) ON CONFLICT (one) DO UPDATE SET kept_from = excluded.kept_from", connection) { Parameters = { SqlValue.Time(from) } })
            await say.ExecuteNonQueryAsync(cancel);
        foreach (var tenant in all)
        {
            await MeterCatalog.ChangedAsync(connection, tenant, cancel);
            db.Note(tenant, new Actor("job:ledger-sweep", now), "ledger.kept_from", "ledger", AuditLog.ToJson(before is null ? null : new { keptFrom = before }), AuditLog.ToJson(new { keptFrom = from }), $"KeepMonths is {keeping.KeepMonths}");
        }
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return true;
    }

    private async Task<string> SweepAsync(Instant bound, CancellationToken cancel)
    {
        var gone = 0L;
        var loose = new List<string>();
        foreach (var part in await months.PartsAsync(cancel))
        {
            if (part.From >= bound || part.Events == 0) continue;
            await using var connection = await dataSource.OpenConnectionAsync(cancel);
            await using var delete = new NpgsqlCommand($"DELETE FROM {part.Name} WHERE type = ANY($1) AND time < $2", connection) { CommandTimeout = 0, Parameters = { SqlValue.Texts(Traffic.Types), SqlValue.Time(bound) } };
            var deleted = await delete.ExecuteNonQueryAsync(cancel);
            gone += deleted;
            if (deleted == 0) continue;
            // A part that reaches beyond the bound is packed when the bound has passed it.
            if (part.To > bound) await ExecuteAsync(connection, $"VACUUM (ANALYZE) {part.Name}", cancel);
            else if (!await PackAsync(connection, part.Name, cancel)) loose.Add(part.Name);
        }
        return gone == 0 ? "" : $"{gone} events deleted{(loose.Count > 0 ? "; not packed, being read: " + string.Join(", ", loose) : "")}. ";
    }

    // Gives the room back to the disk: the part is written anew, for which nobody may read it. Who reads it for long is not held up: the room is
    // then left to the part.
    private static async Task<bool> PackAsync(NpgsqlConnection connection, string part, CancellationToken cancel)
    {
        for (var turn = 0; turn < Tries; turn++)
        {
            try
            {
                await ExecuteAsync(connection, "SET lock_timeout = '2s'", cancel);
                await ExecuteAsync(connection, $"VACUUM (FULL, ANALYZE) {part}", cancel);
                return true;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
            {
                // Somebody reads it; once more, or not this time.
            }
            finally
            {
                await ExecuteAsync(connection, "RESET lock_timeout", CancellationToken.None);
            }
        }
        await ExecuteAsync(connection, $"VACUUM (ANALYZE) {part}", cancel);
        return false;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel);
    }
}
