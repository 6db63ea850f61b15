using Microsoft.EntityFrameworkCore;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>
/// Makes, changes and archives meters. A meter counts stored events from the first on: its rollups are made in the same transaction,
/// while writers of the tenant wait, so nobody ever sees it half counted.
/// </summary>
public sealed class MeterStore(IDbContextFactory<InsightsDbContext> contexts)
{
    /// <summary>Adds a meter and counts stored events. Null when the slug is taken.</summary>
    public async Task<StoredMeter?> CreateAsync(int tenantId, Meter meter, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        await TenantLock.AloneAsync(connection, tenantId);
        if (await db.Meters.AnyAsync(m => m.TenantId == tenantId && m.Slug == meter.Slug && m.ArchivedAt == null, cancel)) return null;
        var row = new MeterDefinition { TenantId = tenantId, Slug = meter.Slug, Definition = MeterJson.Write(meter).ToJsonString(), CreatedAt = actor.At };
        db.Meters.Add(row);
        db.Note(tenantId, actor, "meter.created", "meter:" + meter.Slug, null, MeterJson.Write(meter));
        await db.SaveChangesAsync(cancel);
        var stored = new StoredMeter(row.Id, meter, false);
        await CountAsync(connection, tenantId, stored, cancel);
        await BumpAsync(db, tenantId, cancel);
        await transaction.CommitAsync(cancel);
        return stored;
    }

    /// <summary>Replaces a meter's definition and counts again where what it counts changed.</summary>
    public async Task ChangeAsync(int tenantId, StoredMeter old, Meter meter, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        await TenantLock.AloneAsync(connection, tenantId);
        var row = await db.Meters.SingleAsync(m => m.Id == old.Id, cancel);
        row.Definition = MeterJson.Write(meter).ToJsonString();
        db.Note(tenantId, actor, "meter.changed", "meter:" + meter.Slug, MeterJson.Write(old.Meter), MeterJson.Write(meter));
        await db.SaveChangesAsync(cancel);
        if (!SameCounting(old.Meter, meter))
        {
            await db.Database.ExecuteSqlAsync($"DELETE FROM rollup_hour WHERE tenant_id = {tenantId} AND meter_id = {old.Id}", cancel);
            await CountAsync(connection, tenantId, old with { Meter = meter }, cancel);
        }
        await BumpAsync(db, tenantId, cancel);
        await transaction.CommitAsync(cancel);
    }

    /// <summary>Takes a meter out of use; its rollups stay.</summary>
    public async Task ArchiveAsync(int tenantId, StoredMeter meter, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        await TenantLock.AloneAsync((NpgsqlConnection)db.Database.GetDbConnection(), tenantId);
        var row = await db.Meters.SingleAsync(m => m.Id == meter.Id, cancel);
        row.ArchivedAt = actor.At;
        db.Note(tenantId, actor, "meter.archived", "meter:" + meter.Meter.Slug, MeterJson.Write(meter.Meter), null);
        await db.SaveChangesAsync(cancel);
        await BumpAsync(db, tenantId, cancel);
        await transaction.CommitAsync(cancel);
    }

    /// <summary>Whether two definitions read the same events to the same values.</summary>
    public static bool SameCounting(Meter a, Meter b)
    {
        static string Counting(Meter m) => MeterJson.Write(m with { Name = "", Description = "", Unit = "", GroupBy = new Dictionary<string, JsonPath>() }).ToJsonString();
        return Counting(a) == Counting(b);
    }

    private static Task BumpAsync(InsightsDbContext db, int tenantId, CancellationToken cancel) =>
        db.Database.ExecuteSqlAsync($"UPDATE tenant SET catalog_version = catalog_version + 1 WHERE id = {tenantId}", cancel);

    private static async Task CountAsync(NpgsqlConnection connection, int tenantId, StoredMeter stored, CancellationToken cancel)
    {
        if (!stored.Meter.IsRolledUp) return;
        var fold = new RollupFold();
        await using (var select = new NpgsqlCommand(
            $"SELECT {EventReports.UsageColumns} FROM ledger WHERE tenant_id = $1 AND type = ANY($2) AND voided_at IS NULL", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = stored.Meter.Sources.Select(s => s.EventType).ToArray() } },
        })
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel)) fold.Add(stored, EventReports.ReadUsage(rows));
        }
        await fold.WriteAsync(connection, tenantId, cancel);
    }
}
