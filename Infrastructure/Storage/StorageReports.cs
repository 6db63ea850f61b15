using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Storage;

/// <summary>How an account's storage went and where it leads.</summary>
/// <param name="Levels">At the end of each day, in bytes; the last is now. Days before the first byte are absent.</param>
/// <param name="Forecast">From the last level on.</param>
public sealed record StorageOutlook(IReadOnlyList<(LocalDate Day, decimal Level)> Levels, Forecast Forecast);

/// <summary>Storage over time, by the same daily levels and the same forecast as the quota's state.</summary>
public sealed class StorageReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <summary>The last days of all that an account pays for now, with their forecast.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="account"><c>user:key</c> or <c>group:slug</c>, the present one.</param>
    /// <param name="days">How many daily levels; the forecast fits its own window of them.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<StorageOutlook> OutlookAsync(Tenant tenant, string account, int days, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var limits = await QuotaLimits.ReadAsync(db, tenant, account, now, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var levels = await limits.DailyLevelsAsync(snapshot.Connection, tenant.Id, book, account, tenant.Zone, Math.Max(days, StockForecast.WindowDays), cancel);
        return new StorageOutlook(levels, StockForecast.Fit(levels));
    }
}
