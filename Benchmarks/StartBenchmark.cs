using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Benchmarks;

/// <summary><c>./start</c> on a built tree with an empty data folder, to the first page with demo data.</summary>
internal static class StartBenchmark
{
    public static async Task<Measurement> RunAsync(BenchmarkOptions options, BenchmarkDatabase database, CancellationToken cancel)
    {
        // The first start builds what is not built yet.
        await StartAsync(cancel);
        var took = new List<double>();
        for (var round = 0; round < options.Rounds; round++) took.Add((await StartAsync(cancel)).TotalSeconds);
        return new Measurement(
            Figures.Median(took), "s from ./start to the first page with demo data", null, null, "<= 15 s",
            "the portal says that it is ready, and its sign-in page shows the demo's people",
            new { rounds = took.Select(Figures.Round), worst = Figures.Round(took.Max()) });
    }

    private static async Task<TimeSpan> StartAsync(CancellationToken cancel)
    {
        var folder = Path.Combine(Path.GetTempPath(), "insights-start-" + RandomNumberGenerator.GetHexString(8, lowercase: true));
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{EmbeddedPostgres.FreePort()}");
        var started = Stopwatch.GetTimestamp();
        using var portal = Process.Start(new ProcessStartInfo(Path.Combine(Checkout.Root, "start"))
        {
            RedirectStandardOutput = true,
            Environment = { ["Insights__DataDirectory"] = folder, ["ASPNETCORE_URLS"] = address, ["Insights__Demo"] = "true", ["INSIGHTS_BENCH_DATABASE"] = null },
        })!;
        var said = portal.StandardOutput.ReadToEndAsync(CancellationToken.None);
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri(address) };
            while (!await ShowsDemoAsync(http, cancel))
            {
                WrongAnswerException.Unless(!portal.HasExited, "./start ended: " + (portal.HasExited ? await said : ""));
                await Task.Delay(100, cancel);
            }
            return Stopwatch.GetElapsedTime(started);
        }
        finally
        {
            // start is replaced by the portal, so this is the portal's own number.
            using (var end = Process.Start("kill", ["-TERM", portal.Id.ToString(CultureInfo.InvariantCulture)])) await end.WaitForExitAsync(CancellationToken.None);
            await portal.WaitForExitAsync(CancellationToken.None);
            if (Directory.ResolveLinkTarget(Path.Combine(folder, "postgres"), returnFinalTarget: true) is { } elsewhere) elsewhere.Delete();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<bool> ShowsDemoAsync(HttpClient http, CancellationToken cancel)
    {
        try
        {
            using var ready = await http.GetAsync("health/ready", cancel);
            if (!ready.IsSuccessStatusCode) return false;
            var page = await http.GetStringAsync("account/login", cancel);
            WrongAnswerException.Unless(page.Contains("manager@demo.example", StringComparison.Ordinal), "The sign-in page does not show the demo's people.");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
