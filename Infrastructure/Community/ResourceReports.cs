using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Storage;

namespace OpenMeet.Insights.Infrastructure.Community;

/// <summary>What active people cost over some days.</summary>
/// <param name="Days">The days, on the clock of <paramref name="Zone"/>.</param>
/// <param name="Zone">The group's zone, or the billing zone for a whole month.</param>
/// <param name="Active">People who took part.</param>
/// <param name="UnitRates">Use times the rates in force.</param>
/// <param name="Bills">Its shares of real bills; null where not every month of the days has its bills.</param>
/// <param name="Idle">What the bills leave to nobody, of the whole platform; null with them.</param>
/// <param name="Keys">Each bill with the meter by which it is shared.</param>
public sealed record ActiveCost(DayWindow Days, DateTimeZone Zone, int Active, Amount UnitRates, Amount? Bills, Amount? Idle, IReadOnlyList<(string Bill, string Key)> Keys)
{
    /// <summary>By bills where they are in, else by unit rates.</summary>
    public Amount Cost => Bills ?? UnitRates;

    /// <summary>For each active person; null where nobody was.</summary>
    public Amount? PerActive => Active == 0 ? null : new Amount(Cost.Value / Active, Cost.Currency);
}

/// <summary>What a group uses.</summary>
/// <param name="Frame">About whom and when.</param>
/// <param name="Storage">What it keeps, by kind and by member.</param>
/// <param name="ByEvent">Bytes by community event, greatest first; those that name none have no key.</param>
/// <param name="Growth">The slope of the last 28 daily levels.</param>
/// <param name="Meters">The billing meters, carried by the group.</param>
/// <param name="Costs">The window and the last whole month; null where they may not be seen, or fall into two currencies.</param>
public sealed record GroupResources(
    CommunityFrame Frame, GroupStorage Storage, IReadOnlyList<StoredPart> ByEvent, Forecast Growth, IReadOnlyList<UsageRow> Meters, IReadOnlyList<ActiveCost>? Costs);

/// <summary>What a group keeps and uses, and what that costs for each active person.</summary>
public sealed class ResourceReports(
    CommunityHistories histories, GroupStorageReports storage, UsageReports usage, CostReports costs, IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource)
{
    private const string ByEventSql = """
        WITH stored AS MATERIALIZED (
            SELECT coalesce(f.time, d.time) AS time, coalesce(f.key, d.key) AS key, sum(d.delta) AS delta FROM storage_delta d
            JOIN storage_event e ON e.tenant_id = d.tenant_id AND e.key = d.key LEFT JOIN LATERAL (
                SELECT first.key, first.time FROM storage_event first WHERE first.tenant_id = e.tenant_id AND first.file = e.file AND first.action = 0 ORDER BY first.time, first.source, first.id LIMIT 1) f ON true
            WHERE d.tenant_id = $1 AND d.carrier = ANY($2) AND d.time < $3 GROUP BY 1, 2)
        SELECT l.event->'data'->>'event', NULL, sum(s.delta) FROM stored s JOIN ledger l ON l.tenant_id = $1 AND l.time = s.time AND l.key = s.key
        GROUP BY 1 HAVING sum(s.delta) <> 0 ORDER BY 3 DESC
        """;

    /// <summary>A group's use; null for an unknown group.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="question">About whom and when.</param>
    /// <param name="money">Whether costs may be seen.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<GroupResources?> GroupAsync(Tenant tenant, CommunityQuestion question, bool money, CancellationToken cancel)
    {
        if (await histories.GroupAsync(tenant, question.Group, cancel) is not { } reading) return null;
        var frame = CommunityFrame.Of(reading, question);
        var range = frame.Window.In(frame.Zone);
        var month = new TimeRange(frame.ReadAt - Duration.FromDays(StockForecast.WindowDays - 1), frame.ReadAt + Duration.FromTicks(10));
        // Four questions that do not need each other's answer.
        var (keeping, metering) = (storage.GroupAsync(tenant, reading.Key, month, cancel), usage.GroupAsync(tenant, reading.Key, range, byMember: false, cancel));
        var (byEvent, costing) = (ByEventAsync(tenant.Id, reading, month.To, cancel), money ? CostsAsync(tenant, reading, frame, cancel) : Task.FromResult<IReadOnlyList<ActiveCost>?>(null));
        await Task.WhenAll(keeping, metering, byEvent, costing);
        var kept = (await keeping)!;
        return new GroupResources(frame, kept, await byEvent, StockForecast.Fit(kept.Daily), (await metering)!.Carried, await costing);
    }

    private async Task<IReadOnlyList<StoredPart>> ByEventAsync(int tenantId, CommunityReading reading, Instant until, CancellationToken cancel)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        return await GroupStorageReports.PartsAsync(connection, ByEventSql, tenantId, [.. reading.Slugs.Select(s => "group:" + s)], until, cancel);
    }

    private async Task<IReadOnlyList<ActiveCost>?> CostsAsync(Tenant tenant, CommunityReading reading, CommunityFrame frame, CancellationToken cancel)
    {
        var last = BillingPeriod.Containing(frame.ReadAt, tenant.Zone).Previous();
        var month = new DayWindow(last.Range.From.InZone(tenant.Zone).Date, last.Range.To.InZone(tenant.Zone).Date.PlusDays(-1));
        (DayWindow Days, DateTimeZone Zone)[] asked = frame.Window == month ? [(month, tenant.Zone)] : [(frame.Window, frame.Zone), (month, tenant.Zone)];
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var billed = await db.Bills.Where(b => b.TenantId == tenant.Id && b.ReplacedAt == null).Select(b => b.Period).Distinct().ToHashSetAsync(cancel);
        var found = new List<ActiveCost>();
        foreach (var (days, zone) in asked)
        {
            var range = days.In(zone);
            if (tenant.CurrencyChangeIn(range) is not null || await costs.GroupAsync(tenant, reading.Key, range, cancel) is not { } cost) continue;
            var whole = true;
            for (var period = BillingPeriod.Containing(range.From, tenant.Zone); period.Range.From < range.To; period = period.Next()) whole &= billed.Contains(period.ToString());
            found.Add(new ActiveCost(
                days, zone, (await histories.ActiveAsync(tenant.Id, [reading], range, cancel))[reading.Key].Count, cost.UnitRateTotal, whole ? cost.PoolTotal : null, whole ? cost.Reconciliation.Idle : null,
                [.. cost.Pools.Select(p => (p.Pool, p.Driver)).Distinct()]));
        }
        return found.Count == 0 ? null : found;
    }
}
