using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Storage;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>A dry run of a way to make room: the files that it stands for.</summary>
/// <param name="Way">Its key.</param>
/// <param name="Title">What one would do.</param>
/// <param name="Count">How many files.</param>
/// <param name="Bytes">What would be free; of a cap, what would not have been stored.</param>
/// <param name="Files">The largest of them.</param>
/// <param name="At">When it was looked.</param>
public sealed record WayFiles(string Way, string Title, long Count, decimal Bytes, IReadOnlyList<StoredFile> Files, Instant At);

/// <summary>Shows what a way to make room would do. Nothing is deleted here, or anywhere in this service.</summary>
public sealed class WayReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <summary>Files that a dry run names.</summary>
    public const int MostFiles = 100;

    /// <summary>The files behind a way; null for a way that stands for none.</summary>
    public async Task<WayFiles?> FilesAsync(Tenant tenant, string account, string way, CancellationToken cancel)
    {
        if (AccountFiles.Way(way) is not { } known) return null;
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var paid = book.CarriersOf(account, new TimeRange(now, now + Duration.FromTicks(10)));
        var (count, bytes, files) = await AccountFiles.ListAsync(snapshot.Connection, tenant.Id, account, paid, known, now, MostFiles, cancel);
        return new WayFiles(known.Key, known.Title, count, bytes, files, now);
    }
}
