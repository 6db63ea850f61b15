using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Attribution;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Forecasting;
using OpenMeet.Insights.Infrastructure.Jobs;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;

namespace OpenMeet.Insights.Infrastructure.Quotas;

/// <summary>
/// Counts the accounts by the state of their quotas. What it reads does not grow with the accounts' number of pages: a few statements for
/// each limited meter of a tenant, every quarter of an hour on one of the portals.
/// </summary>
public sealed class QuotaCensus(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog, TenantStore tenants, TimeProvider time)
{
    /// <summary>The states that are told, the harmless one first.</summary>
    public static IReadOnlyList<string> States { get; } = ["ok", "watch", "act", "over", "blocked"];

    /// <summary>The job that does it.</summary>
    public Job Job => new("quota-census", Duration.FromMinutes(15), RunAsync);

    private async Task<JobOutcome> RunAsync(CancellationToken cancel)
    {
        var counts = new Dictionary<(string Meter, string State), int>();
        foreach (var tenant in await tenants.ListAsync(cancel))
        {
            foreach (var (account, state) in await StatesAsync(tenant, cancel))
            {
                var key = (account.Meter.Meter.Slug, state.ToString().ToLowerInvariant());
                counts[key] = counts.GetValueOrDefault(key) + 1;
            }
        }
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        await db.QuotaCounts.ExecuteDeleteAsync(cancel);
        foreach (var meter in counts.Keys.Select(k => k.Meter).Distinct())
            db.QuotaCounts.AddRange(States.Select(state => new QuotaCount { Meter = meter, State = state, Accounts = counts.GetValueOrDefault((meter, state)) }));
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return new JobOutcome($"{counts.Values.Sum()} quotas counted.", counts.Values.Sum());
    }

    /// <summary>The state of every account and meter with a limit: the same states that the usage pages show.</summary>
    internal async Task<IReadOnlyList<(LimitedAccount Account, QuotaState State)>> StatesAsync(Tenant tenant, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var limits = await QuotaLimits.ReadAsync(db, tenant, null, now, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var meters = await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel);
        var states = new List<(LimitedAccount, QuotaState)>();
        foreach (var limited in (await LimitedAccounts.ReadAsync(db, tenant.Id, book, limits, meters, now, cancel)).GroupBy(l => l.Meter))
        {
            var used = await UsedAsync(snapshot.Connection, tenant, meters, book, limited.Key, now, cancel);
            var reaches = await ReachesAsync(snapshot.Connection, tenant, book, limited.Key, now, cancel);
            foreach (var one in limited)
            {
                var reserved = limits.Reserved(one.Account, one.Meter.Meter.Slug);
                states.Add((one, QuotaStanding.StateOf(used.GetValueOrDefault(one.Account), reserved, one.Limit.Limit, one.Limit.Kind, reaches(one)?.P50Days)));
            }
        }
        return states;
    }

    /// <summary>What counts against a meter's limit now, of all accounts at once; who has used nothing is absent. Levels by who pays now; what flows by who paid at the time.</summary>
    internal static async Task<Dictionary<string, decimal>> UsedAsync(
        NpgsqlConnection connection, Tenant tenant, MeterSet meters, AccountBook book, StoredMeter meter, Instant now, CancellationToken cancel)
    {
        var isLevel = meter.Meter.Aggregation == Aggregation.TimeWeightedSum;
        var range = isLevel ? new TimeRange(now, now + Duration.FromTicks(10)) : BillingPeriod.Containing(now, tenant.Zone).Range;
        var whole = await CarriedQuantities.ReadAsync(connection, tenant.Id, meters.Attribution, [meter], RollupScope.Carrier, null, range, cancel);
        var sums = new Dictionary<string, CarriedQuantity>(StringComparer.Ordinal);
        var parts = new List<(TimeRange Range, string Carrier, string Account)>();
        foreach (var ((carrier, _), quantity) in whole)
        {
            if (carrier.Length == 0) continue;
            if (!carrier.StartsWith("group:", StringComparison.Ordinal)) Add(carrier, quantity);
            else if (book.Payers(book.PresentSlug(carrier[6..]), range) is [var only]) Add(only.Account, quantity);
            else parts.AddRange(book.Payers(book.PresentSlug(carrier[6..]), range).Select(p => (p.Range, carrier, p.Account)));
        }
        // Groups that passed to another payer within the month are read once more for each stretch.
        foreach (var stretch in parts.GroupBy(p => p.Range))
        {
            var read = await CarriedQuantities.ReadAsync(connection, tenant.Id, meters.Attribution, [meter], RollupScope.Carrier, [.. stretch.Select(p => p.Carrier)], stretch.Key, cancel);
            foreach (var part in stretch) Add(part.Account, read.GetValueOrDefault((part.Carrier, meter.Id), CarriedQuantity.None));
        }
        return sums.ToDictionary(s => s.Key, s => isLevel ? s.Value.Level.ToDecimal() : s.Value.ValueOf(meter.Meter) ?? 0m, StringComparer.Ordinal);

        void Add(string account, CarriedQuantity quantity) => sums[account] = sums.GetValueOrDefault(account, CarriedQuantity.None) + quantity;
    }

    /// <summary>When accounts reach their limits of a meter, of all at once (or of those that pay for some carriers); null for a meter without a forecast.</summary>
    internal static async Task<Func<LimitedAccount, LimitDate?>> ReachesAsync(
        NpgsqlConnection connection, Tenant tenant, AccountBook book, StoredMeter meter, Instant now, CancellationToken cancel, IReadOnlyCollection<string>? only = null)
    {
        if (!ForecastBacktest.IsForecast(meter.Meter)) return _ => null;
        var today = now.InZone(tenant.Zone).Date;
        if (meter.Meter.IsStorage)
        {
            var first = today.PlusDays(1 - StockForecast.WindowDays);
            var levels = await DailySeries.StorageAsync(connection, tenant.Id, only, tenant.Zone, first, now, cancel);
            var payers = LimitedAccounts.CarriersAt(book, levels.Carriers, now);
            return one => StockForecast.Fit(levels.Levels(payers[one.Account], first, today)).WhenReaches(one.Limit.Limit!.Value);
        }
        var start = today.PlusDays(-FlowForecast.WeekdayWindowDays);
        var amounts = await DailySeries.AmountsAsync(connection, tenant.Id, meter, only, tenant.Zone, start, now, cancel);
        var paid = LimitedAccounts.CarriersAt(book, amounts.Carriers, now);
        var month = new LocalDate(today.Year, today.Month, 1);
        return one => FlowForecast.Fit(amounts.Amounts(paid[one.Account], start, today.PlusDays(-1)), month, month.PlusMonths(1)).WhenReaches(one.Limit.Limit!.Value);
    }
}
