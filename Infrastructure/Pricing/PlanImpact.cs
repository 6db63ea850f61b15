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

/// <summary>What one cycle of an account was charged, and would have been.</summary>
/// <param name="Now">Charged, as its plans of then have it.</param>
/// <param name="Draft">By the draft.</param>
public readonly record struct CycleCharge(decimal Now, decimal Draft);

/// <summary>What a draft would mean to one account.</summary>
/// <param name="Account">The account.</param>
/// <param name="Name">For people.</param>
/// <param name="Cycles">One for each replayed month; zeros before its first plan or use.</param>
/// <param name="HasHistory">Whether it had a plan or used anything in the replayed months.</param>
/// <param name="Crossings">Limits that it would stand at.</param>
public sealed record AccountImpact(string Account, string Name, IReadOnlyList<CycleCharge> Cycles, bool HasHistory, IReadOnlyList<LimitCrossing> Crossings)
{
    /// <summary>What the replayed months were charged.</summary>
    public decimal Now => Cycles.Sum(c => c.Now);

    /// <summary>What they would have been charged.</summary>
    public decimal Draft => Cycles.Sum(c => c.Draft);

    /// <summary>More (or less) to pay.</summary>
    public decimal Difference => Draft - Now;
}

/// <summary>A draft replayed on the own history of every account that it would touch. History, not a forecast: nobody changes behaviour in it.</summary>
/// <param name="Months">The replayed months, oldest first.</param>
/// <param name="Accounts">Every account on the plan, the greatest differences first.</param>
public sealed record Impact(IReadOnlyList<BillingPeriod> Months, IReadOnlyList<AccountImpact> Accounts)
{
    /// <summary>The same accounts over the last months alone. Crossings stay those of all months.</summary>
    public Impact Last(int months) => new([.. Months.TakeLast(months)], InOrder(Accounts.Select(a => a with { Cycles = [.. a.Cycles.TakeLast(months)] })));

    internal static IReadOnlyList<AccountImpact> InOrder(IEnumerable<AccountImpact> accounts) =>
        [.. accounts.OrderByDescending(a => Math.Abs(a.Difference)).ThenBy(a => a.Account, StringComparer.Ordinal)];
}

