using OpenTelemetry.Logs;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>Where the portal tells what it does: the console, in lines for people or in JSON, and a collector of OpenTelemetry.</summary>
internal static class Telemetry
{
    private const string Standard = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>How lines look on the console.</summary>
    public static void Write(ILoggingBuilder logging, IConfiguration configuration)
    {
        if (!IsJson(configuration)) return;
        // Scopes name the request and the trace, which the answers with errors name too.
        logging.AddJsonConsole(json => (json.IncludeScopes, json.UseUtcTimestamp, json.TimestampFormat) = (true, true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'"));
    }

    /// <summary>Whether the console is read by a program.</summary>
    public static bool IsJson(IConfiguration configuration) => configuration.GetValue("Insights:Logs:Json", false);

    /// <summary>Traces and logs go to a collector where one is named; its further settings are the standard ones, such as OTEL_EXPORTER_OTLP_PROTOCOL.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        Write(builder.Logging, builder.Configuration);
        var configuration = builder.Configuration;
        if (configuration["Insights:OpenTelemetry:Endpoint"] is { Length: > 0 } own) configuration[Standard] = own;
        if (string.IsNullOrEmpty(configuration[Standard])) return;
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                configuration["OTEL_SERVICE_NAME"] is { Length: > 0 } name ? name : "openmeet-insights", serviceVersion: typeof(Telemetry).Assembly.GetName().Version?.ToString(3)))
            .WithTracing(traces => traces.AddAspNetCoreInstrumentation(requests => requests.Filter = IsTold).AddSource("Npgsql").AddOtlpExporter())
            .WithLogging(logs => logs.AddOtlpExporter(), lines => (lines.IncludeFormattedMessage, lines.IncludeScopes) = (true, true));
    }

    // Probes say nothing, and a circuit is one request of hours.
    private static bool IsTold(HttpContext context) =>
        !context.Request.Path.StartsWithSegments("/health") && !context.Request.Path.StartsWithSegments("/metrics") && !context.Request.Path.StartsWithSegments("/_blazor");
}
