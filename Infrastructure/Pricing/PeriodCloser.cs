using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Jobs;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>When months close by themselves.</summary>
/// <param name="CloseAfterDays">Days after a month's end; null for never.</param>
public sealed record BillingSettings(int? CloseAfterDays);

/// <summary>Closes past months by itself where that is configured; what a stop left open is caught up with.</summary>
public sealed class PeriodCloser(
    BillingSettings settings, TenantStore tenants, PeriodStore periods, IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <summary>The job that does it.</summary>
    public Job Job => new("close", Duration.FromMinutes(15), RunAsync);

    private async Task<JobOutcome> RunAsync(CancellationToken cancel)
    {
        if (settings.CloseAfterDays is not { } days) return new JobOutcome("Months are closed by hand.");
        foreach (var tenant in await tenants.ListAsync(cancel)) await CloseDueAsync(tenant, days, cancel);
        return new JobOutcome($"Every month that is over for {days} days is closed.");
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