/// <summary>Replays drafts of plans before they are published, and looks afterwards at what came. All carriers of a month are read at once.</summary>
public sealed class PlanImpact(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, StatementReports statements, MeterCatalog catalog, TimeProvider time)
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
        var levels = await LevelsAsync(snapshot.Connection, tenant, book, draft, now, cancel);
        var replayed = (await OnPlanAsync(db, tenant.Id, book, p => p.Key == draft.Key, now, cancel)).ConvertAll(a => new Replayed(a.Account, a.Name));
        foreach (var period in periods)
        {
            var use = await statements.UseAsync(snapshot.Connection, tenant, period, cancel);
            foreach (var one in replayed)
            {
                var segments = await statements.PaidSegmentsAsync(snapshot.Connection, tenant, book, one.Account, period, cancel, use);
                one.HasHistory |= segments is { Count: > 0 } && (book.HasPlan(one.Account, period.Range.To) || segments.Any(s => s.Quantities.Values.Any(q => q != 0)));
                // What was before the first plan and the first use was no customer: it is charged nothing.
                if (segments is not { Count: > 0 } || !one.HasHistory) one.Cycles.Add(default);
                else
                {
                    one.Cycles.Add(new CycleCharge(
                        StatementRating.Rate(period, segments, maxima).Total, StatementRating.Rate(period, [.. segments.Select(s => s with { Plan = draft })], maxima).Total));
                    foreach (var item in draft.Items) one.Most[item.Meter] = Math.Max(one.Most.GetValueOrDefault(item.Meter), segments.Sum(s => s.Quantity(item.Meter)));
                }
            }
        }
        var meters = await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel);
        return new Impact(periods, Impact.InOrder(replayed.Select(one => new AccountImpact(one.Account, one.Name, one.Cycles, one.HasHistory, [.. Crossings(one)]))));

        IEnumerable<LimitCrossing> Crossings(Replayed one)
        {
            var current = book.PlanAt(one.Account, now);
            foreach (var item in draft.Items.Where(i => i.Limit is not null && meters.Find(i.Meter) is { IsWhole: true }))
            {
                var used = levels.TryGetValue(item.Meter, out var level) ? level.GetValueOrDefault(one.Account) : one.Most.GetValueOrDefault(item.Meter);
                if (used >= item.Limit && !(used >= limits.Effective(one.Account, item.Meter, current).Limit)) yield return new LimitCrossing(item.Meter, used, item.Limit.Value, item.LimitKind);
            }
        }
    }

    /// <summary>What came of a published version: its accounts in the first whole month since an instant. Null while no month is complete since.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="plan">The version.</param>
    /// <param name="since">Since when it was to be looked at.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<PlanOutcome?> OutcomeAsync(Tenant tenant, Plan plan, Instant since, CancellationToken cancel)
    {
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        if (PlanOutcome.MonthSince(since, tenant.Zone) is var month && month.Range.To > now) return null;
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var maxima = await statements.MaximaAsync(snapshot.Connection, tenant.Id, cancel);
        var end = month.Range.To - Duration.FromTicks(10);
        var levels = await LevelsAsync(snapshot.Connection, tenant, book, plan, end, cancel);
        var use = await statements.UseAsync(snapshot.Connection, tenant, month, cancel);
        var (accounts, revenue, over) = (0, 0m, 0);
        foreach (var (account, _) in await OnPlanAsync(db, tenant.Id, book, p => p.Key == plan.Key && p.Version == plan.Version, end, cancel))
        {
            if (await statements.PaidSegmentsAsync(snapshot.Connection, tenant, book, account, month, cancel, use) is not { Count: > 0 } segments) continue;
            accounts++;
            revenue += StatementRating.Rate(month, segments, maxima).Total;
            if (plan.Items.Any(i => i.Limit is { } limit && (levels.TryGetValue(i.Meter, out var level) ? level.GetValueOrDefault(account) : segments.Sum(s => s.Quantity(i.Meter))) >= limit)) over++;
        }
        return new PlanOutcome(month, accounts, revenue, over);
    }

    // Levels at an instant of the meters that a plan limits; what flows has none.
    private async Task<Dictionary<string, Dictionary<string, decimal>>> LevelsAsync(NpgsqlConnection connection, Tenant tenant, AccountBook book, Plan plan, Instant at, CancellationToken cancel)
    {
        var meters = await catalog.GetAsync(connection, tenant.Id, cancel);
        var levels = new Dictionary<string, Dictionary<string, decimal>>(StringComparer.Ordinal);
        foreach (var item in plan.Items.Where(i => i.Limit is not null))
        {
            if (meters.Find(item.Meter) is { IsWhole: true, Meter.Aggregation: Aggregation.TimeWeightedSum } stored)
                levels[item.Meter] = await QuotaCensus.UsedAsync(connection, tenant, meters, book, stored, at, cancel);
        }
        return levels;
    }

    private static async Task<List<(string Account, string Name)>> OnPlanAsync(InsightsDbContext db, int tenantId, AccountBook book, Func<Plan, bool> isIt, Instant at, CancellationToken cancel)
    {
        var users = await db.DirectoryUsers.Where(u => u.TenantId == tenantId && u.ErasedAt == null).Select(u => new { u.Key, u.Name }).ToListAsync(cancel);
        var groups = await db.DirectoryGroups.Where(g => g.TenantId == tenantId).Select(g => new { g.Key, g.Name }).ToListAsync(cancel);
        var paying = groups.Where(g => book.PayerAt(g.Key, at) == "group:" + g.Key);
        return [.. users.Select(u => (Account: "user:" + u.Key, Name: u.Name ?? u.Key)).Concat(paying.Select(g => (Account: "group:" + g.Key, Name: g.Name ?? g.Key))).Where(a => isIt(book.PlanAt(a.Account, at)))];
    }

    private sealed record Replayed(string Account, string Name)
    {
        public List<CycleCharge> Cycles { get; } = [];

        public Dictionary<string, decimal> Most { get; } = new(StringComparer.Ordinal);

        public bool HasHistory { get; set; }
    }
}
