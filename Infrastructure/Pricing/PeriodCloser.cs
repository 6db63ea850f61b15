using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>When months close by themselves.</summary>
/// <param name="CloseAfterDays">Days after a month's end; null for never.</param>
public sealed record BillingSettings(int? CloseAfterDays);

/// <summary>Closes past months by itself where that is configured; several portals may do it at once, and a stop is caught up with.</summary>
public sealed class PeriodCloser(
    BillingSettings settings, TenantStore tenants, PeriodStore periods, IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, TimeProvider time,
    ILogger<PeriodCloser> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.CloseAfterDays is not { } days) return;
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do await CloseDueAsync(days, stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The portal stops.
        }
    }

    private async Task CloseDueAsync(int days, CancellationToken cancel)
    {
        try
        {
            foreach (var tenant in await tenants.ListAsync(cancel)) await CloseDueAsync(tenant, days, cancel);
        }
        catch (Exception e) when (PostgresErrors.IsUnavailable(e))
        {
            logger.LogWarning("Months could not be closed: {Reason}", e.Message);
        }
    }

    /// <summary>Closes every month of a tenant that is over for so many days, from the month of its first event on.</summary>
    public async Task CloseDueAsync(Tenant tenant, int days, CancellationToken cancel)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        await using var select = dataSource.CreateCommand("SELECT min(time) FROM ledger WHERE tenant_id = $1");
        select.Parameters.Add(new NpgsqlParameter { Value = tenant.Id });
        if (await select.ExecuteScalarAsync(cancel) is not Instant first) return;
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var closed = await db.ClosedPeriods.Where(p => p.TenantId == tenant.Id && p.FrozenAt != null).Select(p => p.Period).ToListAsync(cancel);
        for (var month = BillingPeriod.Containing(first, tenant.Zone); month.Range.To + Duration.FromDays(days) <= now; month = month.Next())
        {
            if (!closed.Contains(month.ToString())) await periods.CloseAsync(tenant, month, new Actor("job:close", now), cancel);
        }
    }
}
