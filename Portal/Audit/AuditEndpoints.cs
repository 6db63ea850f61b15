using System.Globalization;
using System.Text.Json.Nodes;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Audit;

/// <summary>Who changed what.</summary>
internal static class AuditEndpoints
{
    public static void MapAudit(this IEndpointRouteBuilder api) =>
        api.MapGet("/audit", ListAsync).RequireScope("admin").WithTags("Audit").WithName("ListAudit").WithSummary("Every change that somebody made, newest first.");

    private static async Task<IResult> ListAsync(HttpContext context, AuditReports reports)
    {
        var input = new QueryInput(context.Request);
        var limit = input.Limit(100, 1000);
        long? before = null;
        if (input.Text("cursor") is { } cursor)
        {
            if (long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var id)) before = id;
            else input.Faults.Add(new InputFault("cursor", "malformed", "'cursor' is the nextCursor of the page before."));
        }
        var filter = new AuditFilter(input.Text("actor"), input.Text("action"), input.Text("target"), input.Time("from"), input.Time("to"), before);
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);
        var rows = await reports.ListAsync(context.Caller().Tenant.Id, filter, limit + 1, context.RequestAborted);
        return Results.Json(new
        {
            items = rows.Take(limit).Select(a => new
            {
                id = a.Id,
                at = Rfc3339.Format(a.At),
                actor = a.Actor,
                action = a.Action,
                target = a.Target,
                reason = a.Reason,
                before = a.Before is null ? null : JsonNode.Parse(a.Before),
                after = a.After is null ? null : JsonNode.Parse(a.After),
            }),
            nextCursor = rows.Count > limit ? rows[limit - 1].Id.ToString(CultureInfo.InvariantCulture) : null,
        });
    }
}
