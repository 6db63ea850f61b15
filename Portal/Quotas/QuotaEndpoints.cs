using System.Text.Json;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Quotas;
using OpenMeet.Insights.Portal.Costs;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Quotas;

/// <summary>May it be used? Asked, set aside, committed; and limits of one's own.</summary>
internal static class QuotaEndpoints
{
    private static readonly Prometheus.Counter Checks = Prometheus.Metrics.CreateCounter("openmeet_insights_quota_checks_total", "Quota checks by answer.", "allowed");

    public static void MapQuotas(this IEndpointRouteBuilder api)
    {
        foreach (var allowed in (string[])["true", "false"]) Checks.WithLabels(allowed);
        var quotas = api.MapGroup("/quotas").WithTags("Quotas");
        quotas.MapGet("/check", CheckAsync).RequireScope("quota").WithName("CheckQuota").WithSummary("May this user or group use so much more of a meter?");
        quotas.MapPost("/check", CheckManyAsync).RequireScope("quota").WithName("CheckQuotas").WithSummary("Up to 100 questions at once.");
        quotas.MapPost("/reservations", ReserveAsync).RequireScope("quota").WithName("Reserve").WithSummary("Sets an amount aside.");
        quotas.MapPost("/reservations/{id}/commit", CommitAsync).RequireScope("quota").WithName("CommitReservation").WithSummary("Turns a reservation into its event.");
        quotas.MapDelete("/reservations/{id}", ReleaseAsync).RequireScope("quota").WithName("ReleaseReservation").WithSummary("Gives a reservation back.");
    }

    private static async Task<IResult> CheckAsync(HttpContext context, QuotaStore store, MeterCatalog catalog)
    {
        var query = context.Request.Query;
        var json = JsonSerializer.SerializeToElement(query.Where(q => q.Key is "user" or "group" or "meter" or "amount").ToDictionary(q => q.Key, q => q.Value.ToString()));
        var faults = new List<InputFault>();
        var question = await ReadAsync(new BodyInput(json, faults), catalog, context, allowZero: true);
        if (question is null) return Problems.Input(faults);
        return Results.Json(Show((await AskAsync(context, store, [question]))[0]));
    }

    private static async Task<IReadOnlyList<QuotaResult>> AskAsync(HttpContext context, QuotaStore store, IReadOnlyList<QuotaQuestion> questions)
    {
        var results = await store.CheckAsync(context.Caller().Tenant, questions, context.RequestAborted);
        foreach (var result in results) Checks.WithLabels(result.Answer.Allowed ? "true" : "false").Inc();
        return results;
    }

