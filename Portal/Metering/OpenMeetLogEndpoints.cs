using System.Text.Json;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Metering;

/// <summary>Takes in the OpenMeet API's own log, so that a community's past can be counted.</summary>
internal static class OpenMeetLogEndpoints
{
    public static void MapOpenMeetLog(this IEndpointRouteBuilder api) =>
        api.MapPost("/import/openmeet-log", ImportAsync).RequireScope("ingest").WithTags("Events").WithName("ImportOpenMeetLog")
            .WithSummary("Counts the requests in a log of the OpenMeet API; a file sent twice counts once.")
            .WithMetadata(new Microsoft.AspNetCore.Mvc.DisableRequestSizeLimitAttribute());

    private static async Task<IResult> ImportAsync(HttpContext context, EventLedger ledger, IngestLimits limits, TimeProvider time)
    {
        var arrival = Instant.FromDateTimeOffset(time.GetUtcNow());
        var body = await EventBody.ReadTextAsync(context.Request, limits);
        if (body.Refusal is { } refusal) return Problems.Answer(refusal.Status, refusal.Detail, refusal.Faults);
        var log = new OpenMeetLog();
        var (events, rejected, skipped) = (new List<UsageEvent>(), new List<InputFault>(), 0);
        foreach (var (line, index) in body.Text!.Split('\n').Select((l, i) => (l.TrimEnd('\r'), i)))
        {
            if (line.Length == 0) continue;
            if (log.Read(line) is not { } json) skipped++;
            else if (limits.Reader.Read(json, arrival, index, rejected) is { } e) events.Add(e);
        }
        var (accepted, duplicates) = (0, 0);
        foreach (var chunk in events.Chunk(limits.MaxBatchEvents))
        {
            var result = await ledger.AppendAsync(context.Caller().Tenant.Id, chunk, partial: true, context.RequestAborted);
            accepted += result.Accepted;
            duplicates += result.Duplicates;
        }
        return Results.Json(new { accepted, duplicates, skipped, rejected });
    }
}
