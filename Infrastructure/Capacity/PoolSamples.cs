using NodaTime;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Capacity;

/// <summary>What the operator's tools measured of a pool.</summary>
/// <param name="Daily">The last sample of each day that has one, oldest first.</param>
/// <param name="Capacity">What the newest sample says that the pool can hold; null where it does not.</param>
internal sealed record PoolSamples(IReadOnlyList<(LocalDate Day, decimal Level)> Daily, decimal? Capacity)
{
    // The last of each day by the index of types, however many there are.
    private const string Sql = """
        SELECT p.pool, d.number, s.used, s.capacity
        FROM unnest($2::text[]) p(pool) CROSS JOIN unnest($3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY d(start, until, number) CROSS JOIN LATERAL (
            SELECT (event -> 'data' ->> 'used')::numeric AS used, (event -> 'data' ->> 'capacity')::numeric AS capacity
            FROM ledger
            WHERE tenant_id = $1 AND type = 'pool.sampled' AND time >= d.start AND time < d.until AND voided_at IS NULL AND validation_error IS NULL
              AND event -> 'data' ->> 'pool' = p.pool AND event -> 'data' ->> 'used' IS NOT NULL
            ORDER BY time DESC, source DESC, id DESC LIMIT 1) s
        ORDER BY 1, 2
        """;

    // On a cluster one question cannot ask another one of every server, so there all samples of the days are looked at.
    private const string DistributedSql = """
        SELECT DISTINCT ON (1, 2) event -> 'data' ->> 'pool', width_bucket(time, $3::timestamptz[])::bigint, (event -> 'data' ->> 'used')::numeric, (event -> 'data' ->> 'capacity')::numeric
        FROM ledger
        WHERE tenant_id = $1 AND type = 'pool.sampled' AND time >= ($3::timestamptz[])[1] AND time < ($4::timestamptz[])[cardinality($4::timestamptz[])] AND voided_at IS NULL AND validation_error IS NULL
          AND event -> 'data' ->> 'pool' = ANY($2) AND event -> 'data' ->> 'used' IS NOT NULL
        ORDER BY 1, 2, time DESC, source DESC, id DESC
        """;

    /// <summary>Samples by pool; a pool without any is absent.</summary>
    /// <param name="connection">A snapshot.</param>
    /// <param name="tenantId">Whose.</param>
    /// <param name="pools">Keys of pools.</param>
    /// <param name="days">The days and where each begins, in order.</param>
    /// <param name="now">Samples before it.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task<Dictionary<string, PoolSamples>> ReadAsync(
        NpgsqlConnection connection, int tenantId, IReadOnlyList<string> pools, IReadOnlyList<(LocalDate Day, Instant Start)> days, Instant now, CancellationToken cancel)
    {
        await using var select = new NpgsqlCommand(DistributedTables.IsOn ? DistributedSql : Sql, connection)
        {
            Parameters =
            {
                new() { Value = tenantId }, new() { Value = pools.ToArray() }, new() { Value = days.Select(d => d.Start).ToArray() },
                new() { Value = days.Skip(1).Select(d => d.Start).Append(now).ToArray() },
            },
        };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        var found = new List<(string Pool, LocalDate Day, decimal Used, decimal? Capacity)>();
        while (await rows.ReadAsync(cancel)) found.Add((rows.GetString(0), days[(int)rows.GetInt64(1) - 1].Day, rows.GetDecimal(2), rows.IsDBNull(3) ? null : rows.GetDecimal(3)));
        return found.GroupBy(f => f.Pool).ToDictionary(g => g.Key, g => new PoolSamples([.. g.Select(f => (f.Day, f.Used))], g.Last().Capacity), StringComparer.Ordinal);
    }
}
