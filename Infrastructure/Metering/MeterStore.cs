using Microsoft.EntityFrameworkCore;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>
/// Makes, changes and archives meters. A meter counts stored events from the first on. Where some are stored, its rollups are made
/// beside the running work (<see cref="MeterBackfill"/>); until they are whole, readers see the old definition's, or nothing.
/// </summary>
public sealed class MeterStore(IDbContextFactory<InsightsDbContext> contexts, MeterBackfill backfill, MeterCatalog catalog)
{
    /// <summary>How long a change waits for its counting before it answers that it goes on.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Adds a meter. Null when the slug is taken.</summary>
    /// <exception cref="NoLongerKeptException">It could not count everything: events that it reads are no longer kept. So with the two that follow.</exception>
    public async Task<StoredMeter?> CreateAsync(int tenantId, Meter meter, Actor actor, CancellationToken cancel)
    {
        await using (var db = await contexts.CreateDbContextAsync(cancel))
        await using (var transaction = await db.Database.BeginTransactionAsync(cancel))
        {
            await TenantLock.AloneAsync((NpgsqlConnection)db.Database.GetDbConnection(), tenantId);
            if (await db.Meters.AnyAsync(m => m.TenantId == tenantId && m.Slug == meter.Slug && m.ArchivedAt == null, cancel)) return null;
            db.Note(tenantId, actor, "meter.created", "meter:" + meter.Slug, null, MeterJson.Write(meter));
            await AddAsync(db, tenantId, meter, null, null, actor, cancel);
            await transaction.CommitAsync(cancel);
        }
        return await CountedAsync(tenantId, meter.Slug, cancel);
    }

    /// <summary>Changes a meter's definition; where what it counts changed, the new rollups are made while the old ones answer.</summary>
    public async Task<StoredMeter> ChangeAsync(int tenantId, Meter meter, Actor actor, CancellationToken cancel)
    {
        await using (var db = await contexts.CreateDbContextAsync(cancel))
        await using (var transaction = await db.Database.BeginTransactionAsync(cancel))
        {
            var connection = (NpgsqlConnection)db.Database.GetDbConnection();
            await TenantLock.AloneAsync(connection, tenantId);
            var rows = await db.Meters.Where(m => m.TenantId == tenantId && m.Slug == meter.Slug && m.ArchivedAt == null).ToListAsync(cancel);
            var latest = rows.Find(m => m.CountedAt is null) ?? rows.Single();
            var before = MeterCatalog.Parse(latest.Definition);
            db.Note(tenantId, actor, "meter.changed", "meter:" + meter.Slug, MeterJson.Write(before), MeterJson.Write(meter));
            if (SameCounting(before, meter))
            {
                latest.Definition = MeterJson.Write(meter).ToJsonString();
                await db.SaveChangesAsync(cancel);
                await MeterCatalog.ChangedAsync(connection, tenantId, cancel);
            }
            else
            {
                await AgainAsync(db, tenantId, meter, rows, actor, cancel);
            }
            await transaction.CommitAsync(cancel);
        }
        return (await CountedAsync(tenantId, meter.Slug, cancel))!;
    }

    /// <summary>Counts a meter again from the stored events; the numbers of now answer until the new ones are whole.</summary>
    public async Task<StoredMeter> CountAgainAsync(int tenantId, StoredMeter stored, Actor actor, CancellationToken cancel)
    {
        await using (var db = await contexts.CreateDbContextAsync(cancel))
        await using (var transaction = await db.Database.BeginTransactionAsync(cancel))
        {
            var connection = (NpgsqlConnection)db.Database.GetDbConnection();
            await TenantLock.AloneAsync(connection, tenantId);
            db.Note(tenantId, actor, "meter.counted_again", "meter:" + stored.Meter.Slug, null, null);
            if (stored.Meter.IsStorage)
            {
                // Bytes follow files and not single events, so they are worked out in one go.
                await db.SaveChangesAsync(cancel);
                await Attribution.CarrierRebuild.RunAsync(connection, tenantId, await MeterCatalog.ChangedAsync(connection, tenantId, cancel), cancel);
            }
            else
            {
                var rows = await db.Meters.Where(m => m.TenantId == tenantId && m.Slug == stored.Meter.Slug && m.ArchivedAt == null).ToListAsync(cancel);
                await AgainAsync(db, tenantId, (stored.Next ?? stored).Meter, rows, actor, cancel);
            }
            await transaction.CommitAsync(cancel);
        }
        return (await CountedAsync(tenantId, stored.Meter.Slug, cancel))!;
    }

