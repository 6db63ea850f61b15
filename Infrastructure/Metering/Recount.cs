using System.Numerics;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Storage;
using OpenMeet.Insights.Infrastructure.Storage;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>What a recount found.</summary>
/// <param name="Events">Stored events that count.</param>
/// <param name="Rows">Rollup rows and changes of level compared.</param>
/// <param name="Differences">Sentences, one for each key that differs.</param>
public sealed record RecountResult(long Events, long Rows, IReadOnlyList<string> Differences);

/// <summary>
/// Builds everything again from the stored events and compares it with what is kept. It reads one state of the database, so it can run
/// beside a live portal without false alarms.
/// </summary>
public sealed class Recount(NpgsqlDataSource dataSource, MeterCatalog catalog)
{
    /// <summary>Recounts one tenant.</summary>
    public async Task<RecountResult> RunAsync(int tenantId, CancellationToken cancel)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancel);
        var meters = await catalog.GetAsync(connection, tenantId, cancel);
        var fold = new RollupFold(meters.Attribution);
        var changes = new List<StorageEvent>();
        long events = 0;
        await using (var select = new NpgsqlCommand(
            $"SELECT {EventReports.UsageColumns} FROM ledger WHERE tenant_id = $1 AND voided_at IS NULL", connection)
        { Parameters = { new() { Value = tenantId } } })
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                var e = EventReports.ReadUsage(rows);
                fold.Add(e, meters);
                if (StorageEvent.From(e) is { } change) changes.Add(change);
                events++;
            }
        }
        var differences = new List<string>();
        var compared = 0L;
        if (meters.Find(DefaultMeters.Storage) is { } storage)
        {
            var deltas = DeriveAll(changes, meters);
            foreach (var delta in deltas) fold.Add(storage.Id, delta, 1);
            compared += await CompareDeltasAsync(connection, tenantId, deltas, differences, cancel);
        }
        compared += await CompareRollupsAsync(connection, tenantId, fold, meters, differences, cancel);
        await CompareIdentitiesAsync(connection, tenantId, differences, cancel);
        return new RecountResult(events, compared, differences);
    }

    /// <summary>All changes of level, from all events that stored bytes depend on.</summary>
    internal static List<StorageDelta> DeriveAll(List<StorageEvent> changes, MeterSet meters)
    {
        changes.Sort();
        var filed = changes.Where(e => e.File is not null && e.Action != StorageAction.Snapshot).GroupBy(e => e.File!).SelectMany(g => FileHistory.Derive(g, meters.Attribution));
        var plain = changes.Where(e => e.File is null && e.Action is StorageAction.Upload or StorageAction.Change).SelectMany(e => FileHistory.OfPlain(e, meters.Attribution));
        var others = filed.Concat(plain).Order(StorageDelta.Order).ToList();
        return [.. others, .. SnapshotHistory.Derive(others, changes.Where(e => e.Action == StorageAction.Snapshot), meters.Attribution, meters.Present)];
    }

    private static async Task<long> CompareDeltasAsync(
        NpgsqlConnection connection, int tenantId, List<StorageDelta> expected, List<string> differences, CancellationToken cancel)
    {
        var open = expected.ToDictionary(d => (d.Event.Key, d.Part));
        long compared = 0;
        await using var select = new NpgsqlCommand(
            $"SELECT {StorageLedger.DeltaColumns} FROM storage_delta WHERE tenant_id = $1", connection)
        { Parameters = { new() { Value = tenantId } } };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            compared++;
            var kept = StorageLedger.ReadDelta(rows);
            if (!open.Remove((kept.Event.Key, kept.Part), out var counted))
                differences.Add($"storage of {kept.Event.Source} {kept.Event.Id}, part {kept.Part}: kept {kept.Delta} for '{kept.Carrier}', counted nothing");
            else if (kept.Carrier != counted.Carrier || kept.Delta != counted.Delta || kept.Kind != counted.Kind || kept.Time != counted.Time)
                differences.Add($"storage of {kept.Event.Source} {kept.Event.Id}, part {kept.Part}: kept {kept.Delta} for '{kept.Carrier}', counted {counted.Delta} for '{counted.Carrier}'");
        }
        differences.AddRange(open.Values.Select(d => $"storage of {d.Event.Source} {d.Event.Id}, part {d.Part}: kept nothing, counted {d.Delta} for '{d.Carrier}'"));
        return compared;
    }

    private static async Task<long> CompareRollupsAsync(
        NpgsqlConnection connection, int tenantId, RollupFold fold, MeterSet meters, List<string> differences, CancellationToken cancel)
    {
        var open = fold.Rows.Where(r => !r.Value.IsEmpty).ToDictionary(r => r.Key, r => r.Value);
        var names = meters.Definitions.ToDictionary(m => m.Id, m => m.Meter.Slug);
        string Name(RollupKey key) => $"{names.GetValueOrDefault(key.Meter, "?")} {key.Scope} '{key.Key}' {Rfc3339.Format(key.Hour)}";
        long compared = 0;
        await using var select = new NpgsqlCommand(
            "SELECT meter_id, scope, key, hour, count, sum, moment, min, max FROM rollup_hour WHERE tenant_id = $1 AND count <> 0 AND meter_id = ANY($2)", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = names.Keys.ToArray() } },
        };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            compared++;
            var key = new RollupKey(rows.GetInt32(0), (RollupScope)rows.GetInt16(1), rows.GetString(2), rows.GetFieldValue<Instant>(3));
            var sum = MeterReports.ReadSum(rows, 4);
            var kept = new RollupState { Count = sum.Count, Sum = sum.Sum, Moment = sum.Moment, Min = sum.Min, Max = sum.Max };
            var counted = open.Remove(key, out var state) ? state.ToString() : "nothing";
            if (counted != kept.ToString()) differences.Add($"{Name(key)}: kept {kept}; counted {counted}");
        }
        differences.AddRange(open.Select(r => $"{Name(r.Key)}: kept nothing; counted {r.Value}"));
        return compared;
    }

    private static async Task CompareIdentitiesAsync(NpgsqlConnection connection, int tenantId, List<string> differences, CancellationToken cancel)
    {
        await using var select = new NpgsqlCommand("""
            SELECT (SELECT count(*) FROM event_identity WHERE tenant_id = $1), (SELECT count(*) FROM ledger WHERE tenant_id = $1),
                   (SELECT count(*) FROM ledger l JOIN event_identity i USING (tenant_id, key) WHERE l.tenant_id = $1)
            """, connection) { Parameters = { new() { Value = tenantId } } };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        await rows.ReadAsync(cancel);
        var (identities, stored, both) = (rows.GetInt64(0), rows.GetInt64(1), rows.GetInt64(2));
        if (identities != stored || stored != both) differences.Add($"identities {identities}, stored events {stored}, both {both}");
    }
}
