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
/// <param name="Entered">The capacity that holds now; null where nobody entered one, and a sample may have told it.</param>
/// <param name="Daily">What it held at the end of each day, or used in the 30 days up to it, oldest first.</param>
public sealed record PoolStanding(Pool Pool, string Unit, PoolOutlook Outlook, PoolCapacity? Entered, IReadOnlyList<(LocalDate Day, decimal Level)> Daily);

/// <summary>How full the platform's pools are: the use of all, of nobody too, against what an administrator entered or samples told.</summary>
public sealed class CapacityReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog, TimeProvider time)
{
    /// <summary>Every pool whose meter there is, or of which samples came in the last 28 days. What an administrator entered holds before what samples say it can hold.</summary>
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
        var today = now.InZone(tenant.Zone).Date;
        var sampled = await PoolSamples.ReadAsync(
            snapshot.Connection, tenant.Id, [.. Pool.All.Select(p => p.Key)], [.. Starts(tenant, today.PlusDays(1 - StockForecast.WindowDays), today).Select((start, i) => (today.PlusDays(1 - StockForecast.WindowDays + i), start))], now, cancel);
        var pools = new List<PoolStanding>();
        foreach (var pool in Pool.All)
        {
            var samples = sampled.GetValueOrDefault(pool.Key);
            var holds = CapacityStore.At(entered, pool.Key, now);
            var capacity = holds?.Capacity ?? (samples?.Capacity is > 0 and var told ? told : null);
            if (pool.Meter is null)
            {
                if (samples is not null) pools.Add(Standing(pool, pool.Unit, samples.Daily, capacity, 0, 0, holds));
            }
            else if (meters.Find(pool.Meter) is { IsWhole: true } stored)
            {
                var daily = pool.IsStock
                    ? await LevelsAsync(snapshot.Connection, tenant, meters, stored, now, cancel)
                    : await RollingAsync(snapshot.Connection, tenant, meters, stored, now, cancel);
                pools.Add(Standing(pool, stored.Meter.Unit, daily, capacity, limited[pool.Meter].Sum(l => l.Limit.Limit!.Value), accounts - limited[pool.Meter].Count(), holds));
            }
        }
        return pools;
    }

    private static PoolStanding Standing(
        Pool pool, string unit, IReadOnlyList<(LocalDate Day, decimal Level)> daily, decimal? capacity, decimal committed, int unlimited, PoolCapacity? entered) => new(
        pool, unit,
        new PoolOutlook(
            daily.Count > 0 ? daily[^1].Level : pool.IsStock ? 0m : null, capacity, committed, unlimited, capacity is { } most ? StockForecast.Fit(daily).WhenReaches(most) : null, entered?.LeadDays ?? 0),
        entered, daily);

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
