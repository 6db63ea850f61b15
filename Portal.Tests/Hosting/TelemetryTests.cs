using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;
using OpenTelemetry.Trace;

namespace OpenMeet.Insights.Tests.Hosting;

/// <summary>One request, found again in its answer, in the log and in the traces.</summary>
public sealed class TelemetryTests(PostgresServer server)
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_has_one_id_in_its_answer_in_the_JSON_of_the_log_and_at_the_collector()
    {
        await using var collector = await Collector.StartAsync();
        using var portal = await PortalProcess.StartAsync(
            await RunningPortal.CreateDatabaseAsync(server), "--Insights:Logs:Json=true", "--Insights:OpenTelemetry:Endpoint=" + collector.Address, "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            "--OTEL_BSP_SCHEDULE_DELAY=100", "--OTEL_BLRP_SCHEDULE_DELAY=100", "--Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics=Information");

        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/users/nobody-at-all/usage");
        request.Headers.Add("traceparent", $"00-{Trace}-b7ad6b7169203331-01");
        using var answer = await portal.Client.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        var named = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel)).RootElement.GetProperty("traceId").GetString()!;
        Assert.Equal(Trace, named.Split('-')[1]);

        // The request, what it asked the database, and its lines.
        var id = Convert.FromHexString(Trace);
        await collector.WaitForAsync("/v1/traces", body => Has(body, id) && Has(body, "Microsoft.AspNetCore") && Has(body, "Npgsql") && Has(body, "openmeet-insights") && Has(body, "/api/v1/users/{key}/usage"));
        await collector.WaitForAsync("/v1/logs", body => Has(body, id) && Has(body, "openmeet-insights") && Has(body, "Request finished"));

        Assert.Equal(0, await portal.StopAsync());
        var lines = portal.Said.Select(l => JsonDocument.Parse(l).RootElement).ToArray();
        var finished = Assert.Single(lines, l => l.GetProperty("Message").GetString()!.StartsWith("Request finished", StringComparison.Ordinal) && l.ToString().Contains(Trace, StringComparison.Ordinal));
        Assert.Contains(finished.GetProperty("Scopes").EnumerateArray(), s => s.TryGetProperty("RequestId", out var requestId) && requestId.GetString()!.Length > 0 && s.GetProperty("RequestPath").GetString() == "/api/v1/users/nobody-at-all/usage");
        Assert.EndsWith("Z", finished.GetProperty("Timestamp").GetString(), StringComparison.Ordinal);
        // No secret of the caller is told to anybody.
        Assert.DoesNotContain(portal.Said, l => l.Contains(RunningPortal.Key, StringComparison.Ordinal));
        Assert.DoesNotContain(collector.Bodies, b => Has(b.Body, RunningPortal.Key));
    }

    [Fact]
    public async Task Without_a_collector_nothing_is_traced_and_an_answer_names_its_request_all_the_same()
    {
        await using var portal = new RunningPortal(server);
        await portal.InitializeAsync();
        Assert.Null(portal.Services.GetService<TracerProvider>());
        using var lost = await portal.Client(key: "").GetAsync("api/v1/meters", Cancel);
        Assert.Equal(HttpStatusCode.Unauthorized, lost.StatusCode);
        Assert.NotEmpty(JsonDocument.Parse(await lost.Content.ReadAsStringAsync(Cancel)).RootElement.GetProperty("traceId").GetString()!);
    }

    private static bool Has(byte[] body, string text) => Has(body, Encoding.UTF8.GetBytes(text));

    private static bool Has(byte[] body, byte[] part) => body.AsSpan().IndexOf(part) >= 0;

    /// <summary>A collector that keeps what it is sent by OTLP over HTTP.</summary>
    private sealed class Collector : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Collector(WebApplication app) => _app = app;

        public ConcurrentQueue<(string Path, byte[] Body)> Bodies { get; } = new();

        public string Address { get; private set; } = "";

        public static async Task<Collector> StartAsync()
        {
            var builder = WebApplication.CreateBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            var collector = new Collector(app);
            app.Run(async http =>
            {
                using var body = new MemoryStream();
                await http.Request.Body.CopyToAsync(body, http.RequestAborted);
                collector.Bodies.Enqueue((http.Request.Path, body.ToArray()));
            });
            await app.StartAsync();
            collector.Address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
            return collector;
        }

        /// <summary>Waits until all that came to a path together is as it should be.</summary>
        public async Task WaitForAsync(string path, Func<byte[], bool> isThere)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            patience.CancelAfter(TimeSpan.FromMinutes(2));
            while (!isThere([.. Bodies.Where(b => b.Path == path).SelectMany(b => b.Body)])) await Task.Delay(50, patience.Token);
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();
    }
}
