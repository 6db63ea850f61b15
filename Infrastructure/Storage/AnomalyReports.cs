using System.Numerics;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Storage;

/// <summary>What is odd about stored bytes.</summary>
public enum AnomalyKind
{
    /// <summary>A carrier's level went below zero: more was taken away than was ever there.</summary>
    LevelBelowZero,

    /// <summary>An attachment names another size than its file has at that instant.</summary>
    AttachedSizeDiffers,
}

/// <summary>An event that had a part in an anomaly.</summary>
/// <param name="Key">The event's key.</param>
/// <param name="Source">Its source.</param>
/// <param name="Id">Its id.</param>
/// <param name="Type">Its type.</param>
/// <param name="Time">When it happened.</param>
/// <param name="Subject">The acting user.</param>
/// <param name="Group">The group that it names.</param>
/// <param name="File">The file that it names.</param>
/// <param name="Bytes">By how much it changed the level; of an attachment, the size that it names.</param>
public sealed record AnomalyEvent(Guid Key, string Source, string Id, string Type, Instant Time, string? Subject, string? Group, string? File, decimal Bytes);

/// <summary>Something odd: never corrected in silence, always shown with what caused it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Carrier"><c>user:key</c> or <c>group:slug</c>, the present one; of an attachment the group that the file came to; empty for nobody.</param>
/// <param name="Name">The carrier's name; null where nobody described it.</param>
/// <param name="File">The file of the event that caused it; null where it names none.</param>
/// <param name="At">The instant.</param>
/// <param name="Until">When the level was back at zero or above; null where it still is below, and for attachments.</param>
/// <param name="Level">Bytes: the lowest level below zero, or the file's own level at the attachment.</param>
/// <param name="Named">Bytes that the attachment names; null for levels.</param>
/// <param name="Events">What caused it, oldest first: the events that took the level down while it was below zero, or the attachment.</param>
/// <param name="MoreEvents">How many more there are than are listed.</param>
public sealed record StorageAnomaly(
    AnomalyKind Kind, string Carrier, string? Name, string? File, Instant At, Instant? Until, decimal Level, decimal? Named, IReadOnlyList<AnomalyEvent> Events, int MoreEvents);

/// <summary>Where a page of anomalies begins: after this one.</summary>
/// <param name="At">Its instant.</param>
/// <param name="Identity">What tells it from others of that instant.</param>
public sealed record AnomalyCursor(Instant At, string Identity);

/// <summary>A page of anomalies, newest first.</summary>
/// <param name="Items">The page.</param>
/// <param name="Next">Where the next page begins; null on the last.</param>
public sealed record AnomalyPage(IReadOnlyList<StorageAnomaly> Items, AnomalyCursor? Next);

/// <summary>Finds what is odd about stored bytes, from the events themselves and the changes of level that follow from them.</summary>
public sealed class AnomalyReports(NpgsqlDataSource dataSource)
{
    private const int MostEvents = 10;

    // A stretch below zero begins at the change that takes a carrier's level there, and ends at the one that brings it back.
    // Where another policy begins a whole level passes at once, so its single changes are taken as one.
    // The size that an attachment names stands in the event; its file's level is all that the file's other events before it did.
    private const string ListSql = """
        WITH single AS (
            SELECT d.key, d.time, d.source, d.id, d.part, d.delta, d.by_policy, CASE WHEN s.key IS NULL THEN d.carrier ELSE 'group:' || s.key END AS carrier
            FROM storage_delta d LEFT JOIN group_slug s ON s.tenant_id = d.tenant_id AND 'group:' || s.old_key = d.carrier
            WHERE d.tenant_id = $1 AND ($2::text[] IS NULL OR d.carrier = ANY($2))),
        changes AS (
            SELECT key, time, source, id, part, delta, carrier FROM single WHERE NOT by_policy
            UNION ALL SELECT min(key::text)::uuid, time, '', '', 0, sum(delta), carrier FROM single WHERE by_policy GROUP BY time, carrier),
        levels AS (SELECT *, sum(delta) OVER w AS level, sum(delta) OVER w - delta AS before FROM changes WINDOW w AS (PARTITION BY carrier ORDER BY time, source, id, part)),
        stretches AS (SELECT *, count(*) FILTER (WHERE level < 0 AND before >= 0) OVER (PARTITION BY carrier ORDER BY time, source, id, part) AS stretch FROM levels WHERE level < 0 OR before < 0),
        below AS (
            SELECT 0 AS kind, carrier, min(time) AS at, CASE WHEN bool_or(level >= 0) THEN max(time) FILTER (WHERE level >= 0) END AS until, min(level) AS level, NULL::numeric AS named,
                   array_agg(key ORDER BY time, source, id, part) FILTER (WHERE delta < 0 AND level < 0) AS keys,
                   array_agg(delta ORDER BY time, source, id, part) FILTER (WHERE delta < 0 AND level < 0) AS bytes
            FROM stretches GROUP BY carrier, stretch),
        attachings AS MATERIALIZED (
            SELECT e.key, e.time, 'group:' || coalesce(s.key, e.grp) AS carrier,
                   coalesce((SELECT sum(o.amount) FROM storage_event o WHERE o.tenant_id = $1 AND o.file = e.file AND o.action IN (0, 1) AND (o.time, o.source, o.id) < (e.time, e.source, e.id)), 0) AS level
            FROM storage_event e LEFT JOIN group_slug s ON s.tenant_id = e.tenant_id AND s.old_key = e.grp
            WHERE e.tenant_id = $1 AND e.action = 2 AND $2::text[] IS NULL),
        attached AS (
            SELECT a.*, trunc((l.event #>> '{data,size_bytes}')::numeric * 1000000) AS named
            FROM attachings a JOIN ledger l ON l.tenant_id = $1 AND l.time = a.time AND l.key = a.key
            WHERE l.event #>> '{data,size_bytes}' ~ '^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?$'),
        found AS (
            SELECT kind, carrier, at, until, level, named, keys, bytes FROM below
            UNION ALL SELECT 1, carrier, time, NULL, level, named, ARRAY[key], ARRAY[named] FROM attached WHERE level <> named),
        named AS (SELECT *, kind::text || ' ' || carrier || ' ' || keys[1]::text AS identity FROM found)
        SELECT n.kind, n.carrier, n.at, n.until, n.level, n.named, n.keys[1:$6], n.bytes[1:$6], cardinality(n.keys), n.identity, coalesce(g.name, u.name)
        FROM named n
        LEFT JOIN directory_group g ON g.tenant_id = $1 AND 'group:' || g.key = n.carrier
        LEFT JOIN directory_user u ON u.tenant_id = $1 AND 'user:' || u.key = n.carrier
        WHERE $3::timestamptz IS NULL OR n.at < $3 OR (n.at = $3 AND n.identity COLLATE "C" < $4)
        ORDER BY n.at DESC, n.identity COLLATE "C" DESC LIMIT $5
        """;

