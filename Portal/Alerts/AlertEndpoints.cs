using System.Text.Json;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Webhooks;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Alerts;

/// <summary>Rules and what they told. Services see all; a user's token sees the user's own account and the groups that the user runs.</summary>
internal static class AlertEndpoints
{
    public static void MapAlerts(this IEndpointRouteBuilder api)
    {
        var alerts = api.MapGroup("/alerts").WithTags("Alerts");
        alerts.MapGet("", ListAsync).RequireScope("read", "admin").WithName("ListAlerts").WithSummary("Rules with what stands now; of one account where 'account' names it.");
        alerts.MapGet("/history", HistoryAsync).RequireScope("read", "admin").WithName("ListToldAlerts").WithSummary("What was told of one account, newest first, with how it left.");
        alerts.MapGet("/{id:long}", FindAsync).RequireScope("read", "admin").WithName("GetAlert").WithSummary("One rule.");
        alerts.MapPost("", AddAsync).RequireScope("admin").WithName("AddAlert").WithSummary("Adds a rule; whoever decides about the account is told.");
        alerts.MapPut("/{id:long}", ChangeAsync).RequireScope("admin").WithName("ChangeAlert").WithSummary("Replaces a rule.");
        alerts.MapDelete("/{id:long}", EndAsync).RequireScope("admin").WithName("EndAlert").WithSummary("Ends a rule; its history stays.");
        alerts.MapPost("/{id:long}/test", TestAsync).RequireScope("admin").WithName("TestAlert").WithSummary("Sends a marked test message by each channel.");
    }

    private static async Task<IResult> ListAsync(HttpContext context, AlertReports reports, ApiAccess access, DirectoryReports directory)
    {
        var (caller, account) = (context.Caller(), context.Request.Query["account"].ToString());
        if (account.Length == 0)
        {
            if (caller.UserKey is null) return Show(await reports.RulesAsync(caller.Tenant, new AlertScope(caller.Tenant.Id, null, true), context.RequestAborted));
            account = "user:" + caller.UserKey;
        }
        return await ScopeAsync(context, account, access, directory) is { } scope ? Show(await reports.RulesAsync(caller.Tenant, scope, context.RequestAborted)) : Unknown(account);

        static IResult Show(IReadOnlyList<StandingRule> rules) => Results.Json(new { items = rules.Select(r => AlertEndpoints.Show(r)), nextCursor = (string?)null });
    }

    private static async Task<IResult> FindAsync(HttpContext context, AlertReports reports, ApiAccess access, DirectoryReports directory, long id)
    {
        if (await reports.RuleAsync(context.Caller().Tenant, id, context.RequestAborted) is not { } rule) return NoRule(id);
        return await ScopeAsync(context, rule.Stored.Account, access, directory) is { } scope && (scope.SeesMoney || !rule.Stored.Rule.IsMoney) ? Results.Json(Show(rule)) : NoRule(id);
    }