    /// <summary>Takes a meter out of use; its rollups stay.</summary>
    public async Task ArchiveAsync(int tenantId, StoredMeter meter, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        await TenantLock.AloneAsync(connection, tenantId);
        foreach (var row in await db.Meters.Where(m => m.TenantId == tenantId && m.Slug == meter.Meter.Slug && m.ArchivedAt == null).ToListAsync(cancel)) row.ArchivedAt = actor.At;
        db.Note(tenantId, actor, "meter.archived", "meter:" + meter.Meter.Slug, MeterJson.Write(meter.Meter), null);
        await db.SaveChangesAsync(cancel);
        await MeterCatalog.ChangedAsync(connection, tenantId, cancel);
        await transaction.CommitAsync(cancel);
    }

    /// <summary>Whether two definitions read the same events to the same values.</summary>
    public static bool SameCounting(Meter a, Meter b)
    {
        static string Counting(Meter m) => MeterJson.Write(m with { Name = "", Description = "", Unit = "", GroupBy = new Dictionary<string, JsonPath>() }).ToJsonString();
        return Counting(a) == Counting(b);
    }

    // A second definition beside the one that answers; one that was being counted is given up.
    private static async Task AgainAsync(InsightsDbContext db, int tenantId, Meter meter, List<MeterDefinition> rows, Actor actor, CancellationToken cancel)
    {
        foreach (var given in rows.Where(m => m.CountedAt is null)) given.ArchivedAt = actor.At;
        var first = rows.Min(m => m.FirstId ?? m.Id);
        var standing = rows.Find(m => m.CountedAt is not null);
        await db.SaveChangesAsync(cancel);
        await AddAsync(db, tenantId, meter, standing, first, actor, cancel);
    }

    private static async Task AddAsync(InsightsDbContext db, int tenantId, Meter meter, MeterDefinition? standing, int? firstId, Actor actor, CancellationToken cancel)
    {
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        if (Traffic.IsReadBy(meter) && meter.IsRolledUp && await TrafficSweep.KeptFromAsync(connection, cancel) is { } kept)
        {
            await using var older = new NpgsqlCommand("SELECT EXISTS (SELECT 1 FROM event_identity WHERE tenant_id = $1 AND time < $2)", connection) { Parameters = { new() { Value = tenantId }, SqlValue.Time(kept) } };
            if ((bool)(await older.ExecuteScalarAsync(cancel))!) throw new NoLongerKeptException(kept);
        }
        var total = meter.IsRolledUp ? await MeterBackfill.CountEventsAsync(connection, tenantId, meter, cancel) : 0;
        var row = new MeterDefinition
        {
            TenantId = tenantId,
            Slug = meter.Slug,
            Definition = MeterJson.Write(meter).ToJsonString(),
            BuiltIn = standing?.BuiltIn ?? false,
            CreatedAt = actor.At,
            FirstId = firstId,
            TotalEvents = total,
            CountedAt = total == 0 ? actor.At : null,
        };
        if (total == 0 && standing is not null)
        {
            standing.ArchivedAt = actor.At;
            await db.SaveChangesAsync(cancel);
        }
        db.Meters.Add(row);
        await db.SaveChangesAsync(cancel);
        // A price of a closed month may hang on what the meter counts.
        if (firstId is not null) await Pricing.ClosedMonths.TouchAsync(connection, tenantId, null, cancel);
        await MeterCatalog.ChangedAsync(connection, tenantId, cancel);
    }

    private async Task<StoredMeter?> CountedAsync(int tenantId, string slug, CancellationToken cancel)
    {
        var stored = (await catalog.GetAsync(tenantId, cancel)).Find(slug);
        if (stored is not { IsWhole: true, Next: null }) await backfill.RunAsync(tenantId, slug, Patience, cancel);
        return (await catalog.GetAsync(tenantId, cancel)).Find(slug);
    }
}
