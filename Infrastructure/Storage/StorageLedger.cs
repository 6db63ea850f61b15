using System.Numerics;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Storage;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Storage;

/// <summary>
/// Keeps who carries which bytes, inside the transaction that stores or voids the events: the files and snapshots that an event
/// touches are worked out again from all their events, in order of event times, and only the differences are written.
/// </summary>
public static class StorageLedger
{
    private const string EventColumns = "key, time, source, id, action, amount, file, kind, subject, grp";

    /// <summary>The columns that <see cref="ReadDelta"/> reads, in order.</summary>
    internal const string DeltaColumns = "key, time, source, id, action, part, carrier, kind, delta, subject, grp, by_policy";

    /// <summary>Takes in new events and forgets voided ones; adds the changes of level to <paramref name="fold"/>.</summary>
    public static async Task ApplyAsync(
        NpgsqlConnection connection, int tenantId, MeterSet meters, IReadOnlyList<StorageEvent> added, IReadOnlyList<StorageEvent> voided,
        RollupFold fold, CancellationToken cancel)
    {
        if (added.Count + voided.Count == 0) return;

        // A file's or a carrier's events may come through several writers at once: they take turns, per tenant.
        await Execute(connection, "SELECT pg_advisory_xact_lock(hashtextextended('insights.storage', $1))", cancel, new NpgsqlParameter { Value = (long)tenantId });
        var attribution = meters.Attribution;
        await InsertEventsAsync(connection, tenantId, attribution, added, cancel);
        if (voided.Count > 0)
        {
            await Execute(connection, "DELETE FROM storage_event WHERE tenant_id = $1 AND key = ANY($2)", cancel,
                new NpgsqlParameter { Value = tenantId }, new NpgsqlParameter { Value = voided.Select(e => e.Key).ToArray() });
        }

        var touched = added.Concat(voided).ToList();
        var files = touched.Where(e => e.File is not null && e.Action != StorageAction.Snapshot).Select(e => e.File!).Distinct().ToArray();
        var filed = await ReadEventsAsync(connection, "file = ANY($2) AND action <> 3", tenantId, files, cancel);
        var derived = filed.GroupBy(e => e.File!).SelectMany(g => FileHistory.Derive(g, attribution))
            .Concat(added.Where(e => e.File is null && e.Action is StorageAction.Upload or StorageAction.Change).SelectMany(e => FileHistory.OfPlain(e, attribution)))
            .ToList();
        var events = filed.Select(e => e.Key).Concat(touched.Where(e => e.Action != StorageAction.Snapshot).Select(e => e.Key)).Distinct().ToArray();
        var before = await ReadDeltasAsync(connection, "key = ANY($2)", tenantId, events, cancel);
        var changed = await ReplaceAsync(connection, tenantId, StorageMeter(meters), before, derived, fold, cancel);
        await ApplySnapshotsAsync(
            connection, tenantId, meters, changed, touched.Where(e => e.Action == StorageAction.Snapshot).ToList(), fold, cancel);
    }

    /// <summary>Works out again what the snapshots of some carriers mean: after their levels, or the slugs of a group, changed.</summary>
    public static async Task ApplySnapshotsAsync(
        NpgsqlConnection connection, int tenantId, MeterSet meters, IReadOnlyCollection<string> changed, IReadOnlyList<StorageEvent> touched,
        RollupFold fold, CancellationToken cancel)
    {
        var attribution = meters.Attribution;
        string CarrierOf(StorageEvent snapshot) => meters.Present(attribution.At(snapshot.Time).One(snapshot.Own).Key);
        var carriers = changed.Select(meters.Present).Concat(touched.Select(CarrierOf)).ToHashSet(StringComparer.Ordinal);
        List<StorageEvent> snapshots;
        while (true)
        {
            snapshots = await ReadEventsAsync(connection, "own_carrier = ANY($2) AND action = 3", tenantId, carriers.SelectMany(meters.KeysOf).ToArray(), cancel);
            // Where a later policy lets a snapshot's change pass on, that carrier's snapshots depend on this one.
            var passed = snapshots.Concat(touched).SelectMany(s => attribution.Changes.Where(c => c > s.Time).Select(c => meters.Present(attribution.At(c).One(s.Own).Key))).ToList();
            if (!passed.Any(carriers.Add)) break;
            foreach (var carrier in passed) carriers.Add(carrier);
        }
        var keys = snapshots.Concat(touched).Select(s => s.Key).ToHashSet();
        if (keys.Count == 0) return;
        var old = await ReadDeltasAsync(connection, "key = ANY($2)", tenantId, keys.ToArray(), cancel);
        var others = (await ReadDeltasAsync(connection, "carrier = ANY($2)", tenantId, carriers.SelectMany(meters.KeysOf).ToArray(), cancel))
            .Where(d => !keys.Contains(d.Event.Key)).Order(StorageDelta.Order).ToList();
        await ReplaceAsync(connection, tenantId, StorageMeter(meters), old, SnapshotHistory.Derive(others, snapshots, attribution, meters.Present).ToList(), fold, cancel);
    }

