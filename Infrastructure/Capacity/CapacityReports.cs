using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Capacity;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Attribution;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Capacity;

/// <summary>A pool as it stands.</summary>
/// <param name="Pool">The pool.</param>
/// <param name="Unit">Of all its quantities.</param>
/// <param name="Outlook">How full it is and where that leads.</param>
/// <param name="Entered">The capacity that holds now; null where nobody entered one.</param>
/// <param name="Daily">What it held at the end of each day, or used in the 30 days up to it, oldest first.</param>
public sealed record PoolStanding(Pool Pool, string Unit, PoolOutlook Outlook, PoolCapacity? Entered, IReadOnlyList<(LocalDate Day, decimal Level)> Daily);

/// <summary>How full the platform's pools are: the use of all, of nobody too, against what an administrator entered.</summary>
public sealed class CapacityReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog, TimeProvider time)
{
    /// <summary>Every pool whose meter there is.</summary>
    public async Task<IReadOnlyList<PoolStanding>> ReadAsync(Tenant tenant, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var entered = await db.PoolCapacities.AsNoTracking().Where(c => c.TenantId == tenant.Id).ToListAsync(cancel);
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var limits = await QuotaLimits.ReadAsync(db, tenant, null, now, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var meters = await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel);
        var limited = (await LimitedAccounts.ReadAsync(db, tenant.Id, book, limits, meters, now, cancel)).ToLookup(l => l.Meter.Meter.Slug);
        var accounts = await db.DirectoryUsers.CountAsync(u => u.TenantId == tenant.Id && u.ErasedAt == null, cancel)
            + (await db.DirectoryGroups.Where(g => g.TenantId == tenant.Id).Select(g => g.Key).ToListAsync(cancel)).Count(g => book.PayerAt(g, now) == "group:" + g);
        var pools = new List<PoolStanding>();
        foreach (var pool in Pool.All)
        {
            if (meters.Find(pool.Meter) is not { IsWhole: true } stored) continue;
            var daily = pool.IsStock
                ? await LevelsAsync(snapshot.Connection, tenant, meters, stored, now, cancel)
                : await RollingAsync(snapshot.Connection, tenant, meters, stored, now, cancel);
            var holds = CapacityStore.At(entered, pool.Key, now);
            pools.Add(new PoolStanding(
                pool, stored.Meter.Unit,
                new PoolOutlook(
                    daily.Count > 0 ? daily[^1].Level : pool.IsStock ? 0m : null, holds?.Capacity, limited[pool.Meter].Sum(l => l.Limit.Limit!.Value), accounts - limited[pool.Meter].Count(),
                    holds is null ? null : StockForecast.Fit(daily).WhenReaches(holds.Capacity), holds?.LeadDays ?? 0),
                holds, daily));
        }
        return pools;
    }

    private static async Task<IReadOnlyList<(LocalDate Day, decimal Level)>> LevelsAsync(NpgsqlConnection connection, Tenant tenant, MeterSet meters, StoredMeter meter, Instant now, CancellationToken cancel)
    {
        var today = now.InZone(tenant.Zone).Date;
        var first = today.PlusDays(1 - StockForecast.WindowDays);
        var days = await CarriedQuantities.WindowsAsync(
            connection, tenant.Id, meters.Attribution, meter, RollupScope.Carrier, null, [.. Starts(tenant, first, today), now + Duration.FromTicks(10)], cancel);
        var levels = days.Select((day, i) => (Day: first.PlusDays(i), Level: day.Level.ToDecimal())).ToList();
        // Before the first byte there was no level to grow from.
        return days[0].Level == days[0].Sum ? [.. levels.SkipWhile(l => l.Level == 0)] : levels;
    }

    private static async Task<IReadOnlyList<(LocalDate Day, decimal Level)>> RollingAsync(NpgsqlConnection connection, Tenant tenant, MeterSet meters, StoredMeter meter, Instant now, CancellationToken cancel)
    {
        var today = now.InZone(tenant.Zone).Date;
        var first = today.PlusDays(1 - StockForecast.WindowDays - RollingUse.Days);
        var amounts = await CarriedQuantities.WindowsAsync(connection, tenant.Id, meters.Attribution, meter, RollupScope.Carrier, null, [.. Starts(tenant, first, today)], cancel);
        return RollingUse.Of(first, [.. amounts.Select(a => a.Sum.ToDecimal())]);
    }

    private static IEnumerable<Instant> Starts(Tenant tenant, LocalDate first, LocalDate last)
    {
        for (var day = first; day <= last; day = day.PlusDays(1)) yield return tenant.Zone.AtStartOfDay(day).ToInstant();
    }
}
