using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>Decisions about plans, with all that they stand on, and answers to them.</summary>
internal static class DecisionEndpoints
{
    private static readonly string[] Ends = ["90%", "limit", "never"];

    public static void MapDecisions(this IEndpointRouteBuilder api)
    {
        var decisions = api.MapGroup("/upgrade-decisions").WithTags("Upgrade decisions");
        decisions.MapGet("", ListAsync).RequireScope("read", "admin").WithName("ListDecisions").WithSummary("Decisions, newest first; of an account, today's is made where there is none.");
        decisions.MapPost("", DecideAsync).RequireScope("admin").WithName("Decide").WithSummary("Works out a decision about an account now.");
        decisions.MapGet("/{id:guid}", GetAsync).RequireScope("read", "admin").WithName("GetDecision").WithSummary("One decision, as it was stored, and whether it asks something now.");
        decisions.MapPost("/{id:guid}/response", RespondAsync).RequireScope("read", "admin").WithName("AnswerDecision").WithSummary("Snooze (until a time, 90%, limit or never), dispute, dismiss or accept.");
        decisions.MapDelete("/{id:guid}/response", WithdrawAsync).RequireScope("read", "admin").WithName("WithdrawAnswer").WithSummary("Takes the last answer back.");
    }

    private static JsonNode Show(AnsweredDecision decision)
    {
        var json = JsonNode.Parse(DecisionJson.Write(decision.Record))!;
        json["account"] = decision.Record.Subject.Account;
        json["asked"] = decision.Asked;
        json["askId"] = decision.AskId;
        json["responses"] = new JsonArray([.. decision.Responses.Select(r => (JsonNode)Show(r))]);
        json["standing"] = new JsonArray([.. decision.Standing.Select(s => (JsonNode)Show(s.Given))]);
        return json;
    }

    private static JsonObject Show(DecisionResponse given) => new()
    {
        ["decision"] = given.DecisionId,
        ["response"] = given.Response,
        ["until"] = given.Until is { } until ? Rfc3339.Format(until) : given.Ends,
        ["reason"] = given.Reason,
        ["text"] = given.Text,
        ["givenAt"] = Rfc3339.Format(given.GivenAt),
        ["givenBy"] = given.GivenBy,
    };

    private static Task<bool> MaySeeAsync(HttpContext context, ApiAccess access, string account) => MaySeeAsync(context.Caller(), access, account, context.RequestAborted);

    private static async Task<bool> MaySeeAsync(ApiCaller caller, ApiAccess access, string account, CancellationToken cancel)
    {
        if (caller.UserKey is null) return true;
        return account.StartsWith("group:", StringComparison.Ordinal) ? await access.MaySeeGroupAsync(caller, account[6..], money: true, cancel) : account == "user:" + caller.UserKey;
    }

