using System.Globalization;
using System.Numerics;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Storage;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Storage;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>What a recount found.</summary>
/// <param name="Events">Stored events that count.</param>
/// <param name="Rows">Rollup rows, changes of level, statements and shares of bills compared.</param>
/// <param name="Differences">Sentences, one for each key that differs.</param>
public sealed record RecountResult(long Events, long Rows, IReadOnlyList<string> Differences);

/// <summary>
/// Builds everything again from the stored events and compares it with what is kept. It reads one state of the database, so it can run
/// beside a live portal without false alarms.
/// </summary>
public sealed class Recount(
    NpgsqlDataSource dataSource, MeterCatalog catalog, TenantStore tenants, StatementReports statements, CostReports costs, IDbContextFactory<InsightsDbContext> contexts)
{
    private const int SampledFiles = 500;

    /// <summary>Recounts the whole of one tenant: rollups, levels, identities, frozen statements and shared bills.</summary>
    public async Task<RecountResult> RunAsync(int tenantId, CancellationToken cancel)
    {
        var tenant = await tenants.GetAsync(tenantId, cancel);
        var differences = new List<string>();
        var (events, compared) = await CountAsync(tenantId, differences, cancel);
        compared += await CompareStatementsAsync(tenant, differences, cancel);
        compared += await CompareCostsAsync(tenant, differences, cancel);
        return new RecountResult(events, compared, differences);
    }

    /// <summary>Recounts the rollups of a range that begins and ends with hours, such as a month; levels follow all that was before and are left out.</summary>
    public async Task<RecountResult> RangeAsync(int tenantId, TimeRange range, CancellationToken cancel)
    {
        var differences = new List<string>();
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var meters = await catalog.GetAsync(snapshot.Connection, tenantId, cancel);
        var (events, rows) = await CompareRangeAsync(snapshot.Connection, tenantId, meters, range, differences, cancel);
        return new RecountResult(events, rows, differences);
    }

    /// <summary>Recounts a sample: the rollups of random days, the levels of random files, and all frozen statements and bills.</summary>
    public async Task<RecountResult> SampleAsync(Tenant tenant, int days, CancellationToken cancel)
    {
        var differences = new List<string>();
        var (events, compared) = (0L, 0L);
        await using (var snapshot = await Snapshot.OpenAsync(dataSource, cancel))
        {
            var meters = await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel);
            foreach (var day in await RandomDaysAsync(snapshot.Connection, tenant.Id, days, cancel))
            {
                var (read, rows) = await CompareRangeAsync(snapshot.Connection, tenant.Id, meters, new TimeRange(day, day + Duration.FromDays(1)), differences, cancel);
                (events, compared) = (events + read, compared + rows);
            }
            compared += await CompareFilesAsync(snapshot.Connection, tenant.Id, meters, differences, cancel);
        }
        compared += await CompareStatementsAsync(tenant, differences, cancel);
        compared += await CompareCostsAsync(tenant, differences, cancel);
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

    private async Task<(long Events, long Compared)> CountAsync(int tenantId, List<string> differences, CancellationToken cancel)
    {
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var connection = snapshot.Connection;
        var meters = await catalog.GetAsync(connection, tenantId, cancel);
        var fold = new RollupFold(meters.Attribution);
        var changes = new List<StorageEvent>();
        var events = 0L;
        await using (var select = new NpgsqlCommand($"SELECT {EventReports.UsageColumns} FROM ledger WHERE tenant_id = $1 AND voided_at IS NULL", connection)
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
        var compared = 0L;
        if (meters.Find(DefaultMeters.Storage) is { } storage)
        {
            var deltas = DeriveAll(changes, meters);
            foreach (var delta in deltas) fold.Add(storage.Id, delta, 1);
            compared += await CompareDeltasAsync(connection, tenantId, "", null, deltas, differences, cancel);
        }
        compared += await CompareRollupsAsync(connection, tenantId, fold, meters, null, differences, cancel);
        compared += await RollupTiers.CompareAsync(connection, tenantId, meters, null, differences, cancel);
        await CompareIdentitiesAsync(connection, tenantId, meters.KeptFrom, differences, cancel);
        return (events, compared);
    }

    private static async Task<List<Instant>> RandomDaysAsync(NpgsqlConnection connection, int tenantId, int days, CancellationToken cancel)
    {
        var found = new List<Instant>();
        await using var select = new NpgsqlCommand("""
            SELECT day FROM (SELECT min(time) AS first, max(time) AS last FROM ledger WHERE tenant_id = $1) stored
            CROSS JOIN LATERAL generate_series(date_trunc('day', first, 'UTC'), last, interval '1 day') day ORDER BY random() LIMIT $2
            """, connection) { Parameters = { new() { Value = tenantId }, new() { Value = days } } };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) found.Add(rows.GetFieldValue<Instant>(0));
        return found;
    }

    // Levels follow files and policies across days, so they are left to the files' own sample.
    private static async Task<(long Events, long Compared)> CompareRangeAsync(
        NpgsqlConnection connection, int tenantId, MeterSet meters, TimeRange range, List<string> differences, CancellationToken cancel)
    {
        var fold = new RollupFold(meters.Attribution, range);
        var levels = meters.Definitions.Where(m => m.Meter.Aggregation == Aggregation.TimeWeightedSum).Select(m => m.Id).ToHashSet();
        var events = 0L;
        await using (var select = new NpgsqlCommand($"SELECT {EventReports.UsageColumns} FROM ledger WHERE tenant_id = $1 AND time >= $2 AND time < $3 AND voided_at IS NULL", connection)
        { Parameters = { new() { Value = tenantId }, SqlValue.Time(range.From), SqlValue.Time(range.To) } })
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                fold.Add(EventReports.ReadUsage(rows), meters);
                events++;
            }
        }
        fold.KeepOnly(k => !levels.Contains(k.Meter));
        var compared = await CompareRollupsAsync(connection, tenantId, fold, meters, range, differences, cancel);
        return (events, compared + await RollupTiers.CompareAsync(connection, tenantId, meters, range, differences, cancel));
    }

    private static async Task<long> CompareFilesAsync(NpgsqlConnection connection, int tenantId, MeterSet meters, List<string> differences, CancellationToken cancel)
    {
        if (meters.Find(DefaultMeters.Storage) is null) return 0;
        var files = new List<string>();
        await using (var select = new NpgsqlCommand("SELECT file FROM (SELECT DISTINCT file FROM storage_event WHERE tenant_id = $1 AND file IS NOT NULL AND action <> 3) f ORDER BY random() LIMIT $2", connection)
        { Parameters = { new() { Value = tenantId }, new() { Value = SampledFiles } } })
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel)) files.Add(rows.GetString(0));
        }
        var changes = new List<StorageEvent>();
        await using (var select = new NpgsqlCommand($"""
            SELECT {EventReports.UsageColumns} FROM ledger l WHERE tenant_id = $1 AND voided_at IS NULL
              AND (time, key) IN (SELECT time, key FROM storage_event WHERE tenant_id = $1 AND file = ANY($2) AND action <> 3)
            """, connection) { Parameters = { new() { Value = tenantId }, new() { Value = files.ToArray() } } })
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                if (StorageEvent.From(EventReports.ReadUsage(rows)) is { } change) changes.Add(change);
            }
        }
        return await CompareDeltasAsync(
            connection, tenantId, "AND key IN (SELECT key FROM storage_event WHERE tenant_id = $1 AND file = ANY($2) AND action <> 3)", [.. files], DeriveAll(changes, meters), differences, cancel);
    }

    private static async Task<long> CompareDeltasAsync(
        NpgsqlConnection connection, int tenantId, string where, string[]? files, List<StorageDelta> expected, List<string> differences, CancellationToken cancel)
    {
        var open = expected.ToDictionary(d => (d.Event.Key, d.Part));
        long compared = 0;
        await using var select = new NpgsqlCommand($"SELECT {StorageLedger.DeltaColumns} FROM storage_delta WHERE tenant_id = $1 {where}", connection) { Parameters = { new() { Value = tenantId } } };
        if (files is not null) select.Parameters.Add(new NpgsqlParameter { Value = files });
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
        NpgsqlConnection connection, int tenantId, RollupFold fold, MeterSet meters, TimeRange? range, List<string> differences, CancellationToken cancel)
    {
        var open = fold.Rows.Where(r => !r.Value.IsEmpty && meters.AreEventsKept(r.Key)).ToDictionary(r => r.Key, r => r.Value);
        var names = meters.Definitions.Where(m => range is null || m.Meter.Aggregation != Aggregation.TimeWeightedSum).ToDictionary(m => m.Id, m => m.Meter.Slug);
        string Name(RollupKey key) => $"{names.GetValueOrDefault(key.Meter, "?")} {key.Scope} '{key.Key}' {Rfc3339.Format(key.Hour)}";
        long compared = 0;
        await using var select = new NpgsqlCommand("""
            SELECT meter_id, scope, key, hour, count, sum, moment, min, max FROM rollup_hour
            WHERE tenant_id = $1 AND count <> 0 AND meter_id = ANY($2) AND ($3::timestamptz IS NULL OR (hour >= $3 AND hour < $4))
              AND ($5::timestamptz IS NULL OR hour >= $5 OR meter_id <> ALL($6))
            """, connection)
        {
            Parameters =
            {
                new() { Value = tenantId }, new() { Value = names.Keys.ToArray() },
                SqlValue.Time(range?.From), SqlValue.Time(range?.To),
                // What is no longer kept cannot be counted again.
                SqlValue.Time(meters.KeptFrom), new() { Value = meters.Definitions.Where(m => m.KeptFrom is not null).Select(m => m.Id).ToArray() },
            },
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

    // Identities stay when their events go.
    private static async Task CompareIdentitiesAsync(NpgsqlConnection connection, int tenantId, Instant? keptFrom, List<string> differences, CancellationToken cancel)
    {
        await using var select = new NpgsqlCommand("""
            SELECT (SELECT count(*) FROM event_identity WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR time >= $2)),
                   (SELECT count(*) FROM ledger WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR time >= $2)),
                   (SELECT count(*) FROM ledger l JOIN event_identity i USING (tenant_id, key) WHERE l.tenant_id = $1 AND ($2::timestamptz IS NULL OR l.time >= $2))
            """, connection) { Parameters = { new() { Value = tenantId }, SqlValue.Time(keptFrom) } };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        await rows.ReadAsync(cancel);
        var (identities, stored, both) = (rows.GetInt64(0), rows.GetInt64(1), rows.GetInt64(2));
        if (identities != stored || stored != both) differences.Add($"identities {identities}, stored events {stored}, both {both}");
    }

    // A frozen statement of a month that nothing touched since must be what rating it again gives.
    private async Task<long> CompareStatementsAsync(Tenant tenant, List<string> differences, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var compared = 0L;
        foreach (var closed in await db.ClosedPeriods.AsNoTracking().Where(p => p.TenantId == tenant.Id && p.FrozenAt != null && p.ChangedAt == null).OrderBy(p => p.EndsAt).ToListAsync(cancel))
        {
            foreach (var account in await db.FrozenStatements.AsNoTracking().Where(f => f.TenantId == tenant.Id && f.Period == closed.Period).Select(f => f.Account).ToListAsync(cancel))
            {
                compared++;
                // A late event may come between the two looks: only a month that is still untouched counts.
                if (await statements.DifferenceAsync(tenant, account, closed, cancel) is { } difference
                    && await db.ClosedPeriods.AnyAsync(p => p.TenantId == tenant.Id && p.Period == closed.Period && p.ChangedAt == null, cancel))
                {
                    differences.Add($"statement of {account}, {closed.Period}: {difference}");
                }
            }
        }
        return compared;
    }

    // Carriers and what is unattributed must add up to each bill, and to the same whole as the acting users do.
    private async Task<long> CompareCostsAsync(Tenant tenant, List<string> differences, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var compared = 0L;
        foreach (var month in await db.Bills.Where(b => b.TenantId == tenant.Id && b.ReplacedAt == null).Select(b => b.Period).Distinct().OrderBy(p => p).ToListAsync(cancel))
        {
            if (!BillingPeriod.TryParse(month, tenant.Zone, out var period)) continue;
            PlatformCosts shared;
            try
            {
                shared = await costs.PlatformAsync(tenant, period.Range, "user", acted: false, cancel);
            }
            catch (Exception e) when (e is StillCountingException or NoLongerKeptException)
            {
                continue;
            }
            foreach (var bill in shared.Bills)
            {
                compared++;
                if (bill.Carried + bill.Unattributed + bill.Idle != bill.Amount)
                    differences.Add(string.Create(CultureInfo.InvariantCulture, $"bill {bill.Pool} of {month}: {bill.Amount}, shared {bill.Carried} + {bill.Unattributed} + {bill.Idle}"));
            }
        }
        return compared;
    }
}
