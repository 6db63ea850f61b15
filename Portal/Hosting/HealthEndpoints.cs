namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>Does the process live, and does its work move?</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => Results.Json(new { status = "live" })).ExcludeFromDescription();
        app.MapGet("/health/ready", async (Readiness readiness, HttpContext http) => await readiness.ReasonsAsync(http.RequestAborted) is { Count: > 0 } reasons
            ? Results.Json(new { status = "not ready", reasons }, statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Json(new { status = "ready" })).ExcludeFromDescription();
    }
}
