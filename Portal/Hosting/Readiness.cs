using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>Whether the portal can do its work now.</summary>
internal sealed class Readiness(IDbContextFactory<InsightsDbContext> contexts, EventLedger ledger, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private volatile string? _waitingFor;
    private volatile bool _isStopping;

    /// <summary>What of the start is still being done, such as filling the demo; null when nothing is.</summary>
    public string? WaitingFor
    {
        get => _waitingFor;
        set => _waitingFor = value;
    }

    /// <summary>Whether it was told to stop: it ends what it has in hand, and others should take what comes.</summary>
    public bool IsStopping
    {
        get => _isStopping;
        set => _isStopping = value;
    }

    /// <summary>What keeps it from its work, each in a sentence; empty where nothing does.</summary>
    public async Task<IReadOnlyList<string>> ReasonsAsync(CancellationToken cancel)
    {
        var reasons = new List<string>();
        if (IsStopping) reasons.Add("The portal is stopping.");
        if (WaitingFor is { } work) reasons.Add(work);
        if (ledger.OldestWaiting is { } oldest && time.GetUtcNow() - oldest > Patience)
            reasons.Add($"Events have been waiting for the database since {oldest:HH:mm:ss} UTC.");
        if (ledger.Refused is { } refused) reasons.Add(refused);
        try
        {
            using var soon = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            soon.CancelAfter(TimeSpan.FromSeconds(5));
            await using var db = await contexts.CreateDbContextAsync(soon.Token);
            if ((await db.Database.GetPendingMigrationsAsync(soon.Token)).Any()) reasons.Add("The database is not migrated to this version.");
        }
        catch (Exception e) when (PostgresErrors.IsUnavailable(e) || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            reasons.Add("The database does not answer.");
        }
        return reasons;
    }
}
