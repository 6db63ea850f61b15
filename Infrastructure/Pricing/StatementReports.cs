using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Attribution;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>An account's statement of one period, or who pays instead.</summary>
/// <param name="Account">The account.</param>
/// <param name="Name">For people.</param>
/// <param name="Period">The month.</param>
/// <param name="PaidBy">Who pays, where it is not the account itself; then there are no lines.</param>
/// <param name="Statement">The rated statement.</param>
/// <param name="PlanName">The name of the plan that holds at the period's end (or now).</param>
public sealed record AccountStatement(string Account, string Name, BillingPeriod Period, string? PaidBy, Statement Statement, string? PlanName);

/// <summary>Works out what accounts owe by their plans.</summary>
public sealed class StatementReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog)
{
    /// <summary>A user's statement; null for a key that nobody ever saw.</summary>
    public async Task<AccountStatement?> UserAsync(Tenant tenant, string user, BillingPeriod period, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.DirectoryUsers.AsNoTracking().SingleOrDefaultAsync(u => u.TenantId == tenant.Id && u.Key == user, cancel) is not { } known) return null;
        return await RateAsync(db, tenant, "user:" + user, known.Name ?? user, period, cancel);
    }

    /// <summary>A group's statement; null for an unknown one.</summary>
    public async Task<AccountStatement?> GroupAsync(Tenant tenant, string slug, BillingPeriod period, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var group = await UsageReports.PresentGroupAsync(db, tenant.Id, slug, cancel);
        if (await db.DirectoryGroups.AsNoTracking().SingleOrDefaultAsync(g => g.TenantId == tenant.Id && g.Key == group, cancel) is not { } known) return null;
        return await RateAsync(db, tenant, "group:" + group, known.Name ?? group, period, cancel);
    }

    /// <summary>The priced quantities of an account in each stretch of one plan within a period: what statements and replays rate.</summary>
    public async Task<IReadOnlyList<RatedSegment>> SegmentsAsync(
        NpgsqlConnection connection, Tenant tenant, AccountBook book, string account, BillingPeriod period, CancellationToken cancel)
    {
        var meters = (await catalog.GetAsync(connection, tenant.Id, cancel)).All.Where(m => m.Meter.IsPriceable).ToList();
        var carriers = book.CarriersOf(account, period.Range);
        var segments = new List<RatedSegment>();
        foreach (var (range, plan) in book.PlansOf(account, period.Range))
        {
            var sums = new Dictionary<int, CarriedQuantity>();
            foreach (var stretch in carriers.Select(c => (c.Key, Range: c.Range.Intersect(range))).Where(c => c.Range is not null).GroupBy(c => c.Range!.Value))
            {
                foreach (var ((_, meter), quantity) in await CarriedQuantities.ReadAsync(connection, tenant.Id, meters, RollupScope.Carrier, [.. stretch.Select(c => c.Key)], stretch.Key, cancel))
                    sums[meter] = sums.GetValueOrDefault(meter, CarriedQuantity.None) + quantity;
            }
            segments.Add(new RatedSegment(range, plan, meters.Where(m => sums.ContainsKey(m.Id)).ToDictionary(m => m.Meter.Slug, m => sums[m.Id].Priced(m.Meter, period.Seconds))));
        }
        return segments;
    }

    private async Task<AccountStatement> RateAsync(InsightsDbContext db, Tenant tenant, string account, string name, BillingPeriod period, CancellationToken cancel)
    {
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var last = period.Range.To - Duration.FromTicks(10);
        if (account.StartsWith("group:", StringComparison.Ordinal) && book.Payers(account[6..], period.Range) is var payers && payers.All(p => p.Account != account))
            return new AccountStatement(account, name, period, payers[^1].Account, new Statement(null, null, book.Free.Currency, []), null);
        var segments = await SegmentsAsync(snapshot.Connection, tenant, book, account, period, cancel);
        // A group that took its plan within the period is its own account only from then on.
        var paid = account.StartsWith("group:", StringComparison.Ordinal)
            ? segments.SelectMany(s => book.Payers(account[6..], s.Range).Where(p => p.Account == account).Select(p => s with { Range = p.Range })).ToList()
            : segments;
        var meters = await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel);
        var maxima = meters.All.Where(m => m.Meter.Aggregation == Aggregation.Max).Select(m => m.Meter.Slug).ToHashSet(StringComparer.Ordinal);
        return new AccountStatement(account, name, period, null, StatementRating.Rate(period, paid, maxima), book.PlanAt(account, last).Name);
    }
}
