using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>Many dashboards of the demo, open at once: what each takes of the portal's memory, and whether any is dropped.</summary>
internal static partial class CircuitsBenchmark
{
    private const int Dashboards = 500;
    private const int OpenedTogether = 4;
    private const string Password = "Demo-portal-2026";
    private const double Goal = 300;
    private static readonly TimeSpan Held = TimeSpan.FromSeconds(60);

    private static readonly (string Person, string[] Paths)[] People =
    [
        ("member@demo.example", ["/", "/me/usage", "/me/costs"]),
        ("manager@demo.example", ["/groups/trail-runners/usage", "/groups/trail-runners/community", "/groups/trail-runners/costs"]),
        ("admin@demo.example", ["/admin", "/admin/costs"]),
    ];

    public static async Task<Measurement> RunAsync(BenchmarkOptions options, BenchmarkDatabase database, CancellationToken cancel)
    {
        var connection = await database.CreateAsync(cancel);
        await using var portal = await ServedPortal.StartAsync(connection, cancel, demo: true);
        await using (var idle = await ServedPortal.BuildAsync(connection)) await FilledPortal.JobsDoneAsync(idle.Services, cancel);

        var signedIn = new List<(HttpClient Http, CookieContainer Cookies, string[] Paths)>();
        foreach (var (person, paths) in People)
        {
            var cookies = new CookieContainer();
            signedIn.Add((await portal.SignInAsync(person, Password, cookies, cancel), cookies, paths));
        }
        // Every page once, so that what is made once for all of them is there before anything is measured.
        foreach (var (http, cookies, paths) in signedIn)
        {
            foreach (var path in paths) await (await OpenDashboard.OpenAsync(http, cookies, path, cancel)).DisposeAsync();
        }
        await OpenCircuitsAsync(portal, 0, cancel);
        var before = await MemoryAsync(portal, cancel);

        var dashboards = options.Events ?? Dashboards;
        var open = new List<OpenDashboard>();
        try
        {
            var (next, took) = (-1, new List<double>());
            var started = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, OpenedTogether).Select(_ => Task.Run(async () =>
            {
                for (int i; (i = Interlocked.Increment(ref next)) < dashboards;)
                {
                    var (http, cookies, paths) = signedIn[i % signedIn.Count];
                    var since = Stopwatch.GetTimestamp();
                    var dashboard = await OpenDashboard.OpenAsync(http, cookies, paths[i / signedIn.Count % paths.Length], cancel);
                    lock (open)
                    {
                        open.Add(dashboard);
                        took.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
                    }
                }
            }, cancel)));
            var opening = Stopwatch.GetElapsedTime(started);
            // The models between a prerender and its circuit live for half a minute; after that only the circuits are left.
            await Task.Delay(Held, cancel);
            var after = await MemoryAsync(portal, cancel);
            var alive = open.Count(d => d.IsOpen);
            WrongAnswerException.Unless(alive == dashboards, $"{dashboards} dashboards were opened, {alive} are open: {open.FirstOrDefault(d => !d.IsOpen)?.Fault}");
            await OpenCircuitsAsync(portal, dashboards, cancel);
            var each = (after.Live - before.Live) / 1_000d / dashboards;
            return new Measurement(
                each, "kB of live memory a dashboard", null, null, string.Create(CultureInfo.InvariantCulture, $"<= {Goal} kB each, none dropped"),
                $"{alive} of {dashboards} still open after {Held.TotalSeconds} s, as the portal's own gauge says; each has drawn its page ({open.Sum(d => d.Batches)} batches)",
                new
                {
                    dashboards,
                    dropped = dashboards - alive,
                    liveMegabytes = new[] { Figures.Round(before.Live / 1e6), Figures.Round(after.Live / 1e6) },
                    processMegabytes = new[] { Figures.Round(before.Process / 1e6), Figures.Round(after.Process / 1e6) },
                    openedPerSecond = Figures.Round(dashboards / opening.TotalSeconds),
                    openMs = new { p50 = Figures.Round(Figures.Quantile(took, 0.5)), p99 = Figures.Round(Figures.Quantile(took, 0.99)) },
                });
        }
        finally
        {
            foreach (var dashboard in open) await dashboard.DisposeAsync();
            foreach (var (http, _, _) in signedIn) http.Dispose();
        }
    }

    private static async Task<(long Live, long Process)> MemoryAsync(ServedPortal portal, CancellationToken cancel)
    {
        var answer = await portal.Client.GetFromJsonAsync<JsonElement>(ServedPortal.Memory, cancel);
        return (answer.GetProperty("live").GetInt64(), answer.GetProperty("process").GetInt64());
    }

    // A circuit that was left in good order is gone at once.
    private static async Task OpenCircuitsAsync(ServedPortal portal, int wanted, CancellationToken cancel)
    {
        var patience = Stopwatch.GetTimestamp();
        for (var circuits = -1; circuits != wanted;)
        {
            WrongAnswerException.Unless(Stopwatch.GetElapsedTime(patience) < TimeSpan.FromSeconds(60), $"The portal says that {circuits} circuits are open, not {wanted}.");
            circuits = int.Parse(Gauge().Match(await portal.Client.GetStringAsync("/metrics", cancel)).Groups[1].Value, CultureInfo.InvariantCulture);
            if (circuits != wanted) await Task.Delay(200, cancel);
        }
    }

    [GeneratedRegex(@"^openmeet_insights_circuits (\d+)", RegexOptions.Multiline)]
    private static partial Regex Gauge();
}
