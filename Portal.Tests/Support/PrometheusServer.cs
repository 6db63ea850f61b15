using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>A real Prometheus with the project's rules, on a port and in a folder of its own, that asks a portal every other second.</summary>
public sealed class PrometheusServer : IAsyncDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "insights-prometheus-" + RandomNumberGenerator.GetHexString(8, lowercase: true));
    private readonly HttpClient _http = new();
    private readonly Process _process;

    private PrometheusServer(string rules, string portal, int port)
    {
        System.IO.Directory.CreateDirectory(_folder);
        var configuration = Path.Combine(_folder, "prometheus.yml");
        File.WriteAllText(configuration, $$"""
            global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 2s}
            rule_files: ["{{rules}}/*.yml"]
            scrape_configs:
              - {job_name: openmeet-insights, static_configs: [{targets: ["{{new Uri(portal).Authority}}"]}]}
            """);
        _http.BaseAddress = new Uri($"http://127.0.0.1:{port}/");
        _process = Process.Start(new ProcessStartInfo("prometheus",
            ["--config.file=" + configuration, "--storage.tsdb.path=" + Path.Combine(_folder, "data"), "--web.listen-address=127.0.0.1:" + port.ToString(CultureInfo.InvariantCulture), "--log.level=error"])
            { RedirectStandardOutput = true, RedirectStandardError = true })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, line) => Errors += line.Data + "\n";
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it complained about.</summary>
    public string Errors { get; private set; } = "";

    /// <summary>Starts it; it answers questions when this ends.</summary>
    public static async Task<PrometheusServer> StartAsync(string rules, string portal, CancellationToken cancel)
    {
        var server = new PrometheusServer(rules, portal, Ports.Next());
        while (true)
        {
            try
            {
                using var ready = await server._http.GetAsync("-/ready", cancel);
                if (ready.IsSuccessStatusCode) return server;
            }
            catch (HttpRequestException) when (!server._process.HasExited)
            {
                // not listening yet
            }
            await Task.Delay(100, cancel);
        }
    }

    /// <summary>The values that a query has now, NaN left out; refuses a query that Prometheus does not take.</summary>
    public async Task<IReadOnlyList<double>> AskAsync(string query, CancellationToken cancel)
    {
        using var answer = await _http.GetAsync("api/v1/query?query=" + Uri.EscapeDataString(query), cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        Assert.True(answer.IsSuccessStatusCode, query + "\n" + text);
        using var json = JsonDocument.Parse(text);
        return
        [
            .. json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray().Select(r => r.GetProperty("value")[1].GetString()!)
                .Select(v => v switch { "+Inf" => double.PositiveInfinity, "-Inf" => double.NegativeInfinity, _ => double.Parse(v, CultureInfo.InvariantCulture) }).Where(v => !double.IsNaN(v)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
        System.IO.Directory.Delete(_folder, recursive: true);
    }
}
