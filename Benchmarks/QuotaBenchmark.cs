using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>Quota checks of members of limited groups, against an endpoint of the same server with the same authentication and one <c>SELECT 1</c>.</summary>
internal static class QuotaBenchmark
{
    private const int Events = 200_000;
    private const int Connections = 16;
    private static readonly TimeSpan s_span = TimeSpan.FromSeconds(8);

    public static async Task<Measurement> RunAsync(BenchmarkOptions options, BenchmarkDatabase database, CancellationToken cancel)
    {
        await using var filled = await FilledPortal.FillAsync(database, options.Events ?? Events, cancel);
        await using var portal = await ServedPortal.StartAsync(filled.ConnectionString, cancel);
        await filled.JobsDoneAsync(cancel);
        await LimitAsync(portal, cancel);
        var random = new Random(7);
        string[] checks = [.. Enumerable.Range(0, 2_000).Select(_ =>
            $"api/v1/quotas/check?user={Community.User(filled.Community.Visitors[random.Next(filled.Community.Visitors.Count)])}&group={Community.Group(random.Next(Community.Groups))}&meter=api_calls&amount=1")];
        var right = await CheckAsync(portal, cancel);

        await AskAsync(portal, checks, TimeSpan.FromSeconds(3), perSecond: null, cancel);
        await AskAsync(portal, [ServedPortal.SelectOne], TimeSpan.FromSeconds(3), perSecond: null, cancel);
        var (own, one, calm) = (new List<Asked>(), new List<Asked>(), new List<Asked>());
        for (var round = 0; round < options.Rounds; round++)
        {
            one.Add(await AskAsync(portal, [ServedPortal.SelectOne], s_span, perSecond: null, cancel));
            own.Add(await AskAsync(portal, checks, s_span, perSecond: null, cancel));
            calm.Add(await AskAsync(portal, checks, s_span, own[^1].PerSecond / 2, cancel));
        }
        var ratios = own.Zip(one, (a, b) => a.PerSecond / b.PerSecond).ToList();
        return new Measurement(
            Figures.Median(own.Select(a => a.PerSecond)), "checks/s", Figures.Median(one.Select(a => a.PerSecond)), Figures.Median(ratios),
            "ratio >= 0.6; p99 <= 5 ms at half that rate", right,
            new
            {
                connections = Connections,
                ratios = ratios.Select(Figures.Round),
                p99Ms = Figures.Round(Figures.Median(own.Select(a => a.P99))),
                atHalfTheRate = new
                {
                    perSecond = Figures.Round(Figures.Median(calm.Select(a => a.PerSecond))),
                    p50Ms = Figures.Round(Figures.Median(calm.Select(a => a.P50))),
                    p99Ms = Figures.Round(Figures.Median(calm.Select(a => a.P99))),
                    worstP99Ms = Figures.Round(calm.Max(a => a.P99)),
                },
            });
    }

    // Every group on a plan with limits, so that each check has something to hold against.
    private static async Task LimitAsync(ServedPortal portal, CancellationToken cancel)
    {
        await SayAsync(HttpMethod.Post, "plans", """{"key":"club","name":"Club","currency":"USD","fee":"5.00","items":[{"meter":"api_calls","included":"1000000","limit":"2000000","limitKind":"hard","price":{"model":"per_unit","unitPrice":"0.01"}}]}""");
        await SayAsync(HttpMethod.Post, "plans/club/publish", """{"effective":"2020-01-01T00:00:00Z"}""");
        for (var group = 0; group < Community.Groups; group++) await SayAsync(HttpMethod.Put, $"accounts/group/{Community.Group(group)}/plan", """{"plan":"club","effective":"2020-02-01T00:00:00Z"}""");

        async Task SayAsync(HttpMethod method, string path, string json)
        {
            using var request = new HttpRequestMessage(method, "api/v1/" + path) { Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json") };
            using var answer = await portal.Client.SendAsync(request, cancel);
            WrongAnswerException.Unless(answer.IsSuccessStatusCode, path + ": " + await answer.Content.ReadAsStringAsync(cancel));
        }
    }

    // The check must say what the group's usage of this month says.
    private static async Task<string> CheckAsync(ServedPortal portal, CancellationToken cancel)
    {
        for (var group = 0; group < Community.Groups; group += 10)
        {
            var key = Community.Group(group);
            var check = await portal.Client.GetFromJsonAsync<JsonElement>($"api/v1/quotas/check?group={key}&meter=api_calls&amount=1", cancel);
            var usage = await portal.Client.GetFromJsonAsync<JsonElement>($"api/v1/groups/{key}/usage?period={TimeProvider.System.GetUtcNow():yyyy-MM}", cancel);
            var row = usage.GetProperty("carried").EnumerateArray().Single(m => m.GetProperty("meter").GetString() == "api_calls");
            var (used, shown) = (Figures.Number(check.GetProperty("used")), Figures.Number(row.GetProperty("value")));
            WrongAnswerException.Unless(used == shown && Figures.Number(check.GetProperty("limit")) == 2_000_000, $"{key}: the check says {check}, the usage {row}.");
        }
        return $"the checks of {Community.Groups / 10} groups say what their usage says";
    }

    private sealed record Asked(double PerSecond, double P50, double P99);

    // At a given rate each question has its time, and its waiting counts from then, whether or not a connection was free.
    private static async Task<Asked> AskAsync(ServedPortal portal, string[] paths, TimeSpan span, double? perSecond, CancellationToken cancel)
    {
        var times = new System.Collections.Concurrent.ConcurrentBag<double>();
        var next = -1;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(started) < span)
            {
                var number = Interlocked.Increment(ref next);
                var due = perSecond is { } rate ? TimeSpan.FromSeconds(number / rate) : Stopwatch.GetElapsedTime(started);
                if (due - Stopwatch.GetElapsedTime(started) is { Ticks: > 0 } early) await Task.Delay(early, cancel);
                using var answer = await portal.Client.GetAsync(paths[number % paths.Length], cancel);
                await answer.Content.ReadAsByteArrayAsync(cancel);
                times.Add((Stopwatch.GetElapsedTime(started) - due).TotalMilliseconds);
                WrongAnswerException.Unless(answer.IsSuccessStatusCode, $"{paths[number % paths.Length]} was answered with {(int)answer.StatusCode}.");
            }
        }, cancel)));
        return new Asked(times.Count / Stopwatch.GetElapsedTime(started).TotalSeconds, Figures.Quantile(times, 0.5), Figures.Quantile(times, 0.99));
    }
}
