using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Jobs;

namespace OpenMeet.Insights.Infrastructure.Costs;

/// <summary>
/// Keeps for Prometheus how much of the newest month's bills found a carrier: of several tenants the least, as money of two does not add up.
/// </summary>
public sealed class AttributionWatch(IDbContextFactory<InsightsDbContext> contexts, CostReports costs, TenantStore tenants, TimeProvider time)
{
    /// <summary>The name under which its figure stands, in millionths.</summary>
    public const string JobName = "cost-attribution";

    /// <summary>The job that does it.</summary>
    public Job Job => new(JobName, Duration.FromMinutes(15), RunAsync);

    private async Task<JobOutcome> RunAsync(CancellationToken cancel)
    {
        decimal? least = null;
        foreach (var tenant in await tenants.ListAsync(cancel))
        {
            if (await RatioAsync(tenant, cancel) is { } ratio && !(least <= ratio)) least = ratio;
        }
        return least is { } found ? new JobOutcome($"{found:P2} of the newest bills found a carrier.", (long)(found * 1_000_000m)) : new JobOutcome("There are no bills.");
    }

    private async Task<decimal?> RatioAsync(Tenant tenant, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var running = BillingPeriod.Containing(Instant.FromDateTimeOffset(time.GetUtcNow()), tenant.Zone).ToString();
        var months = await db.Bills.Where(b => b.TenantId == tenant.Id && b.ReplacedAt == null).Select(b => b.Period).Distinct().ToListAsync(cancel);
        if (months.Where(m => string.CompareOrdinal(m, running) <= 0).Max(StringComparer.Ordinal) is not { } newest || !BillingPeriod.TryParse(newest, tenant.Zone, out var month)) return null;
        return (await costs.PlatformAsync(tenant, month.Range, null, acted: false, cancel)).Reconciliation.AttributedPercent / 100m;
    }
}
