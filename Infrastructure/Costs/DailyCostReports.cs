using System.Globalization;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Costs;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Attribution;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;

namespace OpenMeet.Insights.Infrastructure.Costs;

/// <summary>What one day cost by unit rates.</summary>
/// <param name="Day">Of the billing zone.</param>
/// <param name="Amounts">One for each meter of <see cref="DailyCosts.Meters"/>; null where no rate was in force on that day.</param>
public sealed record DailyCost(LocalDate Day, IReadOnlyList<Amount?> Amounts)
{
    /// <summary>The whole day's cost; null where no rate was in force.</summary>
    public Amount? Total => Amounts.OfType<Amount>().ToArray() is [var first, ..] known ? Amount.Sum(known, first.Currency) : null;
}

/// <summary>Unit-rate costs by day. The days add up to what the range costs by unit rates.</summary>
/// <param name="Currency">Of all amounts.</param>
/// <param name="Meters">The priced meters that cost anything in the range.</param>
/// <param name="Days">In order; a running range has its days to come, with what is stored as if nothing changes.</param>
public sealed record DailyCosts(Currency Currency, IReadOnlyList<Meter> Meters, IReadOnlyList<DailyCost> Days);

/// <summary>
/// Unit-rate costs by day of the billing zone: use times the rate in force, storage by its integral over the day. Meters that do not add
/// up over time have no daily cost.
/// </summary>
public sealed class DailyCostReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog, MeterReports meters, CostStore costs)
{
    /// <summary>The most days that are worked out; a longer range has no answer.</summary>
    public const int MostDays = 400;

    // Unit-rate costs keep 12 decimals; pages round.
    private const int CostDecimals = 12;

    /// <summary>The whole platform by day, what nobody carries included; null for too long a range.</summary>
    public async Task<DailyCosts?> PlatformAsync(Tenant tenant, TimeRange range, CancellationToken cancel)
    {
        range = tenant.InOneCurrency(range);
        if (DaysOf(tenant, range) is not { } days) return null;
        var priced = await PricedAsync(tenant, tenant.CurrencyAt(range.From), cancel);
        return await AddUpAsync(tenant, range, days, priced, async (stored, stretch) =>
        {
            // All carriers together are all events: the meter itself says it, in one question.
            var query = new MeterQuery(stretch.From, stretch.To, WindowSize.Day, tenant.Zone, [], [], new Dictionary<string, IReadOnlyList<string>>());
            var rows = await meters.QueryAsync(tenant.Id, stored, query, cancel);
            return [.. rows.Select(r => (new TimeRange(r.WindowStart, r.WindowEnd), r.Exact is { } exact ? decimal.Parse(exact, NumberStyles.Float, CultureInfo.InvariantCulture) : 0m))];
        });
    }

    /// <summary>A user or a group as carrier, by day; null for too long a range.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="account"><c>user:key</c> or <c>group:slug</c>.</param>
    /// <param name="range">From when to when.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<DailyCosts?> AccountAsync(Tenant tenant, string account, TimeRange range, CancellationToken cancel)
    {
        range = tenant.InOneCurrency(range);
        if (DaysOf(tenant, range) is not { } days) return null;
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        string[] keys = account.StartsWith("group:", StringComparison.Ordinal) ? [.. book.SlugsOf(book.PresentSlug(account[6..])).Select(s => "group:" + s)] : [account];
        var priced = await PricedAsync(tenant, tenant.CurrencyAt(range.From), cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        return await AddUpAsync(tenant, range, days, priced, async (stored, stretch) =>
        {
            TimeRange[] parts = [.. days.Select(d => d.Intersect(stretch)).OfType<TimeRange>()];
            var windows = await CarriedQuantities.WindowsAsync(
                snapshot.Connection, tenant.Id, tenant.Attribution, stored, RollupScope.Carrier, keys, [.. parts.Select(p => p.From), parts[^1].To], cancel);
            return [.. parts.Zip(windows, (part, window) => (part, window.ValueOf(stored.Meter) ?? 0m))];
        });
    }

    private async Task<List<(StoredMeter Meter, List<Rate> Rates)>> PricedAsync(Tenant tenant, string currency, CancellationToken cancel)
    {
        var known = await catalog.GetAsync(tenant.Id, cancel);
        return (await costs.RatesAsync(tenant.Id, cancel)).Where(r => r.Currency == currency).OrderBy(r => r.Id).GroupBy(r => r.Meter)
            .Select(g => (Meter: known.Find(g.Key), Rates: g.Select(r => new Rate(r.Meter, r.Cost, r.From)).ToList()))
            .Where(p => p.Meter is { Meter.IsAdditive: true }).Select(p => (p.Meter!, p.Rates)).OrderBy(p => p.Item1.Id).ToList();
    }

    private static List<TimeRange>? DaysOf(Tenant tenant, TimeRange range)
    {
        var days = new List<TimeRange>();
        for (var day = range.From.InZone(tenant.Zone).Date; tenant.Zone.AtStartOfDay(day).ToInstant() < range.To; day = day.PlusDays(1))
        {
            if (days.Count == MostDays) return null;
            if (new TimeRange(tenant.Zone.AtStartOfDay(day).ToInstant(), tenant.Zone.AtStartOfDay(day.PlusDays(1)).ToInstant()).Intersect(range) is { } part) days.Add(part);
        }
        return days;
    }

    private static async Task<DailyCosts> AddUpAsync(
        Tenant tenant, TimeRange range, List<TimeRange> days, List<(StoredMeter Meter, List<Rate> Rates)> priced,
        Func<StoredMeter, TimeRange, Task<IReadOnlyList<(TimeRange Range, decimal Value)>>> valuesAsync)
    {
        var amounts = days.Select(_ => new Amount?[priced.Count]).ToArray();
        for (var m = 0; m < priced.Count; m++)
        {
            var meter = priced[m].Meter.Meter;
            foreach (var (stretch, rate) in RateSchedule.Stretches(priced[m].Rates, range))
            {
                foreach (var (part, value) in await valuesAsync(priced[m].Meter, stretch))
                {
                    var day = days.FindIndex(d => d.Contains(part.From));
                    var quantity = meter.Aggregation == Aggregation.TimeWeightedSum ? value / 1_000_000_000m / BillingPeriod.Containing(part.From, tenant.Zone).Seconds : value;
                    var cost = (rate.UnitCost * quantity).Round(CostDecimals);
                    amounts[day][m] = amounts[day][m] is { } before ? before + cost : cost;
                }
            }
        }
        var used = Enumerable.Range(0, priced.Count).Where(m => amounts.Any(d => d[m] is { Value: not 0m })).ToArray();
        // Where nothing costs anything, a day with rates cost 0, and one without is unknown.
        var shown = used.Length > 0 ? used : [.. Enumerable.Range(0, priced.Count).Take(1)];
        return new DailyCosts(
            new Currency(tenant.CurrencyAt(range.From)), [.. shown.Select(m => priced[m].Meter.Meter)],
            [.. days.Select((d, i) => new DailyCost(d.From.InZone(tenant.Zone).Date, [.. shown.Select(m => amounts[i][m])]))]);
    }
}
