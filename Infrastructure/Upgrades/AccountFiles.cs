using System.Globalization;
using System.Numerics;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Storage;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>What an account's own files say: what drove the growth, and what would make room without another plan.</summary>
internal static class AccountFiles
{
    private const int Window = 28;
    private const decimal Cap = 50_000_000m;
    private const int Largest = 10;

    // The files of an account as they were at an instant: what each held, and since when.
    private const string Files = """
        WITH files AS (
            SELECT e.file, max(e.kind) AS kind, min(e.time) AS since, (array_agg(e.subject ORDER BY e.time))[1] AS by, sum(d.delta) AS held
            FROM storage_delta d JOIN storage_event e USING (tenant_id, key)
            WHERE d.tenant_id = $1 AND d.carrier = ANY($2) AND e.file IS NOT NULL AND d.time <= $3
            GROUP BY e.file HAVING sum(d.delta) > 0),
        large AS (
            SELECT e.file, e.kind, e.time AS since, e.subject AS by, d.delta AS held
            FROM storage_delta d JOIN storage_event e USING (tenant_id, key)
            WHERE d.tenant_id = $1 AND d.carrier = ANY($2) AND d.time >= $4 AND d.time <= $3 AND d.action = 0 AND d.delta > $5)

        """;

    private static readonly FileWay[] Ways =
    [
        new("empty-bin", "Empty the bin", "SELECT * FROM files WHERE kind = 'bin'", 0),
        new("video-6-months", "Remove videos older than 6 months", "SELECT * FROM files WHERE kind = 'video' AND since < $4", 182),
        new("all-12-months", "Remove files older than 12 months", "SELECT * FROM files WHERE since < $4", 365),
        new("cap-50-mb", "Cap files at 50 MB each", "SELECT file, kind, since, by, held - $5 AS held FROM large", Window),
        new("attach", "Attach your 10 largest files to a group with a plan of its own", $"SELECT * FROM files ORDER BY held DESC, file LIMIT {Largest}", 0),
    ];

    /// <summary>A way whose files can be listed; null for any other.</summary>
    public static FileWay? Way(string key) => Array.Find(Ways, w => w.Key == key);