    private static int StorageMeter(MeterSet meters) => meters.Find(DefaultMeters.Storage)!.Id;

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
                if (same.Carrier == delta.Carrier && same.Kind == delta.Kind && same.Delta == delta.Delta && same.PolicyBegins == delta.PolicyBegins) continue;
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
                "COPY storage_delta (tenant_id, key, part, time, source, id, action, carrier, kind, delta, subject, grp, by_policy) FROM STDIN (FORMAT BINARY)", cancel);
            foreach (var delta in added)
            {
                var e = delta.Event;
                await copy.StartRowAsync(cancel);
                await copy.WriteAsync(tenantId, cancel);
                await copy.WriteAsync(e.Key, cancel);
                await copy.WriteAsync((short)delta.Part, cancel);
                await copy.WriteAsync(delta.Time, NpgsqlDbType.TimestampTz, cancel);
                await copy.WriteAsync(e.Source, cancel);
                await copy.WriteAsync(e.Id, cancel);
                await copy.WriteAsync((short)e.Action, cancel);
                await copy.WriteAsync(delta.Carrier.Key, cancel);
                await WriteTextAsync(copy, delta.Kind, cancel);
                await copy.WriteAsync((BigInteger)delta.Delta.Millionths, NpgsqlDbType.Numeric, cancel);
                await WriteTextAsync(copy, e.Subject, cancel);
                await WriteTextAsync(copy, e.Group, cancel);
                await copy.WriteAsync(delta.PolicyBegins is not null, cancel);
                fold.Add(storageMeter, delta, 1);
                carriers.Add(delta.Carrier.Key);
            }
            await copy.CompleteAsync(cancel);
        }
        return carriers;
    }

    private static async Task InsertEventsAsync(
        NpgsqlConnection connection, int tenantId, AttributionSchedule attribution, IReadOnlyList<StorageEvent> events, CancellationToken cancel)
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
            await copy.WriteAsync(attribution.At(e.Time).One(e.Own).Key, cancel);
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
                rows.GetQuantity(5), rows.GetText(6), rows.GetText(7), rows.GetText(8), rows.GetText(9)));
        }
        return events;
    }

    private static async Task<List<StorageDelta>> ReadDeltasAsync<T>(NpgsqlConnection connection, string where, int tenantId, T[] keys, CancellationToken cancel)
    {
        var deltas = new List<StorageDelta>();
        if (keys.Length == 0) return deltas;
        await using var select = new NpgsqlCommand(
            $"SELECT {DeltaColumns} FROM storage_delta WHERE tenant_id = $1 AND {where}", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = keys } },
        };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) deltas.Add(ReadDelta(rows));
        return deltas;
    }

    /// <summary>Reads <see cref="DeltaColumns"/>. The event's own time is known only where the change is not a policy's.</summary>
    internal static StorageDelta ReadDelta(NpgsqlDataReader rows)
    {
        var time = rows.GetFieldValue<Instant>(1);
        var e = new StorageEvent(
            rows.GetGuid(0), time, rows.GetString(2), rows.GetString(3), (StorageAction)rows.GetInt16(4), Quantity.Zero, null, rows.GetText(7), rows.GetText(9), rows.GetText(10));
        return new StorageDelta(
            e, rows.GetInt16(5), new Carrier(rows.GetString(6)), rows.GetText(7), rows.GetQuantity(8), rows.GetBoolean(11) ? time : null);
    }

    private static Task WriteTextAsync(NpgsqlBinaryImporter copy, string? text, CancellationToken cancel) =>
        text is null ? copy.WriteNullAsync(cancel) : copy.WriteAsync(text, cancel);

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken cancel, params NpgsqlParameter[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await command.ExecuteNonQueryAsync(cancel);
    }
}
