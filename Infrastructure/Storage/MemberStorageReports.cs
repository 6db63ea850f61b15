using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;

namespace OpenMeet.Insights.Infrastructure.Storage;

/// <summary>What a user keeps at the end of a day.</summary>
/// <param name="Day">In the billing zone.</param>
/// <param name="Own">Bytes that the user carries.</param>
/// <param name="InGroups">Bytes that the user uploaded and groups carry.</param>
public readonly record struct MemberLevel(LocalDate Day, decimal Own, decimal InGroups);

/// <summary>A file that a user uploaded or carries, and that is still there.</summary>
/// <param name="File">Its key.</param>
/// <param name="Kind">The kind of content; null where nobody said.</param>
/// <param name="Bytes">What it holds now.</param>
/// <param name="Since">Since when.</param>
/// <param name="Group">The present slug of the group that carries it; null where the user does.</param>
/// <param name="GroupName">The group's name.</param>
public sealed record MemberFile(string File, string? Kind, decimal Bytes, Instant Since, string? Group, string? GroupName);

/// <summary>What a user stores.</summary>
/// <param name="User">The user's key.</param>
/// <param name="Name">For people.</param>
/// <param name="Level">At the range's end, or now.</param>
/// <param name="Added">Bytes that the user came to carry within the range.</param>
/// <param name="Removed">Bytes that the user ceased to carry within the range, also by attachment to a group.</param>
/// <param name="Files">Files that the user carries now.</param>
/// <param name="Daily">Levels at the end of each day.</param>
/// <param name="Kinds">What the user carries, by kind, greatest first.</param>
/// <param name="Groups">What the user uploaded and groups carry, by group, greatest first.</param>
/// <param name="Largest">The largest files, whoever carries them.</param>
/// <param name="Below">The newest stretches in which what the user carries stood below zero; empty for never.</param>
/// <param name="Limit">Of the level; null for none, or where the account also pays for groups.</param>
public sealed record MemberStorage(
    string User, string Name, MemberLevel Level, decimal Added, decimal Removed, long Files, IReadOnlyList<MemberLevel> Daily, IReadOnlyList<StoredPart> Kinds,
    IReadOnlyList<StoredPart> Groups, IReadOnlyList<MemberFile> Largest, IReadOnlyList<StorageAnomaly> Below,
    decimal? Limit);

/// <summary>What users keep, and what of theirs groups carry: from the same changes of level that quota and charge count.</summary>
public sealed class MemberStorageReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, UsageReports usage, AnomalyReports anomalies, TimeProvider time)
{
    private const int MostFiles = 20;

    // What the user carries, and what became of the user's uploads elsewhere. A file is whose upload of it was the first.
    private const string MineSql = """
        WITH sent AS (SELECT key FROM ledger WHERE tenant_id = $1 AND subject = $2 AND type IN ('file.uploaded', 'media.shared') AND voided_at IS NULL),
        files AS (
            SELECT DISTINCT e.file FROM sent JOIN storage_event e ON e.tenant_id = $1 AND e.key = sent.key
            WHERE e.file IS NOT NULL AND NOT EXISTS (
                SELECT FROM storage_event o WHERE o.tenant_id = $1 AND o.file = e.file AND o.action = 0 AND (o.time, o.source, o.id) < (e.time, e.source, e.id))),
        elsewhere AS (
            SELECT e.key, e.file FROM files f JOIN storage_event e ON e.tenant_id = $1 AND e.file = f.file
            UNION ALL SELECT e.key, e.file FROM sent JOIN storage_event e ON e.tenant_id = $1 AND e.key = sent.key WHERE e.file IS NULL),
        mine AS (
            SELECT d.carrier, d.kind, d.delta, d.time, e.file FROM storage_delta d JOIN storage_event e USING (tenant_id, key) WHERE d.tenant_id = $1 AND d.carrier = 'user:' || $2 AND d.time < $3
            UNION ALL SELECT d.carrier, d.kind, d.delta, d.time, x.file FROM elsewhere x JOIN storage_delta d ON d.tenant_id = $1 AND d.key = x.key
            WHERE d.carrier LIKE 'group:%' AND d.time < $3)

        """;

    private const string DailySql = MineSql + """
        SELECT greatest(width_bucket(time, $4::timestamptz[]), 1), sum(delta) FILTER (WHERE carrier LIKE 'user:%'), sum(delta) FILTER (WHERE carrier LIKE 'group:%'),
               sum(delta) FILTER (WHERE carrier LIKE 'user:%' AND delta > 0 AND time >= $5), sum(delta) FILTER (WHERE carrier LIKE 'user:%' AND delta < 0 AND time >= $5)
        FROM mine GROUP BY 1 ORDER BY 1
        """;

    private const string KindsSql = MineSql + "SELECT kind, NULL, sum(delta) FROM mine WHERE carrier LIKE 'user:%' GROUP BY 1 HAVING sum(delta) <> 0 ORDER BY 3 DESC";

