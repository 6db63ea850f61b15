using System.Globalization;
using System.Text.Json.Nodes;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>Plans: drafted, published, taken.</summary>
internal static class PlanEndpoints
{
    public static void MapPlans(this IEndpointRouteBuilder api)
    {
        var plans = api.MapGroup("/plans").WithTags("Plans").RequireScope("admin");
        plans.MapGet("", ListAsync).WithName("ListPlans").WithSummary("All versions of all plans.");
        plans.MapPost("", CreateAsync).WithName("CreatePlan").WithSummary("Drafts a new plan.");
        plans.MapGet("/{key}", GetAsync).WithName("GetPlan").WithSummary("The newest version of a plan.");
        plans.MapPut("/{key}", ChangeAsync).WithName("ChangePlan").WithSummary("Replaces the draft, or opens the next version's.");
        plans.MapPost("/{key}/publish", PublishAsync).WithName("PublishPlan").WithSummary("Offers the draft from an instant on.");
        plans.MapPost("/{key}/impact", ImpactAsync).WithName("PreviewPlan").WithSummary("Replays the draft on the own history of every account that it would touch.");
        api.MapGet("/accounts/{kind}/{key}/plan", TakenAsync).WithTags("Plans").RequireScope("admin", "read").WithName("GetAccountPlan").WithSummary("The plan of an account now, and the ones that it took.");
        api.MapPut("/accounts/{kind}/{key}/plan", AssignAsync).WithTags("Plans").RequireScope("admin").WithName("SetAccountPlan").WithSummary("Puts an account on a plan.");
        api.MapPost("/periods/{period}/close", CloseAsync).WithTags("Plans").RequireScope("admin").WithName("ClosePeriod").WithSummary("Freezes the statements of a past month.");
        api.MapGet("/periods/{period}", PeriodAsync).WithTags("Plans").RequireScope("admin").WithName("GetPeriod").WithSummary("Whether a month is open or closed.");
        api.MapGet("/periods", PeriodsAsync).WithTags("Plans").RequireScope("admin").WithName("ListPeriods").WithSummary("Months that are closed.");
    }

    private static JsonObject Show(PlanState state)
    {
        var json = PlanWriter.ToJson(state.Plan);
        json["version"] = state.Plan.Version;
        json["status"] = state.Status;
        json["effective"] = state.EffectiveFrom is { } from ? Rfc3339.Format(from) : null;
        return json;
    }

    private static async Task<IResult> ListAsync(HttpContext context, PlanStore store) =>
        Results.Json(new { items = (await store.ListAsync(context.Caller().Tenant.Id, context.RequestAborted)).Select(Show), nextCursor = (string?)null });

