using NodaTime;
using NodaTime.Text;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Forecasting;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Forecasting;

/// <summary>Where an account's limited meters lead, and how earlier forecasts did.</summary>
internal static class ForecastEndpoints
{
    public static void MapForecasts(this IEndpointRouteBuilder api)
    {
        var forecasts = api.MapGroup("/forecasts").WithTags("Forecasts").RequireScope("read");
        forecasts.MapGet("/user/{key}", UserAsync).WithName("GetUserForecasts").WithSummary("Where a user's limited meters lead, and how earlier forecasts did.");
        forecasts.MapGet("/group/{key}", GroupAsync).WithName("GetGroupForecasts").WithSummary("Where a group's limited meters lead, and how earlier forecasts did.");
    }

    private static async Task<IResult> UserAsync(HttpContext context, ForecastReports reports, string key)
    {
        var caller = context.Caller();
        return ApiAccess.MaySeeUser(caller, key) && await reports.AccountAsync(caller.Tenant, "user", key, context.RequestAborted) is { } found
            ? Results.Json(Show(found, caller.Tenant.Zone)) : Problems.NotFound($"Nobody with the key '{key}' was ever seen.");
    }

    private static async Task<IResult> GroupAsync(HttpContext context, ForecastReports reports, ApiAccess access, string key)
    {
        var caller = context.Caller();
        return await access.MaySeeGroupAsync(caller, key, money: false, context.RequestAborted) && await reports.AccountAsync(caller.Tenant, "group", key, context.RequestAborted) is { } found
            ? Results.Json(Show(found, caller.Tenant.Zone)) : Problems.NotFound($"No group with the key '{key}' was ever seen.");
    }

    private static object Show(AccountForecasts a, DateTimeZone zone) => new
    {
        account = a.Account,
        paidBy = a.PaidBy,
        completeTo = Rfc3339.Format(a.CompleteTo),
        timeZone = zone.Id,
        forecasts = a.Meters.Select(m => new
        {
            meter = m.Meter.Slug,
            unit = m.Meter.Unit,
            kind = m.Meter.IsStorage ? "level" : "flow",
            limit = Wire.Number(m.Limit.Limit),
            limitKind = m.Limit.Kind.ToString().ToLowerInvariant(),
            asOf = Day(m.AsOf),
            days = m.Days,
            last = Wire.Number(m.Last),
            forDay = Day(m.ForDay),
            p10 = Wire.Number(m.P10),
            p50 = Wire.Number(m.P50),
            p90 = Wire.Number(m.P90),
            reaches = Show(m.Reaches, a.CompleteTo.InZone(zone).Date),
            method = m.Method,
            trackRecord = Show(m.Record),
        }),
    };

    private static object Show(LimitDate reached, LocalDate today) => new
    {
        outcome = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(reached.Outcome.ToString()),
        p10 = Day(reached.P10),
        p50 = Day(reached.P50),
        p90 = Day(reached.P90),
        text = ForecastText.When(reached, today),
    };

    // What is not known is null, never 0: without enough facts there is no error and no share.
    private static object Show(TrackRecord record) => new
    {
        known = record.IsKnown,
        facts = record.Known.Count,
        factsNeeded = TrackRecord.MinimumFacts,
        within = record.Within,
        medianError = Wire.Number(record.MedianError),
        backtested = record.Backtested,
        text = record.Sentence(),
        forecasts = record.Known.Select(f => new
        {
            madeOn = Day(f.MadeOn),
            forDay = Day(f.ForDay),
            p10 = Wire.Number(f.P10),
            p50 = Wire.Number(f.P50),
            p90 = Wire.Number(f.P90),
            actual = Wire.Number(f.Actual),
            within = f.IsWithin,
            backtested = f.Backtested,
        }),
    };

    private static string? Day(LocalDate? day) => day is { } known ? LocalDatePattern.Iso.Format(known) : null;
}
