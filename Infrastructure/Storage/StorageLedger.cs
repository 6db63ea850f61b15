using System.Numerics;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Storage;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Storage;

/// <summary>
/// Keeps who carries which bytes, inside the transaction that stores or voids the events: the files and snapshots that an event
/// touches are worked out again from all their events, in order of event times, and only the differences are written.
/// </summary>
public static class StorageLedger
{
    private const string EventColumns = "key, time, source, id, action, amount, file, kind, subject, grp";

    /// <summary>Takes in new events and forgets voided ones; adds the changes of level to <paramref name="fold"/>.</summary>
    public static async Task ApplyAsync(
        NpgsqlConnection connection, int tenantId, int storageMeter, IReadOnlyList<StorageEvent> added, IReadOnlyList<StorageEvent> voided,
        RollupFold fold, CancellationToken cancel)
    {
        if (added.Count + voided.Count == 0) return;

        // A file's or a carrier's events may come through several writers at once: they take turns, per tenant.
        await Execute(connection, "SELECT pg_advisory_xact_lock(hashtextextended('insights.storage', $1))", cancel, new NpgsqlParameter { Value = (long)tenantId });
        await InsertEventsAsync(connection, tenantId, added, cancel);
        if (voided.Count > 0)
        {
            await Execute(connection, "DELETE FROM storage_event WHERE tenant_id = $1 AND key = ANY($2)", cancel,
                new NpgsqlParameter { Value = tenantId }, new NpgsqlParameter { Value = voided.Select(e => e.Key).ToArray() });
        }

        var touched = added.Concat(voided).ToList();
        var files = touched.Where(e => e.File is not null && e.Action != StorageAction.Snapshot).Select(e => e.File!).Distinct().ToArray();
        var filed = await ReadEventsAsync(connection, "file = ANY($2) AND action <> 3", tenantId, files, cancel);
        var derived = filed.GroupBy(e => e.File!).SelectMany(g => FileHistory.Derive(g))
            .Concat(added.Where(e => e.File is null && e.Action is StorageAction.Upload or StorageAction.Change).Select(e => new StorageDelta(e, 0, e.Own, e.Kind, e.Amount)))
            .ToList();
        var events = filed.Select(e => e.Key).Concat(touched.Where(e => e.Action != StorageAction.Snapshot).Select(e => e.Key)).Distinct().ToArray();
        var before = await ReadDeltasAsync(connection, "key = ANY($2)", tenantId, events, cancel);
        var changed = await ReplaceAsync(connection, tenantId, storageMeter, before, derived, fold, cancel);

        // A change of a carrier's level before one of its snapshots changes what the snapshot means.
        var carriers = changed.Concat(touched.Where(e => e.Action == StorageAction.Snapshot).Select(e => e.Own.Key)).Distinct().ToArray();
        var snapshots = (await ReadEventsAsync(connection, "own_carrier = ANY($2) AND action = 3", tenantId, carriers, cancel)).GroupBy(e => e.Own.Key).ToList();
        var forgotten = voided.Where(e => e.Action == StorageAction.Snapshot).Select(e => e.Own.Key);
        var withSnapshots = snapshots.Select(g => g.Key).Concat(forgotten).Distinct().ToArray();
        if (withSnapshots.Length == 0) return;
        var levels = (await ReadDeltasAsync(connection, "carrier = ANY($2)", tenantId, withSnapshots, cancel)).ToLookup(d => d.Carrier.Key);
        foreach (var carrier in withSnapshots)
        {
            var others = levels[carrier].Where(d => d.Event.Action != StorageAction.Snapshot).ToList();
            var old = levels[carrier].Where(d => d.Event.Action == StorageAction.Snapshot).ToList();
            var now = SnapshotHistory.Derive(others, snapshots.FirstOrDefault(g => g.Key == carrier) ?? Enumerable.Empty<StorageEvent>()).ToList();
            await ReplaceAsync(connection, tenantId, storageMeter, old, now, fold, cancel);
        }
    }

