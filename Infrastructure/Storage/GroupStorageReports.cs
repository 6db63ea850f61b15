using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;

namespace OpenMeet.Insights.Infrastructure.Storage;

/// <summary>Bytes of one kind or of one person.</summary>
public sealed record StoredPart(string? Key, string? Name, decimal Bytes);

/// <summary>A file that is still there.</summary>
/// <param name="File">Its key.</param>
/// <param name="Kind">The kind of content; null where nobody said.</param>
/// <param name="Bytes">What it holds now.</param>
/// <param name="Since">Since when.</param>
/// <param name="By">The key of who uploaded it; null where unknown.</param>
/// <param name="ByName">The name of who uploaded it; null where nobody described it.</param>
public sealed record StoredFile(string File, string? Kind, decimal Bytes, Instant Since, string? By, string? ByName)
{
    /// <summary>Who uploaded it, as people know them: the name, or the key where there is none.</summary>
    public string? Uploader => ByName ?? By;
}

/// <summary>What a group stores.</summary>
/// <param name="Group">Its present slug.</param>
/// <param name="Name">Its name.</param>
/// <param name="Level">Bytes at the range's end, or now.</param>
/// <param name="Added">Bytes that came within the range, also by attachment.</param>
/// <param name="Removed">Bytes that went within the range.</param>
/// <param name="Files">Files that are there now.</param>
/// <param name="Daily">Level at the end of each day of the range.</param>
/// <param name="Kinds">By kind, greatest first.</param>
/// <param name="Members">By uploader, greatest first.</param>
/// <param name="Largest">The largest files.</param>
/// <param name="Below">The newest stretches in which the level stood below zero; empty for never.</param>
/// <param name="Limit">The limit of the paying account's plan where the group is that account; null for none.</param>
public sealed record GroupStorage(
    string Group, string Name, decimal Level, decimal Added, decimal Removed, long Files, IReadOnlyList<(LocalDate Day, decimal Level)> Daily,
    IReadOnlyList<StoredPart> Kinds, IReadOnlyList<StoredPart> Members, IReadOnlyList<StoredFile> Largest, IReadOnlyList<StorageAnomaly> Below, decimal? Limit);

/// <summary>What groups keep: by day, kind, person and file, all from the changes of level that the meter itself counts.</summary>
public sealed class GroupStorageReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, UsageReports usage, AnomalyReports anomalies, TimeProvider time)
{
    /// <summary>How many stretches below zero a storage page shows.</summary>
    public const int MostAnomalies = 3;

    private const int MostFiles = 20;

    private const string DailySql = """
        SELECT greatest(width_bucket(time, $5::timestamptz[]), 1), sum(delta), coalesce(sum(delta) FILTER (WHERE delta > 0 AND time >= $3), 0), coalesce(sum(delta) FILTER (WHERE delta < 0 AND time >= $3), 0)
        FROM storage_delta WHERE tenant_id = $1 AND carrier = ANY($2) AND time < $4 GROUP BY 1 ORDER BY 1
        """;

    private const string KindsSql = """
        SELECT kind, NULL, sum(delta) FROM storage_delta WHERE tenant_id = $1 AND carrier = ANY($2) AND time < $3 GROUP BY 1 HAVING sum(delta) <> 0 ORDER BY 3 DESC
        """;

    // A file belongs to who uploaded it, also after somebody else attached or deleted it.
    private const string MembersSql = """
        WITH uploader AS (SELECT DISTINCT ON (file) file, subject FROM storage_event WHERE tenant_id = $1 AND action = 0 AND file IS NOT NULL ORDER BY file, time, source, id)
        SELECT coalesce(u.subject, d.subject), p.name, sum(d.delta) FROM storage_delta d JOIN storage_event e USING (tenant_id, key)
        LEFT JOIN uploader u ON u.file = e.file
        LEFT JOIN directory_user p ON p.tenant_id = d.tenant_id AND p.key = coalesce(u.subject, d.subject)
        WHERE d.tenant_id = $1 AND d.carrier = ANY($2) AND d.time < $3 GROUP BY 1, 2 HAVING sum(d.delta) <> 0 ORDER BY 3 DESC
        """;

