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

/// <summary>A carrier's share of one bill.</summary>
/// <param name="Pool">The bill's name.</param>
/// <param name="Driver">The meter by which it is shared.</param>
/// <param name="Share">The carrier's part of the bill, 0 to 1.</param>
/// <param name="Amount">Whole minor units.</param>
/// <param name="Estimated">Whether only a part of the bill's month was asked for, so that it is shared by seconds.</param>
/// <param name="Bill">The bill, or the asked part of it.</param>
public sealed record PoolLine(string Pool, string Driver, decimal Share, Amount Amount, bool Estimated, Amount Bill);

/// <summary>How much of the bills found a carrier.</summary>
/// <param name="Bill">All bills.</param>
/// <param name="Attributed">With a carrier.</param>
/// <param name="Unattributed">Without one.</param>
/// <param name="Idle">Declared as used by nobody.</param>
public sealed record Reconciliation(Amount Bill, Amount Attributed, Amount Unattributed, Amount Idle)
{
    /// <summary>Percent of all bills that found a carrier, 4 decimals; null without bills.</summary>
    public decimal? AttributedPercent => Bill.Value == 0 ? null : Rounding.HalfAwayFromZero(Attributed.Value / Bill.Value * 100m, 4);
}

/// <summary>
/// What a user or group costs the platform, in two views. A group's cost stays with the group: where the account also pays for groups
/// (<c>PaysForGroups</c>), its charge covers more than this cost.
/// </summary>
public sealed record AccountCosts(
    string Account, string Name, string? PaidBy, TimeRange Range, Currency Currency, IReadOnlyList<CostLine> UnitRates, IReadOnlyList<PoolLine> Pools, Reconciliation Reconciliation,
    bool PaysForGroups = false)
{
    /// <summary>Sum of the unit-rate lines.</summary>
    public Amount UnitRateTotal => Amount.Sum(UnitRates.Select(l => l.Amount), Currency);

    /// <summary>Sum of the shares of bills.</summary>
    public Amount PoolTotal => Amount.Sum(Pools.Select(l => l.Amount), Currency);
}

/// <summary>One carrier in the list of all costs.</summary>
public sealed record CarrierCost(string Account, string Name, Amount UnitRates, Amount Pools)
{
    /// <summary>Both views added, for the order of the list.</summary>
    public Amount Total => UnitRates + Pools;
}

/// <summary>A bill with how it was shared.</summary>
public sealed record SharedBill(string Pool, string Driver, Amount Amount, Amount Carried, Amount Unattributed, Amount Idle);

/// <summary>All costs of the platform over a range.</summary>
/// <param name="Range">From when to when.</param>
/// <param name="Currency">Of all amounts.</param>
/// <param name="Items">Carriers of the kind asked for, dearest first.</param>
/// <param name="UnitRates">The whole platform's unit-rate cost, unattributed included.</param>
/// <param name="Pools">The whole platform's bills without idle.</param>
/// <param name="UnattributedUnitRates">Unit-rate cost of what nobody carries.</param>
/// <param name="UnattributedPools">Shares of bills that nobody carries.</param>
/// <param name="Bills">Each bill.</param>
public sealed record PlatformCosts(
    TimeRange Range, Currency Currency, IReadOnlyList<CarrierCost> Items, Amount UnitRates, Amount Pools, Amount UnattributedUnitRates,
    Amount UnattributedPools, IReadOnlyList<SharedBill> Bills)
{
    /// <summary>Declared idle over all bills.</summary>
    public Amount Idle => Amount.Sum(Bills.Select(b => b.Idle), Currency);

    /// <summary>How much of the bills found a carrier.</summary>
    public Reconciliation Reconciliation => new(Amount.Sum(Bills.Select(b => b.Amount), Currency), Pools - UnattributedPools, UnattributedPools, Idle);
}

/// <summary>Amounts of two currencies do not add up: ask for each side of the change by itself.</summary>
/// <param name="before">The currency at the range's start.</param>
/// <param name="after">The currency at its end.</param>
/// <param name="change">When it changes.</param>
public sealed class MixedCurrenciesException(string before, string after, Instant change)
    : Exception($"The range has amounts in {before} and, from {Rfc3339.Format(change)}, in {after}; ask for each by itself.");

