using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Jobs;
using Prometheus;

namespace OpenMeet.Insights.Infrastructure.Capacity;

/// <summary>Tells Prometheus on every portal when pools are full: a small table is read each half minute. A pool of which that is not known is not told.</summary>
public sealed class CapacityGauge(IDbContextFactory<InsightsDbContext> contexts, TimeProvider time, ILogger<CapacityGauge> logger, CollectorRegistry? registry = null)
    : RepeatedWork(TimeSpan.FromSeconds(30), "The capacities could not be read", time, logger)
{
    private readonly Gauge _days = Metrics.WithCustomRegistry(registry ?? Metrics.DefaultRegistry).CreateGauge(
        "openmeet_insights_capacity_days_to_full", "Days until a pool is full by the middle forecast; infinite where not within a year.", "pool");

    protected override Task TurnAsync(CancellationToken cancel) => TellAsync(cancel);

    /// <summary>Reads what the last run found and sets the gauge; pools without a date are taken away.</summary>
    public async Task TellAsync(CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var readings = await db.PoolReadings.AsNoTracking().ToListAsync(cancel);
        foreach (var gone in _days.GetAllLabelValues().Where(l => !readings.Any(r => r.Pool == l[0])).ToList()) _days.RemoveLabelled(gone);
        foreach (var reading in readings) _days.WithLabels(reading.Pool).Set(reading.DaysToFull);
    }
}
