using System.Text;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Fleet;

/// <summary>The list of accounts as a file: all rows that the page's filter lets through, in the page's order. The sign-in is the pages' own.</summary>
internal static class FleetFiles
{
    private static readonly string[] Head =
    [
        "account", "name", "plan", "version", "paid_by", "cost_month", "currency", "cost_by_bills", "cost_by_unit_rates", "storage_bytes", "grown_28_days_bytes", "grown_28_days_before_bytes",
        "nearest_limit", "used", "reserved", "limit", "limit_kind", "share_of_limit", "people",
    ];

    public static void MapFleetFiles(this IEndpointRouteBuilder app)
    {
        var files = app.MapGroup("/admin").RequireAuthorization().ExcludeFromDescription();
        foreach (var name in (string[])["fleet", "users", "groups"]) files.MapGet($"/{name}.csv", (HttpContext context, FleetAccess access) => AnswerAsync(context, access, name));
    }

    private static async Task<IResult> AnswerAsync(HttpContext context, FleetAccess access, string name)
    {
        context.AsPage();
        var asked = FleetState.Parse(context.Request.Path, key => context.Request.Query[key]);
        if (await access.ListAsync(asked, context.RequestAborted) is not { } fleet)
            return Results.Text("You have no permission to see this list.", "text/plain", Encoding.UTF8, StatusCodes.Status403Forbidden);
        return Results.Stream(stream => CsvText.WriteAsync(stream, Head, fleet.Rows.Select(row => Line(row, fleet))), CsvText.MediaType, $"{name}-{fleet.Cycle}.csv");
    }

    private static IReadOnlyList<object?> Line(FleetRow row, FleetList fleet) =>
    [
        row.Account, row.Name, row.Plan?.Key, row.Plan is { Version: > 0 } plan ? (decimal)plan.Version : null, row.PaidBy, fleet.Cycle, fleet.Currency.Code,
        row.Pools is { } pools ? new CsvFigure(Wire.Money(pools)) : null, row.UnitRates.Value, row.Level, row.Grown, row.GrownBefore,
        row.Nearest?.Meter.Meter.Slug, row.Nearest?.Used, row.Nearest?.Reserved, row.Nearest?.Limit.Limit, row.Nearest?.Limit.Kind.ToString().ToLowerInvariant(),
        row.Nearest is { } near ? decimal.Round(near.Share, 6) : null, (decimal)row.People,
    ];
}
