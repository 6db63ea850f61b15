using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Forecasting;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>Gathers all that a decision depends on, from an account's own stored history: as it is now, or as it was.</summary>
public sealed class DecisionEvidence(
    IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog, StatementReports statements, CostReports costs, UsageReports usage, ForecastReports forecasts)
{
    private const int Cycles = 12;
    private const int DaysShown = 200;

    /// <summary>
    /// The inputs of a decision. Of a past instant: what is known today of that time, with the replies and plans of then, without
    /// reservations, and without what the account cost the platform. Null for an account that nobody ever saw, or not yet then.
    /// </summary>
    public async Task<DecisionInputs?> GatherAsync(Tenant tenant, string account, AppliedRule rule, Instant at, bool isPast, CancellationToken cancel)
    {
        if (!Carrier.TryParse(account, out var carrier)) return null;
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var name = carrier.IsUser
            ? await db.DirectoryUsers.Where(u => u.TenantId == tenant.Id && u.Key == carrier.Name).Select(u => u.Name ?? u.Key).SingleOrDefaultAsync(cancel)
            : await db.DirectoryGroups.Where(g => g.TenantId == tenant.Id && g.Key == carrier.Name).Select(g => g.Name ?? g.Key).SingleOrDefaultAsync(cancel);
        if (name is null) return null;
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var limits = await QuotaLimits.ReadAsync(db, tenant, account, at, cancel);
        var given = await OpenReplies.ReadAsync(db, tenant.Id, account, at, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var connection = snapshot.Connection;
        var meters = await catalog.GetAsync(connection, tenant.Id, cancel);
        var current = book.PlanAt(account, at);
        var offered = book.OfferedAt(at);
        var paid = book.CarriersOf(account, new TimeRange(at, at + Duration.FromTicks(10)));
        var carriers = paid.Select(c => c.Key).ToArray();
        var first = await FirstUseAsync(connection, tenant.Id, carriers, cancel);
        if (isPast && (first is null || first >= at)) return null;
        var period = BillingPeriod.Containing(at, tenant.Zone);
        var daily = await limits.DailyLevelsAsync(connection, tenant.Id, book, account, tenant.Zone, 400, cancel);
        var maxima = meters.All.Where(m => m.Meter.Aggregation == Aggregation.Max).Select(m => m.Meter.Slug).ToHashSet(StringComparer.Ordinal);
        var cycles = await CyclesAsync(connection, tenant, book, account, period, first, daily, maxima, cancel);

        var records = await forecasts.TrackRecordsAsync(tenant, account, cancel, at.InZone(tenant.Zone).Date);
        Backtest TrackOf(Meter meter) => records.TryGetValue(meter.Slug, out var record) ? Backtest.Of(record) : Backtest.None;
        var limited = new List<LimitedMeter>();
        foreach (var stored in meters.All.Where(m => m.Meter.IsPriceable && offered.Append(current).Any(p => p.Item(m.Meter.Slug)?.Limit is not null)))
        {
            var meter = stored.Meter;
            if (!meter.IsStorage && meter.Aggregation is not (Aggregation.Count or Aggregation.Sum)) continue;
            var row = isPast ? null : await usage.AccountRowAsync(connection, tenant, book, limits, account, stored, cancel);
            var effective = limits.Effective(account, meter.Slug, current);
            var atLimit = cycles.TakeLast(3).Count(c => AtLimit(c, meter, current, effective.Limit));
            var label = meter.Name.StartsWith("API", StringComparison.Ordinal) ? meter.Name : meter.Name.ToLowerInvariant();
            if (meter.IsStorage)
            {
                var level = row is null ? daily.Count > 0 ? daily[^1].Level : 0 : row.Used ?? 0;
                limited.Add(LimitedMeter.OfStock(meter.Slug, label, meter.Unit, effective, level, row?.Reserved ?? 0, at.InZone(tenant.Zone).Date,
                    [.. daily.TakeLast(DaysShown).Select(d => new DailyValue(d.Day, d.Level))], atLimit) with { Backtest = TrackOf(meter) });
                continue;
            }
            var amounts = await limits.DailyAmountsAsync(connection, tenant.Id, book, account, stored, tenant.Zone, cancel);
            var start = period.Range.From.InZone(tenant.Zone).Date;
            var forecast = FlowForecast.Fit(amounts, start, period.Range.To.InZone(tenant.Zone).Date);
            var used = row is null ? amounts.Where(a => a.Day >= start).Sum(a => a.Amount) : row.Used ?? 0;
            limited.Add(LimitedMeter.OfFlow(meter.Slug, label, meter.Unit, effective, used, row?.Reserved ?? 0, forecast, [.. amounts.Select(a => new DailyValue(a.Day, a.Amount))], atLimit) with { Backtest = TrackOf(meter) });
        }
        // A snooze until nine tenths, or until the limit, does not hold where that much is used.
        var fullest = limited.Where(m => m.Limit.Limit > 0).Select(m => (m.Used + m.Reserved) / m.Limit.Limit).DefaultIfEmpty(0).Max();
        var replies = given.Where(g => !(fullest >= g.EndsAtShare)).Select(g => g.Reply).ToList();
        var days = first is { } begun ? Math.Max(0, (int)(at - begun).TotalDays) : 0;
        var version = offered.Count == 0 ? "none" : string.Join(' ', offered.Select(p => $"{p.Key}@{p.Version}"));
        return new DecisionInputs(
            account, name, at, tenant.TermsAt(at).Zone, current, offered, version, cycles, limited, days, replies,
            await AccountFiles.RemediesAsync(connection, tenant.Id, account, paid, offered, at, cancel), await AccountFiles.ContributorsAsync(connection, tenant.Id, carriers, at, cancel),
            isPast ? null : await PlatformCostAsync(tenant, book, account, period.Previous(), cancel),
            maxima, rule);
    }

    private static bool AtLimit(CycleUsage cycle, Meter meter, Plan plan, decimal? limit)
    {
        var used = meter.IsStorage ? cycle.PeakLevelBytes : cycle.Quantities.GetValueOrDefault(meter.Slug);
        if (limit is { } most && used >= most) return true;
        return plan.Item(meter.Slug) is { Price: not null } item && cycle.Quantities.GetValueOrDefault(meter.Slug) > item.Included;
    }

    private async Task<List<CycleUsage>> CyclesAsync(
        NpgsqlConnection connection, Tenant tenant, AccountBook book, string account, BillingPeriod running, Instant? first,
        IReadOnlyList<(LocalDate Day, decimal Level)> daily, HashSet<string> maxima, CancellationToken cancel)
    {
        var cycles = new List<CycleUsage>();
        if (first is not { } start) return cycles;
        var period = running;
        for (var i = 0; i < Cycles; i++)
        {
            period = period.Previous();
            // Before it paid for anything it had no use of its own: that is not a cycle of 0.
            if (period.Range.To <= start || book.CarriersOf(account, period.Range).Count == 0) break;
            var quantities = await QuantitiesAsync(connection, tenant, book, account, period, maxima, cancel);
            var levels = daily.Where(d => d.Day.Year == period.Year && d.Day.Month == period.Month).Select(d => d.Level).ToList();
            cycles.Insert(0, new CycleUsage(period, quantities, levels.Count > 0 ? levels.Max() : null));
        }
        return cycles;
    }

    /// <summary>What an account used in a month, as plans price it. Maxima do not add up over the stretches of a month.</summary>
    internal async Task<IReadOnlyDictionary<string, decimal>> QuantitiesAsync(
        NpgsqlConnection connection, Tenant tenant, AccountBook book, string account, BillingPeriod period, IReadOnlySet<string> maxima, CancellationToken cancel) =>
        (await statements.SegmentsAsync(connection, tenant, book, account, period, cancel)).SelectMany(s => s.Quantities).GroupBy(q => q.Key)
            .ToDictionary(g => g.Key, g => maxima.Contains(g.Key) ? g.Max(q => q.Value) : g.Sum(q => q.Value), StringComparer.Ordinal);

    private static async Task<Instant?> FirstUseAsync(NpgsqlConnection connection, int tenantId, string[] carriers, CancellationToken cancel)
    {
        await using var select = new NpgsqlCommand("SELECT min(hour) FROM rollup_hour WHERE tenant_id = $1 AND scope = 3 AND key = ANY($2) AND count <> 0", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = carriers } },
        };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        return await rows.ReadAsync(cancel) && !rows.IsDBNull(0) ? rows.GetFieldValue<Instant>(0) : null;
    }

    private async Task<PlatformCost?> PlatformCostAsync(Tenant tenant, AccountBook book, string account, BillingPeriod period, CancellationToken cancel)
    {
        Amount? total = null;
        foreach (var carrier in book.CarriersOf(account, period.Range).Select(c => c.Group is null ? c.Key : "group:" + c.Group).Distinct())
        {
            var cost = carrier.StartsWith("group:", StringComparison.Ordinal)
                ? await costs.GroupAsync(tenant, carrier[6..], period.Range, cancel)
                : await costs.UserAsync(tenant, carrier[5..], period.Range, cancel);
            if (cost is null || (cost.UnitRates.Count == 0 && cost.Reconciliation.Bill.Value == 0)) continue;
            // Real bills where there are any; the unit rates otherwise.
            var amount = cost.Reconciliation.Bill.Value > 0 ? cost.PoolTotal : cost.UnitRateTotal;
            total = total is { } others ? others + amount : amount;
        }
        return total is { } sum ? new PlatformCost(period.ToString(), sum.Value) : null;
    }
}