    private static async Task<IResult> HistoryAsync(HttpContext context, AlertReports reports, ApiAccess access, DirectoryReports directory)
    {
        var input = new QueryInput(context.Request);
        var account = input.Text("account") ?? (context.Caller().UserKey is { } own ? "user:" + own : null);
        var limit = input.Limit(100, 1000);
        if (account is null) input.Faults.Add(new InputFault("account", "required", "'account' is required: user:key or group:slug."));
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);
        if (await ScopeAsync(context, account!, access, directory) is not { } scope) return Unknown(account!);
        var (told, _) = await reports.HistoryAsync(scope, 0, limit, context.RequestAborted);
        return Results.Json(new { items = told.Select(Show), nextCursor = (string?)null });
    }

    private static async Task<IResult> AddAsync(HttpContext context, AlertStore store, AlertReports reports, MeterCatalog catalog, WebhookTargets targets, DirectoryReports directory, TimeProvider time)
    {
        var (caller, faults) = (context.Caller(), new List<InputFault>());
        if (await ReadAsync(context, faults, null, catalog, targets, directory) is not { } draft) return Problems.Input(faults);
        var (made, secret) = await store.AddAsync(caller.Tenant.Id, draft, null, caller.Actor(time), context.RequestAborted);
        return Results.Json(WithSecret((await reports.RuleAsync(caller.Tenant, made.Id, context.RequestAborted))!, secret), statusCode: 201);
    }

    private static async Task<IResult> ChangeAsync(HttpContext context, AlertStore store, AlertReports reports, MeterCatalog catalog, WebhookTargets targets, DirectoryReports directory, TimeProvider time, long id)
    {
        var (caller, faults) = (context.Caller(), new List<InputFault>());
        if (await reports.RuleAsync(caller.Tenant, id, context.RequestAborted) is not { } known) return NoRule(id);
        if (await ReadAsync(context, faults, known.Stored.Account, catalog, targets, directory) is not { } draft) return Problems.Input(faults);
        return await store.ChangeAsync(caller.Tenant.Id, id, draft, caller.Actor(time), context.RequestAborted) is var (changed, secret)
            ? Results.Json(WithSecret((await reports.RuleAsync(caller.Tenant, changed.Id, context.RequestAborted))!, secret)) : NoRule(id);
    }

    private static async Task<IResult> EndAsync(HttpContext context, AlertStore store, AlertReports reports, TimeProvider time, long id)
    {
        var caller = context.Caller();
        return await reports.RuleAsync(caller.Tenant, id, context.RequestAborted) is { } rule && await store.EndAsync(caller.Tenant.Id, rule.Stored.Account, id, caller.Actor(time), context.RequestAborted)
            ? Results.NoContent() : NoRule(id);
    }

    private static async Task<IResult> TestAsync(HttpContext context, AlertTests tests, AlertReports reports, TimeProvider time, long id)
    {
        var caller = context.Caller();
        if (await reports.RuleAsync(caller.Tenant, id, context.RequestAborted) is not { } rule) return NoRule(id);
        return await tests.RunAsync(caller.Tenant, rule.Stored.Account, id, caller.Actor(time), context.RequestAborted) is { } told
            ? Results.Json(Show(told)) : Problems.Conflict("Nobody decides about this account now, so nobody can be told.");
    }

    private static async Task<AlertDraft?> ReadAsync(HttpContext context, List<InputFault> faults, string? account, MeterCatalog catalog, WebhookTargets targets, DirectoryReports directory)
    {
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return null;
        var (input, tenant) = (new BodyInput(body, faults), context.Caller().Tenant);
        account ??= await AccountAsync(input, tenant.Id, directory, context.RequestAborted);
        return await AlertInput.ReadAsync(input, account ?? "", await catalog.GetAsync(tenant.Id, context.RequestAborted), targets, context.RequestAborted);
    }

    /// <summary>Reads <c>account</c>: one that was seen, with a group's present slug.</summary>
    internal static async Task<string?> AccountAsync(BodyInput input, int tenantId, DirectoryReports directory, CancellationToken cancel)
    {
        if (input.Text("account", required: true) is not { } text) return null;
        if (text.Split(':', 2) is not [("user" or "group") and var kind, { Length: > 0 } key]) input.Fault("account", "malformed", "'account' is user:key or group:slug.");
        else if (!await directory.KnowsAsync(tenantId, kind, key, cancel)) input.Fault("account", "unknown", $"No {kind} with the key '{key}' was ever seen.");
        else return kind == "group" ? "group:" + await directory.PresentSlugAsync(tenantId, key, cancel) : text;
        return null;
    }

    // What the caller may see of an account; null for nothing, which is the same as an account that is not there.
    private static async Task<AlertScope?> ScopeAsync(HttpContext context, string account, ApiAccess access, DirectoryReports directory)
    {
        var caller = context.Caller();
        if (account.Split(':', 2) is not [var kind, { Length: > 0 } key]) return null;
        if (kind == "user") return ApiAccess.MaySeeUser(caller, key) ? new AlertScope(caller.Tenant.Id, account, true) : null;
        if (kind != "group") return null;
        key = await directory.PresentSlugAsync(caller.Tenant.Id, key, context.RequestAborted);
        if (!await access.MaySeeGroupAsync(caller, key, money: false, context.RequestAborted)) return null;
        return new AlertScope(caller.Tenant.Id, "group:" + key, await access.MaySeeGroupAsync(caller, key, money: true, context.RequestAborted));
    }

    private static IResult Unknown(string account) => Problems.NotFound($"There is no account '{account}'.");

    private static IResult NoRule(long id) => Problems.NotFound($"There is no rule {id}.");

    private static object WithSecret(StandingRule rule, string? secret)
    {
        var json = JsonSerializer.SerializeToNode(Show(rule), JsonSerializerOptions.Web)!;
        if (secret is not null) json["secret"] = secret;
        return json;
    }

    private static object Show(StandingRule r) => new
    {
        id = r.Stored.Id,
        account = r.Stored.Account,
        subject = r.Stored.Subject.ToString().ToLowerInvariant(),
        meter = r.Stored.Meter,
        metric = r.Stored.Metric,
        money = r.Stored.Money?.ToString().ToLowerInvariant(),
        direction = r.Stored.Below ? "below" : "above",
        thresholds = r.Stored.Thresholds.Select(t => Wire.Number(t)),
        amount = Wire.Number(r.Stored.Amount),
        forecast = r.Stored.WithForecast,
        described = r.Described,
        recipient = r.Stored.Recipient,
        mail = r.Stored.Mail,
        webhook = r.Stored.Webhook,
        webhookUrl = r.Stored.WebhookUrl,
        now = new { value = Wire.Number(r.Now.Value), against = Wire.Number(r.Now.Against), unit = r.Now.Unit, note = AlertNote.Of(r) },
        createdAt = Rfc3339.Format(r.Stored.CreatedAt),
        createdBy = r.Stored.CreatedBy,
    };

    private static object Show(ToldAlert t) => new
    {
        id = t.Firing.Id,
        rule = t.Firing.RuleId,
        account = t.Firing.Account,
        described = t.Firing.Described,
        title = t.Firing.Title,
        detail = t.Firing.Detail,
        period = t.Firing.Period,
        value = Wire.Number(t.Firing.Value),
        unit = t.Firing.Unit,
        threshold = Wire.Number(t.Firing.Threshold),
        forecast = t.Firing.IsForecast,
        against = t.Firing.Against.Length == 0 ? null : t.Firing.Against,
        test = t.Firing.IsTest,
        at = Rfc3339.Format(t.Firing.At),
        channels = t.Channels.Select(c => new { channel = c.Channel, target = c.Target, state = c.State, outcome = c.Outcome, nextAt = c.NextAt is { } next ? Rfc3339.Format(next) : null }),
    };
}

/// <summary>Why a rule cannot speak now.</summary>
internal static class AlertNote
{
    /// <summary>In a phrase; null where it can.</summary>
    public static string? Of(StandingRule rule) => rule switch
    {
        { Now.Value: null } => Words.Say("not known now"),
        { Stored.Subject: AlertSubject.Share or AlertSubject.Forecast, Now.Against: null } => Words.Say("no limit now"),
        _ => null,
    };
}