    private static async Task<IResult> GetAsync(HttpContext context, PlanStore store, string key)
    {
        var input = new QueryInput(context.Request);
        var wanted = 0;
        if (input.Text("version") is { } text && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out wanted))
            input.Faults.Add(new InputFault("version", "not_a_number", "'version' is a whole number from 1."));
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);
        return (await store.ListAsync(context.Caller().Tenant.Id, context.RequestAborted)).FirstOrDefault(p => p.Plan.Key == key && (wanted == 0 || p.Plan.Version == wanted)) is { } plan ? Results.Json(Show(plan)) : Unknown(key);
    }

    private static IResult Unknown(string key) => Problems.NotFound($"There is no plan '{key}'.");

    private static async Task<Plan?> ReadAsync(HttpContext context, MeterCatalog catalog, List<InputFault> faults, string? key)
    {
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return null;
        var caller = context.Caller();
        var meters = await catalog.GetAsync(caller.Tenant.Id, context.RequestAborted);
        var plan = PlanReader.Read(body, slug => meters.Find(slug)?.Meter.IsPriceable == true, faults, key);
        // A draft may be for the currency that is coming; it is offered only from then on.
        if (plan is not null && caller.Tenant.Terms.All(t => t.Currency != plan.Currency.Code))
            faults.Add(new InputFault("currency", "other_currency", $"All money of this tenant is in {caller.Tenant.Terms[^1].Currency}."));
        return faults.Count == 0 ? plan : null;
    }

    private static async Task<IResult> CreateAsync(HttpContext context, PlanStore store, MeterCatalog catalog, TimeProvider time)
    {
        var faults = new List<InputFault>();
        if (await ReadAsync(context, catalog, faults, null) is not { } plan) return Problems.Input(faults);
        var caller = context.Caller();
        return await store.CreateAsync(caller.Tenant.Id, plan, caller.Actor(time), context.RequestAborted) is { } draft
            ? Results.Json(Show(draft), statusCode: 201)
            : Problems.Conflict($"There is a plan '{plan.Key}' already; change it with PUT.");
    }

    private static async Task<IResult> ChangeAsync(HttpContext context, PlanStore store, MeterCatalog catalog, TimeProvider time, string key)
    {
        var caller = context.Caller();
        if (await store.NewestAsync(caller.Tenant.Id, key, context.RequestAborted) is null) return Unknown(key);
        var faults = new List<InputFault>();
        if (await ReadAsync(context, catalog, faults, key) is not { } plan) return Problems.Input(faults);
        return Results.Json(Show(await store.SaveDraftAsync(caller.Tenant.Id, plan with { Key = key }, caller.Actor(time), context.RequestAborted)));
    }

    private static async Task<IResult> PublishAsync(HttpContext context, PlanStore store, MeterCatalog catalog, TimeProvider time, string key)
    {
        var caller = context.Caller();
        if (await store.NewestAsync(caller.Tenant.Id, key, context.RequestAborted) is not { } newest) return Unknown(key);
        if (newest.Status != "draft") return Problems.Conflict($"Plan '{key}' has no draft; version {newest.Plan.Version} is published already.");
        var faults = new List<InputFault>();
        var body = context.Request.ContentLength is null or 0 ? System.Text.Json.JsonDocument.Parse("{}").RootElement : await QueryInput.BodyAsync(context.Request, faults);
        if (body is null) return Problems.Input(faults);
        var input = new BodyInput(body.Value, faults);
        var actor = caller.Actor(time);
        var effective = input.Time("effective") ?? actor.At;
        var move = input.OneOf("moveExisting", false, "nextPeriod");
        await CheckOpenAsync(store, caller, effective, "effective", input, context.RequestAborted);
        if (newest.Plan.Currency.Code != caller.Tenant.CurrencyAt(effective))
            input.Fault("currency", "other_currency", $"The draft is in {newest.Plan.Currency}; at {Rfc3339.Format(effective)} all money of this tenant is in {caller.Tenant.CurrencyAt(effective)}.");
        var meters = await catalog.GetAsync(caller.Tenant.Id, context.RequestAborted);
        foreach (var item in newest.Plan.Items.Where(i => meters.Find(i.Meter)?.Meter.IsPriceable != true))
            input.Fault("items", "unknown_meter", $"There is no meter '{item.Meter}' that can be priced.");
        if (faults.Count > 0) return Problems.Input(faults);
        var moveAt = move is null ? (Instant?)null : BillingPeriod.Containing(Instant.Max(actor.At, effective), caller.Tenant.Zone).Range.To;
        return await store.PublishAsync(caller.Tenant.Id, key, effective, moveAt, actor, context.RequestAborted) is { } published
            ? Results.Json(Show(published))
            : Problems.Conflict($"Plan '{key}' has no draft.");
    }

    private static async Task<IResult> ImpactAsync(HttpContext context, PlanStore store, PlanImpact impact, string key)
    {
        var caller = context.Caller();
        if (await store.NewestAsync(caller.Tenant.Id, key, context.RequestAborted) is not { } newest) return Unknown(key);
        if (newest.Status != "draft") return Problems.Conflict($"Plan '{key}' has no draft; version {newest.Plan.Version} is published already.");
        var faults = new List<InputFault>();
        var body = context.Request.ContentLength is null or 0 ? System.Text.Json.JsonDocument.Parse("{}").RootElement : await QueryInput.BodyAsync(context.Request, faults);
        if (body is null) return Problems.Input(faults);
        var months = new BodyInput(body.Value, faults).Number("months", least: 1) ?? 3m;
        if (months > 12 || decimal.Truncate(months) != months) faults.Add(new InputFault("months", "out_of_range", "'months' is a whole number from 1 to 12."));
        if (faults.Count > 0) return Problems.Input(faults);
        var replay = await impact.ReplayAsync(caller.Tenant, newest.Plan, (int)months, context.RequestAborted);
        string Money(decimal amount) => Wire.Money(amount, newest.Plan.Currency.Code);
        return Results.Json(new
        {
            plan = key,
            version = newest.Plan.Version,
            months = replay.Months.Select(m => m.ToString()),
            currency = newest.Plan.Currency.Code,
            accounts = replay.Accounts.Count,
            payMore = replay.Accounts.Count(a => a.Difference > 0),
            payLess = replay.Accounts.Count(a => a.Difference < 0),
            crossLimit = replay.Accounts.Count(a => a.Crossings.Count > 0),
            totals = new { now = Money(replay.Accounts.Sum(a => a.Now)), draft = Money(replay.Accounts.Sum(a => a.Draft)), difference = Money(replay.Accounts.Sum(a => a.Difference)) },
            assumption = "History, not a forecast: nobody changes behaviour in it.",
            items = replay.Accounts.Select(a => new
            {
                account = a.Account,
                name = a.Name,
                now = Money(a.Now),
                draft = Money(a.Draft),
                difference = Money(a.Difference),
                crosses = a.Crossings.Select(c => new { meter = c.Meter, used = Wire.Number(c.Used), limit = Wire.Number(c.Limit), limitKind = c.Kind.ToString().ToLowerInvariant() }),
            }),
        });
    }

    private static async Task<IResult> AssignAsync(HttpContext context, PlanStore store, Infrastructure.Directory.DirectoryReports directory, TimeProvider time, string kind, string key)
    {
        if (kind is not ("user" or "group")) return Problems.NotFound("An account is a user's or a group's.");
        var caller = context.Caller();
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var input = new BodyInput(body, faults);
        var actor = caller.Actor(time);
        var plan = input.Text("plan", required: true);
        var version = input.Number("version", least: 1);
        var when = input.Text("effective") ?? "now";
        Instant from = actor.At;
        if (when == "nextPeriod") from = BillingPeriod.Containing(actor.At, caller.Tenant.Zone).Range.To;
        else if (when != "now") from = input.Time("effective") ?? actor.At;
        await CheckOpenAsync(store, caller, from, "effective", input, context.RequestAborted);
        if (faults.Count > 0) return Problems.Input(faults);
        if (!await directory.KnowsAsync(caller.Tenant.Id, kind, key, context.RequestAborted)) return Problems.NotFound($"No {kind} with the key '{key}' was ever seen.");
        var account = kind + ":" + (kind == "group" ? await directory.PresentSlugAsync(caller.Tenant.Id, key, context.RequestAborted) : key);
        if (await store.AssignAsync(caller.Tenant, account, plan!, (int?)version, from, actor, input.Text("reason"), context.RequestAborted) is not { } taken)
            return Problems.Input("plan", "not_offered", $"Plan '{plan}'{(version is null ? "" : $" version {version}")} is not offered at {Rfc3339.Format(from)}.");
        return Results.Json(new { account, plan = taken.PlanKey, version = taken.PlanVersion, effective = Rfc3339.Format(taken.From) });
    }

    private static async Task<IResult> TakenAsync(HttpContext context, PlanStore store, Infrastructure.Directory.DirectoryReports directory, TimeProvider time, string kind, string key)
    {
        if (kind is not ("user" or "group")) return Problems.NotFound("An account is a user's or a group's.");
        var caller = context.Caller();
        if (caller.UserKey is not null || !await directory.KnowsAsync(caller.Tenant.Id, kind, key, context.RequestAborted)) return Problems.NotFound($"No {kind} with the key '{key}' was ever seen.");
        var account = kind + ":" + (kind == "group" ? await directory.PresentSlugAsync(caller.Tenant.Id, key, context.RequestAborted) : key);
        var (plan, taken) = await store.TakenAsync(caller.Tenant, account, caller.Actor(time).At, context.RequestAborted);
        return Results.Json(new
        {
            account,
            plan = plan.Key,
            version = plan.Version > 0 ? plan.Version : (int?)null,
            history = taken.Select(t => new { plan = t.PlanKey, version = t.PlanVersion, effective = Rfc3339.Format(t.From), createdAt = Rfc3339.Format(t.CreatedAt), createdBy = t.CreatedBy }),
        });
    }

    private static async Task CheckOpenAsync(PlanStore store, ApiCaller caller, Instant from, string path, BodyInput input, CancellationToken cancel)
    {
        var closed = await store.ClosedAsync(caller.Tenant.Id, cancel);
        if (closed.Any(p => BillingPeriod.TryParse(p.Period, caller.Tenant.Zone, out var period) && from < period.Range.To))
            input.Fault(path, "closed_period", "That time lies in a month that is closed, or before one.");
    }

    private static async Task<IResult> CloseAsync(HttpContext context, PeriodStore store, TimeProvider time, string period)
    {
        var caller = context.Caller();
        var actor = caller.Actor(time);
        if (!BillingPeriod.TryParse(period, caller.Tenant.Zone, out var month)) return Problems.Input("period", "malformed", "'period' is a month such as 2026-10.");
        if (month.Range.To > actor.At) return Problems.Conflict($"{month} is not over; only a past month can be closed.");
        var closed = await store.CloseAsync(caller.Tenant, month, actor, context.RequestAborted);
        return Results.Json(new { period = closed.Period, status = "closed", closedAt = Rfc3339.Format(closed.ClosedAt), closedBy = closed.ClosedBy });
    }

    private static async Task<IResult> PeriodAsync(HttpContext context, PlanStore store, string period)
    {
        var caller = context.Caller();
        if (!BillingPeriod.TryParse(period, caller.Tenant.Zone, out var month)) return Problems.Input("period", "malformed", "'period' is a month such as 2026-10.");
        var closed = (await store.ClosedAsync(caller.Tenant.Id, context.RequestAborted)).FirstOrDefault(p => p.Period == period);
        return Results.Json(new
        {
            period,
            from = Rfc3339.Format(month.Range.From),
            to = Rfc3339.Format(month.Range.To),
            status = closed is null ? "open" : "closed",
            closedAt = closed is null ? null : Rfc3339.Format(closed.ClosedAt),
            closedBy = closed?.ClosedBy,
            differs = closed?.ChangedAt is not null,
        });
    }

    private static async Task<IResult> PeriodsAsync(HttpContext context, PlanStore store) => Results.Json(new
    {
        items = (await store.ClosedAsync(context.Caller().Tenant.Id, context.RequestAborted)).Select(p => new { period = p.Period, status = "closed", closedAt = Rfc3339.Format(p.ClosedAt), closedBy = p.ClosedBy }),
        nextCursor = (string?)null,
    });
}
