using System.Collections.Concurrent;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Jobs;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>A part of the ledger.</summary>
/// <param name="Name">Its table.</param>
/// <param name="From">The first instant of its events; null for the part that holds all before the months.</param>
/// <param name="To">Where the next part begins.</param>
/// <param name="Events">How many events lie in it, of all tenants, voided ones too.</param>
/// <param name="Bytes">What it takes on disk, indexes included.</param>
public sealed record LedgerPart(string Name, Instant? From, Instant To, long Events, long Bytes);

/// <summary>
/// The parts of the ledger, one for each month (UTC): made ahead by a job, and for any other month before its first event is stored. Neither
/// readers nor writers wait for a new one.
/// </summary>
public sealed class LedgerMonths(NpgsqlDataSource dataSource, TimeProvider time)
{
    private const int MonthsAhead = 3;

    private const string PartsSql = """
        SELECT c.relname::text, (regexp_match(b.bound, 'FROM \(''([^'']+)''\)'))[1]::timestamptz AS since, (regexp_match(b.bound, 'TO \(''([^'']+)''\)'))[1]::timestamptz,
               coalesce(n.events, 0), pg_total_relation_size(c.oid)
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid CROSS JOIN LATERAL pg_get_expr(c.relpartbound, c.oid) AS b(bound)
        LEFT JOIN (SELECT tableoid, count(*) AS events FROM ledger GROUP BY 1) n ON n.tableoid = c.oid
        WHERE i.inhparent = 'ledger'::regclass ORDER BY since NULLS FIRST
        """;

    private readonly ConcurrentDictionary<Instant, bool> _standing = new();

    /// <summary>The job that makes months ahead.</summary>
    public Job Job => new("ledger-months", Duration.FromHours(12), RunAsync);

    /// <summary>All parts, the oldest first.</summary>
    public async Task<IReadOnlyList<LedgerPart>> PartsAsync(CancellationToken cancel)
    {
        var parts = new List<LedgerPart>();
        await using var select = dataSource.CreateCommand(PartsSql);
        select.CommandTimeout = 600;
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
            parts.Add(new LedgerPart(rows.GetString(0), rows.IsDBNull(1) ? null : rows.GetFieldValue<Instant>(1), rows.GetFieldValue<Instant>(2), rows.GetInt64(3), rows.GetInt64(4)));
        return parts;
    }

    /// <summary>Sees to it that each event has a part to be stored in; on a connection of its own, outside of the transaction that stores them.</summary>
    internal async ValueTask EnsureAsync(IEnumerable<UsageEvent> events, CancellationToken cancel)
    {
        // Neighbours mostly lie in one month.
        var (since, until) = (Instant.MaxValue, Instant.MinValue);
        foreach (var e in events)
        {
            if (e.Time >= since && e.Time < until) continue;
            (since, until) = (RollupTier.Month.StartOf(e.Time), Next(e.Time));
            await EnsureAsync(since, cancel);
        }
    }

    private async Task<JobOutcome> RunAsync(CancellationToken cancel)
    {
        var month = RollupTier.Month.StartOf(Instant.FromDateTimeOffset(time.GetUtcNow()));
        var made = 0;
        for (var ahead = 0; ahead <= MonthsAhead; ahead++, month = Next(month))
        {
            if (await EnsureAsync(month, cancel)) made++;
        }
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        // PostgreSQL looks at the parts by itself, and never at the whole.
        await using var analyze = new NpgsqlCommand(connection.PostgreSqlVersion.Major >= 18 ? "ANALYZE ONLY ledger" : "ANALYZE ledger", connection) { CommandTimeout = 600 };
        await analyze.ExecuteNonQueryAsync(cancel);
        return new JobOutcome($"{made} months made, up to {MonthsAhead} ahead.");
    }

    private async Task<bool> EnsureAsync(Instant month, CancellationToken cancel)
    {
        if (_standing.ContainsKey(month)) return false;
        await using var make = dataSource.CreateCommand("SELECT ledger_month($1)");
        make.Parameters.Add(SqlValue.Time(month));
        var made = (bool)(await make.ExecuteScalarAsync(cancel))!;
        _standing[month] = true;
        return made;
    }

    private static Instant Next(Instant within) => RollupTier.Month.Ceiling(RollupTier.Month.StartOf(within) + Duration.FromTicks(1));
}
