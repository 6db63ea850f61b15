using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>What a group has decided for itself: read, set, taken back, and what it would have meant before it is set.</summary>
internal static class PolicyEndpoints
{
    public static void MapPolicies(this IEndpointRouteBuilder api)
    {
        var policy = api.MapGroup("/groups/{key}/policy").WithTags("Controls");
        policy.MapGet("", GetAsync).WithName("GetGroupPolicy").WithSummary("What a group has decided: member caps and rights, retention of files, image compression, and what happens at its budgets. Scope quota or admin, or the token of its owner or admin.");
        policy.MapPut("", PutAsync).WithName("SetGroupPolicy").WithSummary("Replaces caps and rights, and of 'retention', 'images' and 'budgets' those that are named; with ?dryRun=true only says what it would mean. Scope admin, or the token of its owner or admin; budgets are its owner's.");
        policy.MapPost("/{id:long}/undo", UndoAsync).WithName("UndoGroupPolicy").WithSummary("Takes the newest change back, within ten minutes. Scope admin, or the token of its owner or admin.");
        policy.MapPost("/budgets/{rule:long}/answer", AnswerAsync).WithName("AnswerGroupBudget").WithSummary("Says of a budget that is used up whether uploads go on until the month ends: {\"answer\": \"goOn\"} or \"pause\". Scope admin, or the token of the group's owner.");
    }

    private static async Task<IResult> GetAsync(HttpContext context, GroupPolicyReports reports, TimeProvider time, string key)
    {
        if (Lacks(context.Caller(), "quota", "admin") is { } refused) return refused;
        var caller = context.Caller();
        if (await reports.ReadAsync(caller.Tenant, key, caller.UserKey, context.RequestAborted) is not { } found) return Unknown(key);
        // A key that only asks quotas is told no money.
        return Results.Json(Show(found with { SeesMoney = found.SeesMoney && (caller.UserKey is not null || caller.Scopes.Contains("read") || caller.Scopes.Contains("admin")) }, time));
    }

    private static async Task<IResult> PutAsync(
        HttpContext context, GroupPolicyReports reports, GroupPolicyStore store, GroupBudgets budgets, BudgetWatch watch, RetentionReports files, TimeProvider time, string key)
    {
        var (caller, cancel) = (context.Caller(), context.RequestAborted);
        if (Lacks(caller, "admin") is { } refused) return refused;
        if (await reports.ReadAsync(caller.Tenant, key, caller.UserKey, cancel) is not { } controls) return Unknown(key);
        var faults = new List<InputFault>();
        var dryRun = context.Request.Query["dryRun"].ToString();
        if (dryRun is not ("" or "true" or "false")) faults.Add(new InputFault("dryRun", "not_a_flag", "'dryRun' is true or false."));
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body || PolicyInput.Read(body, controls, 1m, faults) is not { } wanted) return Problems.Input(faults);
        if (dryRun == "true")
        {
            var due = wanted.Policy.Retention is { } retention ? (await files.DueAsync(caller.Tenant, controls, retention, new DuePage(0), cancel)).Effect : RetentionEffect.Nothing;
            var replays = await budgets.ReplayAsync(caller.Tenant, controls.Group, [.. controls.Budgets.Select(b => b with { Action = wanted.Policy.ActionOf(b.Rule) })], cancel);
            return Results.Json(Show(await reports.EffectAsync(caller.Tenant, controls, wanted.Policy, cancel), due, replays));
        }
        // What was left out stays as it was read: so must be what it was read from.
        var basedOn = wanted.Version ?? controls.InForce?.Id ?? 0;
        var (outcome, _) = await store.SetAsync(caller.Tenant.Id, controls.Group, wanted.Policy, wanted.Reason, basedOn, EditorOf(caller, time), cancel);
        if (outcome == PolicyOutcome.Done && wanted.Policy.Budgets is { Count: > 0 }) await watch.MeasureAsync(caller.Tenant, controls.Group, cancel);
        return outcome switch
        {
            PolicyOutcome.Done => await AgainAsync(),
            PolicyOutcome.Changed => Problems.Conflict("Somebody has changed the policy since; read it again."),
            _ => Unknown(key),
        };