    private const string GroupsSql = MineSql + """
        , slugged AS (SELECT coalesce(s.key, substr(m.carrier, 7)) AS slug, m.delta FROM mine m LEFT JOIN group_slug s ON s.tenant_id = $1 AND s.old_key = substr(m.carrier, 7) WHERE m.carrier LIKE 'group:%')
        SELECT m.slug, g.name, sum(m.delta) FROM slugged m LEFT JOIN directory_group g ON g.tenant_id = $1 AND g.key = m.slug GROUP BY 1, 2 HAVING sum(m.delta) <> 0 ORDER BY 3 DESC
        """;

    private const string FilesSql = MineSql + """
        SELECT m.file, max(m.kind), sum(m.delta), min(m.time), CASE WHEN m.carrier LIKE 'group:%' THEN coalesce(s.key, substr(m.carrier, 7)) END, max(g.name),
               count(*) FILTER (WHERE m.carrier LIKE 'user:%') OVER ()
        FROM mine m LEFT JOIN group_slug s ON s.tenant_id = $1 AND 'group:' || s.old_key = m.carrier
        LEFT JOIN directory_group g ON g.tenant_id = $1 AND g.key = coalesce(s.key, substr(m.carrier, 7)) AND m.carrier LIKE 'group:%'
        WHERE m.file IS NOT NULL GROUP BY m.file, m.carrier, 5 HAVING sum(m.delta) > 0 ORDER BY 3 DESC LIMIT $4
        """;

    /// <summary>A user's storage over a range; null for a key that nobody ever saw.</summary>
    public async Task<MemberStorage?> UserAsync(Tenant tenant, string user, TimeRange range, CancellationToken cancel)
    {
        if (await usage.UserAsync(tenant, user, range, cancel) is not { } account) return null;
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        var until = Instant.Min(range.To, now + Duration.FromTicks(10));
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var (daily, added, removed) = await DailyAsync(snapshot.Connection, tenant, user, range.From, until, cancel);
        var (largest, files) = await FilesAsync(snapshot.Connection, tenant.Id, user, until, cancel);
        return new MemberStorage(
            user, account.Name, daily.Count > 0 ? daily[^1] : default, added, -removed, files, daily, await PartsAsync(snapshot.Connection, KindsSql, tenant.Id, user, until, cancel),
            await PartsAsync(snapshot.Connection, GroupsSql, tenant.Id, user, until, cancel), largest,
            await anomalies.BelowZeroAsync(tenant.Id, ["user:" + user], GroupStorageReports.MostAnomalies, cancel),
            account.Groups.Count > 0 ? null : account.Meters.FirstOrDefault(m => m.Meter.IsStorage)?.Limit);
    }

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, int tenantId, string user, Instant until) =>
        new(sql, connection) { Parameters = { new() { Value = tenantId }, new() { Value = user, NpgsqlDbType = NpgsqlDbType.Text }, SqlValue.Time(until) } };

    private static async Task<(List<MemberLevel> Daily, decimal Added, decimal Removed)> DailyAsync(
        NpgsqlConnection connection, Tenant tenant, string user, Instant from, Instant until, CancellationToken cancel)
    {
        var days = BillingDays.Of(tenant.Zone, from, until);
        var changes = new (decimal Own, decimal InGroups)[days.Count];
        var (added, removed) = (0m, 0m);
        await using (var select = Command(connection, DailySql, tenant.Id, user, until))
        {
            select.Parameters.Add(SqlValue.Times(days.Select(d => d.Start)));
            select.Parameters.Add(SqlValue.Time(from));
            await using var rows = await select.ExecuteReaderAsync(cancel);
            while (await rows.ReadAsync(cancel))
            {
                decimal At(int column) => rows.IsDBNull(column) ? 0m : rows.GetQuantity(column).ToDecimal();
                changes[rows.GetInt32(0) - 1] = (At(1), At(2));
                (added, removed) = (added + At(3), removed + At(4));
            }
        }
        var daily = new List<MemberLevel>();
        var (own, inGroups) = (0m, 0m);
        for (var i = 0; i < changes.Length; i++)
        {
            (own, inGroups) = (own + changes[i].Own, inGroups + changes[i].InGroups);
            daily.Add(new MemberLevel(days[i].Day, own, inGroups));
        }
        return (daily, added, removed);
    }

    private static async Task<List<StoredPart>> PartsAsync(NpgsqlConnection connection, string sql, int tenantId, string user, Instant until, CancellationToken cancel)
    {
        var parts = new List<StoredPart>();
        await using var select = Command(connection, sql, tenantId, user, until);
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) parts.Add(new StoredPart(rows.GetText(0), rows.GetText(1), rows.GetQuantity(2).ToDecimal()));
        return parts;
    }

    private static async Task<(List<MemberFile> Files, long Own)> FilesAsync(NpgsqlConnection connection, int tenantId, string user, Instant until, CancellationToken cancel)
    {
        var (files, own) = (new List<MemberFile>(MostFiles), 0L);
        await using var select = Command(connection, FilesSql, tenantId, user, until);
        select.Parameters.Add(new NpgsqlParameter { Value = MostFiles });
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            files.Add(new MemberFile(
                rows.GetString(0), rows.GetText(1), rows.GetQuantity(2).ToDecimal(), rows.GetFieldValue<Instant>(3), rows.GetText(4),
                rows.GetText(5)));
            own = rows.GetInt64(6);
        }
        return (files, own);
    }
}
