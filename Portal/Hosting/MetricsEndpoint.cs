using System.Collections.Frozen;
using System.Diagnostics;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using Prometheus;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>What Prometheus reads, and the timing of our own requests.</summary>
internal static class MetricsEndpoint
{
    private static readonly Histogram Requests = Prometheus.Metrics.CreateHistogram(
        "openmeet_insights_http_request_duration_seconds", "Time of requests by area, method and first digit of the status.",
        new HistogramConfiguration { LabelNames = ["area", "method", "status_group"], Buckets = Histogram.ExponentialBuckets(0.001, 2, 15) });
    private static readonly Gauge Ready = Prometheus.Metrics.CreateGauge("openmeet_insights_ready", "1 while the portal can do its work, 0 while it cannot: /health/ready says why.");

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "HEAD"];

    /// <summary>Times every request. Comes before whatever makes an answer out of an exception, so that the status is the one that was sent.</summary>
    public static void UseRequestTimes(this WebApplication app)
    {
        var areas = new Lazy<FrozenSet<string>>(() => ApiAreas(app.Services.GetRequiredService<EndpointDataSource>()));
        app.Use(async (context, next) =>
        {
            var started = Stopwatch.GetTimestamp();
            var area = AreaOf(context.Request.Path, areas.Value);
            try
            {
                await next(context);
            }
            finally
            {
                Requests.WithLabels(area, Array.IndexOf(Methods, context.Request.Method) >= 0 ? context.Request.Method : "other",
                    context.Response.StatusCode / 100 + "xx").Observe(Stopwatch.GetElapsedTime(started).TotalSeconds);
            }
        });
    }

    public static void UsePortalMetrics(this WebApplication app)
    {
        Prometheus.Metrics.SuppressDefaultMetrics(new SuppressDefaultMetricOptions { SuppressMeters = true, SuppressEventCounters = true });
        CircuitCount.Tell();
        var settings = app.Configuration.GetSection("Insights:Metrics");
        app.MapMetrics("/metrics").ExcludeFromDescription();
        var own = settings.GetValue<int?>("Port");
        if (own is { } port)
        {
            // Addresses that are added here replace the configured ones, so these come along.
            foreach (var url in (app.Configuration["urls"] ?? "http://localhost:5270").Split(';', StringSplitOptions.RemoveEmptyEntries)) app.Urls.Add(url);
            app.Urls.Add($"http://*:{port}");
        }
        var needsKey = settings.GetValue("RequireKey", false);
        app.Use(async (context, next) =>
        {
            if (context.Request.Path.StartsWithSegments("/metrics", StringComparison.OrdinalIgnoreCase))
            {
                // The port that the connection came in by: what a request calls this host is the caller's word.
                if (own is { } only && context.Connection.LocalPort != only)
                {
                    context.Response.StatusCode = StatusCodes.Status404NotFound;
                    return;
                }
                if (needsKey && !await HasKeyAsync(context))
                {
                    await Problems.WriteAsync(context, 401, "The metrics need a service key.");
                    return;
                }
                await TellAsync(context);
            }
            await next(context);
        });
    }

    // What stands only at the moment at which it is asked for.
    private static async Task TellAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var ledger = services.GetRequiredService<EventLedger>();
        services.GetRequiredService<MeteringMetrics>().Standing(
            ledger.Waiting, ledger.OldestWaiting is { } oldest ? services.GetRequiredService<TimeProvider>().GetUtcNow() - oldest : TimeSpan.Zero);
        Ready.Set((await services.GetRequiredService<Readiness>().ReasonsAsync(context.RequestAborted)).Count == 0 ? 1 : 0);
    }

    private static async Task<bool> HasKeyAsync(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        var now = Instant.FromDateTimeOffset(context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow());
        return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
            && await context.RequestServices.GetRequiredService<ServiceKeyStore>().FindAsync(header[7..].Trim(), now, context.RequestAborted) is not null;
    }

    // Only words of our own become labels: a path may hold the key of a user or a group.
    private static string AreaOf(PathString path, FrozenSet<string> apiAreas) => (path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["api", "v1", var area, ..] when apiAreas.Contains(area) => area,
        ["_blazor", ..] => "circuit",
        [("health" or "metrics" or "account" or "me" or "groups" or "admin") and var area, ..] => area,
        _ => "other",
    };

    /// <summary>The first words of the API's addresses, such as <c>events</c> and <c>meters</c>.</summary>
    internal static FrozenSet<string> ApiAreas(EndpointDataSource endpoints) => endpoints.Endpoints.OfType<RouteEndpoint>()
        .Select(e => (e.RoutePattern.RawText ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries))
        .Where(parts => parts is ["api", "v1", var area, ..] && !area.Contains('{', StringComparison.Ordinal)).Select(parts => parts[2]).ToFrozenSet(StringComparer.Ordinal);
}
