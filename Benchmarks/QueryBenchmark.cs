using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>What pages ask: a meter by all groups over a year, and the usage of one user and of one group in a month.</summary>
internal static class QueryBenchmark
{
    private const int Events = 1_000_000;
    private const int RequestsPerRound = 40;
    private const double GoalMilliseconds = 50;

    public static async Task<Measurement> RunAsync(BenchmarkOptions options, BenchmarkDatabase database, CancellationToken cancel)
    {
        var events = options.Events ?? Events;
        var tenth = await MeasureAsync(database, events / 10, options.Rounds, cancel);
        var whole = await MeasureAsync(database, events, options.Rounds, cancel);
        var worst = whole.Kinds.MaxBy(k => k.P95)!;
        return new Measurement(
            worst.P95, "ms (p95 of the slowest kind of question)", worst.Tenth(tenth).P95, worst.P95 / worst.Tenth(tenth).P95,
            string.Create(CultureInfo.InvariantCulture, $"p95 <= {GoalMilliseconds} ms at 10,000,000 events; p95(N) / p95(N/10) <= 1.3"),
            $"each group's months and year equal what the sender added up; {whole.Checked}",
            new
            {
                events,
                kinds = whole.Kinds.Select(k => new
                {
                    k.Name,
                    p50Ms = Figures.Round(k.P50),
                    p95Ms = Figures.Round(k.P95),
                    worstRoundP95Ms = Figures.Round(k.WorstP95),
                    p95MsAtTenth = Figures.Round(k.Tenth(tenth).P95),
                    growth = Figures.Round(k.P95 / k.Tenth(tenth).P95),
                }),
                rounds = options.Rounds,
                requestsPerRound = RequestsPerRound,
                filledPerSecond = Figures.Round(events / whole.Filled.TotalSeconds),
            });
    }

    private sealed record Kind(string Name, double P50, double P95, double WorstP95)
    {
        public Kind Tenth(Result of) => of.Kinds.Single(k => k.Name == Name);
    }

    private sealed record Result(IReadOnlyList<Kind> Kinds, string Checked, TimeSpan Filled);

    private static async Task<Result> MeasureAsync(BenchmarkDatabase database, int events, int rounds, CancellationToken cancel)
    {
        await using var filled = await FilledPortal.FillAsync(database, events, cancel);
        await using var portal = await ServedPortal.StartAsync(filled.ConnectionString, cancel);
        await filled.JobsDoneAsync(cancel);
        var year = $"from={Rfc3339.Format(filled.From)}&to={Rfc3339.Format(filled.To)}";
        var period = filled.From.InUtc().Date.PlusMonths(5).ToString("uuuu-MM", CultureInfo.InvariantCulture);
        var (random, visitors) = (new Random(events), filled.Community.Visitors);
        string[] groups = [.. filled.Community.ApiTime.Keys.Select(k => k.Group).Where(g => g.Length > 0).Distinct().Order(StringComparer.Ordinal)];
        (string Name, Func<string> Path)[] kinds =
        [
            ("groups by month", () => $"api/v1/meters/api_time/query?{year}&windowSize=MONTH&groupBy=group"),
            ("groups over the year", () => $"api/v1/meters/api_time/query?{year}&groupBy=group"),
            ("usage of a user", () => $"api/v1/users/{Community.User(visitors[random.Next(visitors.Count)])}/usage?period={period}"),
            ("usage of a group", () => $"api/v1/groups/{groups[random.Next(groups.Length)]}/usage?period={period}"),
        ];
        await CheckAsync(portal, filled.Community, kinds[0].Path(), byMonth: true, cancel);
        await CheckAsync(portal, filled.Community, kinds[1].Path(), byMonth: false, cancel);

        var found = kinds.ToDictionary(k => k.Name, _ => new List<double[]>());
        for (var round = -1; round < rounds; round++)
        {
            var times = kinds.ToDictionary(k => k.Name, _ => new List<double>());
            // Round -1 warms up.
            for (var i = 0; i < (round < 0 ? 10 : RequestsPerRound); i++)
            {
                foreach (var (name, path) in kinds)
                {
                    var started = Stopwatch.GetTimestamp();
                    await portal.Client.GetByteArrayAsync(path(), cancel);
                    times[name].Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
                }
            }
            if (round < 0) continue;
            foreach (var (name, of) in times) found[name].Add([Figures.Quantile(of, 0.5), Figures.Quantile(of, 0.95)]);
        }
        return new Result(
            [.. found.Select(k => new Kind(k.Key, Figures.Median(k.Value.Select(r => r[0])), Figures.Median(k.Value.Select(r => r[1])), k.Value.Max(r => r[1])))],
            filled.Checked, filled.Took);
    }

    private static async Task CheckAsync(ServedPortal portal, Community community, string path, bool byMonth, CancellationToken cancel)
    {
        using var answer = JsonDocument.Parse(await portal.Client.GetByteArrayAsync(path, cancel));
        var expected = community.ApiTime.GroupBy(t => (t.Key.Group, Month: byMonth ? t.Key.Month : 0)).ToDictionary(g => g.Key, g => g.Sum(t => t.Value));
        foreach (var row in answer.RootElement.GetProperty("data").EnumerateArray())
        {
            var group = row.GetProperty("groupBy").GetProperty("group").GetString() ?? "";
            WrongAnswerException.Unless(Rfc3339.TryParse(row.GetProperty("windowStart").GetString(), out var start), "a window without a start");
            var tenths = decimal.Parse(row.GetProperty("valueExact").GetString()!, CultureInfo.InvariantCulture) * 10m;
            expected.Remove((group, byMonth ? (start.InUtc().Year * 12) + start.InUtc().Month - 1 : 0), out var wanted);
            WrongAnswerException.Unless(tenths == wanted, $"{path}: group '{group}' from {start} has {tenths / 10m} ms of API time and should have {wanted / 10m}.");
        }
        WrongAnswerException.Unless(expected.Count == 0, $"{path}: {expected.Count} rows are missing.");
    }
}