        async Task<IResult> AgainAsync() => Results.Json(Show((await reports.ReadAsync(caller.Tenant, key, caller.UserKey, cancel))!, time));
    }

    private static async Task<IResult> UndoAsync(HttpContext context, GroupPolicyReports reports, GroupPolicyStore store, TimeProvider time, string key, long id)
    {
        var (caller, cancel) = (context.Caller(), context.RequestAborted);
        if (Lacks(caller, "admin") is { } refused) return refused;
        if (await reports.ReadAsync(caller.Tenant, key, caller.UserKey, cancel) is not { } controls) return Unknown(key);
        return await store.UndoAsync(caller.Tenant.Id, controls.Group, id, EditorOf(caller, time), cancel) switch
        {
            PolicyOutcome.Done => Results.Json(Show((await reports.ReadAsync(caller.Tenant, key, caller.UserKey, cancel))!, time)),
            PolicyOutcome.Refused => Problems.Answer(403, "It changed the group's budgets: only its owner takes that back."),
            PolicyOutcome.Changed => Problems.Conflict("A newer version has taken its place: take that one back."),
            PolicyOutcome.TooLate => Problems.Conflict("It can be taken back for ten minutes."),
            _ => Problems.NotFound($"There is no version {id} to take back."),
        };
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, GroupPolicyReports reports, GroupBudgets budgets, TimeProvider time, string key, long rule)
    {
        var (caller, cancel) = (context.Caller(), context.RequestAborted);
        if (Lacks(caller, "admin") is { } refused) return refused;
        if (await reports.ReadAsync(caller.Tenant, key, caller.UserKey, cancel) is not { } controls) return Unknown(key);
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var word = new BodyInput(body, faults).OneOf("answer", true, "goOn", "pause");
        if (faults.Count > 0) return Problems.Input(faults);
        return await budgets.AnswerAsync(caller.Tenant, controls.Group, rule, word == "goOn" ? BudgetAnswer.GoOn : BudgetAnswer.Pause, EditorOf(caller, time), cancel) switch
        {
            PolicyOutcome.Done => Results.Json(Show((await reports.ReadAsync(caller.Tenant, key, caller.UserKey, cancel))!, time)),
            PolicyOutcome.Refused => Problems.Answer(403, "Only the owner of the group decides about its budgets."),
            PolicyOutcome.Changed => Problems.Conflict("Nothing is asked: this budget is not used up, or it only notifies."),
            _ => Problems.NotFound($"This group has no budget {rule}."),
        };
    }

    // A user's own token has no such scope; what that user may do, the group's roles say.
    internal static IResult? Lacks(ApiCaller caller, params string[] scopes) => caller.UserKey is not null || scopes.Any(caller.Scopes.Contains)
        ? null : Problems.Answer(403, $"This needs the scope {string.Join(" or ", scopes.Select(s => $"'{s}'"))}.");

    internal static PolicyEditor EditorOf(ApiCaller caller, TimeProvider time) => new(caller.Actor(time), caller.UserKey);

    internal static IResult Unknown(string key) => Problems.NotFound($"There is no group '{key}' whose policy you may see.");

    private static object Show(PolicyEffect effect, RetentionEffect due, IReadOnlyList<BudgetReplay> budgets) => new
    {
        members = effect.Members,
        wouldHaveMetCap = effect.MetCap,
        uploadedAndCouldNot = effect.WithoutRight,
        from = effect.From.ToString("uuuu-MM-dd", null),
        to = effect.To.ToString("uuuu-MM-dd", null),
        effect = effect.Sentence,
        retention = RetentionEndpoints.Show(due),
        budgets = budgets.Select(b => new
        {
            rule = b.Rule,
            described = b.Name,
            action = b.Action.ToString().ToLowerInvariant(),
            reached = b.Months.Where(m => m.Reached is not null).Select(m => m.Reached!.Value.ToString("uuuu-MM-dd", null)),
            effect = b.Sentence,
        }),
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
            retention = Show(policy.Retention ?? Retention.None),
            images = new { on = policy.Images is not null, quality = policy.Images?.Quality, longestSide = policy.Images?.LongestSide },
            budgets = controls.SeesMoney ? controls.Budgets.Where(b => b.Action != BudgetAction.Notify).ToDictionary(b => b.Rule, b => b.Action.ToString().ToLowerInvariant()) : null,
            budgetStates = controls.SeesMoney ? controls.Budgets.Select(Show) : null,
            reason = standing?.Reason,
            setBy = standing?.CreatedBy,
            startsAt = standing is null ? null : Rfc3339.Format(standing.StartsAt),
            undoUntil = standing is { } one && one.CanUndo(Instant.FromDateTimeOffset(time.GetUtcNow())) ? Rfc3339.Format(one.StartsAt + GroupPolicyStore.UndoWindow) : null,
        };
    }

    private static object Show(Retention retention) => new
    {
        on = retention.On,
        legalHold = retention.LegalHold,
        kinds = retention.Kinds.ToDictionary(k => k.Key, k => new { months = k.Value.Months, after = k.Value.After.ToString().ToLowerInvariant() }),
    };

    private static object Show(BudgetStanding budget) => new
    {
        rule = budget.Rule,
        described = budget.Name,
        amount = Wire.Number(budget.Amount.Value),
        currency = budget.Amount.Currency.Code,
        action = budget.Action.ToString().ToLowerInvariant(),
        state = budget.State.ToString().ToLowerInvariant(),
        cost = Wire.Number(budget.Cost?.Value),
        measuredAt = budget.MeasuredAt is { } at ? Rfc3339.Format(at) : null,
        checkedEveryMinutes = Infrastructure.Alerts.AlertEvaluation.EveryMinutes,
        answer = budget.Answer switch { null => null, BudgetAnswer.GoOn => "goOn", _ => "pause" },
        answeredBy = budget.AnsweredBy,
    };

    private static object Show(MemberCap cap) => new { perFile = Wire.Number(cap.PerFile), perDay = Wire.Number(cap.PerDay), perMonth = Wire.Number(cap.PerMonth) };
}
