using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Jobs;

namespace OpenMeet.Insights.Infrastructure.Capacity;

/// <summary>Keeps for Prometheus in how many days each pool is full, every quarter of an hour on one of the portals.</summary>
public sealed class CapacityWatch(IDbContextFactory<InsightsDbContext> contexts, CapacityReports reports, TenantStore tenants)
{
    /// <summary>The job that does it.</summary>
    public Job Job => new("capacity", Duration.FromMinutes(15), RunAsync);

    private async Task<JobOutcome> RunAsync(CancellationToken cancel)
    {
        var fewest = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var tenant in await tenants.ListAsync(cancel))
        {
            foreach (var pool in await reports.ReadAsync(tenant, cancel))
            {
                if (pool.Outlook.DaysToFull is { } days) fewest[pool.Pool.Key] = fewest.TryGetValue(pool.Pool.Key, out var least) ? Math.Min(least, days) : days;
            }
        }
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        await db.PoolReadings.ExecuteDeleteAsync(cancel);
        db.PoolReadings.AddRange(fewest.Select(f => new PoolReading { Pool = f.Key, DaysToFull = f.Value }));
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return new JobOutcome($"{fewest.Count} pools with a capacity.", fewest.Count);
    }
}
