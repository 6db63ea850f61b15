using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>Which stored events to show.</summary>
/// <param name="Subject">Only of this acting user.</param>
/// <param name="Group">Only naming this group.</param>
/// <param name="Types">Only of these types; empty for all.</param>
/// <param name="From">From this event time on.</param>
/// <param name="To">Before this event time.</param>
/// <param name="Limit">At most this many.</param>
/// <param name="PersonalOnly">Only events that name no group.</param>
public sealed record EventFilter(
    string? Subject = null, string? Group = null, IReadOnlyList<string>? Types = null, Instant? From = null, Instant? To = null, int Limit = 100,
    bool PersonalOnly = false);

/// <summary>An event as it is stored.</summary>
public sealed record StoredEvent(
    Instant Time, string Source, string Id, string Type, string? Subject, string? Group, string Json, Instant StoredAt,
    string? ValidationError, Instant? VoidedAt, string? VoidReason, string? VoidedBy);

/// <summary>Reads the ledger itself: what every number goes back to.</summary>
public sealed class EventReports(NpgsqlDataSource dataSource)
{
    private const string ListSql = """
        SELECT time, source, id, type, subject, grp, event::text, stored_at, validation_error, voided_at, void_reason, voided_by
        FROM ledger
        WHERE tenant_id = $1 AND ($2::text IS NULL OR subject = $2) AND ($3::text IS NULL OR grp = $3) AND ($4::text[] IS NULL OR type = ANY($4))
          AND ($5::timestamptz IS NULL OR time >= $5) AND ($6::timestamptz IS NULL OR time < $6) AND (NOT $8 OR grp IS NULL)
        ORDER BY time DESC, source DESC, id DESC LIMIT $7
        """;

    /// <summary>Stored events, newest first by (time, source, id).</summary>
    public async Task<IReadOnlyList<StoredEvent>> ListAsync(int tenantId, EventFilter filter, CancellationToken cancel)
    {
        await using var select = dataSource.CreateCommand(ListSql);
        select.Parameters.AddRange(new NpgsqlParameter[]
        {
            new() { Value = tenantId },
            new() { Value = (object?)filter.Subject ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            new() { Value = (object?)filter.Group ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            new() { Value = filter.Types is { Count: > 0 } types ? types.ToArray() : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
            new() { Value = (object?)filter.From ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            new() { Value = (object?)filter.To ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
            new() { Value = filter.Limit },
            new() { Value = filter.PersonalOnly },
        });
        var events = new List<StoredEvent>();
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            events.Add(new StoredEvent(
                rows.GetFieldValue<Instant>(0), rows.GetString(1), rows.GetString(2), rows.GetString(3), rows.GetText(4), rows.GetText(5), rows.GetString(6),
                rows.GetFieldValue<Instant>(7), rows.GetText(8), rows.IsDBNull(9) ? null : rows.GetFieldValue<Instant>(9), rows.GetText(10), rows.GetText(11)));
        }
        return events;
    }

    /// <summary>From when on traffic is kept; null where all of it is.</summary>
    public async Task<Instant?> KeptFromAsync(CancellationToken cancel)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        return await TrafficSweep.KeptFromAsync(connection, cancel);
    }

    /// <summary>How many events are stored, over all tenants (an estimate of the database's for a large ledger).</summary>
    public async Task<long> CountAsync(CancellationToken cancel)
    {
        await using var estimate = dataSource.CreateCommand(DistributedTables.IsOn
            ? """
              SELECT coalesce(sum(result::bigint), 0)::bigint FROM run_command_on_shards('ledger', '
                  SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM pg_class
                  WHERE oid = ''%1$s''::regclass OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = ''%1$s''::regclass)')
              """
            : "SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'ledger'::regclass");
        if ((long)(await estimate.ExecuteScalarAsync(cancel))! is >= 100_000 and var many) return many;
        await using var count = dataSource.CreateCommand("SELECT count(*) FROM ledger");
        return (long)(await count.ExecuteScalarAsync(cancel))!;
    }

    internal static UsageEvent ReadUsage(NpgsqlDataReader rows) => EventReader.Restore(
        rows.GetString(0), rows.GetString(1), rows.GetString(2), rows.GetText(3), rows.GetText(4), rows.GetFieldValue<Instant>(5), rows.GetFieldValue<byte[]>(6), []);

    /// <summary>The columns that <see cref="ReadUsage"/> reads, in order.</summary>
    internal const string UsageColumns = "source, id, type, subject, grp, time, event::text";

    /// <summary>The same, where nobody will ask for the data of other types than those of a parameter, such as <c>$7</c>.</summary>
    internal static string UsageColumnsWithDataOf(string types) => $"source, id, type, subject, grp, time, CASE WHEN type = ANY({types}) THEN event::text ELSE '' END";

}
