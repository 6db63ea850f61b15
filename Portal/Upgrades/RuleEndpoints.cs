using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>Versions of the rule: thresholds as data, tried in the shadow before they ask anybody, switched off at once.</summary>
internal static class RuleEndpoints
{
    public static void MapRules(this IEndpointRouteBuilder api)
    {
        var rules = api.MapGroup("/upgrade-rules").WithTags("Upgrade rules");
        rules.MapGet("", ListAsync).RequireScope("admin").WithName("ListRules").WithSummary("Versions, newest first, with what they asked last night, how often they were right, and their replay.");
        rules.MapGet("/{version:int}", GetAsync).RequireScope("admin").WithName("GetRule").WithSummary("One version.");
        rules.MapPost("", DraftAsync).RequireScope("admin").WithName("DraftRule").WithSummary("Replaces the draft, or opens the next version's; thresholds that are not named stay as they are live.");
        rules.MapPost("/{version:int}/state", MoveAsync).RequireScope("admin").WithName("MoveRule").WithSummary("Moves a version to shadow, live or off.");
        rules.MapPost("/{version:int}/replay", ReplayAsync).RequireScope("admin").WithName("ReplayRule").WithSummary("Has a version run as of the start of this month and of the five before.");
    }

    private static object Show(RuleFigures figures) => new
    {
        rule = UpgradeRule.Id,
        version = figures.Rule.Version,
        state = figures.Rule.State,
        terms = Show(figures.Rule.Terms),
        note = figures.Rule.Note,
        changedAt = figures.Rule.ChangedAt is { } at ? Rfc3339.Format(at) : null,
        changedBy = figures.Rule.ChangedBy,
        lastDay = new { decided = figures.Decided, asked = figures.Asked, more = figures.More, fewer = figures.Fewer },
        proofs = Show(figures.Proofs),
        replay = figures.Months.Select(m => new
        {
            month = m.Replay.Month,
            state = m.Replay.FinishedAt is null ? "waiting" : "done",
            accounts = m.Replay.Accounts,
            skipped = m.Replay.Skipped,
            asked = m.Asks.Count,
            proofs = Show(m.Proofs),
            asks = m.Asks.Select(a => new { account = a.Account, verdict = a.Verdict, plan = a.Plan, proof = a.Proof }),
        }),
    };

    private static object Show(RuleTerms terms) => new
    {
        nearDays = terms.NearDays,
        habitCycles = terms.HabitCycles,
        neededDays = terms.NeededDays,
        solvedDays = terms.SolvedDays,
        sureDays = terms.SureDays,
        sureError = Wire.Number(terms.SureError),
        savingNeeded = Wire.Number(terms.SavingNeeded),
    };

    private static object Show(Proofs proofs) => new
    {
        right = proofs.Right, wrong = proofs.Wrong, acted = proofs.Acted, open = proofs.Open, precision = proofs.Precision is { } precision ? Wire.Number(Math.Round(precision, 4)) : null,
    };

    private static async Task<IReadOnlyList<RuleFigures>> AllAsync(HttpContext context, RuleReports reports, TimeProvider time)
    {
        var caller = context.Caller();
        return await reports.ListAsync(caller.Tenant, caller.Actor(time).At, context.RequestAborted);
    }

    private static async Task<IResult> ListAsync(HttpContext context, RuleReports reports, TimeProvider time) =>
        Results.Json(new { items = (await AllAsync(context, reports, time)).Select(Show), nextCursor = (string?)null });

    private static async Task<IResult> GetAsync(HttpContext context, RuleReports reports, TimeProvider time, int version) =>
        (await AllAsync(context, reports, time)).FirstOrDefault(f => f.Rule.Version == version) is { } found ? Results.Json(Show(found)) : Unknown(version);

    private static async Task<IResult> DraftAsync(HttpContext context, UpgradeRules rules, RuleReports reports, TimeProvider time)
    {
        var caller = context.Caller();
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var input = new BodyInput(body, faults);
        var note = input.Text("note", most: 500);
        var terms = RuleInput.Terms(input, (await rules.AppliedAsync(caller.Tenant.Id, context.RequestAborted)).Terms);
        if (faults.Count > 0) return Problems.Input(faults);
        var draft = await rules.DraftAsync(caller.Tenant.Id, terms, note, caller.Actor(time), context.RequestAborted);
        return Results.Json(Show((await AllAsync(context, reports, time)).First(f => f.Rule.Version == draft.Version)), statusCode: 201);
    }

    private static async Task<IResult> MoveAsync(HttpContext context, UpgradeRules rules, RuleReports reports, TimeProvider time, int version)
    {
        var caller = context.Caller();
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var input = new BodyInput(body, faults);
        var state = input.OneOf("state", true, "shadow", "live", "off");
        var reason = input.Text("reason", required: true, most: 500);
        if (faults.Count > 0) return Problems.Input(faults);
        var (moved, refused) = await rules.MoveAsync(caller.Tenant, version, state!, reason!, caller.Actor(time), context.RequestAborted);
        return refused is not null ? Problems.Conflict(refused)
            : moved is null ? Unknown(version)
            : Results.Json(Show((await AllAsync(context, reports, time)).First(f => f.Rule.Version == version)));
    }

    private static async Task<IResult> ReplayAsync(HttpContext context, UpgradeRules rules, RuleReports reports, TimeProvider time, int version)
    {
        var caller = context.Caller();
        return await rules.ReplayAsync(caller.Tenant, version, caller.Actor(time), context.RequestAborted)
            ? Results.Json(Show((await AllAsync(context, reports, time)).First(f => f.Rule.Version == version)), statusCode: 202)
            : Unknown(version);
    }

    private static IResult Unknown(int version) => Problems.NotFound($"There is no version {version} of the rule.");
}