/// <summary>Works out what carriers cost the platform: unit rates in force at the time of use, and real bills shared by use.</summary>
public sealed class CostReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog)
{
    /// <summary>The costs of a user as carrier; null for a key that nobody ever saw.</summary>
    public async Task<AccountCosts?> UserAsync(Tenant tenant, string user, TimeRange range, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.DirectoryUsers.AsNoTracking().SingleOrDefaultAsync(u => u.TenantId == tenant.Id && u.Key == user, cancel) is not { } known) return null;
        return await AccountAsync(db, tenant, "user:" + user, known.Name ?? user, null, range, cancel);
    }

    /// <summary>The costs of a group, whoever pays for it; null for an unknown one.</summary>
    public async Task<AccountCosts?> GroupAsync(Tenant tenant, string slug, TimeRange range, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var group = await UsageReports.PresentGroupAsync(db, tenant.Id, slug, cancel);
        if (await db.DirectoryGroups.AsNoTracking().SingleOrDefaultAsync(g => g.TenantId == tenant.Id && g.Key == group, cancel) is not { } known) return null;
        var payer = (await AccountBook.ReadAsync(db, tenant, cancel)).PayerAt(group, range.To - Duration.FromTicks(10));
        return await AccountAsync(db, tenant, "group:" + group, known.Name ?? group, payer == "group:" + group ? null : payer, range, cancel);
    }

    /// <summary>The whole platform's costs by carrier, or by acting user where <paramref name="acted"/>.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="range">From when to when.</param>
    /// <param name="kind"><c>user</c> or <c>group</c>: which carriers are listed; null for both.</param>
    /// <param name="acted">Shares everything by acting user instead of by carrier.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<PlatformCosts> PlatformAsync(Tenant tenant, TimeRange range, string? kind, bool acted, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var reading = await OpenAsync(db, tenant, range, acted ? RollupScope.Subject : RollupScope.Carrier, cancel);
        await using var snapshot = reading.Snapshot;
        var unitRates = await UnitRatesAsync(reading, range, null, cancel);
        var pools = await PoolsAsync(db, reading, range, cancel);

        var zero = Amount.Zero(reading.Currency);
        Amount Sum(IEnumerable<Amount> amounts) => Amount.Sum(amounts, reading.Currency);
        var rateTotals = unitRates.GroupBy(l => l.Key).ToDictionary(g => g.Key, g => Sum(g.Select(l => l.Line.Amount)), StringComparer.Ordinal);
        var poolTotals = pools.SelectMany(p => p.ByCarrier).GroupBy(p => p.Key).ToDictionary(g => g.Key, g => Sum(g.Select(p => p.Value)), StringComparer.Ordinal);
        var names = new Dictionary<string, string?>(StringComparer.Ordinal);
        if (kind != "group") await foreach (var user in db.DirectoryUsers.Where(u => u.TenantId == tenant.Id).Select(u => new { u.Key, u.Name }).AsAsyncEnumerable().WithCancellation(cancel)) names["user:" + user.Key] = user.Name;
        if (kind != "user") await foreach (var group in db.DirectoryGroups.Where(g => g.TenantId == tenant.Id).Select(g => new { g.Key, g.Name }).AsAsyncEnumerable().WithCancellation(cancel)) names["group:" + group.Key] = group.Name;
        var items = rateTotals.Keys.Concat(poolTotals.Keys).Distinct().Where(k => k.StartsWith(kind is null ? "" : kind + ":", StringComparison.Ordinal) && k.Length > 0)
            .Select(k => new CarrierCost(k, names.GetValueOrDefault(k) ?? k[(k.IndexOf(':', StringComparison.Ordinal) + 1)..], rateTotals.GetValueOrDefault(k, zero), poolTotals.GetValueOrDefault(k, zero)))
            .Where(c => c.UnitRates.Value != 0 || c.Pools.Value != 0)
            .OrderByDescending(c => c.Total.Value).ThenBy(c => c.Account, StringComparer.Ordinal).ToList();
        return new PlatformCosts(
            range, reading.Currency, items, Sum(rateTotals.Values), Sum(pools.Select(p => p.Unattributed + p.Carried)), rateTotals.GetValueOrDefault("", zero),
            Sum(pools.Select(p => p.Unattributed)), [.. pools.Select(p => new SharedBill(p.Bill.Name, p.Bill.Driver, p.Amount, p.Carried, p.Unattributed, p.Idle))]);
    }

    private async Task<AccountCosts> AccountAsync(InsightsDbContext db, Tenant tenant, string carrier, string name, string? paidBy, TimeRange range, CancellationToken cancel)
    {
        var reading = await OpenAsync(db, tenant, range, RollupScope.Carrier, cancel);
        await using var snapshot = reading.Snapshot;
        var keys = carrier.StartsWith("group:", StringComparison.Ordinal) ? reading.Book.SlugsOf(carrier[6..]).Select(s => "group:" + s).ToArray() : [carrier];
        var lines = await UnitRatesAsync(reading, range, keys, cancel);
        var pools = await PoolsAsync(db, reading, range, cancel);
        Amount Sum(Func<Pool, Amount> part) => Amount.Sum(pools.Select(part), reading.Currency);
        return new AccountCosts(
            carrier, name, paidBy, range, reading.Currency, [.. lines.Select(l => l.Line)],
            [.. pools.Where(p => p.ByCarrier.GetValueOrDefault(carrier).Value != 0).Select(p => new PoolLine(
                p.Bill.Name, p.Bill.Driver, p.Amount.Value == 0 ? 0 : Rounding.HalfAwayFromZero(p.ByCarrier[carrier].Value / p.Amount.Value, 12), p.ByCarrier[carrier], p.Estimated, p.Amount))],
            new Reconciliation(Sum(p => p.Amount), Sum(p => p.Carried), Sum(p => p.Unattributed), Sum(p => p.Idle)),
            carrier.StartsWith("user:", StringComparison.Ordinal) && reading.Book.CarriersOf(carrier, range).Any(c => c.Group is not null));
    }

    private sealed record Reading(Snapshot Snapshot, Tenant Tenant, AccountBook Book, MeterSet Meters, IReadOnlyList<UnitRate> Rates, RollupScope Scope, Currency Currency);

    private async Task<Reading> OpenAsync(InsightsDbContext db, Tenant tenant, TimeRange range, RollupScope scope, CancellationToken cancel)
    {
        if (tenant.CurrencyChangeIn(range) is { } change)
            throw new MixedCurrenciesException(tenant.CurrencyAt(range.From), tenant.CurrencyAt(range.To - Duration.FromTicks(10)), change);
        var currency = tenant.CurrencyAt(range.From);
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var rates = await db.Rates.AsNoTracking().Where(r => r.TenantId == tenant.Id && r.Currency == currency).OrderBy(r => r.Id).ToListAsync(cancel);
        var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        return new Reading(snapshot, tenant, book, await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel), rates, scope, new Currency(currency));
    }

    // The key of a carrier in all answers: with the group's present slug; acting users become user:key, nobody stays empty.
    private static string KeyOf(Reading reading, string key) => reading.Scope == RollupScope.Carrier ? reading.Book.Present(key) : key.Length > 0 ? "user:" + key : "";

    private static async Task<List<(string Key, CostLine Line)>> UnitRatesAsync(Reading reading, TimeRange range, IReadOnlyCollection<string>? keys, CancellationToken cancel)
    {
        var asked = new List<(StoredMeter Stored, TimeRange Stretch, Rate Rate)>();
        foreach (var ofMeter in reading.Rates.GroupBy(r => r.Meter))
        {
            if (reading.Meters.Find(ofMeter.Key) is not { } stored) continue;
            var stretches = RateSchedule.Stretches(ofMeter.Select(r => new Rate(r.Meter, r.Cost, r.From)), range);
            if (stretches.Count > 0) StillCountingException.ThrowIfAny([stored]);
            asked.AddRange(stretches.Select(s => (stored, s.Range, s.Rate)));
        }
        // Rates that change on one day share their stretches, and so their reading.
        var read = new Dictionary<(TimeRange, int), Dictionary<string, decimal>>();
        foreach (var together in asked.GroupBy(a => a.Stretch))
        {
            foreach (var (meter, quantities) in await QuantitiesAsync(reading, [.. together.Select(a => a.Stored)], together.Key, keys, cancel)) read[(together.Key, meter)] = quantities;
        }
        var lines = new List<(string, CostLine)>();
        foreach (var (stored, stretch, rate) in asked)
        {
            var whole = stretch == range;
            foreach (var (key, quantity) in read[(stretch, stored.Id)].Where(q => q.Value != 0).OrderBy(q => q.Key, StringComparer.Ordinal))
            {
                lines.Add((key, CostLine.Of(
                    stored.Meter.Slug, quantity, stored.Meter.Aggregation == Aggregation.TimeWeightedSum ? "GB-months" : stored.Meter.Unit, rate.UnitCost,
                    whole ? null : stretch.From, whole ? null : stretch.To)));
            }
        }
        return lines;
    }

    // Priced quantities by meter and carrier. What adds up is read at once; levels month by month, since a GB-month has the length of its month.
    private static async Task<Dictionary<int, Dictionary<string, decimal>>> QuantitiesAsync(
        Reading reading, IReadOnlyCollection<StoredMeter> meters, TimeRange range, IReadOnlyCollection<string>? keys, CancellationToken cancel,
        Func<Meter, CarriedQuantity, decimal, decimal>? measure = null)
    {
        measure ??= (meter, quantity, seconds) => quantity.Priced(meter, seconds);
        var asked = meters.DistinctBy(m => m.Id).ToDictionary(m => m.Id);
        var quantities = asked.Keys.ToDictionary(m => m, _ => new Dictionary<string, decimal>(StringComparer.Ordinal));
        var monthly = asked.Values.ToLookup(m => m.Meter.Aggregation is not (Aggregation.Count or Aggregation.Sum));
        var first = BillingPeriod.Containing(range.From, reading.Tenant.Zone);
        await AddAsync(monthly[false], range, first.Seconds);
        if (!monthly[true].Any()) return quantities;
        for (var period = first; period.Range.From < range.To; period = period.Next())
        {
            if (period.Range.Intersect(range) is { } part) await AddAsync(monthly[true], part, period.Seconds);
        }
        return quantities;

        async Task AddAsync(IEnumerable<StoredMeter> of, TimeRange part, decimal seconds)
        {
            var read = await CarriedQuantities.ReadAsync(reading.Snapshot.Connection, reading.Tenant.Id, reading.Meters.Attribution, of, reading.Scope, keys, part, cancel);
            foreach (var ((key, meter), quantity) in read)
            {
                var (carrier, sums) = (KeyOf(reading, key), quantities[meter]);
                sums[carrier] = sums.GetValueOrDefault(carrier) + measure(asked[meter].Meter, quantity, seconds);
            }
        }
    }

    private sealed record Pool(Bill Bill, Amount Amount, Amount Idle, Amount Unattributed, IReadOnlyDictionary<string, Amount> ByCarrier, bool Estimated)
    {
        public Amount Carried => Amount.Sum(ByCarrier.Values, Amount.Currency);
    }

    private static async Task<List<Pool>> PoolsAsync(InsightsDbContext db, Reading reading, TimeRange range, CancellationToken cancel)
    {
        var pools = new List<Pool>();
        var (asked, currency) = (new Dictionary<string, BillingPeriod>(), reading.Currency.Code);
        for (var period = BillingPeriod.Containing(range.From, reading.Tenant.Zone); period.Range.From < range.To; period = period.Next()) asked[period.ToString()] = period;
        string[] months = [.. asked.Keys];
        var bills = await db.Bills.AsNoTracking().Where(b => b.TenantId == reading.Tenant.Id && months.Contains(b.Period) && b.Currency == currency && b.ReplacedAt == null)
            .OrderBy(b => b.Period).ThenBy(b => b.Name).ToListAsync(cancel);
        foreach (var ofMonth in bills.GroupBy(b => b.Period))
        {
            var period = asked[ofMonth.Key];
            StoredMeter[] drivers = [.. ofMonth.Select(b => reading.Meters.Find(b.Driver)).OfType<StoredMeter>()];
            StillCountingException.ThrowIfAny(drivers);
            // Weighed by the exact integral: a GB-month is rounded, and would break ties otherwise than they stand.
            var carried = await QuantitiesAsync(reading, drivers, period.Range, null, cancel, (driver, quantity, _) => quantity.ValueOf(driver) ?? 0m);
            foreach (var bill in ofMonth)
            {
                if (reading.Meters.Find(bill.Driver) is not { } driver) continue;
                var weights = new Dictionary<string, decimal>(carried[driver.Id], StringComparer.Ordinal);
                weights.Remove("", out var nobody);
                var shares = CostPool.Share(bill.Total, bill.IdlePercent, weights, nobody);
                var part = period.Range.Intersect(range)!.Value;
                pools.Add(part == period.Range
                    ? new Pool(bill, bill.Total, shares.Idle, shares.Unattributed, shares.ByCarrier, false)
                    : Part(bill, shares, part.Seconds / period.Seconds));
            }
        }
        return pools;
    }

    // A part of a month has its part of each share by seconds, in whole minor units: an estimate, marked as one.
    private static Pool Part(Bill bill, PoolShares shares, decimal part)
    {
        Amount Cut(Amount amount) => (amount * part).RoundToMinor();
        var byCarrier = shares.ByCarrier.ToDictionary(s => s.Key, s => Cut(s.Value), StringComparer.Ordinal);
        var (idle, unattributed) = (Cut(shares.Idle), Cut(shares.Unattributed));
        return new Pool(bill, idle + unattributed + Amount.Sum(byCarrier.Values, idle.Currency), idle, unattributed, byCarrier, true);
    }
}
