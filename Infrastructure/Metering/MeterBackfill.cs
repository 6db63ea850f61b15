using System.Diagnostics;
using Microsoft.Extensions.Logging;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Jobs;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>
/// Makes the rollups of new and changed meters from stored events, piece by piece in the ledger's order of time and key. A piece and the
/// position after it are one transaction, in which writers wait: an event is counted by the piece that comes to it, or, where that has
/// passed, by the transaction that stores it. Killed at any instant it goes on from the last position; any portal may go on with it.
/// </summary>
public sealed class MeterBackfill(NpgsqlDataSource dataSource, TimeProvider time, ILogger<MeterBackfill> logger)
    : RepeatedWork(TimeSpan.FromSeconds(5), "Meters could not be counted", time, logger)
{
    private const int EventsPerPiece = 20_000;

    // Nothing that no rollup depends on: neither source nor id, and the event itself only where its data is read. That the time is not before
    // the position's follows from the pair, but only said plainly it keeps months that are counted from being looked into.
    private const string PieceSql = """
        SELECT time, key, type, subject, grp, CASE WHEN $6 THEN event::text END FROM ledger
        WHERE tenant_id = $1 AND type = ANY($2) AND voided_at IS NULL AND ($3::timestamptz IS NULL OR (time >= $3 AND (time, key) > ($3, $4)))
        ORDER BY time, key LIMIT $5
        """;

    /// <summary>Where the time goes, for who measures it.</summary>
    internal BackfillSteps? Steps { get; set; }

    /// <summary>How many stored events a meter reads.</summary>
    internal static async Task<long> CountEventsAsync(NpgsqlConnection connection, int tenantId, Meter meter, CancellationToken cancel)
    {
        await using var count = new NpgsqlCommand("SELECT count(*) FROM ledger WHERE tenant_id = $1 AND type = ANY($2) AND voided_at IS NULL", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = Types(meter) } },
        };
        return (long)(await count.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>Counts one meter until it is whole or the time is over.</summary>
    public async Task RunAsync(int tenantId, string slug, TimeSpan most, CancellationToken cancel)
    {
        var started = Stopwatch.GetTimestamp();
        while (await PieceAsync(tenantId, slug, cancel) && Stopwatch.GetElapsedTime(started) < most)
        {
        }
    }

    protected override async Task TurnAsync(CancellationToken cancel)
    {
        foreach (var (tenant, slug) in await OpenAsync(cancel)) await RunAsync(tenant, slug, TimeSpan.MaxValue, cancel);
        await SweepAsync(cancel);
    }

    private async Task<List<(int Tenant, string Slug)>> OpenAsync(CancellationToken cancel)
    {
        var open = new List<(int, string)>();
        await using var select = dataSource.CreateCommand("SELECT tenant_id, slug FROM meter WHERE archived_at IS NULL AND counted_at IS NULL ORDER BY id");
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) open.Add((rows.GetInt32(0), rows.GetString(1)));
        return open;
    }

    // One piece; false where nothing is left to do.
    private async Task<bool> PieceAsync(int tenantId, string slug, CancellationToken cancel)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        await using var transaction = await connection.BeginTransactionAsync(cancel);
        await TenantLock.AloneAsync(connection, tenantId);
        if (await ReadAsync(connection, tenantId, slug, cancel) is not var (stored, position)) return false;

        var meters = await MeterCatalog.ChangedAsync(connection, tenantId, cancel);
        var fold = new RollupFold(meters.Attribution);
        var (last, read, faulty) = (position, 0, new List<(Instant, Guid, string)>());
        await using (var select = new NpgsqlCommand(PieceSql, connection)
        {
            Parameters =
            {
                new() { Value = tenantId }, new() { Value = Types(stored.Meter) }, new() { Value = (object?)position?.Time ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = (object?)position?.Key ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid }, new() { Value = EventsPerPiece },
                new() { Value = stored.Meter.ReadsData },
            },
        })
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            var waited = Stopwatch.GetTimestamp();
            while (await rows.ReadAsync(cancel))
            {
                var came = Stopwatch.GetTimestamp();
                var e = ReadEvent(rows);
                last = new LedgerPosition(e.Time, rows.GetGuid(1));
                fold.Add(stored, e, error => faulty.Add((e.Time, last.Key, error)));
                read++;
                if (Steps is { } steps)
                {
                    steps.Reading += Stopwatch.GetElapsedTime(waited, came);
                    steps.Folding += Stopwatch.GetElapsedTime(came, waited = Stopwatch.GetTimestamp());
                }
            }
        }
        var folded = Stopwatch.GetTimestamp();
        await fold.WriteAsync(connection, tenantId, meters, cancel);
        if (Steps is { } writing) (writing.Writing, writing.Rows) = (writing.Writing + Stopwatch.GetElapsedTime(folded), writing.Rows + fold.Rows.Count);
        foreach (var (at, key, error) in faulty) await MarkAsync(connection, tenantId, at, key, error, cancel);
        var isWhole = read < EventsPerPiece;
        await using (var move = new NpgsqlCommand("""
            UPDATE meter SET position_time = $2, position_key = $3, counted_events = counted_events + $4, counted_at = $5 WHERE id = $1
            """, connection)
        {
            Parameters =
            {
                new() { Value = stored.Id }, new() { Value = (object?)last?.Time ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = (object?)last?.Key ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid }, new() { Value = (long)read },
                new() { Value = isWhole ? Now() : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            },
        })
        {
            // The definition that answered until now makes room first: a slug has one that answers.
            if (isWhole) await ArchiveOthersAsync(connection, tenantId, slug, stored.Id, cancel);
            await move.ExecuteNonQueryAsync(cancel);
        }
        await transaction.CommitAsync(cancel);
        return !isWhole;
    }

    private static UsageEvent ReadEvent(NpgsqlDataReader rows) => EventReader.Restore(
        "", "", rows.GetString(2), rows.IsDBNull(3) ? null : rows.GetString(3), rows.IsDBNull(4) ? null : rows.GetString(4), rows.GetFieldValue<Instant>(0),
        rows.IsDBNull(5) ? default(ReadOnlyMemory<byte>) : rows.GetFieldValue<byte[]>(5), []);

    private object Now() => Instant.FromDateTimeOffset(Time.GetUtcNow());

    private static string[] Types(Meter meter) => [.. meter.Sources.Select(s => s.EventType).Distinct()];

    private static async Task<(StoredMeter Stored, LedgerPosition? Position)?> ReadAsync(NpgsqlConnection connection, int tenantId, string slug, CancellationToken cancel)
    {
        await using var select = new NpgsqlCommand(
            "SELECT id, definition::text, position_time, position_key FROM meter WHERE tenant_id = $1 AND slug = $2 AND archived_at IS NULL AND counted_at IS NULL", connection)
        { Parameters = { new() { Value = tenantId }, new() { Value = slug } } };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        if (!await rows.ReadAsync(cancel)) return null;
        var stored = new StoredMeter(rows.GetInt32(0), MeterCatalog.Parse(rows.GetString(1)), false);
        return (stored, rows.IsDBNull(2) ? null : new LedgerPosition(rows.GetFieldValue<Instant>(2), rows.GetGuid(3)));
    }

    private async Task ArchiveOthersAsync(NpgsqlConnection connection, int tenantId, string slug, int id, CancellationToken cancel)
    {
        await using var archive = new NpgsqlCommand("UPDATE meter SET archived_at = $4 WHERE tenant_id = $1 AND slug = $2 AND id <> $3 AND archived_at IS NULL", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = slug }, new() { Value = id }, new() { Value = Now(), NpgsqlDbType = NpgsqlDbType.TimestampTz } },
        };
        await archive.ExecuteNonQueryAsync(cancel);
    }

    private static async Task MarkAsync(NpgsqlConnection connection, int tenantId, Instant time, Guid key, string error, CancellationToken cancel)
    {
        await using var mark = new NpgsqlCommand("UPDATE ledger SET validation_error = $4 WHERE tenant_id = $1 AND time = $2 AND key = $3 AND validation_error IS NULL", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = time, NpgsqlDbType = NpgsqlDbType.TimestampTz }, new() { Value = key }, new() { Value = error } },
        };
        await mark.ExecuteNonQueryAsync(cancel);
    }

    private async Task<List<(int Tenant, int[] Meters)>> ReplacedAsync(CancellationToken cancel)
    {
        var replaced = new List<(int, int[])>();
        await using var select = dataSource.CreateCommand("""
            SELECT m.tenant_id, array_agg(m.id) FROM meter m
            WHERE m.archived_at IS NOT NULL AND EXISTS (SELECT FROM meter n WHERE n.tenant_id = m.tenant_id AND n.slug = m.slug AND n.archived_at IS NULL) GROUP BY 1
            """);
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) replaced.Add((rows.GetInt32(0), rows.GetFieldValue<int[]>(1)));
        return replaced;
    }

    // Rollups of definitions that nobody reads any more go in small pieces, when nothing else is to be done.
    private async Task SweepAsync(CancellationToken cancel)
    {
        foreach (var (tenant, meters) in await ReplacedAsync(cancel))
        {
            foreach (var tier in RollupTier.All)
            {
                await using var delete = dataSource.CreateCommand($"""
                    DELETE FROM {tier.Table} WHERE tenant_id = $1 AND (meter_id, scope, key, {tier.Column}) IN (
                        SELECT meter_id, scope, key, {tier.Column} FROM {tier.Table} WHERE tenant_id = $1 AND meter_id = ANY($2) LIMIT 20000)
                    """);
                delete.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = tenant }, new() { Value = meters } });
                while (await delete.ExecuteNonQueryAsync(cancel) > 0)
                {
                }
            }
        }
    }
}

/// <summary>Where the time of a backfill goes.</summary>
internal sealed class BackfillSteps
{
    /// <summary>Waiting for the ledger's rows.</summary>
    public TimeSpan Reading { get; set; }

    /// <summary>Parsing events and adding them up.</summary>
    public TimeSpan Folding { get; set; }

    /// <summary>Writing rollups.</summary>
    public TimeSpan Writing { get; set; }

    /// <summary>Rows of rollups written.</summary>
    public long Rows { get; set; }
}
