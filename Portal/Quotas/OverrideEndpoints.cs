using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Quotas;
using OpenMeet.Insights.Portal.Costs;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Quotas;

/// <summary>Limits of single accounts: listed, set, ended, taken back, and what one would do before it is set.</summary>
internal static class OverrideEndpoints
{
    public static void MapOverrides(this IEndpointRouteBuilder api)
    {
        var overrides = api.MapGroup("/quotas/overrides").WithTags("Quotas").RequireScope("admin");
        overrides.MapGet("", ListAsync).WithName("ListOverrides").WithSummary("All overrides, ended ones too.");
        overrides.MapGet("/{id:long}", FindAsync).WithName("GetOverride").WithSummary("One override.");
        overrides.MapPost("", SetAsync).WithName("SetOverride").WithSummary("Gives an account a limit of its own; with ?dryRun=true only says what it would do.");
        overrides.MapDelete("/{id:long}", EndAsync).WithName("EndOverride").WithSummary("Ends an override.");
        overrides.MapPost("/{id:long}/undo", UndoAsync).WithName("UndoOverride").WithSummary("Takes the setting or ending of an override back, within ten minutes.");
    }

    private static async Task<IResult> ListAsync(HttpContext context, OverrideStore store, TimeProvider time) =>
        Results.Json(new { items = (await store.ListAsync(context.Caller().Tenant.Id, context.RequestAborted)).Select(o => Show(o, time)), nextCursor = (string?)null });

    private static async Task<IResult> FindAsync(HttpContext context, OverrideStore store, TimeProvider time, long id) => await OneAsync(context, store, id) is { } found
        ? Results.Json(Show(found, time)) : Problems.NotFound($"There is no override {id}.");

    private static async Task<QuotaOverride?> OneAsync(HttpContext context, OverrideStore store, long id) =>
        (await store.ListAsync(context.Caller().Tenant.Id, context.RequestAborted)).FirstOrDefault(o => o.Id == id);

    private static async Task<IResult> SetAsync(HttpContext context, OverrideStore store, MeterCatalog catalog, DirectoryReports directory, TimeProvider time)
    {
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var dryRun = context.Request.Query["dryRun"].ToString();
        if (dryRun is not ("" or "true" or "false")) faults.Add(new InputFault("dryRun", "not_a_flag", "'dryRun' is true or false."));
        var (input, caller) = (new BodyInput(body, faults), context.Caller());
        var actor = caller.Actor(time);
        var kind = input.OneOf("kind", true, "user", "group");
        var key = input.Key("key", required: true);
        var meter = await CostEndpoints.ReadMeterAsync(input, "meter", catalog, caller, priceable: true, context.RequestAborted);
        var limit = input.Number("limit", required: true, least: 0);
        var limitKind = input.OneOf("limitKind", true, "soft", "hard");
        var reason = input.Text("reason", required: true)?.Trim();
        if (reason is { Length: 0 }) input.Fault("reason", "required", "Say why: 'reason' is empty.");
        var expires = input.Time("expiresAt");
        var permanent = input.Flag("permanent") == true;
        if (!input.Has("expiresAt") && !permanent) input.Fault("expiresAt", "required", "Say when it ends ('expiresAt'), or that it does not ('permanent': true).");
        if (input.Has("expiresAt") && permanent) input.Fault("permanent", "ambiguous", "An override has an end or is permanent, not both.");
        if (expires <= actor.At) input.Fault("expiresAt", "in_the_past", "'expiresAt' must lie ahead.");
        if (faults.Count > 0) return Problems.Input(faults);
        var account = kind + ":" + (kind == "group" ? await directory.PresentSlugAsync(caller.Tenant.Id, key!, context.RequestAborted) : key);
        if (dryRun == "true")
        {
            var standing = await store.StandingAsync(caller.Tenant, account, meter!.Meter.Slug, context.RequestAborted);
            return Results.Json(Show(account, meter.Meter, standing, standing.EffectOf(limit!.Value, QuotaLimits.KindOf(limitKind!), meter.Meter.Unit)));
        }
        var made = await store.SetAsync(new QuotaOverride
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
        return Results.Json(Show(made, time), statusCode: 201);
    }

    private static async Task<IResult> EndAsync(HttpContext context, OverrideStore store, TimeProvider time, long id)
    {
        var caller = context.Caller();
        return await store.EndAsync(caller.Tenant.Id, id, caller.Actor(time), context.RequestAborted) ? Results.NoContent() : Problems.NotFound($"There is no override {id}.");
    }

    private static async Task<IResult> UndoAsync(HttpContext context, OverrideStore store, TimeProvider time, long id)
    {
        var caller = context.Caller();
        return await store.UndoAsync(caller.Tenant.Id, id, caller.Actor(time), context.RequestAborted) switch
        {
            UndoOutcome.Undone => Results.Json(Show((await OneAsync(context, store, id))!, time)),
            UndoOutcome.NotFound => Problems.NotFound($"There is no override {id}."),
            UndoOutcome.Superseded => Problems.Conflict("A newer override of this account and meter has taken its place: take that one back."),
            _ => Problems.Conflict("It can be taken back for ten minutes, and not once it has expired."),
        };
    }

    private static object Show(string account, Meter meter, OverrideStanding standing, OverrideEffect effect)
    {
        var after = standing.EffectOf(standing.Without.Limit, standing.Without.Kind, meter.Unit);
        return new
        {
            account,
            meter = meter.Slug,
            unit = meter.Unit,
            used = Wire.Number(standing.Used),
            reserved = Wire.Number(standing.Reserved),
            limitNow = Wire.Number(standing.Now.Limit),
            limitKindNow = standing.Now.Limit is null ? null : standing.Now.Kind.ToString().ToLowerInvariant(),
            limit = Wire.Number(effect.Limit),
            limitKind = effect.Kind.ToString().ToLowerInvariant(),
            accountsOver = effect.AccountsOver,
            overBy = Wire.Number(effect.OverBy),
            effect = effect.Sentence(),
            paidBy = standing.Payer,
            fallsBackTo = new
            {
                limit = Wire.Number(after.Limit),
                limitKind = after.Limit is null ? null : after.Kind.ToString().ToLowerInvariant(),
                source = standing.Without.Chain.First(l => l.Applies).Source,
                accountsOver = after.AccountsOver,
                overBy = Wire.Number(after.OverBy),
            },
        };
    }

    private static object Show(QuotaOverride o, TimeProvider time) => new
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
        endsSoon = o.EndsSoon(Instant.FromDateTimeOffset(time.GetUtcNow())),
        createdAt = Rfc3339.Format(o.CreatedAt),
        createdBy = o.CreatedBy,
        endedAt = o.EndedAt is { } end ? Rfc3339.Format(end) : null,
    };
}
