using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Attribution;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>One day of a meter.</summary>
/// <param name="Day">In the billing zone.</param>
/// <param name="Value">In the meter's unit: what the day added; of a level, where it stood at the day's end.</param>
public sealed record DayUsage(LocalDate Day, decimal Value);

/// <summary>What an account uses day by day: the parts of the figures on its usage page.</summary>
public sealed class DailyUsageReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog)
{
    /// <summary>Whether days of a meter can be told from its rollups and add up to its figure.</summary>
    public static bool Tells(Meter meter) => meter.Aggregation is Aggregation.Count or Aggregation.Sum or Aggregation.TimeWeightedSum;

    /// <summary>A meter of an account for several stretches of days, all from one state of the database.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="account">As in usage: what the account pays for; of a group that somebody else pays for, what the group carries.</param>
    /// <param name="slug">The meter.</param>
    /// <param name="stretches">First and last day of each, both included.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <returns>The days of each stretch; null for a meter that is unknown or cannot be told by day.</returns>
    /// <exception cref="StillCountingException">The meter's rollups are being made.</exception>
    public async Task<IReadOnlyList<IReadOnlyList<DayUsage>>?> ReadAsync(
        Tenant tenant, string account, string slug, IReadOnlyList<(LocalDate First, LocalDate Last)> stretches, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var meters = await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel);
        if (meters.Find(slug) is not { } stored || !Tells(stored.Meter)) return null;
        StillCountingException.ThrowIfAny([stored]);
        var read = new List<IReadOnlyList<DayUsage>>();
        foreach (var (first, last) in stretches)
        {
            LocalDate[] days = [.. Enumerable.Range(0, Period.DaysBetween(first, last) + 1).Select(first.PlusDays)];
            Instant[] bounds = [.. days.Append(last.PlusDays(1)).Select(d => tenant.Zone.AtStartOfDay(d).ToInstant())];
            var values = await ValuesAsync(snapshot.Connection, tenant, meters, stored, book, account, bounds, cancel);
            read.Add([.. days.Select((day, i) => new DayUsage(day, values[i].ToDecimal()))]);
        }
        return read;
    }

    private static async Task<Quantity[]> ValuesAsync(
        NpgsqlConnection connection, Tenant tenant, MeterSet meters, StoredMeter stored, AccountBook book, string account, Instant[] bounds, CancellationToken cancel)
    {
        var values = new Quantity[bounds.Length - 1];
        var range = new TimeRange(bounds[0], bounds[^1]);
        foreach (var stretch in CarriersOf(book, account, range).GroupBy(c => c.Range))
        {
            string[] keys = [.. stretch.Select(c => c.Key)];
            Instant[] own = [.. bounds.Select(b => Instant.Max(stretch.Key.From, Instant.Min(b, stretch.Key.To)))];
            var windows = Enumerable.Range(0, values.Length).Where(i => own[i] < own[i + 1]).ToArray();
            if (windows.Length == 0) continue;
            var read = await CarriedQuantities.WindowsAsync(
                connection, tenant.Id, meters.Attribution, stored, RollupScope.Carrier, keys, [.. windows.Select(i => own[i]), own[windows[^1] + 1]], cancel);
            for (var n = 0; n < windows.Length; n++)
            {
                // A level stands at a day's end only for who carries it then.
                if (stored.Meter.Aggregation != Aggregation.TimeWeightedSum) values[windows[n]] += read[n].Sum;
                else if (own[windows[n] + 1] == bounds[windows[n] + 1]) values[windows[n]] += read[n].Level;
            }
        }
        return values;
    }

    private static IReadOnlyList<PaidCarrier> CarriersOf(AccountBook book, string account, TimeRange range)
    {
        if (!account.StartsWith("group:", StringComparison.Ordinal)) return book.CarriersOf(account, range);
        var group = account[6..];
        return book.PayerAt(group, range.To - Duration.FromTicks(10)) == account
            ? book.CarriersOf(account, range)
            : [.. book.SlugsOf(group).Select(s => new PaidCarrier("group:" + s, group, range))];
    }
}
