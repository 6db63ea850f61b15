using System.Diagnostics;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Directory;
using Prometheus;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>What Prometheus reads, and the timing of our own requests.</summary>
internal static class MetricsEndpoint
{
    private static readonly Histogram Requests = Prometheus.Metrics.CreateHistogram(
        "openmeet_insights_http_request_duration_seconds", "Time of requests by area, method and first digit of the status.",
        new HistogramConfiguration { LabelNames = ["area", "method", "status_group"], Buckets = Histogram.ExponentialBuckets(0.001, 2, 15) });

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "HEAD"];

    public static void UsePortalMetrics(this WebApplication app)
    {
        Prometheus.Metrics.SuppressDefaultMetrics(new SuppressDefaultMetricOptions { SuppressMeters = true, SuppressEventCounters = true });
        app.Use(async (context, next) =>
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                await next(context);
            }
            finally
            {
                Requests.WithLabels(AreaOf(context.Request.Path), Array.IndexOf(Methods, context.Request.Method) >= 0 ? context.Request.Method : "other",
                    context.Response.StatusCode / 100 + "xx").Observe(Stopwatch.GetElapsedTime(started).TotalSeconds);
            }
        });
        var settings = app.Configuration.GetSection("Insights:Metrics");
        var metrics = app.MapMetrics("/metrics").ExcludeFromDescription();
        if (settings.GetValue<int?>("Port") is { } port)
        {
            metrics.RequireHost("*:" + port.ToString(System.Globalization.CultureInfo.InvariantCulture));
            // Addresses that are added here replace the configured ones, so these come along.
            foreach (var url in (app.Configuration["urls"] ?? "http://localhost:5270").Split(';', StringSplitOptions.RemoveEmptyEntries)) app.Urls.Add(url);
            app.Urls.Add($"http://*:{port}");
        }
        if (!settings.GetValue("RequireKey", false)) return;
        app.Use(async (context, next) =>
        {
            if (context.Request.Path.StartsWithSegments("/metrics", StringComparison.Ordinal))
            {
                var header = context.Request.Headers.Authorization.ToString();
                var now = Instant.FromDateTimeOffset(context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow());
                var keys = context.RequestServices.GetRequiredService<ServiceKeyStore>();
                if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) || await keys.FindAsync(header[7..].Trim(), now, context.RequestAborted) is null)
                {
                    await Problems.WriteAsync(context, 401, "The metrics need a service key.");
                    return;
                }
            }
            await next(context);
        });
    }

    private static string AreaOf(PathString path)
    {
        var parts = (path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts is ["api", "v1", var area, ..] && Array.IndexOf(ApiAreas, area) >= 0 ? area
            : parts is ["health" or "metrics" or "account" or "me" or "groups" or "admin", ..] ? parts[0] : "other";
    }

    private static readonly string[] ApiAreas =
        ["events", "meters", "users", "groups", "costs", "quotas", "plans", "accounts", "rates", "cost-pools", "directory", "tenants", "keys", "audit", "periods", "upgrade-decisions"];
}
