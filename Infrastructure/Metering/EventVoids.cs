using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Storage;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Storage;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>A voided event: marked, readable, and without effect on any figure.</summary>
public sealed record VoidedEvent(string Source, string Id, string Reason, Instant VoidedAt, string VoidedBy);

/// <summary>Takes the effect of a stored event back.</summary>
public sealed class EventVoids(IDbContextFactory<InsightsDbContext> contexts, MeterCatalog catalog)
{
    /// <summary>Voids an event; a second time gives the same answer. Null where no such event is stored.</summary>
    /// <exception cref="NoLongerKeptException">It was stored once and is no longer kept.</exception>
    public async Task<VoidedEvent?> VoidAsync(int tenantId, string source, string id, string reason, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        await TenantLock.AloneAsync(connection, tenantId);

        var meters = await catalog.GetAsync(connection, tenantId, cancel);
        UsageEvent? e = null;
        await using (var select = new NpgsqlCommand($"""
            SELECT {EventReports.UsageColumns}, void_reason, voided_at, voided_by FROM ledger
            WHERE tenant_id = $1 AND key = $2 AND time = (SELECT time FROM event_identity WHERE tenant_id = $1 AND key = $2)
            """, connection) { Parameters = { new() { Value = tenantId }, new() { Value = UsageEvent.KeyOf(source, id) } } })
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            if (await rows.ReadAsync(cancel)) e = EventReports.ReadUsage(rows);
            if (e is not null && !rows.IsDBNull(8)) return new VoidedEvent(source, id, rows.GetString(7), rows.GetFieldValue<Instant>(8), rows.GetString(9));
        }

        if (meters.KeptFrom is { } kept && await IsGivenUpAsync(connection, tenantId, source, id, e, meters, kept, cancel)) throw new NoLongerKeptException(kept);
        if (e is null) return null;

        await using (var mark = new NpgsqlCommand("UPDATE ledger SET voided_at = $4, void_reason = $5, voided_by = $6 WHERE tenant_id = $1 AND time = $2 AND key = $3", connection)
        {
            Parameters =
            {
                new() { Value = tenantId }, new() { Value = e.Time, NpgsqlDbType = NpgsqlDbType.TimestampTz }, new() { Value = e.Key },
                new() { Value = actor.At, NpgsqlDbType = NpgsqlDbType.TimestampTz }, new() { Value = reason }, new() { Value = actor.Name },
            },
        })
        {
            await mark.ExecuteNonQueryAsync(cancel);
        }

        var fold = new RollupFold(meters.Attribution);
        fold.TakeBack(e, meters);
        if (StorageEvent.From(e) is { } change && meters.Find(DefaultMeters.Storage) is not null)
            await StorageLedger.ApplyAsync(connection, tenantId, meters, [], [change], fold, cancel);
        await fold.WriteAsync(connection, tenantId, meters, cancel);
        await RecountExtremesAsync(connection, tenantId, e, meters, cancel);
        await MembershipFromEvents.ApplyAsync(connection, tenantId, [e], cancel);
        if (e.Time < meters.ClosedUntil) await ClosedMonths.TouchAsync(connection, tenantId, e.Time, cancel);
        db.Note(tenantId, actor, "event.voided", $"event:{source} {id}", null, null, reason);
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return new VoidedEvent(source, id, reason, actor.At, actor.Name);
    }

    // Also one that is to be given up tonight, and one beside which a given up one may have been the least or the greatest.
    private static async Task<bool> IsGivenUpAsync(NpgsqlConnection connection, int tenantId, string source, string id, UsageEvent? e, MeterSet meters, Instant kept, CancellationToken cancel)
    {
        if (e is not null) return e.Time < kept && (Traffic.Types.Contains(e.Type) || meters.Reading(e.Type).Any(m => m.Meter.HasExtremes && m.KeptFrom is not null));
        await using var known = new NpgsqlCommand("SELECT EXISTS (SELECT 1 FROM event_identity WHERE tenant_id = $1 AND key = $2)", connection)
        { Parameters = { new() { Value = tenantId }, new() { Value = UsageEvent.KeyOf(source, id) } } };
        return (bool)(await known.ExecuteScalarAsync(cancel))!;
    }

    // The least and the greatest cannot be taken back from a rollup, so the event's rows are made again from the hour's other events.
    private static async Task RecountExtremesAsync(NpgsqlConnection connection, int tenantId, UsageEvent e, MeterSet meters, CancellationToken cancel)
    {
        var extremes = meters.Reading(e.Type).Where(m => m.Meter.HasExtremes && m.Counts(e)).ToList();
        var touched = new RollupFold(meters.Attribution);
        foreach (var meter in extremes) touched.Add(meter, e);
        if (touched.Rows.Count == 0) return;
        var again = new RollupFold(meters.Attribution);
        var hour = RollupFold.HourOf(e.Time);
        await using (var select = new NpgsqlCommand($"""
            SELECT {EventReports.UsageColumns} FROM ledger
            WHERE tenant_id = $1 AND time >= $2 AND time < $3 AND voided_at IS NULL AND (subject IS NOT DISTINCT FROM $4 OR grp IS NOT DISTINCT FROM $5)
            """, connection)
        {
            Parameters =
            {
                new() { Value = tenantId }, new() { Value = hour, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = hour + Duration.FromHours(1), NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = (object?)e.Subject ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = (object?)e.Group ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            },
        })
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                var other = EventReports.ReadUsage(rows);
                foreach (var meter in extremes.Where(m => m.Counts(other))) again.Add(meter, other);
            }
        }
        var keys = touched.Rows.Keys.ToArray();
        await using (var delete = new NpgsqlCommand("""
            DELETE FROM rollup_hour r USING unnest($2::int[], $3::smallint[], $4::text[]) u(meter_id, scope, key)
            WHERE r.tenant_id = $1 AND r.hour = $5 AND r.meter_id = u.meter_id AND r.scope = u.scope AND r.key = u.key
            """, connection)
        {
            Parameters =
            {
                new() { Value = tenantId }, new() { Value = Array.ConvertAll(keys, k => k.Meter) }, new() { Value = Array.ConvertAll(keys, k => (short)k.Scope) },
                new() { Value = Array.ConvertAll(keys, k => k.Key) }, new() { Value = hour, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            },
        })
        {
            await delete.ExecuteNonQueryAsync(cancel);
        }
        again.KeepOnly(keys.ToHashSet().Contains);
        await again.WriteHoursAsync(connection, tenantId, cancel);
        await RollupTiers.RemakeAsync(connection, tenantId, keys, meters, cancel);
    }
}
