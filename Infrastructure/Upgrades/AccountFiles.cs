using System.Globalization;
using System.Numerics;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Upgrades;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>What an account's own files say: what drove the growth, and what would make room without another plan.</summary>
internal static class AccountFiles
{
    private const int Window = 28;
    private const decimal Cap = 50_000_000m;

    // The present files of an account: what each still holds, and since when.
    private const string Files = """
        WITH files AS (
            SELECT e.file, max(e.kind) AS kind, min(e.time) AS since, sum(d.delta) AS held
            FROM storage_delta d JOIN storage_event e USING (tenant_id, key)
            WHERE d.tenant_id = $1 AND d.carrier = ANY($2) AND e.file IS NOT NULL
            GROUP BY e.file HAVING sum(d.delta) > 0)
        """;

    /// <summary>Growth of the last 28 days by kind, greatest first.</summary>
    public static async Task<IReadOnlyList<GrowthContributor>> ContributorsAsync(NpgsqlConnection connection, int tenantId, string[] carriers, Instant now, CancellationToken cancel)
    {
        await using var select = Command(connection, """
            SELECT coalesce(kind, 'other'), sum(delta), count(*) FILTER (WHERE delta > 0) FROM storage_delta
            WHERE tenant_id = $1 AND carrier = ANY($2) AND time >= $3 AND time <= $4 GROUP BY 1 HAVING sum(delta) > 0 ORDER BY 2 DESC
            """, tenantId, carriers, now - Duration.FromDays(Window), now);
        var found = new List<(string Kind, decimal Amount, long Count)>();
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) found.Add((rows.GetString(0), Bytes(rows, 1), rows.GetInt64(2)));
        var total = found.Sum(f => f.Amount);
        return [.. found.Select(f => new GrowthContributor(f.Kind, string.Create(CultureInfo.InvariantCulture, $"{Capital(f.Kind)}: {f.Count} added"), f.Amount, Math.Round(f.Amount / total, 4)))];
    }

    /// <summary>Ways that cost nothing, with their measured effect; those without effect are left out.</summary>
    public static async Task<IReadOnlyList<Remedy>> RemediesAsync(NpgsqlConnection connection, int tenantId, string[] carriers, Instant now, CancellationToken cancel)
    {
        var ways = new List<Remedy>();
        foreach (var (key, title, condition, age) in ((string, string, string, int)[])
                 [("video-6-months", "Remove videos older than 6 months", "kind = 'video'", 182), ("all-12-months", "Remove files older than 12 months", "true", 365)])
        {
            var (held, count) = await SumAsync(connection, tenantId, carriers, condition, now - Duration.FromDays(age), now, cancel);
            if (count > 0) ways.Add(new Remedy(key, title, held, Detail: string.Create(CultureInfo.InvariantCulture, $"{count} files; their owners keep a copy first if they wish")));
        }
        await using var select = Command(connection, """
            SELECT coalesce(sum(delta - $5), 0), count(*) FROM storage_delta
            WHERE tenant_id = $1 AND carrier = ANY($2) AND time >= $3 AND time <= $4 AND action = 0 AND delta > $5
            """, tenantId, carriers, now - Duration.FromDays(Window), now);
        select.Parameters.Add(new NpgsqlParameter { Value = (BigInteger)(Cap * Quantity.Scale), NpgsqlDbType = NpgsqlDbType.Numeric });
        await using var rows = await select.ExecuteReaderAsync(cancel);
        await rows.ReadAsync(cancel);
        if (rows.GetInt64(1) is > 0 and var large)
        {
            ways.Add(new Remedy("cap-50-mb", "Cap files at 50 MB each", 0, Math.Round(Bytes(rows, 0) / Window), Detail: string.Create(CultureInfo.InvariantCulture,
                $"{large} files of the last {Window} days would have met it")));
        }
        return ways;
    }

    private static async Task<(decimal Held, long Count)> SumAsync(
        NpgsqlConnection connection, int tenantId, string[] carriers, string condition, Instant before, Instant now, CancellationToken cancel)
    {
        await using var select = Command(connection, Files + $"SELECT coalesce(sum(held), 0), count(*) FROM files WHERE {condition} AND since < $3 AND since < $4", tenantId, carriers, before, now);
        await using var rows = await select.ExecuteReaderAsync(cancel);
        await rows.ReadAsync(cancel);
        return (Bytes(rows, 0), rows.GetInt64(1));
    }

    private static decimal Bytes(NpgsqlDataReader rows, int column) => new Quantity((Int128)rows.GetFieldValue<BigInteger>(column)).ToDecimal();

    private static string Capital(string kind) => kind.Length == 0 ? kind : char.ToUpperInvariant(kind[0]) + kind[1..];

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, int tenantId, string[] carriers, Instant from, Instant to) => new(sql, connection)
    {
        Parameters =
        {
            new() { Value = tenantId }, new() { Value = carriers },
            new() { Value = from, NpgsqlDbType = NpgsqlDbType.TimestampTz }, new() { Value = to, NpgsqlDbType = NpgsqlDbType.TimestampTz },
        },
    };
}
