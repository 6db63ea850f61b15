using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Attribution;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Fleet;

/// <summary>
/// All accounts with plan, cost, growth and nearest limit. Every column is read for all accounts at once, so that a page of ten thousand
/// takes a few statements; dates and revenue are worked out for the rows of a page alone.
/// </summary>
public sealed class FleetReports(
    IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, CostReports costs, StatementReports statements, MeterCatalog catalog, TimeProvider time)
{
    /// <summary>How many days growth looks back; it is held against as many days before.</summary>
    public const int GrowthDays = 28;

    /// <summary>The orders of the list; a hyphen before the word turns it round.</summary>
    public static IReadOnlyList<string> Sorts { get; } = ["-cost", "-growth", "-limit", "name", "plan", "-storage", "-people"];

    /// <summary>How many users there are.</summary>
    public async Task<int> UsersAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.DirectoryUsers.CountAsync(u => u.TenantId == tenantId && u.ErasedAt == null, cancel);
    }

    /// <summary>All accounts that match.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="filter">Which accounts.</param>
    /// <param name="sort">One of <see cref="Sorts"/>, with or without its hyphen.</param>
    /// <param name="cycle">The month whose cost is read.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<FleetList> ListAsync(Tenant tenant, FleetFilter filter, string sort, BillingPeriod cycle, CancellationToken cancel) =>
        (await ReadAsync(tenant, filter, sort, cycle, cancel)).List;

    private sealed record Reading(FleetList List, AccountBook Book);

    private async Task<Reading> ReadAsync(Tenant tenant, FleetFilter filter, string sort, BillingPeriod cycle, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(filter);
        var now = Now();
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var platform = await costs.PlatformAsync(tenant, cycle.Range, null, acted: false, cancel);
        var costOf = platform.Items.ToDictionary(i => i.Account, StringComparer.Ordinal);
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var limits = await QuotaLimits.ReadAsync(db, tenant, null, now, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var meters = await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel);
        var storage = meters.Find(DefaultMeters.Storage) is { IsWhole: true } whole ? whole : null;
        var levels = storage is null ? [] : await LevelsAsync(snapshot.Connection, tenant, meters, storage, book, now, cancel);
        var nearest = await NearestAsync(db, snapshot.Connection, tenant, meters, book, limits, now, cancel);
        var known = await FleetDirectory.ReadAsync(db, tenant.Id, cancel);
        var names = known.ToDictionary(k => k.Account, k => k.Name, StringComparer.Ordinal);
        var zero = Amount.Zero(platform.Currency);
        var hasBills = platform.Bills.Count > 0;
        var last = Instant.Min(now, cycle.Range.To - Duration.FromTicks(10));
        var ofGroups = new Dictionary<string, Amount>(StringComparer.Ordinal);
        foreach (var group in known.Where(k => k.Account.StartsWith("group:", StringComparison.Ordinal)))
        {
            if (book.PayerAt(group.Account[6..], last) is var payer && payer != group.Account) ofGroups[payer] = ofGroups.GetValueOrDefault(payer, zero) + CostOf(group.Account);
        }
        var rows = known.Where(k => filter.Kind is null || k.Account.StartsWith(filter.Kind + ":", StringComparison.Ordinal)).Select(Row).Where(filter.Matches).ToList();
        return new Reading(new FleetList(FleetOrder.Sorted(rows, sort), known.Count, cycle, hasBills, platform.Currency), book);

        FleetRow Row(KnownAccount one)
        {
            var account = one.Account;
            var payer = account.StartsWith("group:", StringComparison.Ordinal) ? book.PayerAt(account[6..], now) : account;
            var level = levels.GetValueOrDefault(account);
            return new FleetRow(
                account, one.Name, payer == account ? book.PlanAt(account, now) : null, payer == account ? null : payer,
                costOf.GetValueOrDefault(account)?.UnitRates ?? zero, hasBills ? costOf.GetValueOrDefault(account)?.Pools ?? zero : null, ofGroups.TryGetValue(account, out var groups) ? groups : null,
                level.Now, level.Grown, level.Before, payer == account ? nearest.GetValueOrDefault(account) : Ceiling(account, level.Now), one.People)
            {
                Payer = payer == account ? null : names.GetValueOrDefault(payer, payer),
            };
        }

        Amount CostOf(string account) => costOf.TryGetValue(account, out var cost) ? hasBills ? cost.Pools : cost.UnitRates : zero;

        // A group that somebody else pays for has only its own override as a ceiling.
        NearestLimit? Ceiling(string account, decimal level) => storage is not null && limits.Effective(account, DefaultMeters.Storage, null) is { Limit: not null } limit
            ? new NearestLimit(storage, level, limits.ReservedIn(book.SlugsOf(account[6..]), DefaultMeters.Storage), limit) : null;
    }

    /// <summary>A page of those that match, with dates and revenue.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="filter">Which accounts.</param>
    /// <param name="sort">One of <see cref="Sorts"/>, with or without its hyphen.</param>
    /// <param name="skip">Rows before the page.</param>
    /// <param name="take">Rows of the page.</param>
    /// <param name="cycle">The month whose cost and revenue are read.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<FleetPage> PageAsync(Tenant tenant, FleetFilter filter, string sort, int skip, int take, BillingPeriod cycle, CancellationToken cancel)
    {
        var (list, book) = await ReadAsync(tenant, filter, sort, cycle, cancel);
        var rows = list.Rows.Skip(skip).Take(take).ToList();
        var asked = await statements.ManyAsync(tenant, rows.Where(r => r.PaidBy is null).Select(r => (r.Account, r.Name)), cycle, cancel);
        var dates = await DatesAsync(tenant, book, rows, cancel);
        return new FleetPage(list, [.. rows.Select(row => new FleetPageRow(
            row, dates.GetValueOrDefault(row.Account), asked.TryGetValue(row.Account, out var statement) && statement.PaidBy is null ? new Amount(statement.Statement.Total, statement.Statement.Currency) : null))]);
    }

    // When the nearest limits of some accounts are reached, read together for each meter.
    private async Task<Dictionary<string, LimitDate?>> DatesAsync(Tenant tenant, AccountBook book, List<FleetRow> rows, CancellationToken cancel)
    {
        var now = Now();
        var moment = new TimeRange(now, now + Duration.FromTicks(10));
        var dates = new Dictionary<string, LimitDate?>(StringComparer.Ordinal);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        foreach (var ofMeter in rows.Where(r => r is { PaidBy: null, Nearest: not null }).GroupBy(r => r.Nearest!.Meter))
        {
            string[] carriers = [.. ofMeter.SelectMany(r => book.CarriersOf(r.Account, moment)).Select(c => c.Key)];
            var reaches = await QuotaCensus.ReachesAsync(snapshot.Connection, tenant, book, ofMeter.Key, now, cancel, carriers);
            foreach (var row in ofMeter) dates[row.Account] = reaches(new LimitedAccount(row.Account, ofMeter.Key, row.Nearest!.Limit));
        }
        return dates;
    }

    private Instant Now() => Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));

    // Of each account: all carriers that it pays for now. A group keeps its own level, whoever pays.
    private static async Task<Dictionary<string, (decimal Now, decimal Grown, decimal Before)>> LevelsAsync(
        NpgsqlConnection connection, Tenant tenant, MeterSet meters, StoredMeter storage, AccountBook book, Instant now, CancellationToken cancel)
    {
        var levels = new Dictionary<string, (decimal Now, decimal Grown, decimal Before)>(StringComparer.Ordinal);
        var window = Duration.FromDays(GrowthDays);
        var end = now + Duration.FromTicks(10);
        foreach (var (isLast, range) in ((bool, TimeRange)[])[(true, new TimeRange(end - window, end)), (false, new TimeRange(end - window - window, end - window))])
        {
            foreach (var ((key, _), quantity) in await CarriedQuantities.ReadAsync(connection, tenant.Id, meters.Attribution, [storage], RollupScope.Carrier, null, range, cancel))
            {
                if (key.Length == 0) continue;
                var carrier = book.Present(key);
                Add(carrier, quantity, isLast);
                if (carrier.StartsWith("group:", StringComparison.Ordinal) && book.PayerAt(carrier[6..], now) is var payer && payer != carrier) Add(payer, quantity, isLast);
            }
        }
        return levels;

        void Add(string account, CarriedQuantity quantity, bool isLast)
        {
            var (level, grown, before) = levels.GetValueOrDefault(account);
            levels[account] = isLast ? (level + quantity.Level.ToDecimal(), grown + quantity.Sum.ToDecimal(), before) : (level, grown, before + quantity.Sum.ToDecimal());
        }
    }

    private static async Task<Dictionary<string, NearestLimit>> NearestAsync(
        InsightsDbContext db, NpgsqlConnection connection, Tenant tenant, MeterSet meters, AccountBook book, QuotaLimits limits, Instant now, CancellationToken cancel)
    {
        var nearest = new Dictionary<string, NearestLimit>(StringComparer.Ordinal);
        foreach (var limited in (await LimitedAccounts.ReadAsync(db, tenant.Id, book, limits, meters, now, cancel)).GroupBy(l => l.Meter))
        {
            var used = await QuotaCensus.UsedAsync(connection, tenant, meters, book, limited.Key, now, cancel);
            foreach (var one in limited)
            {
                var limit = new NearestLimit(one.Meter, used.GetValueOrDefault(one.Account), limits.Reserved(one.Account, one.Meter.Meter.Slug), one.Limit);
                if (!nearest.TryGetValue(one.Account, out var fullest) || limit.Share > fullest.Share) nearest[one.Account] = limit;
            }
        }
        return nearest;
    }
}
