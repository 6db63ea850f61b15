using System.Numerics;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Controls;

/// <summary>A file that is due, or pinned.</summary>
/// <param name="File">Its key.</param>
/// <param name="Kind">Its kind; none where no upload named one.</param>
/// <param name="Bytes">What it holds for the group.</param>
/// <param name="Came">When it came to the group: its newest upload or attaching.</param>
/// <param name="By">Who uploaded it first; none where unknown.</param>
/// <param name="Event">The event that its months count from; none where they count from its coming.</param>
/// <param name="DueOn">The day on which it became due, in the group's zone.</param>
public sealed record DueFile(string File, string? Kind, decimal Bytes, Instant Came, string? By, string? Event, LocalDate DueOn);

/// <summary>Where a page of due files begins: behind this one.</summary>
/// <param name="Millionths">Millionths of a byte that it holds.</param>
/// <param name="File">Its key.</param>
public sealed record DueCursor(BigInteger Millionths, string File);

/// <summary>Which part of the due files is read: behind a file, or behind so many.</summary>
/// <param name="Take">How many at most, 0 for the sum alone; the whole list where it is none.</param>
/// <param name="After">Behind this one.</param>
/// <param name="Skip">Behind so many.</param>
public sealed record DuePage(int? Take, DueCursor? After = null, int Skip = 0);

/// <summary>What is due in a group.</summary>
/// <param name="Effect">All of it, added up.</param>
/// <param name="Files">A part of the list, the largest first.</param>
/// <param name="Next">Where the next part begins; none at the end.</param>
public sealed record RetentionDue(RetentionEffect Effect, IReadOnlyList<DueFile> Files, DueCursor? Next);

/// <summary>A file that the group keeps whatever its retention says.</summary>
/// <param name="Pin">The pin.</param>
/// <param name="Bytes">What the file holds now; 0 where it is gone.</param>
public sealed record PinnedFile(FilePin Pin, decimal Bytes);

/// <summary>Which files a group's retention would free, from the changes of level that the meter itself counts. Nothing is deleted here, or anywhere in this service.</summary>
public sealed class RetentionReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, DirectoryReports directory, TimeProvider time)
{
    // A file's kind, and when it came, are those of its newest upload or attaching: a file that is replaced is young again.
    private const string HeldSql = """
        held AS (
            SELECT e.file, (array_agg(d.kind ORDER BY e.time DESC, e.key) FILTER (WHERE d.kind IS NOT NULL))[1] AS kind, sum(d.delta) AS held, max(e.time) FILTER (WHERE d.delta > 0) AS came
            FROM storage_delta d JOIN storage_event e USING (tenant_id, key)
            WHERE d.tenant_id = $1 AND d.carrier = ANY($2) AND e.file IS NOT NULL AND d.time <= $3 GROUP BY e.file HAVING sum(d.delta) > 0)
        """;

    // The line of a file's own kind, else the one of all others. The months count from the later of its coming and its event's end.
    private const string DueSql = $"""
        WITH rule AS (SELECT * FROM unnest($4::text[], $5::timestamptz[], $6::boolean[]) AS r(kind, before, after_event)),
        gathering AS (SELECT * FROM unnest($7::text[], $8::timestamptz[]) AS g(event, ends)),
        {HeldSql},
        ruled AS (
            SELECT h.*, r.before, r.after_event FROM held h
            JOIN LATERAL (SELECT * FROM rule WHERE kind IN (coalesce(h.kind, '{Retention.Other}'), '{Retention.Other}') ORDER BY kind = '{Retention.Other}' LIMIT 1) r ON h.came < r.before
            WHERE NOT EXISTS (SELECT FROM file_pin p WHERE p.tenant_id = $1 AND p.group_key = $9 AND p.file = h.file)),
        sent AS MATERIALIZED (
            SELECT r.file, s.time, s.key FROM ruled r JOIN storage_event s ON s.tenant_id = $1 AND s.file = r.file AND s.action IN (0, 2) WHERE r.after_event),
        named AS (
            SELECT DISTINCT ON (s.file) s.file, g.event, g.ends FROM sent s JOIN ledger l ON l.tenant_id = $1 AND l.time = s.time AND l.key = s.key
            JOIN gathering g ON g.event = l.event->'data'->>'event' ORDER BY s.file, s.time DESC),
        due AS (SELECT r.file, r.kind, r.held, r.came, n.event, n.ends FROM ruled r LEFT JOIN named n ON n.file = r.file WHERE n.ends IS NULL OR n.ends < r.before)

        """;

