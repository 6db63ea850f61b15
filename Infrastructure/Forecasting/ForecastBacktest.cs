using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Jobs;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Forecasting;

/// <summary>
/// Each night: forecasts of every account and meter with a limit are stored, and those whose day has come get their fact. Who has none yet
/// gets those of past days as well, made from what is stored up to each of them and marked as made afterwards; so do nights that were missed.
/// </summary>
public sealed class ForecastBacktest(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog, TenantStore tenants, TimeProvider time)
{
    // Twelve Sundays whose levels of four weeks later are known, and the thirds of six months.
    private const int LevelDaysBack = 119;
    private const int FlowDaysBack = 220;
    private const int MissedNights = 60;
    private const int KeptDays = 400;
    private const int Chunk = 5_000;

    /// <summary>The job that does it.</summary>
    public Job Job => new("forecasts", Duration.FromHours(24), RunAsync);

    private async Task<JobOutcome> RunAsync(CancellationToken cancel)
    {
        var (made, met) = (0L, 0L);
        foreach (var tenant in await tenants.ListAsync(cancel))
        {
            var (own, ownMet) = await RunAsync(tenant, cancel);
            (made, met) = (made + own, met + ownMet);
        }
        return new JobOutcome($"{made} forecasts stored, {met} held against their facts.", made);
    }

    /// <summary>Does a tenant's work: how many forecasts were stored, and how many got their fact.</summary>
    public async Task<(long Made, long Met)> RunAsync(Tenant tenant, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        var lastDay = now.InZone(tenant.Zone).Date.PlusDays(-1);
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var limits = await QuotaLimits.ReadAsync(db, tenant, null, now, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var meters = await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel);
        var limited = (await LimitedAccounts.ReadAsync(db, tenant.Id, book, limits, meters, now, cancel)).Where(l => IsForecast(l.Meter.Meter)).ToList();
        var newest = await db.Forecasts.Where(f => f.TenantId == tenant.Id).GroupBy(f => new { f.Account, f.Meter })
            .Select(g => new { g.Key, Day = g.Max(f => f.MadeOn) }).ToDictionaryAsync(g => (g.Key.Account, g.Key.Meter), g => g.Day, cancel);
        await db.Forecasts.Where(f => f.TenantId == tenant.Id && f.MadeOn < lastDay.PlusDays(-KeptDays)).ExecuteDeleteAsync(cancel);

        var made = 0L;
        foreach (var ofMeter in limited.GroupBy(l => l.Meter))
        {
            var wanted = ofMeter.Select(l => (l.Account, Days: DaysToMake(ofMeter.Key.Meter, newest.TryGetValue((l.Account, ofMeter.Key.Meter.Slug), out var day) ? day : null, lastDay))).Where(w => w.Days.Count > 0).ToList();
            if (wanted.Count > 0) made += await MakeAsync(db, snapshot.Connection, tenant, book, ofMeter.Key, wanted, lastDay, cancel);
        }
        return (made, await MeetAsync(db, snapshot.Connection, tenant, book, meters, lastDay, cancel));
    }

    /// <summary>Whether there are forecasts of a meter: of storage, and of what is counted or summed.</summary>
    public static bool IsForecast(Meter meter)
    {
        ArgumentNullException.ThrowIfNull(meter);
        return meter.IsStorage || meter.Aggregation is Aggregation.Count or Aggregation.Sum;
    }

    private static List<LocalDate> DaysToMake(Meter meter, LocalDate? newest, LocalDate lastDay)
    {
        var first = newest is { } day ? LocalDate.Max(day.PlusDays(1), lastDay.PlusDays(-MissedNights)) : lastDay.PlusDays(-(meter.IsStorage ? LevelDaysBack : FlowDaysBack));
        return [.. Enumerable.Range(0, Math.Max(0, Period.DaysBetween(first, lastDay) + 1)).Select(first.PlusDays).Where(d => newest is not null || d == lastDay || TrackRecord.Counts(d, meter.IsStorage))];
    }

    private static async Task<long> MakeAsync(
        InsightsDbContext db, NpgsqlConnection connection, Tenant tenant, AccountBook book, StoredMeter meter, List<(string Account, List<LocalDate> Days)> wanted, LocalDate lastDay, CancellationToken cancel)
    {
        var window = meter.Meter.IsStorage ? StockForecast.WindowDays : FlowForecast.WeekdayWindowDays;
        var series = await SeriesAsync(connection, tenant, meter, wanted.Min(w => w.Days[0]).PlusDays(1 - window), lastDay, cancel);
        // Who pays for what on each of the days, worked out once for all accounts.
        var carriers = wanted.SelectMany(w => w.Days).Distinct().ToDictionary(d => d, d => LimitedAccounts.CarriersAt(book, series.Carriers, EndOf(d, tenant.Zone)));
        var (made, count) = (new List<StoredForecast>(), 0L);
        foreach (var (account, days) in wanted)
        {
            made.AddRange(days.Select(day => Make(tenant, meter.Meter, account, series, carriers[day][account], day, lastDay)).OfType<StoredForecast>());
            // An account's days are stored together: after a kill it has all of them or none.
            if (made.Count < Chunk && account != wanted[^1].Account) continue;
            count += await StoreAsync(db, tenant.Id, made, cancel);
            made.Clear();
        }
        return count;
    }