    /// <summary>Growth of the last 28 days by kind, greatest first.</summary>
    public static async Task<IReadOnlyList<GrowthContributor>> ContributorsAsync(NpgsqlConnection connection, int tenantId, string[] carriers, Instant now, CancellationToken cancel)
    {
        await using var select = new NpgsqlCommand("""
            SELECT coalesce(kind, 'other'), sum(delta), count(*) FILTER (WHERE delta > 0) FROM storage_delta
            WHERE tenant_id = $1 AND carrier = ANY($2) AND time >= $4 AND time <= $3 GROUP BY 1 HAVING sum(delta) > 0 ORDER BY 2 DESC
            """, connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = carriers }, SqlValue.Time(now), SqlValue.Time(now - Duration.FromDays(Window)) },
        };
        var found = new List<(string Kind, decimal Amount, long Count)>();
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) found.Add((rows.GetString(0), rows.GetQuantity(1).ToDecimal(), rows.GetInt64(2)));
        var total = found.Sum(f => f.Amount);
        return [.. found.Select(f => new GrowthContributor(f.Kind, string.Create(CultureInfo.InvariantCulture, $"{Capital(f.Kind)}: {f.Count} added"), f.Amount, Math.Round(f.Amount / total, 4), f.Count))];
    }

    /// <summary>Ways without a larger plan, each with its measured effect; those without effect are left out.</summary>
    public static async Task<IReadOnlyList<Remedy>> RemediesAsync(
        NpgsqlConnection connection, int tenantId, string account, IReadOnlyList<PaidCarrier> paid, IReadOnlyList<Plan> offered, Instant now, CancellationToken cancel)
    {
        var ways = new List<Remedy>();
        foreach (var way in Ways)
        {
            var (count, bytes, oldest) = await SumAsync(connection, tenantId, Of(way, account, paid), way, now, cancel);
            if (count == 0) continue;
            ways.Add(way.Key switch
            {
                "cap-50-mb" => new Remedy(way.Key, way.Title, 0, Math.Round(bytes / Window), Detail: string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "file" : "files")} of the last {Window} days would have met it"), Touches: new(count)),
                "attach" => new Remedy(way.Key, way.Title, bytes, Detail: string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "file that you carry yourself; it then counts" : "files that you carry yourself; they then count")} for that group"), Touches: new(count)),
                _ => new Remedy(way.Key, way.Title, bytes, Detail: string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "file" : "files, the oldest")} of {oldest:d MMM yyyy}; {(count == 1 ? "its owner keeps" : "their owners keep")} a copy first if they wish"), Touches: new(count, oldest is { } day ? LocalDate.FromDateTime(day) : null)),
            });
        }
        // A group that is paid for along with its owner can have a plan of its own.
        foreach (var group in paid.Where(p => p.Group is not null && account.StartsWith("user:", StringComparison.Ordinal)).GroupBy(p => p.Group!, StringComparer.Ordinal))
        {
            var level = await LevelAsync(connection, tenantId, [.. group.Select(p => p.Key)], now, cancel);
            if (level <= 0 || offered.Where(p => !(p.Item(DefaultMeters.Storage)?.Limit <= level)).MinBy(p => p.Fee) is not { } plan) continue;
            ways.Add(new Remedy("group-plan:" + group.Key, $"Give {group.Key} a plan of its own", level, CostPerCycle: plan.Fee, Detail: $"its files then count there; {plan.Name} is the cheapest with room for them", Touches: new(Plan: plan.Name)));
        }
        return ways;
    }

    /// <summary>The files behind a way: how many, what they come to, and the largest.</summary>
    public static async Task<(long Count, decimal Bytes, List<StoredFile> Files)> ListAsync(
        NpgsqlConnection connection, int tenantId, string account, IReadOnlyList<PaidCarrier> paid, FileWay way, Instant now, int most, CancellationToken cancel)
    {
        var carriers = Of(way, account, paid);
        var (count, bytes, _) = await SumAsync(connection, tenantId, carriers, way, now, cancel);
        await using var select = Command(connection, $"""
            {Files}SELECT w.file, w.kind, w.held, w.since, w.by, p.name FROM ({way.Select}) w LEFT JOIN directory_user p ON p.tenant_id = $1 AND p.key = w.by
            ORDER BY w.held DESC, w.file LIMIT {most.ToString(CultureInfo.InvariantCulture)}
            """, tenantId, carriers, way, now);
        var files = new List<StoredFile>();
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
            files.Add(new StoredFile(rows.GetText(0) ?? "", rows.GetText(1), rows.GetQuantity(2).ToDecimal(), rows.GetFieldValue<Instant>(3), rows.GetText(4), rows.GetText(5)));
        return (count, bytes, files);
    }

    // What one could attach is what one carries oneself.
    private static string[] Of(FileWay way, string account, IReadOnlyList<PaidCarrier> paid) =>
        [.. paid.Where(p => way.Key != "attach" || (p.Group is null && account.StartsWith("user:", StringComparison.Ordinal))).Select(p => p.Key)];

    private static async Task<(long Count, decimal Bytes, DateTime? Oldest)> SumAsync(NpgsqlConnection connection, int tenantId, string[] carriers, FileWay way, Instant now, CancellationToken cancel)
    {
        await using var select = Command(connection, $"{Files}SELECT count(*), coalesce(sum(held), 0), min(since) FROM ({way.Select}) w", tenantId, carriers, way, now);
        await using var rows = await select.ExecuteReaderAsync(cancel);
        await rows.ReadAsync(cancel);
        return (rows.GetInt64(0), rows.GetQuantity(1).ToDecimal(), rows.IsDBNull(2) ? null : rows.GetFieldValue<Instant>(2).ToDateTimeUtc());
    }

    private static async Task<decimal> LevelAsync(NpgsqlConnection connection, int tenantId, string[] carriers, Instant now, CancellationToken cancel)
    {
        await using var select = new NpgsqlCommand("SELECT coalesce(sum(delta), 0) FROM storage_delta WHERE tenant_id = $1 AND carrier = ANY($2) AND time <= $3", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = carriers }, SqlValue.Time(now) },
        };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        await rows.ReadAsync(cancel);
        return rows.GetQuantity(0).ToDecimal();
    }

    private static string Capital(string kind) => kind.Length == 0 ? kind : char.ToUpperInvariant(kind[0]) + kind[1..];

    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql, int tenantId, string[] carriers, FileWay way, Instant now) => new(sql, connection)
    {
        Parameters =
        {
            new() { Value = tenantId }, new() { Value = carriers }, SqlValue.Time(now), SqlValue.Time(now - Duration.FromDays(way.Age)),
            new() { Value = (BigInteger)(Cap * Quantity.Scale), NpgsqlDbType = NpgsqlDbType.Numeric },
        },
    };
}

/// <summary>A way to make room that stands for files.</summary>
/// <param name="Key">Its key in records and addresses.</param>
/// <param name="Title">What one does.</param>
/// <param name="Select">Which files.</param>
/// <param name="Age">Days that it looks back.</param>
internal sealed record FileWay(string Key, string Title, string Select, int Age);
