using System.Text.Json;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Delivery;
using OpenMeet.Insights.Infrastructure.Webhooks;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Webhooks;

/// <summary>The tenant's webhooks and their delivery log.</summary>
internal static class WebhookEndpoints
{
    public static void MapWebhooks(this IEndpointRouteBuilder api)
    {
        var webhooks = api.MapGroup("/webhooks").WithTags("Webhooks").RequireScope("admin");
        webhooks.MapGet("", ListAsync).WithName("ListWebhooks").WithSummary("Endpoints, without their secret.");
        webhooks.MapPost("", AddAsync).WithName("AddWebhook").WithSummary("Adds an endpoint; its secret is shown only now.");
        webhooks.MapDelete("/{id:long}", RemoveAsync).WithName("RemoveWebhook").WithSummary("Removes an endpoint; its log stays.");
        webhooks.MapPost("/{id:long}/test", TestAsync).WithName("TestWebhook").WithSummary("Sends a marked test event at once.");
        webhooks.MapGet("/{id:long}/deliveries", DeliveriesAsync).WithName("ListDeliveries").WithSummary("Messages with their attempts, newest first.");
        webhooks.MapPost("/deliveries/{id:guid}/resend", ResendAsync).WithName("ResendDelivery").WithSummary("Sends a message again under the same webhook-id.");
    }

    private static async Task<IResult> ListAsync(HttpContext context, WebhookStore store) =>
        Results.Json(new { items = (await store.ListAsync(context.Caller().Tenant.Id, context.RequestAborted)).Select(Show), nextCursor = (string?)null });

    private static async Task<IResult> AddAsync(HttpContext context, WebhookStore store, WebhookTargets targets, TimeProvider time)
    {
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var caller = context.Caller();
        if (await WebhookInput.ReadAsync(new BodyInput(body, faults), targets, context.RequestAborted) is not { } wanted) return Problems.Input(faults);
        var (made, secret) = await store.AddAsync(caller.Tenant.Id, wanted.Url, wanted.Events, wanted.Description, caller.Actor(time), context.RequestAborted);
        var json = JsonSerializer.SerializeToNode(Show(made), JsonSerializerOptions.Web)!;
        json["secret"] = secret;
        return Results.Json(json, statusCode: 201);
    }

    private static async Task<IResult> RemoveAsync(HttpContext context, WebhookStore store, TimeProvider time, long id) =>
        await store.RemoveAsync(context.Caller().Tenant.Id, id, context.Caller().Actor(time), context.RequestAborted) ? Results.NoContent() : NoEndpoint(id);

    private static async Task<IResult> TestAsync(HttpContext context, WebhookStore store, TimeProvider time, long id) =>
        await store.TestAsync(context.Caller().Tenant.Id, id, context.Caller().Actor(time), context.RequestAborted) is { } sent ? Results.Json(Show(sent)) : NoEndpoint(id);

    private static async Task<IResult> DeliveriesAsync(HttpContext context, WebhookStore store, long id)
    {
        var input = new QueryInput(context.Request);
        var limit = input.Limit(100, 1000);
        Guid? before = null;
        if (input.Text("cursor") is { } cursor)
        {
            if (Guid.TryParse(cursor, out var known)) before = known;
            else input.Faults.Add(new InputFault("cursor", "malformed", "'cursor' is the nextCursor of the page before."));
        }
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);
        if (await store.DeliveriesAsync(context.Caller().Tenant.Id, id, before, limit + 1, context.RequestAborted) is not { } found) return NoEndpoint(id);
        return Results.Json(new { items = found.Take(limit).Select(Show), nextCursor = found.Count > limit ? found[limit - 1].Message.Id.ToString() : null });
    }

    private static async Task<IResult> ResendAsync(HttpContext context, WebhookStore store, TimeProvider time, Guid id) =>
        await store.ResendAsync(context.Caller().Tenant.Id, id, context.Caller().Actor(time), context.RequestAborted) is { } sent ? Results.Json(Show(sent)) : Problems.NotFound($"There is no delivery {id}.");

    private static IResult NoEndpoint(long id) => Problems.NotFound($"There is no webhook {id}.");

    private static object Show(WebhookEndpoint w) => new
    {
        id = w.Id,
        url = w.Url,
        events = w.Events,
        description = w.Description,
        createdAt = Rfc3339.Format(w.CreatedAt),
        createdBy = w.CreatedBy,
        disabledAt = w.DisabledAt is { } at ? Rfc3339.Format(at) : null,
        disabledReason = w.DisabledReason,
    };

    private static object Show(WebhookDelivery d) => new
    {
        id = d.Message.Id,
        webhookId = $"msg_{d.Message.Id:N}",
        type = d.Message.Type,
        state = d.Message.State,
        createdAt = Rfc3339.Format(d.Message.CreatedAt),
        nextAt = d.Message.NextAt is { } next ? Rfc3339.Format(next) : null,
        attempts = d.Attempts.Select(a => new { at = Rfc3339.Format(a.At), status = a.Status, outcome = a.Outcome, excerpt = a.Excerpt, milliseconds = a.Milliseconds }),
        body = JsonDocument.Parse(d.Message.Body).RootElement,
    };
}

/// <summary>An endpoint as somebody wants it.</summary>
internal sealed record WantedWebhook(string Url, IReadOnlyList<string> Events, string? Description);

/// <summary>Reads an endpoint as the API's body and the page's form have it, and names every fault.</summary>
internal static class WebhookInput
{
    public static async Task<WantedWebhook?> ReadAsync(BodyInput input, WebhookTargets targets, CancellationToken cancel)
    {
        var url = input.Text("url", required: true, most: 2000);
        if (url is not null && await targets.FaultAsync(url, cancel) is { } fault) input.Fault("url", "refused_target", $"'url' {fault}");
        var events = Events(input);
        var description = input.Text("description", most: 200);
        return input.Faults.Count > 0 ? null : new WantedWebhook(url!, events, description);
    }

    // An array, or a text with commas; left out: all of them.
    private static List<string> Events(BodyInput input)
    {
        if (input.Find("events") is not { } given) return [.. EventTypes.All];
        string[] texts = given.ValueKind switch
        {
            JsonValueKind.Array => [.. given.EnumerateArray().Select(e => e.ValueKind == JsonValueKind.String ? e.GetString()! : e.GetRawText())],
            JsonValueKind.String => given.GetString()!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            _ => [given.GetRawText()],
        };
        var events = new List<string>();
        for (var i = 0; i < texts.Length; i++)
        {
            if (!EventTypes.All.Contains(texts[i])) input.Fault($"events[{i}]", "unknown", $"'{texts[i]}' is none of {string.Join(", ", EventTypes.All)}.");
            else if (!events.Contains(texts[i])) events.Add(texts[i]);
        }
        if (texts.Length == 0) input.Fault("events", "required", "'events' names at least one of " + string.Join(", ", EventTypes.All) + ".");
        return events;
    }
}