    private static async Task<HashSet<string>> ReplaceAsync(
        NpgsqlConnection connection, int tenantId, int storageMeter, IReadOnlyList<StorageDelta> before, IReadOnlyList<StorageDelta> after,
        RollupFold fold, CancellationToken cancel)
    {
        var old = before.ToDictionary(d => (d.Event.Key, d.Part));
        var added = new List<StorageDelta>();
        foreach (var delta in after)
        {
            if (old.Remove((delta.Event.Key, delta.Part), out var same))
            {
                if (same.Carrier == delta.Carrier && same.Kind == delta.Kind && same.Delta == delta.Delta) continue;
                old[(delta.Event.Key, delta.Part)] = same;
            }
            added.Add(delta);
        }
        var carriers = new HashSet<string>(StringComparer.Ordinal);
        if (old.Count > 0)
        {
            await Execute(connection, "DELETE FROM storage_delta d USING unnest($2::uuid[], $3::smallint[]) u(key, part) WHERE d.tenant_id = $1 AND d.key = u.key AND d.part = u.part", cancel,
                new NpgsqlParameter { Value = tenantId }, new NpgsqlParameter { Value = old.Keys.Select(k => k.Key).ToArray() }, new NpgsqlParameter { Value = old.Keys.Select(k => (short)k.Part).ToArray() });
            foreach (var delta in old.Values)
            {
                fold.Add(storageMeter, delta, -1);
                carriers.Add(delta.Carrier.Key);
            }
        }
        if (added.Count > 0)
        {
            await using var copy = await connection.BeginBinaryImportAsync(
                "COPY storage_delta (tenant_id, key, part, time, source, id, action, carrier, kind, delta, subject, grp) FROM STDIN (FORMAT BINARY)", cancel);
            foreach (var delta in added)
            {
                var e = delta.Event;
                await copy.StartRowAsync(cancel);
                await copy.WriteAsync(tenantId, cancel);
                await copy.WriteAsync(e.Key, cancel);
                await copy.WriteAsync((short)delta.Part, cancel);
                await copy.WriteAsync(e.Time, NpgsqlDbType.TimestampTz, cancel);
                await copy.WriteAsync(e.Source, cancel);
                await copy.WriteAsync(e.Id, cancel);
                await copy.WriteAsync((short)e.Action, cancel);
                await copy.WriteAsync(delta.Carrier.Key, cancel);
                await WriteTextAsync(copy, delta.Kind, cancel);
                await copy.WriteAsync((BigInteger)delta.Delta.Millionths, NpgsqlDbType.Numeric, cancel);
                await WriteTextAsync(copy, e.Subject, cancel);
                await WriteTextAsync(copy, e.Group, cancel);
                fold.Add(storageMeter, delta, 1);
                carriers.Add(delta.Carrier.Key);
            }
            await copy.CompleteAsync(cancel);
        }
        return carriers;
    }

    private static async Task InsertEventsAsync(NpgsqlConnection connection, int tenantId, IReadOnlyList<StorageEvent> events, CancellationToken cancel)
    {
        if (events.Count == 0) return;
        await using var copy = await connection.BeginBinaryImportAsync(
            $"COPY storage_event (tenant_id, {EventColumns}, own_carrier) FROM STDIN (FORMAT BINARY)", cancel);
        foreach (var e in events)
        {
            await copy.StartRowAsync(cancel);
            await copy.WriteAsync(tenantId, cancel);
            await copy.WriteAsync(e.Key, cancel);
            await copy.WriteAsync(e.Time, NpgsqlDbType.TimestampTz, cancel);
            await copy.WriteAsync(e.Source, cancel);
            await copy.WriteAsync(e.Id, cancel);
            await copy.WriteAsync((short)e.Action, cancel);
            await copy.WriteAsync((BigInteger)e.Amount.Millionths, NpgsqlDbType.Numeric, cancel);
            await WriteTextAsync(copy, e.File, cancel);
            await WriteTextAsync(copy, e.Kind, cancel);
            await WriteTextAsync(copy, e.Subject, cancel);
            await WriteTextAsync(copy, e.Group, cancel);
            await copy.WriteAsync(e.Own.Key, cancel);
        }
        await copy.CompleteAsync(cancel);
    }

    private static async Task<List<StorageEvent>> ReadEventsAsync<T>(NpgsqlConnection connection, string where, int tenantId, T[] keys, CancellationToken cancel)
    {
        var events = new List<StorageEvent>();
        if (keys.Length == 0) return events;
        await using var select = new NpgsqlCommand($"SELECT {EventColumns} FROM storage_event WHERE tenant_id = $1 AND {where} ORDER BY time, source, id", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = keys } },
        };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            events.Add(new StorageEvent(
                rows.GetGuid(0), rows.GetFieldValue<Instant>(1), rows.GetString(2), rows.GetString(3), (StorageAction)rows.GetInt16(4),
                new Quantity((Int128)rows.GetFieldValue<BigInteger>(5)), Text(rows, 6), Text(rows, 7), Text(rows, 8), Text(rows, 9)));
        }
        return events;
    }

    private static async Task<List<StorageDelta>> ReadDeltasAsync<T>(NpgsqlConnection connection, string where, int tenantId, T[] keys, CancellationToken cancel)
    {
        var deltas = new List<StorageDelta>();
        if (keys.Length == 0) return deltas;
        await using var select = new NpgsqlCommand(
            $"SELECT key, time, source, id, action, part, carrier, kind, delta, subject, grp FROM storage_delta WHERE tenant_id = $1 AND {where} ORDER BY time, source, id, part", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = keys } },
        };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) deltas.Add(ReadDelta(rows));
        return deltas;
    }

    internal static StorageDelta ReadDelta(NpgsqlDataReader rows)
    {
        var e = new StorageEvent(
            rows.GetGuid(0), rows.GetFieldValue<Instant>(1), rows.GetString(2), rows.GetString(3), (StorageAction)rows.GetInt16(4), Quantity.Zero,
            null, Text(rows, 7), Text(rows, 9), Text(rows, 10));
        return new StorageDelta(e, rows.GetInt16(5), new Carrier(rows.GetString(6)), Text(rows, 7), new Quantity((Int128)rows.GetFieldValue<BigInteger>(8)));
    }

    private static string? Text(NpgsqlDataReader rows, int column) => rows.IsDBNull(column) ? null : rows.GetString(column);

    private static Task WriteTextAsync(NpgsqlBinaryImporter copy, string? text, CancellationToken cancel) =>
        text is null ? copy.WriteNullAsync(cancel) : copy.WriteAsync(text, cancel);

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken cancel, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(cancel);
    }
}