    private static async Task<IResult> ListAsync(HttpContext context, UpgradeDecisions decisions, DecisionFunnel funnel, ApiAccess access, TimeProvider time)
    {
        var input = new QueryInput(context.Request);
        var (account, limit, caller) = (input.Text("account"), input.Limit(20, 100), context.Caller());
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);
        if (account is null && caller.UserKey is { } user) account = "user:" + user;
        if (account is not null)
        {
            if (!await MaySeeAsync(context, access, account) || await decisions.CurrentAsync(caller.Tenant, account, context.RequestAborted) is not { } current)
                return Problems.NotFound($"No account '{account}' was ever seen; it is user:key or group:slug.");
            if (caller.UserKey is not null && current.Asked) await funnel.ReachAsync(caller.Tenant.Id, current.AskId, AskStage.Shown, caller.Actor(time).At, context.RequestAborted);
        }
        var items = await decisions.ListAsync(caller.Tenant.Id, account, limit, context.RequestAborted);
        return Results.Json(new { items = items.Select(Show), nextCursor = (string?)null });
    }

    private static async Task<IResult> DecideAsync(HttpContext context, UpgradeDecisions decisions)
    {
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var account = new BodyInput(body, faults).Text("account", required: true);
        if (faults.Count > 0) return Problems.Input(faults);
        var tenant = context.Caller().Tenant;
        return await decisions.DecideAsync(tenant, account!, context.RequestAborted) is { } record
            ? Results.Json(Show((await decisions.FindAsync(tenant.Id, record.Id, context.RequestAborted))!), statusCode: 201)
            : Problems.NotFound($"No account '{account}' was ever seen; it is user:key or group:slug.");
    }

    private static async Task<IResult> GetAsync(HttpContext context, UpgradeDecisions decisions, ApiAccess access, Guid id) =>
        await decisions.FindAsync(context.Caller().Tenant.Id, id, context.RequestAborted) is { } found && await MaySeeAsync(context, access, found.Record.Subject.Account)
            ? Results.Json(Show(found))
            : Unknown(id);

    private static async Task<IResult> RespondAsync(HttpContext context, UpgradeDecisions decisions, ApiAccess access, TimeProvider time, Guid id)
    {
        var caller = context.Caller();
        if (await decisions.FindAsync(caller.Tenant.Id, id, context.RequestAborted) is not { } found) return Unknown(id);
        if (!await MayAnswerAsync(context, decisions, access, time, found)) return NotTheirs(id);
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var input = new BodyInput(body, faults);
        var actor = caller.Actor(time);
        var account = input.Text("account");
        if (account is not null && account != found.Record.Subject.Account)
            input.Fault("account", "other_account", $"Decision '{id}' is about '{found.Record.Subject.Account}', not about '{account}'.");
        var response = input.OneOf("response", true, "snooze", "dispute", "dismiss", "accepted");
        // The end of a snooze is a time, or what ends it.
        var ends = input.Find("until") is { ValueKind: JsonValueKind.String } word && Array.IndexOf(Ends, word.GetString()) >= 0 ? word.GetString() : null;
        var until = ends is null ? input.Time("until") : null;
        var reason = input.OneOf("reason", false, "data", "forecast", "notRelevant", "price");
        var text = input.Text("text", required: response == "dispute", most: 4000);
        if (until <= actor.At) input.Fault("until", "in_the_past", "'until' must lie ahead.");
        if (response == "snooze" && !input.Has("until")) input.Fault("until", "required", "A snooze needs its end: 'until' is a time, '90%', 'limit' or 'never'.");
        if (response is not (null or "snooze") && input.Has("until")) input.Fault("until", "not_for_this", "Only a snooze has an 'until'.");
        if (response is not (null or "dispute") && input.Has("reason")) input.Fault("reason", "not_for_this", "Only a dispute has a 'reason'.");
        if (faults.Count > 0) return Problems.Input(faults);
        await decisions.RespondAsync(caller.Tenant, id, new NewResponse(response!, until, ends, reason, text), actor, context.RequestAborted);
        return Results.Json(Show((await decisions.FindAsync(caller.Tenant.Id, id, context.RequestAborted))!));
    }

    private static async Task<IResult> WithdrawAsync(HttpContext context, UpgradeDecisions decisions, ApiAccess access, TimeProvider time, Guid id)
    {
        var caller = context.Caller();
        if (await decisions.FindAsync(caller.Tenant.Id, id, context.RequestAborted) is not { } found) return Unknown(id);
        if (!await MayAnswerAsync(context, decisions, access, time, found)) return NotTheirs(id);
        return await decisions.WithdrawAsync(caller.Tenant, id, caller.Actor(time), context.RequestAborted)
            ? Results.Json(Show((await decisions.FindAsync(caller.Tenant.Id, id, context.RequestAborted))!))
            : Problems.Conflict("There is no answer to this decision that could be taken back.");
    }

    // A service hands on what a person said; a person, administrator or not, answers only for the own account. Who tries otherwise stands in the audit log.
    private static async Task<bool> MayAnswerAsync(HttpContext context, UpgradeDecisions decisions, ApiAccess access, TimeProvider time, AnsweredDecision found)
    {
        var account = found.Record.Subject.Account;
        var caller = context.Caller();
        if (await MaySeeAsync(caller.AsPerson, access, account, context.RequestAborted)) return true;
        await decisions.NoteRefusedAsync(caller.Tenant.Id, found.Record.Id, account, caller.Actor(time), context.RequestAborted);
        return false;
    }

    private static IResult Unknown(Guid id) => Problems.NotFound($"There is no decision '{id}'.");

    private static IResult NotTheirs(Guid id) => Problems.Answer(StatusCodes.Status403Forbidden, $"Decision '{id}' is about another account; only who decides there can answer it.");
}
