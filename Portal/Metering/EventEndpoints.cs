using System.Diagnostics;
using System.Text;
using System.Text.Json;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Metering;

/// <summary>Usage events in, out, and taken back.</summary>
internal static class EventEndpoints
{
    public static void MapEvents(this IEndpointRouteBuilder api)
    {
        var events = api.MapGroup("/events").WithTags("Events");
        events.MapPost("", IngestAsync).RequireScope("ingest").WithName("IngestEvents")
            .WithSummary("Stores usage events (CloudEvents 1.0); answers after the commit. A batch is atomic unless ?partial=true.")
            .WithMetadata(new Microsoft.AspNetCore.Mvc.DisableRequestSizeLimitAttribute());
        events.MapGet("", ListAsync).RequireScope("read").WithName("ListEvents").WithSummary("Stored events, newest first.");
        events.MapPost("/void", VoidAsync).RequireScope("admin").WithName("VoidEvent")
            .WithSummary("Takes back the effect of an event; it stays readable, marked.");
    }

    private static async Task<IResult> IngestAsync(
        HttpContext context, EventLedger ledger, IngestLimits limits, MeteringMetrics metrics, TimeProvider time)
    {
        var started = Stopwatch.GetTimestamp();
        var arrival = Instant.FromDateTimeOffset(time.GetUtcNow());
        var body = await EventBody.ReadAsync(context.Request, limits);
        if (body.Refusal is { } refusal) return Problems.Answer(refusal.Status, refusal.Detail, refusal.Faults);

        var faults = new List<InputFault>();
        var events = new List<UsageEvent>(body.Events.Count);
        var indexes = new List<int>(body.Events.Count);
        for (var i = 0; i < body.Events.Count; i++)
        {
            var sent = body.Events[i];
            if (sent.Fault is { } fault)
            {
                faults.Add(fault with { Index = body.IsBatch ? i : null });
                continue;
            }
            if (limits.Reader.Read(sent.Json, arrival, body.IsBatch ? i : null, faults) is not { } e) continue;
            events.Add(e);
            indexes.Add(i);
        }
        var partial = string.Equals(context.Request.Query["partial"], "true", StringComparison.OrdinalIgnoreCase);
        if (faults.Count > 0) metrics.Invalid(body.Events.Count - events.Count);
        if (faults.Count > 0 && !partial)
            return Problems.Input(faults, faults.TrueForAll(f => f.Code == "too_large") ? 413 : 400);

        var result = await ledger.AppendAsync(context.Caller().Tenant.Id, events, partial, context.RequestAborted);
        metrics.Answered(Stopwatch.GetElapsedTime(started));
        var conflicts = result.Conflicts.Select(i => new InputFault(
            "id", "conflict", $"Event '{events[i].Id}' of source '{events[i].Source}' stands with other content; it was not changed.", body.IsBatch || partial ? indexes[i] : null)).ToList();
        if (!result.Stored) return Problems.Input(conflicts, 409);
        if (partial) faults = [.. faults.Select(f => f with { Index = f.Index ?? 0 }).Concat(conflicts).OrderBy(f => f.Index)];
        return Results.Json(new IngestAnswer(result.Accepted, result.Duplicates, faults));
    }

    /// <summary>What became of a request's events.</summary>
    internal sealed record IngestAnswer(int Accepted, int Duplicates, IReadOnlyList<InputFault> Rejected);

    private static async Task<IResult> ListAsync(HttpContext context, EventReports reports)
    {
        var input = new QueryInput(context.Request);
        var filter = new EventFilter(
            input.Text("subject"), input.Text("group"), input.Texts("type"), input.Time("from"), input.Time("to"), input.Limit(100, 1000));
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);
        if (context.Caller().UserKey is { } user)
        {
            if (filter.Subject is not null && filter.Subject != user) return Problems.Answer(403, "A user sees own events only.");
            filter = filter with { Subject = user };
        }
        var events = await reports.ListAsync(context.Caller().Tenant.Id, filter, context.RequestAborted);
        if (await reports.KeptFromAsync(context.RequestAborted) is { } kept && !(filter.From >= kept)) context.Response.Headers["X-Requests-Kept-From"] = Rfc3339.Format(kept);
        return Results.Text(Write(events), "application/json", Encoding.UTF8);
    }

    private static string Write(IReadOnlyList<StoredEvent> events)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var e in events)
            {
                json.WriteStartObject();
                json.WritePropertyName("event");
                json.WriteRawValue(WithTime(e));
                json.WriteString("ingestedAt", Rfc3339.Format(e.StoredAt));
                json.WriteString("storedAt", Rfc3339.Format(e.StoredAt));
                if (e.ValidationError is { } error) json.WriteString("validationError", error);
                if (e.VoidedAt is { } voided)
                {
                    json.WriteStartObject("voided");
                    json.WriteString("at", Rfc3339.Format(voided));
                    json.WriteString("reason", e.VoidReason);
                    json.WriteString("by", e.VoidedBy);
                    json.WriteEndObject();
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    // An event that came without a time is shown with the one that it was given.
    private static string WithTime(StoredEvent e)
    {
        using var json = JsonDocument.Parse(e.Json);
        if (json.RootElement.TryGetProperty("time", out var time) && time.ValueKind == JsonValueKind.String) return e.Json;
        var members = System.Text.Json.Nodes.JsonObject.Create(json.RootElement.Clone())!;
        members["time"] = Rfc3339.Format(e.Time);
        return members.ToJsonString();
    }

    private static async Task<IResult> VoidAsync(HttpContext context, EventVoids voids, TimeProvider time)
    {
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        string Required(string name)
        {
            if (body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text) return text;
            faults.Add(new InputFault(name, "required", $"'{name}' is required."));
            return "";
        }
        var (source, id, reason) = (Required("source"), Required("id"), Required("reason"));
        if (faults.Count > 0) return Problems.Input(faults);
        var caller = context.Caller();
        var voided = await voids.VoidAsync(caller.Tenant.Id, source, id, reason, caller.Actor(time), context.RequestAborted);
        return voided is null
            ? Problems.NotFound($"No event '{id}' of source '{source}' is stored.")
            : Results.Json(new { voided.Source, voided.Id, voided.Reason, voidedAt = Rfc3339.Format(voided.VoidedAt), voided.VoidedBy });
    }
}

/// <summary>How much one request may bring.</summary>
internal sealed record IngestLimits(int MaxBatchEvents, int MaxBodyBytes, EventReader Reader)
{
    public static IngestLimits From(IConfiguration configuration)
    {
        var ingest = configuration.GetSection("Insights:Ingest");
        return new IngestLimits(
            ingest.GetValue("MaxBatchEvents", 10_000), ingest.GetValue("MaxBodyBytes", 16_777_216),
            new EventReader(ingest.GetValue("MaxEventBytes", 65_536), Duration.FromMinutes(ingest.GetValue("FutureToleranceMinutes", 60))));
    }
}
