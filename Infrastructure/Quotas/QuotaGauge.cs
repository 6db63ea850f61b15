using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Jobs;
using Prometheus;

namespace OpenMeet.Insights.Infrastructure.Quotas;

/// <summary>Tells Prometheus what the last census counted, on every portal: a small table is read each half minute.</summary>
public sealed class QuotaGauge(IDbContextFactory<InsightsDbContext> contexts, TimeProvider time, ILogger<QuotaGauge> logger, CollectorRegistry? registry = null)
    : RepeatedWork(TimeSpan.FromSeconds(30), "The quota census could not be read", time, logger)
{
    private readonly Gauge _accounts = Metrics.WithCustomRegistry(registry ?? Metrics.DefaultRegistry).CreateGauge("openmeet_insights_quota_accounts", "Accounts by the state of their quota.", "meter", "state");

    protected override Task TurnAsync(CancellationToken cancel) => TellAsync(cancel);

    /// <summary>Reads the last census and sets the gauge; meters that nothing limits any more are taken away.</summary>
    public async Task TellAsync(CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var counts = await db.QuotaCounts.AsNoTracking().ToListAsync(cancel);
        foreach (var gone in _accounts.GetAllLabelValues().Where(l => !counts.Any(c => c.Meter == l[0] && c.State == l[1])).ToList()) _accounts.RemoveLabelled(gone);
        foreach (var count in counts) _accounts.WithLabels(count.Meter, count.State).Set(count.Accounts);
    }
}