    private static StoredForecast? Make(Tenant tenant, Meter meter, string account, DailySeries series, IEnumerable<string> carriers, LocalDate day, LocalDate lastDay)
    {
        if (meter.IsStorage)
        {
            var stock = StockForecast.Fit(series.Levels(carriers, day.PlusDays(1 - StockForecast.WindowDays), day));
            if (!stock.IsFitted) return null;
            var (low, high) = stock.RangeAfter(StockForecast.WindowDays);
            return Stored(day.PlusDays(StockForecast.WindowDays), low, stock.LevelAfter(StockForecast.WindowDays, stock.SlopePerDay), high);
        }
        var next = day.PlusDays(1);
        var start = new LocalDate(next.Year, next.Month, 1);
        var flow = FlowForecast.Fit(series.Amounts(carriers, day.PlusDays(1 - FlowForecast.WeekdayWindowDays), day), start, start.PlusMonths(1));
        return flow.IsFitted ? Stored(start.PlusMonths(1).PlusDays(-1), flow.Low, flow.Expected, flow.High) : null;

        StoredForecast Stored(LocalDate forDay, decimal p10, decimal p50, decimal p90) => new()
        {
            TenantId = tenant.Id,
            Account = account,
            Meter = meter.Slug,
            MadeOn = day,
            ForDay = forDay,
            P10 = p10,
            P50 = p50,
            P90 = p90,
            Backtested = day < lastDay,
        };
    }

    private static async Task<long> StoreAsync(InsightsDbContext db, int tenantId, List<StoredForecast> made, CancellationToken cancel) => made.Count == 0 ? 0 : await db.Database.ExecuteSqlAsync($"""
        INSERT INTO forecast_made (tenant_id, account, meter, made_on, for_day, p10, p50, p90, backtested)
        SELECT {tenantId}, m.* FROM unnest({made.Select(m => m.Account).ToArray()}, {made.Select(m => m.Meter).ToArray()}, {made.Select(m => m.MadeOn).ToArray()}, {made.Select(m => m.ForDay).ToArray()},
            {made.Select(m => m.P10).ToArray()}, {made.Select(m => m.P50).ToArray()}, {made.Select(m => m.P90).ToArray()}, {made.Select(m => m.Backtested).ToArray()}) AS m
        ON CONFLICT DO NOTHING
        """, cancel);

    // Facts are taken as they are the night after their day, by who pays at its end.
    private static async Task<long> MeetAsync(
        InsightsDbContext db, NpgsqlConnection connection, Tenant tenant, AccountBook book, MeterSet meters, LocalDate lastDay, CancellationToken cancel)
    {
        var open = await db.Forecasts.Where(f => f.TenantId == tenant.Id && f.Actual == null && f.ForDay <= lastDay).Select(f => new { f.Account, f.Meter, f.ForDay }).Distinct().ToListAsync(cancel);
        var met = 0L;
        foreach (var ofMeter in open.GroupBy(o => o.Meter))
        {
            if (meters.Find(ofMeter.Key) is not { IsWhole: true } stored) continue;
            var first = ofMeter.Min(o => o.ForDay);
            var series = await SeriesAsync(connection, tenant, stored, new LocalDate(first.Year, first.Month, 1), lastDay, cancel);
            var facts = ofMeter.GroupBy(o => o.ForDay).SelectMany(ofDay =>
            {
                var carriers = LimitedAccounts.CarriersAt(book, series.Carriers, EndOf(ofDay.Key, tenant.Zone));
                return ofDay.Select(o => (o.Account, Day: o.ForDay, Actual: Fact(stored.Meter, series, carriers[o.Account], o.ForDay)));
            }).ToList();
            met += await db.Database.ExecuteSqlAsync($"""
                UPDATE forecast_made f SET actual = m.actual
                FROM unnest({facts.Select(f => f.Account).ToArray()}, {facts.Select(f => f.Day).ToArray()}, {facts.Select(f => f.Actual).ToArray()}) AS m (account, for_day, actual)
                WHERE f.tenant_id = {tenant.Id} AND f.meter = {ofMeter.Key} AND f.account = m.account AND f.for_day = m.for_day AND f.actual IS NULL
                """, cancel);
        }
        return met;
    }

    private static decimal Fact(Meter meter, DailySeries series, IEnumerable<string> carriers, LocalDate day) => meter.IsStorage
        ? series.Levels(carriers, day, day) is [.., var level] ? level.Level : 0m
        : series.Amounts(carriers, new LocalDate(day.Year, day.Month, 1), day).Sum(a => a.Amount);

    private static Task<DailySeries> SeriesAsync(NpgsqlConnection connection, Tenant tenant, StoredMeter meter, LocalDate first, LocalDate lastDay, CancellationToken cancel) => meter.Meter.IsStorage
        ? DailySeries.StorageAsync(connection, tenant.Id, null, tenant.Zone, first, EndOf(lastDay, tenant.Zone), cancel)
        : DailySeries.AmountsAsync(connection, tenant.Id, meter, null, tenant.Zone, first, EndOf(lastDay, tenant.Zone), cancel);

    private static Instant EndOf(LocalDate day, DateTimeZone zone) => zone.AtStartOfDay(day.PlusDays(1)).ToInstant() - Duration.FromTicks(10);
}