    private static async Task<IResult> CheckManyAsync(HttpContext context, QuotaStore store, MeterCatalog catalog)
    {
        var faults = new List<InputFault>();
        JsonElement root;
        try
        {
            root = (await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted)).RootElement;
        }
        catch (JsonException)
        {
            return Problems.Input("", "malformed", "The body is no JSON.");
        }
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("checks", out var inner)) root = inner;
        if (root.ValueKind != JsonValueKind.Array || root.GetArrayLength() is 0 or > 100) return Problems.Input("", "not_a_list", "Send an array of 1 to 100 questions.");
        var questions = new List<QuotaQuestion>();
        foreach (var (json, index) in root.EnumerateArray().Select((j, i) => (j, i)))
        {
            var own = new List<InputFault>();
            if (json.ValueKind != JsonValueKind.Object) own.Add(new InputFault("", "not_an_object", "A question is a JSON object."));
            else if (await ReadAsync(new BodyInput(json, own), catalog, context, allowZero: true) is { } question) questions.Add(question);
            faults.AddRange(own.Select(f => f with { Index = index }));
        }
        if (faults.Count > 0) return Problems.Input(faults);
        return Results.Json((await AskAsync(context, store, questions)).Select(Show));
    }

    private static async Task<QuotaQuestion?> ReadAsync(BodyInput input, MeterCatalog catalog, HttpContext context, bool allowZero)
    {
        var (user, group) = (input.Key("user"), input.Key("group"));
        if (user is null && group is null && !input.Has("user") && !input.Has("group")) input.Fault("user", "required", "At least one of 'user' and 'group' is required.");
        var meter = await CostEndpoints.ReadMeterAsync(input, "meter", catalog, context.Caller(), priceable: true, context.RequestAborted);
        var amount = input.Number("amount") ?? 1m;
        if (input.Has("amount") && amount < 0) input.Fault("amount", "out_of_range", "'amount' must not be negative.");
        else if (!allowZero && amount <= 0) input.Fault("amount", "out_of_range", "'amount' must be more than 0.");
        if (decimal.Round(amount, 6) != amount) input.Fault("amount", "too_fine", "'amount' has more than 6 decimals.");
        return input.Faults.Count > 0 ? null : new QuotaQuestion(user, group, meter!, amount);
    }

    private static object Show(QuotaResult r) => new
    {
        allowed = r.Answer.Allowed,
        state = r.Answer.State == Domain.Quotas.QuotaState.None ? "ok" : r.Answer.State.ToString().ToLowerInvariant(),
        limit = Wire.Number(r.Answer.Limit),
        used = Wire.Number(r.Answer.Used),
        reserved = Wire.Number(r.Answer.Reserved),
        remaining = Wire.Number(r.Answer.Remaining),
        resetsAt = r.ResetsAt is { } at ? Rfc3339.Format(at) : null,
        account = r.Account,
        chain = r.Chain.Select(l => new { source = l.Source, description = l.Description, limit = Wire.Number(l.Limit), limitKind = l.Kind?.ToString().ToLowerInvariant(), applies = l.Applies }),
        reason = r.Answer.Reason,
    };

    private static async Task<IResult> ReserveAsync(HttpContext context, QuotaStore store, MeterCatalog catalog)
    {
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var input = new BodyInput(body, faults);
        var question = await ReadAsync(input, catalog, context, allowZero: false);
        var ttl = input.Number("ttlSeconds", least: 1) ?? 600;
        if (ttl > 86_400) input.Fault("ttlSeconds", "out_of_range", "'ttlSeconds' is at most 86,400 (a day).");
        if (faults.Count > 0) return Problems.Input(faults);
        var (reservation, result) = await store.ReserveAsync(context.Caller().Tenant, question!, Duration.FromSeconds((double)ttl));
        Checks.WithLabels(reservation is not null ? "true" : "false").Inc();
        return reservation is null
            ? Results.Json(WithProblem(context, result), statusCode: 409, contentType: Problems.MediaType)
            : Results.Json(new { id = reservation.Id, expiresAt = Rfc3339.Format(reservation.ExpiresAt), account = result.Account, meter = reservation.Meter, amount = Wire.Number(reservation.Amount) }, statusCode: 201);
    }

    private static System.Text.Json.Nodes.JsonNode WithProblem(HttpContext context, QuotaResult result)
    {
        var json = JsonSerializer.SerializeToNode(Show(result), JsonSerializerOptions.Web)!;
        json["type"] = "urn:openmeet-insights:problem:conflict";
        json["title"] = "Conflict";
        json["status"] = 409;
        json["detail"] = result.Answer.Reason;
        json["instance"] = context.Request.Path.Value;
        return json;
    }

    private static async Task<IResult> CommitAsync(HttpContext context, QuotaStore store, string id) =>
        Guid.TryParse(id, out var guid) && await store.CommitAsync(context.Caller().Tenant, guid, context.RequestAborted)
            ? Results.Json(new { id = guid, committed = true })
            : Problems.NotFound($"There is no live reservation '{id}'.");

    private static async Task<IResult> ReleaseAsync(HttpContext context, QuotaStore store, string id) =>
        Guid.TryParse(id, out var guid) && await store.ReleaseAsync(context.Caller().Tenant.Id, guid, context.RequestAborted) ? Results.NoContent() : Problems.NotFound($"There is no live reservation '{id}'.");
}
