using System.Diagnostics;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Metering;

/// <summary>Takes in the OpenMeet API's own log, of any size, so that a community's past can be counted and its present shipped.</summary>
internal static class OpenMeetLogEndpoints
{
    // So many lines are told one by one why they are no event; the others are counted.
    private const int MostTold = 1_000;

    // So long the import waits for a ledger that is full, before it is left to the sender to come back.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public static void MapOpenMeetLog(this IEndpointRouteBuilder api) =>
        api.MapPost("/import/openmeet-log", ImportAsync).RequireScope("ingest").WithTags("Events").WithName("ImportOpenMeetLog")
            .WithSummary("Counts the requests in a log of the OpenMeet API, of any size, plain or gzip; a file sent twice counts once. With ?tenant= only lines of that tenant of OpenMeet.")
            .WithMetadata(new Microsoft.AspNetCore.Mvc.DisableRequestSizeLimitAttribute());

    private static async Task<IResult> ImportAsync(HttpContext context, EventLedger ledger, DirectoryReports directory, IngestLimits limits, TimeProvider time)
    {
        if (context.Request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding and not ("gzip" or "identity"))
            return Problems.Answer(415, $"Content-Encoding may be gzip, not {encoding}.");
        var (cancel, tenant) = (context.RequestAborted, context.Caller().Tenant.Id);
        var log = new OpenMeetLog(await directory.KeysByNumberAsync(tenant, cancel), context.Request.Query["tenant"].ToString() is { Length: > 0 } named ? named : null);
        var (events, faults) = (new List<UsageEvent>(), new List<InputFault>());
        var (told, rejected, skipped, accepted, duplicates, index) = (new List<InputFault>(), 0L, 0L, 0L, 0L, 0);
        var arrival = Instant.FromDateTimeOffset(time.GetUtcNow());

        bool Take(ReadOnlySpan<byte> line, bool tooLong)
        {
            var at = index++;
            if (line.IsEmpty && !tooLong) return false;
            if (tooLong || log.Read(line) is not { } json)
            {
                skipped++;
                return false;
            }
            if (limits.Reader.Read(json, arrival, at, faults) is { } e) events.Add(e);
            else rejected++;
            if (told.Count < MostTold) told.AddRange(faults);
            faults.Clear();
            return events.Count >= limits.MaxBatchEvents;
        }

        // What was read goes to the ledger while no more is read: the sender is slowed down to the pace of the disk.
        await using var lines = new LogLines(context.Request, limits.Reader.MaxEventBytes);
        try
        {
            bool more;
            do
            {
                more = await lines.ReadAsync(Take, cancel);
                var result = await AppendAsync(ledger, tenant, events, cancel);
                accepted += result.Accepted;
                // A line whose user has got a name since it came first is the same line.
                duplicates += result.Duplicates + result.Conflicts.Count;
                events.Clear();
                arrival = Instant.FromDateTimeOffset(time.GetUtcNow());
            }
            while (more);
        }
        catch (InvalidDataException)
        {
            return Problems.Answer(400, $"The body is no gzip from line {index + 1} on; {accepted} requests before it are stored, and sent again they count once.");
        }
        return Results.Json(new { accepted, duplicates, skipped, rejected = told, rejectedLines = rejected });
    }

    private static async Task<AppendResult> AppendAsync(EventLedger ledger, int tenant, List<UsageEvent> events, CancellationToken cancel)
    {
        for (var started = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                return await ledger.AppendAsync(tenant, [.. events], partial: true, cancel);
            }
            catch (LedgerBusyException) when (Stopwatch.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(TimeSpan.FromSeconds(1), cancel);
            }
        }
    }
}
