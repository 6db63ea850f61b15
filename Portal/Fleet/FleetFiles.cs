using System.Text;
using System.Text.Json;
using NodaTime;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Fleet;

/// <summary>The list of accounts as a file: all rows that the page's filter lets through, in the page's order. The sign-in is the pages' own.</summary>
internal static class FleetFiles
{
    private static readonly string[] Head =
    [
        "account", "name", "plan", "version", "paid_by", "cost_month", "currency", "cost_by_bills", "cost_by_unit_rates", "cost_of_its_groups", "revenue", "margin", "storage_bytes", "grown_28_days_bytes", "grown_28_days_before_bytes",
        "nearest_limit", "used", "reserved", "limit", "limit_kind", "share_of_limit", "state", "reached", "reached_about", "reached_earliest", "reached_latest", "people",
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
        if (await access.AllAsync(asked, context.RequestAborted) is not { } fleet)
            return Results.Text("You have no permission to see this list.", "text/plain", Encoding.UTF8, StatusCodes.Status403Forbidden);
        return Results.Stream(stream => CsvText.WriteAsync(stream, Head, fleet.Rows.Select(row => Line(row, fleet.List))), CsvText.MediaType, $"{name}-{fleet.List.Cycle}.csv");
    }

    private static IReadOnlyList<object?> Line(FleetPageRow page, FleetList fleet)
    {
        var row = page.Row;
        return
        [
            row.Account, row.Name, row.Plan?.Key, row.Plan is { Version: > 0 } plan ? (decimal)plan.Version : null, row.PaidBy, fleet.Cycle, fleet.Currency.Code,
            Money(row.Pools), row.UnitRates.Value, Money(row.OfGroups), Money(page.Revenue), Money(page.Margin), row.Level, row.Grown, row.GrownBefore,
            row.Nearest?.Meter.Meter.Slug, row.Nearest?.Used, row.Nearest?.Reserved, row.Nearest?.Limit.Limit, row.Nearest?.Limit.Kind.ToString().ToLowerInvariant(),
            row.Nearest is { } near ? decimal.Round(near.Share, 6) : null, row.Nearest is null ? null : page.State.ToString().ToLowerInvariant(),
            page.Reaches?.Outcome is { } outcome ? JsonNamingPolicy.SnakeCaseLower.ConvertName(outcome.ToString()) : null, Day(page.Reaches?.P50), Day(page.Reaches?.P10), Day(page.Reaches?.P90), (decimal)row.People,
        ];
    }

    private static CsvFigure? Money(Amount? amount) => amount is { } a ? new CsvFigure(Wire.Money(a)) : null;

    private static string? Day(LocalDate? day) => day?.ToString("uuuu-MM-dd", null);
}
