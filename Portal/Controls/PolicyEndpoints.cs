using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>What a group asks of its members: read, set, taken back, and what it would have meant before it is set.</summary>
internal static class PolicyEndpoints
{
    public static void MapPolicies(this IEndpointRouteBuilder api)
    {
        var policy = api.MapGroup("/groups/{key}/policy").WithTags("Controls");
        policy.MapGet("", GetAsync).WithName("GetGroupPolicy").WithSummary("The member upload caps and rights of a group. Scope quota or admin, or the token of its owner or admin.");
        policy.MapPut("", PutAsync).WithName("SetGroupPolicy").WithSummary("Replaces them; with ?dryRun=true only says what they would have meant. Scope admin, or the token of its owner or admin.");
        policy.MapPost("/{id:long}/undo", UndoAsync).WithName("UndoGroupPolicy").WithSummary("Takes the newest change back, within ten minutes. Scope admin, or the token of its owner or admin.");
    }

    private static async Task<IResult> GetAsync(HttpContext context, GroupPolicyReports reports, TimeProvider time, string key)
    {
        if (Lacks(context.Caller(), "quota", "admin") is { } refused) return refused;
        return await reports.ReadAsync(context.Caller().Tenant, key, context.Caller().UserKey, context.RequestAborted) is { } found ? Results.Json(Show(found, time)) : Unknown(key);
    }

    private static async Task<IResult> PutAsync(HttpContext context, GroupPolicyReports reports, GroupPolicyStore store, TimeProvider time, string key)
    {
        var (caller, cancel) = (context.Caller(), context.RequestAborted);
        if (Lacks(caller, "admin") is { } refused) return refused;
        if (await reports.ReadAsync(caller.Tenant, key, caller.UserKey, cancel) is not { } controls) return Unknown(key);
        var faults = new List<InputFault>();
        var dryRun = context.Request.Query["dryRun"].ToString();
        if (dryRun is not ("" or "true" or "false")) faults.Add(new InputFault("dryRun", "not_a_flag", "'dryRun' is true or false."));
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body || PolicyInput.Read(body, controls, 1m, faults) is not { } wanted) return Problems.Input(faults);
        if (dryRun == "true") return Results.Json(Show(await reports.EffectAsync(caller.Tenant, controls, wanted.Policy, cancel)));
        var (outcome, _) = await store.SetAsync(caller.Tenant.Id, controls.Group, wanted.Policy, wanted.Reason, wanted.Version, EditorOf(caller, time), cancel);
        return outcome switch
        {
            PolicyOutcome.Done => await AgainAsync(),
            PolicyOutcome.Changed => Problems.Conflict("Somebody has changed the policy since; read it again."),
            _ => Unknown(key),
        };

        async Task<IResult> AgainAsync() => Results.Json(Show((await reports.ReadAsync(caller.Tenant, key, null, cancel))!, time));
    }

    private static async Task<IResult> UndoAsync(HttpContext context, GroupPolicyReports reports, GroupPolicyStore store, TimeProvider time, string key, long id)
    {
        var (caller, cancel) = (context.Caller(), context.RequestAborted);
        if (Lacks(caller, "admin") is { } refused) return refused;
        if (await reports.ReadAsync(caller.Tenant, key, caller.UserKey, cancel) is not { } controls) return Unknown(key);
        return await store.UndoAsync(caller.Tenant.Id, controls.Group, id, EditorOf(caller, time), cancel) switch
        {
            PolicyOutcome.Done => Results.Json(Show((await reports.ReadAsync(caller.Tenant, key, null, cancel))!, time)),
            PolicyOutcome.Changed => Problems.Conflict("A newer version has taken its place: take that one back."),
            PolicyOutcome.TooLate => Problems.Conflict("It can be taken back for ten minutes."),
            _ => Problems.NotFound($"There is no version {id} to take back."),
        };
    }

    // A user's own token has no such scope; what that user may do, the group's roles say.
    private static IResult? Lacks(ApiCaller caller, params string[] scopes) => caller.UserKey is not null || scopes.Any(caller.Scopes.Contains)
        ? null : Problems.Answer(403, $"This needs the scope {string.Join(" or ", scopes.Select(s => $"'{s}'"))}.");

    private static PolicyEditor EditorOf(ApiCaller caller, TimeProvider time) => new(caller.Actor(time), caller.UserKey);

    private static IResult Unknown(string key) => Problems.NotFound($"There is no group '{key}' whose policy you may see.");

    private static object Show(PolicyEffect effect) => new
    {
        members = effect.Members,
        wouldHaveMetCap = effect.MetCap,
        uploadedAndCouldNot = effect.WithoutRight,
        from = effect.From.ToString("uuuu-MM-dd", null),
        to = effect.To.ToString("uuuu-MM-dd", null),
        effect = effect.Sentence,
    };

    private static object Show(GroupControls controls, TimeProvider time)
    {
        var (policy, standing) = (controls.Policy, controls.InForce);
        return new
        {
            group = controls.Group,
            version = standing?.Id ?? 0,
            zone = controls.Zone.Id,
            @default = Show(policy.Default),
            roles = policy.Roles.ToDictionary(r => r.Key, r => Show(r.Value)),
            members = policy.Members.ToDictionary(m => m.Key, m => Show(m.Value)),
            rights = new { upload = policy.Rights.Upload, createEvents = policy.Rights.CreateEvents, invite = policy.Rights.Invite },
            reason = standing?.Reason,
            setBy = standing?.CreatedBy,
            startsAt = standing is null ? null : Rfc3339.Format(standing.StartsAt),
            undoUntil = standing is { } one && one.CanUndo(Instant.FromDateTimeOffset(time.GetUtcNow())) ? Rfc3339.Format(one.StartsAt + GroupPolicyStore.UndoWindow) : null,
        };
    }

    private static object Show(MemberCap cap) => new { perFile = Wire.Number(cap.PerFile), perDay = Wire.Number(cap.PerDay), perMonth = Wire.Number(cap.PerMonth) };
}
