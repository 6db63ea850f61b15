using System.Numerics;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>
/// Answers meter queries about events as they were sent. Whole hours come from the rollups where these hold the answer; edges off the
/// hour, and questions by other dimensions, come from the ledger. Both go through the same tally.
/// </summary>
public sealed class MeterReports(NpgsqlDataSource dataSource)
{
    private static readonly string RollupSql = $$"""
        SELECT {0}, width_bucket(start, $8::timestamptz[]) AS w, sum(count)::bigint, sum(sum), {1}, {2} FROM ({{RollupSlices.Rows}}) r GROUP BY 1, 2
        """;

    // Only a level needs it, and it costs more than all the rest.
    internal const string MomentSql =
        "sum(moment + sum * (extract(epoch FROM start - ($8::timestamptz[])[width_bucket(start, $8::timestamptz[])]) * 1000000)::numeric(30, 0))";

    private static readonly string BeforeSql = $$"""SELECT {0}, sum(sum) FROM ({{RollupSlices.Rows}}) r GROUP BY 1""";

    /// <summary>The rows of one query. All reads of it see the same state of the database.</summary>
    /// <exception cref="ArgumentException">Too many windows.</exception>
    /// <exception cref="NoLongerKeptException">The rollups do not hold the answer, and not all of the events are kept.</exception>
    public async Task<IReadOnlyList<MeterRow>> QueryAsync(int tenantId, StoredMeter stored, MeterQuery query, CancellationToken cancel)
    {
        var tally = new MeterTally(stored.Meter.Aggregation, query);
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancel);
        var scope = ScopeOf(query);
        var (firstHour, lastHour) = (CeilingHour(query.From), RollupFold.HourOf(query.To));
        if (stored.Meter.IsRolledUp && stored.IsWhole && scope is not null && firstHour < lastHour && tally.WindowStarts.Skip(1).All(s => CeilingHour(s) == s))
        {
            await AddRollupsAsync(connection, tenantId, stored, query, scope.Value, tally, firstHour, lastHour, cancel);
            if (firstHour != query.From) await AddLedgerAsync(connection, tenantId, stored, query, tally, RollupFold.HourOf(query.From), firstHour, cancel);
            if (lastHour != query.To) await AddLedgerAsync(connection, tenantId, stored, query, tally, lastHour, query.To, cancel);
        }
        else
        {
            var level = stored.Meter.Aggregation == Aggregation.TimeWeightedSum;
            await AddLedgerAsync(connection, tenantId, stored, query, tally, level ? null : query.From, query.To, cancel);
        }
        return tally.Rows();
    }

    /// <summary>Several questions to one meter about the same events, answered in one pass over the ledger: rows of each, in order.</summary>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="stored">The meter; not one of a level.</param>
    /// <param name="queries">Of the same range, users and filter; windows, series and quantiles may differ.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="NoLongerKeptException">Not all of the events are kept.</exception>
    /// <exception cref="ArgumentException">The questions are about different events, or have too many windows.</exception>
    public async Task<IReadOnlyList<IReadOnlyList<MeterRow>>> QueryAllAsync(int tenantId, StoredMeter stored, IReadOnlyList<MeterQuery> queries, CancellationToken cancel)
    {
        var first = queries[0];
        if (stored.Meter.Aggregation == Aggregation.TimeWeightedSum || queries.Any(q => q.From != first.From || q.To != first.To || q.Subjects != first.Subjects || q.Filter != first.Filter))
            throw new ArgumentException("All questions must be about the same events.", nameof(queries));
        NoLongerKeptException.ThrowIfBefore(stored, first.From);
        var asked = queries.Select(q => (Query: q, Tally: new MeterTally(stored.Meter.Aggregation, q))).ToList();
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        await using var select = LedgerCommand(connection, tenantId, stored.Meter, first, first.From, first.To);
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            var e = EventReports.ReadUsage(rows);
            foreach (var (query, tally) in asked) Add(stored.Meter, query, tally, e, rows);
        }
        return [.. asked.Select(a => a.Tally.Rows())];
    }

    /// <summary>The values that a dimension has in stored events, in ordinal order; those of events that are no longer kept are not among them.</summary>
    public async Task<IReadOnlyList<string>> DimensionValuesAsync(int tenantId, StoredMeter stored, string dimension, Instant? from, Instant? to, CancellationToken cancel)
    {
        var values = new SortedSet<string>(StringComparer.Ordinal);
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        await using var select = LedgerCommand(connection, tenantId, stored.Meter, MeterQuery.Over(from ?? Instant.MinValue, to ?? Instant.MaxValue), from, to);
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            var e = EventReports.ReadUsage(rows);
            if (stored.Meter.Read(e).Any() && stored.Meter.Dimension(dimension, e) is { } value) values.Add(value);
        }
        return [.. values];
    }

    /// <summary>When the first stored event of a meter happened, and the last; null where none is stored. Of events that are no longer kept the hour is known.</summary>
    public async Task<(Instant First, Instant Last)?> RangeAsync(int tenantId, StoredMeter stored, CancellationToken cancel)
    {
        await using var select = dataSource.CreateCommand($"""
            SELECT least(min(time), {(stored.KeptFrom is null ? "NULL" : "(SELECT min(hour) FROM rollup_hour WHERE tenant_id = $1 AND meter_id = $3 AND scope = 1 AND hour < $4 AND count <> 0)")}), max(time)
            FROM ledger WHERE tenant_id = $1 AND type = ANY($2) AND voided_at IS NULL
            """);
        select.Parameters.Add(new NpgsqlParameter { Value = tenantId });
        select.Parameters.Add(new NpgsqlParameter { Value = stored.Meter.Sources.Select(s => s.EventType).ToArray() });
        if (stored.KeptFrom is { } kept) select.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = stored.Id }, SqlValue.Time(kept) });
        await using var rows = await select.ExecuteReaderAsync(cancel);
        return await rows.ReadAsync(cancel) && !rows.IsDBNull(0) ? (rows.GetFieldValue<Instant>(0), rows.GetFieldValue<Instant>(rows.IsDBNull(1) ? 0 : 1)) : null;
    }

    // Rollups are kept per acting user and per group apart: a question about one of them only can use them.
    private static RollupScope? ScopeOf(MeterQuery query)
    {
        var used = query.GroupBy.Concat(query.Filter.Keys).ToHashSet(StringComparer.Ordinal);
        if (query.Subjects.Count > 0) used.Add("subject");
        return used.Count == 0 || used.SetEquals(["subject"]) ? RollupScope.Subject : used.SetEquals(["group"]) ? RollupScope.Group : null;
    }

    private static async Task AddRollupsAsync(
        NpgsqlConnection connection, int tenantId, StoredMeter stored, MeterQuery query, RollupScope scope, MeterTally tally,
        Instant firstHour, Instant lastHour, CancellationToken cancel)
    {
        var keys = scope == RollupScope.Group ? query.Filter.GetValueOrDefault("group") : SubjectsOf(query);
        var series = query.GroupBy.Count > 0;
        var column = series ? "key" : "''::text AS key";
        string?[] Dimensions(string key) => series && scope == RollupScope.Group ? [key.Length > 0 ? key : null] : [];
        string? Subject(string key) => series && scope == RollupScope.Subject && key.Length > 0 ? key : null;

        if (stored.Meter.Aggregation == Aggregation.TimeWeightedSum)
        {
            await using var before = new NpgsqlCommand(BeforeSql.Replace("{0}", column, StringComparison.Ordinal), connection);
            before.Parameters.AddRange(RollupSlices.Parameters(tenantId, scope, keys, RollupSlices.Cover([stored], null, RollupFold.HourOf(query.From))));
            await using var levels = await before.ExecuteReaderAsync(cancel);
            while (await levels.ReadAsync(cancel))
            {
                var key = levels.GetString(0);
                tally.AddBefore(levels.GetQuantity(1), Subject(key), Dimensions(key));
            }
        }
        await using var select = new NpgsqlCommand(
            RollupSql.Replace("{0}", column, StringComparison.Ordinal)
                .Replace("{1}", stored.Meter.Aggregation == Aggregation.TimeWeightedSum ? MomentSql : "0::numeric", StringComparison.Ordinal)
                .Replace("{2}", stored.Meter.HasExtremes ? "min(min), max(max)" : "NULL::numeric, NULL::numeric", StringComparison.Ordinal), connection);
        select.Parameters.AddRange(RollupSlices.Parameters(tenantId, scope, keys, RollupSlices.Cover([stored], firstHour, lastHour, tally.WindowStarts)));
        select.Parameters.Add(SqlValue.Times(tally.WindowStarts));
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            var key = rows.GetString(0);
            tally.AddRollup(rows.GetInt32(1) - 1, ReadSum(rows, 2), Subject(key), Dimensions(key));
        }
    }

    /// <summary>Reads count, sum, moment, min, max from a column on.</summary>
    internal static RollupSum ReadSum(NpgsqlDataReader rows, int column)
    {
        Quantity? Optional(int at) => rows.IsDBNull(at) ? null : rows.GetQuantity(at);
        return new RollupSum(
            rows.GetInt64(column), rows.GetQuantity(column + 1), new Integral((Int128)rows.GetFieldValue<BigInteger>(column + 2)),
            Optional(column + 3), Optional(column + 4));
    }

    private static IReadOnlyList<string>? SubjectsOf(MeterQuery query)
    {
        var filtered = query.Filter.GetValueOrDefault("subject");
        return query.Subjects.Count == 0 ? filtered : filtered is null ? query.Subjects : [.. query.Subjects.Intersect(filtered)];
    }

    private static async Task AddLedgerAsync(
        NpgsqlConnection connection, int tenantId, StoredMeter stored, MeterQuery query, MeterTally tally, Instant? from, Instant to, CancellationToken cancel)
    {
        NoLongerKeptException.ThrowIfBefore(stored, from);
        await using var select = LedgerCommand(connection, tenantId, stored.Meter, query, from, to);
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) Add(stored.Meter, query, tally, EventReports.ReadUsage(rows), rows);
    }

    private static void Add(Meter meter, MeterQuery query, MeterTally tally, UsageEvent e, NpgsqlDataReader rows)
    {
        if (!query.Filter.All(f => meter.Dimension(f.Key, e) is { } value && f.Value.Contains(value))) return;
        string?[] dimensions = [.. query.GroupBy.Where(d => d != "subject").Select(name => meter.Dimension(name, e))];
        var subject = query.GroupBy.Contains("subject") ? e.Subject : null;
        if (meter.IsStorage)
            tally.Add(e.Time, e.Id, new MeterReading(rows.GetQuantity(7), null), subject, dimensions);
        else
            foreach (var reading in meter.Read(e)) tally.Add(e.Time, e.Id, reading, subject, dimensions);
    }

    // The storage meter's changes are those worked out from files and snapshots; each belongs to its own event's subject and group.
    private static NpgsqlCommand LedgerCommand(NpgsqlConnection connection, int tenantId, Meter meter, MeterQuery query, Instant? from, Instant? to)
    {
        var sql = meter.IsStorage
            ? $$"""
              SELECT l.source, l.id, l.type, l.subject, l.grp, l.time, l.event::text, d.delta FROM storage_delta d
              JOIN ledger l ON l.tenant_id = d.tenant_id AND l.time = d.time AND l.key = d.key
              WHERE d.tenant_id = $1 AND $2::text[] IS NOT NULL AND d.action <> 2 AND NOT d.by_policy
              """
            : $"SELECT {EventReports.UsageColumns} FROM ledger l WHERE l.tenant_id = $1 AND l.type = ANY($2) AND l.voided_at IS NULL";
        sql += """
             AND ($3::timestamptz IS NULL OR l.time >= $3) AND ($4::timestamptz IS NULL OR l.time < $4)
              AND ($5::text[] IS NULL OR l.subject = ANY($5)) AND ($6::text[] IS NULL OR l.grp = ANY($6))
            """;
        return new NpgsqlCommand(sql, connection)
        {
            Parameters =
            {
                new() { Value = tenantId },
                new() { Value = meter.Sources.Select(s => s.EventType).Distinct().ToArray() },
                SqlValue.Time(from),
                SqlValue.Time(to),
                SqlValue.Texts(SubjectsOf(query)),
                SqlValue.Texts(query.Filter.GetValueOrDefault("group")),
            },
        };
    }

    internal static Instant CeilingHour(Instant time) => RollupTier.Hour.Ceiling(time);
}
