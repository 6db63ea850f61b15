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
    public static void MapDecisions(this IEndpointRouteBuilder api)
    {
        var decisions = api.MapGroup("/upgrade-decisions").WithTags("Upgrade decisions");
        decisions.MapGet("", ListAsync).RequireScope("read", "admin").WithName("ListDecisions").WithSummary("Decisions, newest first; of an account, today's is made where there is none.");
        decisions.MapPost("", DecideAsync).RequireScope("admin").WithName("Decide").WithSummary("Works out a decision about an account now.");
        decisions.MapGet("/{id:guid}", GetAsync).RequireScope("read", "admin").WithName("GetDecision").WithSummary("One decision, as it was stored.");
        decisions.MapPost("/{id:guid}/response", RespondAsync).RequireScope("read", "admin").WithName("AnswerDecision").WithSummary("Snooze, dispute, dismiss or accept.");
    }

    private static JsonNode Show(AnsweredDecision decision)
    {
        var json = JsonNode.Parse(DecisionJson.Write(decision.Record))!;
        json["account"] = decision.Record.Subject.Account;
        json["responses"] = new JsonArray([.. decision.Responses.Select(r => (JsonNode)new JsonObject
        {
            ["response"] = r.Response, ["until"] = r.Until is { } until ? Rfc3339.Format(until) : null, ["text"] = r.Text, ["givenAt"] = Rfc3339.Format(r.GivenAt), ["givenBy"] = r.GivenBy,
        })]);
        return json;
    }

    private static async Task<bool> MaySeeAsync(HttpContext context, ApiAccess access, string account)
    {
        var caller = context.Caller();
        if (caller.UserKey is null) return true;
        return account.StartsWith("group:", StringComparison.Ordinal) ? await access.MaySeeGroupAsync(caller, account[6..], money: true, context.RequestAborted) : account == "user:" + caller.UserKey;
    }

    private static async Task<IResult> ListAsync(HttpContext context, UpgradeDecisions decisions, ApiAccess access)
    {
        var input = new QueryInput(context.Request);
        var (account, limit, caller) = (input.Text("account"), input.Limit(20, 100), context.Caller());
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);
        if (account is null && caller.UserKey is { } user) account = "user:" + user;
        if (account is not null)
        {
            if (!await MaySeeAsync(context, access, account) || await decisions.CurrentAsync(caller.Tenant, account, context.RequestAborted) is null)
                return Problems.NotFound($"No account '{account}' was ever seen; it is user:key or group:slug.");
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
        return await decisions.DecideAsync(context.Caller().Tenant, account!, context.RequestAborted) is { } record
            ? Results.Json(Show(new AnsweredDecision(record, [])), statusCode: 201)
            : Problems.NotFound($"No account '{account}' was ever seen; it is user:key or group:slug.");
    }

    private static async Task<IResult> GetAsync(HttpContext context, UpgradeDecisions decisions, ApiAccess access, Guid id) =>
        await decisions.FindAsync(context.Caller().Tenant.Id, id, context.RequestAborted) is { } found && await MaySeeAsync(context, access, found.Record.Subject.Account)
            ? Results.Json(Show(found))
            : Problems.NotFound($"There is no decision '{id}'.");

    private static async Task<IResult> RespondAsync(HttpContext context, UpgradeDecisions decisions, ApiAccess access, TimeProvider time, Guid id)
    {
        var caller = context.Caller();
        if (await decisions.FindAsync(caller.Tenant.Id, id, context.RequestAborted) is not { } found || !await MaySeeAsync(context, access, found.Record.Subject.Account))
            return Problems.NotFound($"There is no decision '{id}'.");
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var input = new BodyInput(body, faults);
        var actor = caller.Actor(time);
        var response = input.OneOf("response", true, "snooze", "dispute", "dismiss", "accepted");
        var until = input.Time("until");
        var text = input.Text("text", required: response == "dispute", most: 4000);
        if (until <= actor.At) input.Fault("until", "in_the_past", "'until' must lie ahead.");
        if (faults.Count > 0) return Problems.Input(faults);
        if (response == "snooze") until ??= actor.At + Duration.FromDays(30);
        await decisions.RespondAsync(caller.Tenant.Id, id, response!, until, text, actor, context.RequestAborted);
        return Results.Json(Show((await decisions.FindAsync(caller.Tenant.Id, id, context.RequestAborted))!));
    }
}
