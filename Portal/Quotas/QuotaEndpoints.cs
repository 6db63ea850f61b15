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
        var quotas = api.MapGroup("/quotas").WithTags("Quotas");
        quotas.MapGet("/check", CheckAsync).RequireScope("quota").WithName("CheckQuota").WithSummary("May this user or group use so much more of a meter?");
        quotas.MapPost("/check", CheckManyAsync).RequireScope("quota").WithName("CheckQuotas").WithSummary("Up to 100 questions at once.");
        quotas.MapPost("/reservations", ReserveAsync).RequireScope("quota").WithName("Reserve").WithSummary("Sets an amount aside.");
        quotas.MapPost("/reservations/{id}/commit", CommitAsync).RequireScope("quota").WithName("CommitReservation").WithSummary("Turns a reservation into its event.");
        quotas.MapDelete("/reservations/{id}", ReleaseAsync).RequireScope("quota").WithName("ReleaseReservation").WithSummary("Gives a reservation back.");
        quotas.MapGet("/overrides", OverridesAsync).RequireScope("admin").WithName("ListOverrides").WithSummary("All overrides, ended ones too.");
        quotas.MapGet("/overrides/{id:long}", OverrideByIdAsync).RequireScope("admin").WithName("GetOverride").WithSummary("One override.");
        quotas.MapPost("/overrides", OverrideAsync).RequireScope("admin").WithName("SetOverride").WithSummary("Gives an account a limit of its own.");
        quotas.MapDelete("/overrides/{id:long}", EndOverrideAsync).RequireScope("admin").WithName("EndOverride").WithSummary("Ends an override.");
    }

    private static async Task<IResult> CheckAsync(HttpContext context, QuotaStore store, MeterCatalog catalog)
    {
        var query = context.Request.Query;
        var json = JsonSerializer.SerializeToElement(query.Where(q => q.Key is "user" or "group" or "meter" or "amount").ToDictionary(q => q.Key, q => q.Value.ToString()));
        var faults = new List<InputFault>();
        var question = await ReadAsync(new BodyInput(json, faults), catalog, context, allowZero: true);
        if (question is null) return Problems.Input(faults);
        return Results.Json(Show(await AskAsync(context, store, question)));
    }

    private static async Task<QuotaResult> AskAsync(HttpContext context, QuotaStore store, QuotaQuestion question)
    {
        var result = await store.CheckAsync(context.Caller().Tenant, question, context.RequestAborted);
        Checks.WithLabels(result.Answer.Allowed ? "true" : "false").Inc();
        return result;
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
        var answers = new List<object>();
        foreach (var question in questions) answers.Add(Show(await AskAsync(context, store, question)));
        return Results.Json(answers);
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
        var (reservation, result) = await store.ReserveAsync(context.Caller().Tenant, question!, Duration.FromSeconds((double)ttl), context.RequestAborted);
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

    private static async Task<IResult> OverridesAsync(HttpContext context, QuotaStore store) =>
        Results.Json(new { items = (await store.OverridesAsync(context.Caller().Tenant.Id, context.RequestAborted)).Select(Show), nextCursor = (string?)null });

    private static async Task<IResult> OverrideByIdAsync(HttpContext context, QuotaStore store, long id) =>
        (await store.OverridesAsync(context.Caller().Tenant.Id, context.RequestAborted)).FirstOrDefault(o => o.Id == id) is { } found ? Results.Json(Show(found)) : Problems.NotFound($"There is no override {id}.");

    private static object Show(QuotaOverride o) => new
    {
        id = o.Id,
        account = o.Account,
        kind = o.Account.Split(':')[0],
        key = o.Account[(o.Account.IndexOf(':', StringComparison.Ordinal) + 1)..],
        meter = o.Meter,
        limit = Wire.Number(o.Limit),
        limitKind = o.LimitKind,
        reason = o.Reason,
        expiresAt = o.ExpiresAt is { } at ? Rfc3339.Format(at) : null,
        permanent = o.ExpiresAt is null,
        createdAt = Rfc3339.Format(o.CreatedAt),
        createdBy = o.CreatedBy,
        endedAt = o.EndedAt is { } end ? Rfc3339.Format(end) : null,
    };

    private static async Task<IResult> OverrideAsync(HttpContext context, QuotaStore store, MeterCatalog catalog, Infrastructure.Directory.DirectoryReports directory, TimeProvider time)
    {
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var (input, caller) = (new BodyInput(body, faults), context.Caller());
        var actor = caller.Actor(time);
        var kind = input.OneOf("kind", true, "user", "group");
        var key = input.Key("key", required: true);
        var meter = await CostEndpoints.ReadMeterAsync(input, "meter", catalog, caller, priceable: true, context.RequestAborted);
        var limit = input.Number("limit", required: true, least: 0);
        var limitKind = input.OneOf("limitKind", true, "soft", "hard");
        var reason = input.Text("reason", required: true);
        var expires = input.Time("expiresAt");
        var permanent = input.Flag("permanent") == true;
        if (!input.Has("expiresAt") && !permanent) input.Fault("expiresAt", "required", "Say when it ends ('expiresAt'), or that it does not ('permanent': true).");
        if (input.Has("expiresAt") && permanent) input.Fault("permanent", "ambiguous", "An override has an end or is permanent, not both.");
        if (expires <= actor.At) input.Fault("expiresAt", "in_the_past", "'expiresAt' must lie ahead.");
        if (faults.Count > 0) return Problems.Input(faults);
        var account = kind + ":" + (kind == "group" ? await directory.PresentSlugAsync(caller.Tenant.Id, key!, context.RequestAborted) : key);
        var made = await store.OverrideAsync(new QuotaOverride
        {
            TenantId = caller.Tenant.Id,
            Account = account,
            Meter = meter!.Meter.Slug,
            Limit = limit!.Value,
            LimitKind = limitKind!,
            Reason = reason!,
            ExpiresAt = expires,
            CreatedAt = actor.At,
            CreatedBy = actor.Name,
        }, actor, context.RequestAborted);
        return Results.Json(Show(made), statusCode: 201);
    }

    private static async Task<IResult> EndOverrideAsync(HttpContext context, QuotaStore store, TimeProvider time, long id)
    {
        var caller = context.Caller();
        return await store.EndOverrideAsync(caller.Tenant.Id, id, caller.Actor(time), context.RequestAborted) ? Results.NoContent() : Problems.NotFound($"There is no override {id}.");
    }
}