    private const string SumSql = DueSql + "SELECT kind, count(*), sum(held), min(came) FROM due GROUP BY 1 ORDER BY 3 DESC, 1";

    private const string ListSql = DueSql + """
        SELECT d.file, d.kind, d.held, d.came, (SELECT s.subject FROM storage_event s WHERE s.tenant_id = $1 AND s.file = d.file AND s.action = 0 ORDER BY s.time, s.source, s.id LIMIT 1), d.event, d.ends
        FROM due d WHERE $10::numeric IS NULL OR d.held < $10 OR (d.held = $10 AND d.file > $11) ORDER BY d.held DESC, d.file OFFSET $12 LIMIT $13
        """;

    private const string EndsSql = """
        SELECT DISTINCT ON (d.event) d.event, coalesce(d.ends_at, d.starts_at)
        FROM ledger l, LATERAL json_to_record(CASE WHEN json_typeof(l.event->'data') = 'object' THEN l.event->'data' END) AS d(event text, starts_at text, ends_at text)
        WHERE l.tenant_id = $1 AND l.grp = ANY($2) AND l.type IN ('event.created', 'event.updated') AND l.voided_at IS NULL AND d.event IS NOT NULL AND coalesce(d.ends_at, d.starts_at) IS NOT NULL
        ORDER BY d.event, l.time DESC, l.source DESC, l.id DESC
        """;