    private const string FilesSql = """
        WITH held AS (
            SELECT e.file, max(d.kind) AS kind, sum(d.delta) AS bytes, min(e.time) AS since, (array_agg(e.subject ORDER BY e.time))[1] AS first_by, count(*) OVER () AS files
            FROM storage_delta d JOIN storage_event e USING (tenant_id, key)
            WHERE d.tenant_id = $1 AND d.carrier = ANY($2) AND d.time < $3 AND e.file IS NOT NULL GROUP BY e.file HAVING sum(d.delta) > 0 ORDER BY 3 DESC, 1 LIMIT $4)
        SELECT h.file, h.kind, h.bytes, h.since, coalesce(u.subject, h.first_by), p.name, h.files FROM held h
        LEFT JOIN LATERAL (SELECT e.subject FROM storage_event e WHERE e.tenant_id = $1 AND e.file = h.file AND e.action = 0 ORDER BY e.time, e.source, e.id LIMIT 1) u ON true
        LEFT JOIN directory_user p ON p.tenant_id = $1 AND p.key = coalesce(u.subject, h.first_by)
        ORDER BY h.bytes DESC, h.file
        """;

    /// <summary>A group's storage over a range; null for an unknown group.</summary>
    public async Task<GroupStorage?> GroupAsync(Tenant tenant, string slug, TimeRange range, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var group = await UsageReports.PresentGroupAsync(db, tenant.Id, slug, cancel);
        if (await db.DirectoryGroups.AsNoTracking().SingleOrDefaultAsync(g => g.TenantId == tenant.Id && g.Key == group, cancel) is not { } known) return null;
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        var until = Instant.Min(range.To, now + Duration.FromTicks(10));
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var carriers = book.SlugsOf(group).Select(s => "group:" + s).ToArray();
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var (daily, added, removed) = await DailyAsync(snapshot.Connection, tenant, carriers, range.From, until, cancel);
        var (files, count) = await FilesAsync(snapshot.Connection, tenant.Id, carriers, until, cancel);
        var row = (await usage.GroupAsync(tenant, group, range, byMember: false, cancel))?.Meters.FirstOrDefault(m => m.Meter.IsStorage);
        return new GroupStorage(
            group, known.Name ?? group, daily.Count > 0 ? daily[^1].Level : 0m, added, -removed, count, daily,
            await PartsAsync(snapshot.Connection, KindsSql, tenant.Id, carriers, until, cancel), await PartsAsync(snapshot.Connection, MembersSql, tenant.Id, carriers, until, cancel),
            files, await anomalies.BelowZeroAsync(tenant.Id, carriers, MostAnomalies, cancel), row?.Limit);
    }

    private static async Task<(List<(LocalDate Day, decimal Level)> Daily, decimal Added, decimal Removed)> DailyAsync(
        NpgsqlConnection connection, Tenant tenant, string[] carriers, Instant from, Instant until, CancellationToken cancel)
    {
        var days = BillingDays.Of(tenant.Zone, from, until);
        var (changes, added, removed) = (new Quantity[days.Count], Quantity.Zero, Quantity.Zero);
        await using var select = new NpgsqlCommand(DailySql, connection)
        {
            Parameters =
            {
                new() { Value = tenant.Id }, new() { Value = carriers }, SqlValue.Time(from), SqlValue.Time(until), SqlValue.Times(days.Select(d => d.Start)),
            },
        };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            changes[rows.GetInt32(0) - 1] = rows.GetQuantity(1);
            added += rows.GetQuantity(2);
            removed += rows.GetQuantity(3);
        }
        var daily = new List<(LocalDate, decimal)>();
        var level = Quantity.Zero;
        for (var i = 0; i < changes.Length; i++)
        {
            level += changes[i];
            daily.Add((days[i].Day, level.ToDecimal()));
        }
        return (daily, added.ToDecimal(), removed.ToDecimal());
    }

    internal static async Task<List<StoredPart>> PartsAsync(NpgsqlConnection connection, string sql, int tenantId, string[] carriers, Instant until, CancellationToken cancel)
    {
        var parts = new List<StoredPart>();
        await using var select = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = tenantId }, new() { Value = carriers }, SqlValue.Time(until) } };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) parts.Add(new StoredPart(rows.GetText(0), rows.GetText(1), rows.GetQuantity(2).ToDecimal()));
        return parts;
    }

    private static async Task<(List<StoredFile> Files, long Count)> FilesAsync(NpgsqlConnection connection, int tenantId, string[] carriers, Instant until, CancellationToken cancel)
    {
        var (files, count) = (new List<StoredFile>(MostFiles), 0L);
        await using var select = new NpgsqlCommand(FilesSql, connection) { Parameters = { new() { Value = tenantId }, new() { Value = carriers }, SqlValue.Time(until), new() { Value = MostFiles } } };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            files.Add(new StoredFile(rows.GetString(0), rows.GetText(1), rows.GetQuantity(2).ToDecimal(), rows.GetFieldValue<Instant>(3), rows.GetText(4), rows.GetText(5)));
            count = rows.GetInt64(6);
        }
        return (files, count);
    }

}