    private const string EventsSql = """
        SELECT l.key, l.source, l.id, l.type, l.time, l.subject, l.grp, e.file FROM storage_event e
        JOIN ledger l ON l.tenant_id = e.tenant_id AND l.time = e.time AND l.key = e.key WHERE e.tenant_id = $1 AND e.key = ANY($2)
        """;

    /// <summary>All anomalies of a tenant, newest first.</summary>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="after">The last one of the page before; null for the first page.</param>
    /// <param name="take">At most this many.</param>
    /// <param name="cancel">Ends the reading.</param>
    public Task<AnomalyPage> ListAsync(int tenantId, AnomalyCursor? after, int take, CancellationToken cancel) => ReadAsync(tenantId, null, after, take, cancel);

    /// <summary>The stretches in which the level of one user or group stood below zero, newest first.</summary>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="carriers">Its key; of a group one for each slug.</param>
    /// <param name="take">At most this many.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<IReadOnlyList<StorageAnomaly>> BelowZeroAsync(int tenantId, IReadOnlyList<string> carriers, int take, CancellationToken cancel) =>
        (await ReadAsync(tenantId, carriers, null, take, cancel)).Items;

    private async Task<AnomalyPage> ReadAsync(int tenantId, IReadOnlyList<string>? carriers, AnomalyCursor? after, int take, CancellationToken cancel)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        var found = new List<(StorageAnomaly Anomaly, Guid[] Keys, decimal[] Bytes, string Identity)>();
        await using (var select = new NpgsqlCommand(ListSql, connection)
        {
            Parameters =
            {
                new() { Value = tenantId }, new() { Value = carriers is null ? DBNull.Value : carriers.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new() { Value = (object?)after?.At ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz }, new() { Value = (object?)after?.Identity ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = take + 1 }, new() { Value = MostEvents },
            },
        })
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                var kind = (AnomalyKind)rows.GetInt32(0);
                found.Add((
                    new StorageAnomaly(
                        kind, rows.GetString(1), rows.IsDBNull(10) ? null : rows.GetString(10), null, rows.GetFieldValue<Instant>(2), rows.IsDBNull(3) ? null : rows.GetFieldValue<Instant>(3),
                        rows.GetQuantity(4).ToDecimal(), rows.IsDBNull(5) ? null : rows.GetQuantity(5).ToDecimal(), [], Math.Max(0, rows.GetInt32(8) - MostEvents)),
                    rows.GetFieldValue<Guid[]>(6), Array.ConvertAll(rows.GetFieldValue<BigInteger[]>(7), m => new Quantity((Int128)m).ToDecimal()), rows.GetString(9)));
            }
        }
        var page = found.Take(take).ToList();
        var events = await EventsAsync(connection, tenantId, [.. page.SelectMany(f => f.Keys).Distinct()], cancel);
        var items = page.Select(f =>
        {
            var causes = f.Keys.Zip(f.Bytes).Where(k => events.ContainsKey(k.First)).Select(k => events[k.First] with { Bytes = k.Second }).ToList();
            return f.Anomaly with { Events = causes, File = causes.Count > 0 ? causes[0].File : null };
        }).ToList();
        return new AnomalyPage(items, found.Count > take ? new AnomalyCursor(page[^1].Anomaly.At, page[^1].Identity) : null);
    }

    private static async Task<Dictionary<Guid, AnomalyEvent>> EventsAsync(NpgsqlConnection connection, int tenantId, Guid[] keys, CancellationToken cancel)
    {
        var events = new Dictionary<Guid, AnomalyEvent>();
        if (keys.Length == 0) return events;
        await using var select = new NpgsqlCommand(EventsSql, connection) { Parameters = { new() { Value = tenantId }, new() { Value = keys } } };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            events[rows.GetGuid(0)] = new AnomalyEvent(
                rows.GetGuid(0), rows.GetString(1), rows.GetString(2), rows.GetString(3), rows.GetFieldValue<Instant>(4), rows.GetText(5), rows.GetText(6),
                rows.GetText(7), 0m);
        }
        return events;
    }
}
