using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>A limit of the draft that an account stands at, and does not stand at today.</summary>
/// <param name="Meter">The meter's slug.</param>
/// <param name="Used">What counts against it: the level now, or the most of a replayed month.</param>
/// <param name="Limit">The draft's limit.</param>
/// <param name="Kind">Whether it would stop.</param>
public sealed record LimitCrossing(string Meter, decimal Used, decimal Limit, LimitKind Kind);

/// <summary>What a draft would mean to one account.</summary>
/// <param name="Account">The account.</param>
/// <param name="Name">For people.</param>
/// <param name="Now">What the replayed months were charged.</param>
/// <param name="Draft">What they would have been charged.</param>
/// <param name="Crossings">Limits that it would stand at.</param>
public sealed record AccountImpact(string Account, string Name, decimal Now, decimal Draft, IReadOnlyList<LimitCrossing> Crossings)
{
    /// <summary>More (or less) to pay.</summary>
    public decimal Difference => Draft - Now;
}

/// <summary>A draft replayed on the own history of every account that it would touch. History, not a forecast: nobody changes behaviour in it.</summary>
/// <param name="Months">The replayed months, oldest first.</param>
/// <param name="Accounts">Every account on the plan, the greatest differences first.</param>
public sealed record Impact(IReadOnlyList<BillingPeriod> Months, IReadOnlyList<AccountImpact> Accounts);

/// <summary>Replays drafts of plans before they are published.</summary>
public sealed class PlanImpact(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, StatementReports statements, UsageReports usage, MeterCatalog catalog, TimeProvider time)
{
    /// <summary>Replays a draft over the last complete months.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="draft">The draft.</param>
    /// <param name="months">How many months, 1 to 12.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<Impact> ReplayAsync(Tenant tenant, Plan draft, int months, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var limits = await QuotaLimits.ReadAsync(db, tenant, null, now, cancel);
        var periods = new List<BillingPeriod>();
        for (var period = BillingPeriod.Containing(now, tenant.Zone).Previous(); periods.Count < months; period = period.Previous()) periods.Insert(0, period);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var maxima = await statements.MaximaAsync(snapshot.Connection, tenant.Id, cancel);
        var meters = await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel);
        var touched = new List<AccountImpact>();
        foreach (var (account, name) in await AccountsAsync(db, tenant.Id, cancel))
        {
            if (account.StartsWith("group:", StringComparison.Ordinal) && book.PayerAt(account[6..], now) != account) continue;
            var current = book.PlanAt(account, now);
            if (current.Key != draft.Key) continue;
            var (paid, wouldPay) = (0m, 0m);
            var most = new Dictionary<string, decimal>(StringComparer.Ordinal);
            foreach (var period in periods)
            {
                if (await statements.PaidSegmentsAsync(snapshot.Connection, tenant, book, account, period, cancel) is not { Count: > 0 } segments) continue;
                paid += StatementRating.Rate(period, segments, maxima).Total;
                wouldPay += StatementRating.Rate(period, [.. segments.Select(s => s with { Plan = draft })], maxima).Total;
                foreach (var item in draft.Items) most[item.Meter] = Math.Max(most.GetValueOrDefault(item.Meter), segments.Sum(s => s.Quantity(item.Meter)));
            }
            var crossings = new List<LimitCrossing>();
            foreach (var item in draft.Items.Where(i => i.Limit is not null))
            {
                if (meters.Find(item.Meter) is not { IsWhole: true } stored) continue;
                var used = stored.Meter.Aggregation == Aggregation.TimeWeightedSum
                    ? (await usage.AccountRowAsync(db, snapshot.Connection, tenant, book, limits, account, stored, cancel)).Used ?? 0m
                    : most.GetValueOrDefault(item.Meter);
                var today = limits.Effective(account, item.Meter, current).Limit;
                if (used >= item.Limit && !(used >= today)) crossings.Add(new LimitCrossing(item.Meter, used, item.Limit.Value, item.LimitKind));
            }
            touched.Add(new AccountImpact(account, name, paid, wouldPay, crossings));
        }
        return new Impact(periods, [.. touched.OrderByDescending(a => Math.Abs(a.Difference)).ThenBy(a => a.Account, StringComparer.Ordinal)]);
    }

    private static async Task<List<(string Account, string Name)>> AccountsAsync(InsightsDbContext db, int tenantId, CancellationToken cancel)
    {
        var users = await db.DirectoryUsers.Where(u => u.TenantId == tenantId && u.ErasedAt == null).Select(u => new { u.Key, u.Name }).ToListAsync(cancel);
        var groups = await db.DirectoryGroups.Where(g => g.TenantId == tenantId).Select(g => new { g.Key, g.Name }).ToListAsync(cancel);
        return [.. users.Select(u => ("user:" + u.Key, u.Name ?? u.Key)), .. groups.Select(g => ("group:" + g.Key, g.Name ?? g.Key))];
    }
}
