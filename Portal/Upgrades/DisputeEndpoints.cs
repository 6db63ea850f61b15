using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>Disputes, for the person who answers them; and how far asks get.</summary>
internal static class DisputeEndpoints
{
    public static void MapDisputes(this IEndpointRouteBuilder api)
    {
        var disputes = api.MapGroup("/upgrade-disputes").WithTags("Upgrade decisions");
        disputes.MapGet("", ListAsync).RequireScope("admin").WithName("ListDisputes").WithSummary("Disputes, those to answer next first.");
        disputes.MapPost("/{id:long}/answer", AnswerAsync).RequireScope("admin").WithName("AnswerDispute").WithSummary("Answers a dispute: upheld or not, with a text.");
        api.MapGet("/upgrade-funnel", FunnelAsync).WithTags("Upgrade decisions").RequireScope("admin").WithName("UpgradeFunnel").WithSummary("How far asks of the last 'days' (90) got, and what guards them.");
    }

    private static object Show(Dispute dispute) => new
    {
        id = dispute.Id,
        decision = dispute.DecisionId,
        account = dispute.Account,
        reason = dispute.Reason,
        text = dispute.Text,
        state = dispute.State,
        openedAt = Rfc3339.Format(dispute.OpenedAt),
        openedBy = dispute.OpenedBy,
        answerBy = NodaTime.Text.LocalDatePattern.Iso.Format(dispute.AnswerBy),
        answer = dispute.Answer,
        closedAt = dispute.ClosedAt is { } closed ? Rfc3339.Format(closed) : null,
        closedBy = dispute.ClosedBy,
    };

    private static async Task<IResult> ListAsync(HttpContext context, AskReports asks)
    {
        var input = new QueryInput(context.Request);
        var (state, limit) = (input.Text("state"), input.Limit(100, 1000));
        if (state is not (null or "open" or "upheld" or "notUpheld" or "withdrawn")) input.Faults.Add(new InputFault("state", "unknown", "'state' is open, upheld, notUpheld or withdrawn."));
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);
        return Results.Json(new { items = (await asks.DisputesAsync(context.Caller().Tenant.Id, state, limit, context.RequestAborted)).Select(d => Show(d.Dispute)), nextCursor = (string?)null });
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, UpgradeDecisions decisions, AskReports asks, TimeProvider time, long id)
    {
        var caller = context.Caller();
        var faults = new List<InputFault>();
        if (await QueryInput.BodyAsync(context.Request, faults) is not { } body) return Problems.Input(faults);
        var input = new BodyInput(body, faults);
        var outcome = input.OneOf("outcome", true, "upheld", "notUpheld");
        var text = input.Text("text", required: true, most: 4000);
        if (faults.Count > 0) return Problems.Input(faults);
        if (await decisions.AnswerAsync(caller.Tenant, id, outcome == "upheld", text!, caller.Actor(time), context.RequestAborted) is { } answered) return Results.Json(Show(answered));
        return (await asks.DisputesAsync(caller.Tenant.Id, null, int.MaxValue, context.RequestAborted)).Any(d => d.Dispute.Id == id)
            ? Problems.Conflict($"Dispute {id} is closed already.")
            : Problems.NotFound($"There is no dispute {id}.");
    }

    private static async Task<IResult> FunnelAsync(HttpContext context, DecisionFunnel funnel, TimeProvider time)
    {
        var caller = context.Caller();
        var input = new QueryInput(context.Request);
        var days = 90;
        if (input.Text("days") is { } text && (!int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out days) || days is < 1 or > 3650))
            input.Faults.Add(new InputFault("days", "out_of_range", "'days' is a number from 1 to 3650."));
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);
        var now = caller.Actor(time).At;
        var figures = await funnel.ReadAsync(caller.Tenant.Id, now - NodaTime.Duration.FromDays(days), now, context.RequestAborted);
        return Results.Json(new
        {
            from = Rfc3339.Format(figures.Since),
            to = Rfc3339.Format(now),
            stages = AskStage.Funnel.Concat(AskStage.Guards).ToDictionary(s => s.Stage, s => figures.Of(s.Stage)),
            proofs = new { right = figures.Right, wrong = figures.Wrong, acted = figures.Acted, open = figures.Open },
            lastDay = new { decided = figures.Decided, stay = figures.Stay },
        });
    }
}
