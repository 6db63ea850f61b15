using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Storage;

/// <summary>What is odd about stored bytes.</summary>
internal static class AnomalyEndpoints
{
    public static void MapAnomalies(this IEndpointRouteBuilder api) =>
        api.MapGet("/anomalies", ListAsync).RequireScope("admin").WithTags("Storage").WithName("ListAnomalies")
            .WithSummary("Levels below zero, and attachments that name another size than their file has; newest first.");

    private static async Task<IResult> ListAsync(HttpContext context, AnomalyReports reports)
    {
        var input = new QueryInput(context.Request);
        var limit = input.Limit(100, 1000);
        var cursor = input.Text("cursor");
        var after = AnomalyCursors.Parse(cursor);
        if (cursor is not null && after is null) input.Faults.Add(new InputFault("cursor", "malformed", "'cursor' is the nextCursor of the page before."));
        if (input.Faults.Count > 0) return Problems.Input(input.Faults);
        var page = await reports.ListAsync(context.Caller().Tenant.Id, after, limit, context.RequestAborted);
        return Results.Json(new
        {
            items = page.Items.Select(a => new
            {
                kind = AnomalyWords.Wire(a.Kind),
                carrier = a.Carrier.Length > 0 ? a.Carrier : null,
                name = a.Name,
                file = a.File,
                at = Rfc3339.Format(a.At),
                until = a.Until is { } until ? Rfc3339.Format(until) : null,
                level = Wire.Number(a.Level),
                namedSize = Wire.Number(a.Named),
                events = a.Events.Select(e => new
                {
                    source = e.Source,
                    id = e.Id,
                    type = e.Type,
                    time = Rfc3339.Format(e.Time),
                    subject = e.Subject,
                    group = e.Group,
                    file = e.File,
                    bytes = Wire.Number(e.Bytes),
                }),
                moreEvents = a.MoreEvents,
            }),
            nextCursor = page.Next is { } next ? AnomalyCursors.Write(next) : null,
        });
    }
}
