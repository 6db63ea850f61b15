using System.Globalization;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>How long requests took: milliseconds that half, 95 % and 99 % of them did not pass. Each is null without requests.</summary>
public sealed record Latency(decimal? P50, decimal? P95, decimal? P99);

/// <summary>Requests by what came of them.</summary>
/// <param name="All">All requests.</param>
/// <param name="Refused">Answered with 4xx.</param>
/// <param name="Failed">Answered with 5xx.</param>
/// <param name="Unknown">Without a status.</param>
public sealed record Outcomes(long All, long Refused, long Failed, long Unknown)
{
    /// <summary>The part that failed, 0 to 1; null without requests.</summary>
    public decimal? FailedShare => All == 0 ? null : (decimal)Failed / All;

    /// <summary>The part that was refused, 0 to 1; null without requests.</summary>
    public decimal? RefusedShare => All == 0 ? null : (decimal)Refused / All;
}

/// <summary>One area of the API over the whole range; null is requests that name none.</summary>
public sealed record AreaPerformance(string? Area, Latency Latency, Outcomes Outcomes);

/// <summary>One day, of all areas or of the one asked about.</summary>
public sealed record DayPerformance(LocalDate Day, Latency Latency, Outcomes Outcomes);

/// <summary>How the API did over a range.</summary>
/// <param name="All">All areas together.</param>
/// <param name="Outcomes">All areas together.</param>
/// <param name="Areas">Most requests first.</param>
/// <param name="Days">By day of the billing zone, of all areas or of the one asked about.</param>
public sealed record ApiPerformance(Latency All, Outcomes Outcomes, IReadOnlyList<AreaPerformance> Areas, IReadOnlyList<DayPerformance> Days);

/// <summary>How much of the platform's API time somebody used.</summary>
/// <param name="Own">Milliseconds.</param>
/// <param name="All">Milliseconds of everybody, and of nobody named.</param>
/// <param name="Areas">Own milliseconds by area, most first; null is requests that name none.</param>
public sealed record ApiTimeShare(decimal Own, decimal All, IReadOnlyList<(string? Area, decimal Milliseconds)> Areas)
{
    /// <summary>The part of all, 0 to 1; null where nobody used any.</summary>
    public decimal? Share => All > 0 ? Own / All : null;
}

/// <summary>Performance of the API, from the meters api_latency, api_calls and api_time: the same values as their queries.</summary>
public sealed class PerformanceReports(MeterReports meters, MeterCatalog catalog)
{
    private static readonly double[] Quantiles = [0.5, 0.95, 0.99];

    private static readonly Dictionary<string, IReadOnlyList<string>> Unfiltered = [];

    /// <summary>A user's part of the platform's API time; null where there is no such meter, or where not all of its requests are kept.</summary>
    public async Task<ApiTimeShare?> UserAsync(int tenantId, string user, TimeRange range, CancellationToken cancel)
    {
        if ((await catalog.GetAsync(tenantId, cancel)).Find("api_time") is not { } meter || range.From < meter.KeptFrom) return null;
        var everybody = MeterQuery.Over(range.From, range.To);
        var all = (await meters.QueryAsync(tenantId, meter, everybody, cancel)).Sum(r => Number(r) ?? 0m);
        var own = (await meters.QueryAsync(tenantId, meter, everybody with { Subjects = [user], GroupBy = ["area"] }, cancel))
            .Select(r => (r.GroupBy["area"], Milliseconds: Number(r) ?? 0m)).Where(a => a.Milliseconds != 0).OrderByDescending(a => a.Milliseconds).ToList();
        return new ApiTimeShare(own.Sum(a => a.Milliseconds), all, own);
    }

    /// <summary>The whole API by area, and by day.</summary>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="range">From when to when.</param>
    /// <param name="zone">Whose days count.</param>
    /// <param name="area">The area whose days are wanted; null for all together.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <returns>Null where the meters do not exist.</returns>
    public async Task<ApiPerformance?> PlatformAsync(int tenantId, TimeRange range, DateTimeZone zone, string? area, CancellationToken cancel)
    {
        var known = await catalog.GetAsync(tenantId, cancel);
        if (known.Find("api_latency") is not { } latency || known.Find("api_calls") is not { } calls) return null;
        MeterQuery Query(WindowSize? window, double quantile, params string[] by) => new(range.From, range.To, window, zone, [], by, Unfiltered, quantile);
        string[] daily = area is null ? [] : ["area"];
        var slow = await meters.QueryAllAsync(tenantId, latency, [
            .. Quantiles.Select(q => Query(null, q)), .. Quantiles.Select(q => Query(null, q, "area")), .. Quantiles.Select(q => Query(WindowSize.Day, q, daily)),
        ], cancel);
        var answers = await meters.QueryAllAsync(tenantId, calls, [Query(null, 0.5, "area", "status"), Query(WindowSize.Day, 0.5, [.. daily, "status"])], cancel);

        var areas = answers[0].GroupBy(r => r.GroupBy["area"])
            .Select(g => new AreaPerformance(g.Key, LatencyOf(slow, 3, r => r.GroupBy["area"] == g.Key), OutcomesOf(g))).OrderByDescending(a => a.Outcomes.All).ThenBy(a => a.Area, StringComparer.Ordinal).ToList();
        bool IsAsked(MeterRow row) => area is null || row.GroupBy["area"] == area;
        var outcomes = answers[1].Where(IsAsked).ToLookup(r => r.WindowStart);
        var days = Query(WindowSize.Day, 0.5).WindowStarts()
            .Select(start => new DayPerformance(start.InZone(zone).Date, LatencyOf(slow, 6, r => r.WindowStart == start && IsAsked(r)), OutcomesOf(outcomes[start]))).ToList();
        return new ApiPerformance(LatencyOf(slow, 0, _ => true), OutcomesOf(answers[0]), areas, days);
    }

    private static Latency LatencyOf(IReadOnlyList<IReadOnlyList<MeterRow>> answers, int first, Func<MeterRow, bool> which)
    {
        decimal? At(int quantile) => answers[first + quantile].FirstOrDefault(which) is { } row ? Number(row) : null;
        return new Latency(At(0), At(1), At(2));
    }

    private static Outcomes OutcomesOf(IEnumerable<MeterRow> rows)
    {
        long all = 0, refused = 0, failed = 0, unknown = 0;
        foreach (var row in rows)
        {
            var count = (long)(Number(row) ?? 0m);
            all += count;
            switch (row.GroupBy["status"])
            {
                case ['4', ..]:
                    refused += count;
                    break;
                case ['5', ..]:
                    failed += count;
                    break;
                case null:
                    unknown += count;
                    break;
            }
        }
        return new Outcomes(all, refused, failed, unknown);
    }

    private static decimal? Number(MeterRow row) => row.Exact is { } exact ? decimal.Parse(exact, NumberStyles.Float, CultureInfo.InvariantCulture) : null;
}
