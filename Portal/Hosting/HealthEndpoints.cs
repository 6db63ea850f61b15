using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>Work of the start that must be done before the portal is ready, such as filling the demo.</summary>
internal sealed class Readiness
{
    private volatile string? _waitingFor;

    /// <summary>What is still being done; null when nothing is.</summary>
    public string? WaitingFor
    {
        get => _waitingFor;
        set => _waitingFor = value;
    }
}

/// <summary>Does the process live, and does its work move?</summary>
internal static class HealthEndpoints
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => Results.Json(new { status = "live" })).ExcludeFromDescription();
        app.MapGet("/health/ready", ReadyAsync).ExcludeFromDescription();
    }

    private static async Task<IResult> ReadyAsync(
        IDbContextFactory<InsightsDbContext> contexts, EventLedger ledger, Readiness readiness, TimeProvider time, HttpContext http)
    {
        var reasons = new List<string>();
        if (readiness.WaitingFor is { } work) reasons.Add(work);
        if (ledger.OldestWaiting is { } oldest && time.GetUtcNow() - oldest > Patience)
            reasons.Add($"Events have been waiting for the database since {oldest:HH:mm:ss} UTC.");
        try
        {
            using var soon = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
            soon.CancelAfter(TimeSpan.FromSeconds(5));
            await using var db = await contexts.CreateDbContextAsync(soon.Token);
            if ((await db.Database.GetPendingMigrationsAsync(soon.Token)).Any()) reasons.Add("The database is not migrated to this version.");
        }
        catch (Exception e) when (PostgresErrors.IsUnavailable(e) || (e is OperationCanceledException && !http.RequestAborted.IsCancellationRequested))
        {
            reasons.Add("The database does not answer.");
        }
        return reasons.Count == 0
            ? Results.Json(new { status = "ready" })
            : Results.Json(new { status = "not ready", reasons }, statusCode: StatusCodes.Status503ServiceUnavailable);
    }
}
