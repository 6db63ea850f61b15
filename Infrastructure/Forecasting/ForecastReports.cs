using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Forecasting;

/// <summary>Where one meter of an account leads, with how its earlier forecasts did.</summary>
/// <param name="Meter">The meter.</param>
/// <param name="Limit">The limit in force.</param>
/// <param name="Reaches">When it is reached.</param>
/// <param name="AsOf">The last daily value; null without any.</param>
/// <param name="Days">Daily values that the fit used.</param>
/// <param name="Last">A level: its height now. A flow: what the period has up to <paramref name="AsOf"/>.</param>
/// <param name="ForDay">A level: 28 days ahead. A flow: the period's last day. Null where there are too few days for a fit, as the next three.</param>
/// <param name="P10">Lower end of the 80 % range on that day.</param>
/// <param name="P50">The middle.</param>
/// <param name="P90">Upper end.</param>
/// <param name="Method">How it is done, in words.</param>
/// <param name="Record">How earlier ones did.</param>
public sealed record MeterForecast(
    Meter Meter, EffectiveLimit Limit, LimitDate Reaches, LocalDate? AsOf, int Days, decimal? Last, LocalDate? ForDay, decimal? P10, decimal? P50, decimal? P90, string Method, TrackRecord Record);

/// <summary>Where an account leads.</summary>
/// <param name="Account"><c>user:key</c> or <c>group:slug</c>, the present one.</param>
/// <param name="PaidBy">Who pays, where it is not the account itself: the limits and forecasts stand there.</param>
/// <param name="CompleteTo">Every event answered by then is in.</param>
/// <param name="Meters">The meters with a limit that can be forecast.</param>
public sealed record AccountForecasts(string Account, string? PaidBy, Instant CompleteTo, IReadOnlyList<MeterForecast> Meters);

/// <summary>Forecasts with their track record: the same ones as the usage page's and the quota's state.</summary>
public sealed class ForecastReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog, TimeProvider time)
{
    /// <summary>The forecasts of an account; null for one that nobody ever saw.</summary>
    public async Task<AccountForecasts?> AccountAsync(Tenant tenant, string kind, string key, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var slug = kind == "group" ? await UsageReports.PresentGroupAsync(db, tenant.Id, key, cancel) : key;
        var known = kind == "group"
            ? await db.DirectoryGroups.AnyAsync(g => g.TenantId == tenant.Id && g.Key == slug, cancel)
            : await db.DirectoryUsers.AnyAsync(u => u.TenantId == tenant.Id && u.Key == slug, cancel);
        if (!known) return null;
        var (account, now) = ($"{kind}:{slug}", Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow())));
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        if (kind == "group" && book.PayerAt(slug, now) is var payer && payer != account) return new AccountForecasts(account, payer, now, []);
        var limits = await QuotaLimits.ReadAsync(db, tenant, account, now, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var meters = await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel);
        var records = await RecordsAsync(db, tenant.Id, account, cancel);
        var found = new List<MeterForecast>();
        foreach (var stored in meters.All.Where(m => m.IsWhole && ForecastBacktest.IsForecast(m.Meter)))
        {
            if (limits.Effective(account, stored.Meter.Slug, book.PlanAt(account, now)) is not { Limit: { } most } limit) continue;
            var record = TrackRecord.Of(records[stored.Meter.Slug], stored.Meter.IsStorage);
            found.Add(stored.Meter.IsStorage
                ? OfStock(stored.Meter, limit, most, StockForecast.Fit(await limits.DailyLevelsAsync(snapshot.Connection, tenant.Id, book, account, tenant.Zone, StockForecast.WindowDays, cancel)), record)
                : OfFlow(stored.Meter, limit, most, await limits.FlowAsync(snapshot.Connection, tenant.Id, book, account, stored, BillingPeriod.Containing(now, tenant.Zone), cancel), record));
        }
        return new AccountForecasts(account, null, now, found);
    }

    /// <summary>How the forecasts of one account and meter did; of a meter that is not forecast, one without facts.</summary>
    public async Task<TrackRecord> TrackRecordAsync(Tenant tenant, string account, string meter, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return TrackRecord.Of((await RecordsAsync(db, tenant.Id, account, cancel))[meter], meter == DefaultMeters.Storage);
    }

    /// <summary>How the forecasts of all meters of an account did, by the meter's slug; meters without a stored forecast are absent.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="account"><c>user:key</c> or <c>group:slug</c>.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <param name="before">Only forecasts of days before this one: as it was known then.</param>
    public async Task<IReadOnlyDictionary<string, TrackRecord>> TrackRecordsAsync(Tenant tenant, string account, CancellationToken cancel, LocalDate? before = null)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return (await RecordsAsync(db, tenant.Id, account, cancel))
            .ToDictionary(r => r.Key, r => TrackRecord.Of(r.Where(f => before is not { } day || f.ForDay < day), r.Key == DefaultMeters.Storage), StringComparer.Ordinal);
    }

    private static async Task<ILookup<string, MadeForecast>> RecordsAsync(InsightsDbContext db, int tenantId, string account, CancellationToken cancel) =>
        (await db.Forecasts.AsNoTracking().Where(f => f.TenantId == tenantId && f.Account == account).ToListAsync(cancel))
            .ToLookup(f => f.Meter, f => new MadeForecast(f.MadeOn, f.ForDay, f.P10, f.P50, f.P90, f.Actual, f.Backtested), StringComparer.Ordinal);

    private static MeterForecast OfStock(Meter meter, EffectiveLimit limit, decimal most, Forecast stock, TrackRecord record)
    {
        var (low, high) = stock.RangeAfter(StockForecast.WindowDays);
        return stock.IsFitted
            ? new MeterForecast(meter, limit, stock.WhenReaches(most), stock.AsOf, stock.Days, stock.Level, stock.AsOf?.PlusDays(StockForecast.WindowDays), low,
                stock.LevelAfter(StockForecast.WindowDays, stock.SlopePerDay), high, stock.Method, record)
            : new MeterForecast(meter, limit, stock.WhenReaches(most), stock.AsOf, stock.Days, stock.AsOf is null ? null : stock.Level, null, null, null, null, stock.Method, record);
    }

    private static MeterForecast OfFlow(Meter meter, EffectiveLimit limit, decimal most, FlowForecast flow, TrackRecord record) => flow.IsFitted
        ? new MeterForecast(meter, limit, flow.WhenReaches(most), flow.AsOf, flow.Days, flow.SoFar, flow.PeriodEnd.PlusDays(-1), flow.Low, flow.Expected, flow.High, flow.Method, record)
        : new MeterForecast(meter, limit, flow.WhenReaches(most), flow.AsOf, flow.Days, flow.AsOf is null ? null : flow.SoFar, null, null, null, null, flow.Method, record);
}