    /// <summary>What a retention would free now, as if it were on; under a legal hold nothing.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="controls">The group.</param>
    /// <param name="retention">What is looked at: the one in force, or one that somebody thinks of.</param>
    /// <param name="page">Which part of the list.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<RetentionDue> DueAsync(Tenant tenant, GroupControls controls, Retention retention, DuePage page, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        ArgumentNullException.ThrowIfNull(controls);
        ArgumentNullException.ThrowIfNull(retention);
        ArgumentNullException.ThrowIfNull(page);
        if (retention.LegalHold || retention.Kinds.Count == 0) return new RetentionDue(RetentionEffect.Nothing, [], null);
        var slugs = await directory.SlugsAsync(tenant.Id, controls.Group, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var connection = snapshot.Connection;
        var ends = retention.Kinds.Values.Any(k => k.After == RetentionStart.Event) ? await EndsAsync(connection, tenant.Id, slugs, cancel) : [];
        NpgsqlParameter[] What() =>
        [
            new() { Value = tenant.Id }, new() { Value = slugs.Select(s => "group:" + s).ToArray() }, SqlValue.Time(Now()),
            SqlValue.Texts([.. retention.Kinds.Keys]), SqlValue.Times(retention.Kinds.Values.Select(k => Before(k.Months, controls.Zone))), new() { Value = retention.Kinds.Values.Select(k => k.After == RetentionStart.Event).ToArray() },
            SqlValue.Texts([.. ends.Keys]), SqlValue.Times(ends.Values), new() { Value = controls.Group },
        ];
        var effect = await SumAsync(connection, What(), controls.Zone, cancel);
        if (page.Take == 0) return new RetentionDue(effect, [], null);
        var files = new List<(DueFile File, Quantity Held)>();
        await using var select = new NpgsqlCommand(ListSql, connection);
        select.Parameters.AddRange(What());
        select.Parameters.Add(new NpgsqlParameter { Value = (object?)page.After?.Millionths ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Numeric });
        select.Parameters.Add(new NpgsqlParameter { Value = page.After?.File ?? "" });
        select.Parameters.Add(new NpgsqlParameter { Value = (long)page.Skip });
        select.Parameters.Add(new NpgsqlParameter { Value = page.Take is { } take ? take + 1L : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            var (held, came, kind) = (rows.GetQuantity(2), rows.GetFieldValue<Instant>(3), rows.GetText(1));
            var (end, months) = (rows.IsDBNull(6) ? (Instant?)null : rows.GetFieldValue<Instant>(6), retention.Of(kind)!.Months);
            var start = end > came ? end.Value : came;
            files.Add((new DueFile(rows.GetString(0), kind, held.ToDecimal(), came, rows.GetText(4), end > came ? rows.GetText(5) : null, Retention.DueOn(start.InZone(controls.Zone).Date, months)), held));
        }
        var more = page.Take is { } most && files.Count > most;
        if (more) files.RemoveAt(files.Count - 1);
        return new RetentionDue(effect, [.. files.Select(f => f.File)], more ? new DueCursor((BigInteger)files[^1].Held.Millionths, files[^1].File.File) : null);
    }

    /// <summary>The kinds of the files that a group holds now, the largest first.</summary>
    public async Task<IReadOnlyList<DueKind>> KindsAsync(Tenant tenant, GroupControls controls, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        ArgumentNullException.ThrowIfNull(controls);
        var slugs = await directory.SlugsAsync(tenant.Id, controls.Group, cancel);
        await using var select = dataSource.CreateCommand($"WITH {HeldSql} SELECT kind, count(*), sum(held) FROM held GROUP BY 1 ORDER BY 3 DESC, 1");
        select.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = tenant.Id }, new() { Value = slugs.Select(s => "group:" + s).ToArray() }, SqlValue.Time(Now()) });
        var kinds = new List<DueKind>();
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) kinds.Add(new DueKind(rows.GetText(0), rows.GetInt64(1), rows.GetQuantity(2).ToDecimal()));
        return kinds;
    }

    /// <summary>The files that a group has pinned, the newest pin first.</summary>
    public async Task<IReadOnlyList<PinnedFile>> PinsAsync(Tenant tenant, GroupControls controls, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        ArgumentNullException.ThrowIfNull(controls);
        var slugs = await directory.SlugsAsync(tenant.Id, controls.Group, cancel);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var pins = await db.FilePins.AsNoTracking().Where(p => p.TenantId == tenant.Id && p.GroupKey == controls.Group).OrderByDescending(p => p.PinnedAt).ThenBy(p => p.File).ToListAsync(cancel);
        if (pins.Count == 0) return [];
        var held = new Dictionary<string, decimal>(StringComparer.Ordinal);
        await using var select = dataSource.CreateCommand("SELECT e.file, sum(d.delta) FROM storage_event e JOIN storage_delta d USING (tenant_id, key) WHERE e.tenant_id = $1 AND e.file = ANY($2) AND d.carrier = ANY($3) AND d.time <= $4 GROUP BY 1");
        select.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = tenant.Id }, SqlValue.Texts([.. pins.Select(p => p.File)]), new() { Value = slugs.Select(s => "group:" + s).ToArray() }, SqlValue.Time(Now()) });
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) held[rows.GetString(0)] = rows.GetQuantity(1).ToDecimal();
        return [.. pins.Select(p => new PinnedFile(p, held.GetValueOrDefault(p.File)))];
    }

    // Files that came before the end of the newest day that is due.
    private Instant Before(int months, DateTimeZone zone) =>
        zone.AtStartOfDay(Retention.NewestDue(Now().InZone(zone).Date, months).PlusDays(1)).ToInstant();

    private static async Task<RetentionEffect> SumAsync(NpgsqlConnection connection, NpgsqlParameter[] what, DateTimeZone zone, CancellationToken cancel)
    {
        var (kinds, oldest) = (new List<DueKind>(), (Instant?)null);
        await using var select = new NpgsqlCommand(SumSql, connection);
        select.Parameters.AddRange(what);
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            kinds.Add(new DueKind(rows.GetText(0), rows.GetInt64(1), rows.GetQuantity(2).ToDecimal()));
            var came = rows.GetFieldValue<Instant>(3);
            if (oldest is null || came < oldest) oldest = came;
        }
        return new RetentionEffect(kinds, oldest?.InZone(zone).Date);
    }

    // When each event of the group ends, as it was last told; without an end, when it begins.
    private static async Task<Dictionary<string, Instant>> EndsAsync(NpgsqlConnection connection, int tenantId, IReadOnlyList<string> slugs, CancellationToken cancel)
    {
        var ends = new Dictionary<string, Instant>(StringComparer.Ordinal);
        await using var select = new NpgsqlCommand(EndsSql, connection) { Parameters = { new() { Value = tenantId }, new() { Value = slugs.ToArray() } } };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            if (Rfc3339.TryParse(rows.GetString(1), out var end)) ends[rows.GetString(0)] = end;
        }
        return ends;
    }

    private Instant Now() => Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
}
