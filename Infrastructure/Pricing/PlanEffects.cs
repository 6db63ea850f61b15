using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>A limit before and after a change of plan.</summary>
/// <param name="Meter">The meter.</param>
/// <param name="Used">Used in the period, or held now; null where it cannot be told.</param>
/// <param name="Before">The limit now.</param>
/// <param name="After">The limit on the other plan.</param>
public sealed record LimitEffect(Meter Meter, decimal? Used, EffectiveLimit Before, EffectiveLimit After)
{
    /// <summary>Whether what is used now would stand at the other plan's limit, or beyond.</summary>
    public bool IsOverAfter => Used >= After.Limit;
}

/// <summary>What a change of plan would do, before anybody makes it.</summary>
/// <param name="Account">The account.</param>
/// <param name="Name">Its name.</param>
/// <param name="Before">The plan now.</param>
/// <param name="After">The other plan.</param>
/// <param name="From">When it would change.</param>
/// <param name="Period">The running period.</param>
/// <param name="Now">Its statement as it stands.</param>
/// <param name="Then">Its statement if the change were made: fees by seconds, use as it stands.</param>
/// <param name="Cycle">The last complete period; null where there is none.</param>
/// <param name="CycleBefore">What its use costs on the plan now.</param>
/// <param name="CycleAfter">What its use costs on the other plan.</param>
/// <param name="Limits">Limits of both plans.</param>
public sealed record PlanEffect(
    string Account, string Name, Plan Before, Plan After, Instant From, BillingPeriod Period, Statement Now, Statement Then, BillingPeriod? Cycle, Statement? CycleBefore, Statement? CycleAfter,
    IReadOnlyList<LimitEffect> Limits)
{
    /// <summary>What the running period would cost more, or less.</summary>
    public decimal Difference => Then.Total - Now.Total;
}

/// <summary>Works out what a change of plan would do, with the arithmetic of the statement itself.</summary>
public sealed class PlanEffects(
    IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog, StatementReports statements, UsageReports usage, TimeProvider time)
{
    /// <summary>The effect of taking a plan; null where the plan is not offered then, is the plan already, or the account is unknown.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="account">The account.</param>
    /// <param name="plan">Key of the plan.</param>
    /// <param name="now">Whether it begins now; else with the next period.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<PlanEffect?> OfAsync(Tenant tenant, string account, string plan, bool now, CancellationToken cancel)
    {
        var at = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var key = account[(account.IndexOf(':', StringComparison.Ordinal) + 1)..];
        var name = account.StartsWith("user:", StringComparison.Ordinal)
            ? await db.DirectoryUsers.Where(u => u.TenantId == tenant.Id && u.Key == key).Select(u => u.Name ?? u.Key).SingleOrDefaultAsync(cancel)
            : await db.DirectoryGroups.Where(g => g.TenantId == tenant.Id && g.Key == key).Select(g => g.Name ?? g.Key).SingleOrDefaultAsync(cancel);
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var period = BillingPeriod.Containing(at, tenant.Zone);
        var from = now ? at : period.Range.To;
        var before = book.PlanAt(account, at);
        if (name is null || book.OfferedAt(from).FirstOrDefault(p => p.Key == plan) is not { } after || (after.Key == before.Key && after.Version == before.Version) || after.Currency != before.Currency) return null;
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var meters = await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel);
        var maxima = await statements.MaximaAsync(snapshot.Connection, tenant.Id, cancel);
        async Task<Statement> StatementAsync(AccountBook of) => StatementRating.Rate(period, await statements.SegmentsAsync(snapshot.Connection, tenant, of, account, period, cancel), maxima);
        var cycle = period.Previous();
        var used = (await statements.SegmentsAsync(snapshot.Connection, tenant, book, account, cycle, cancel)).SelectMany(s => s.Quantities).GroupBy(q => q.Key)
            .ToDictionary(g => g.Key, g => maxima.Contains(g.Key) ? g.Max(q => q.Value) : g.Sum(q => q.Value), StringComparer.Ordinal);
        Statement On(Plan one) => StatementRating.Rate(cycle, [new RatedSegment(cycle.Range, one, used)], maxima);

        var limits = await QuotaLimits.ReadAsync(db, tenant, account, at, cancel);
        var compared = new List<LimitEffect>();
        foreach (var stored in meters.All.Where(m => m.Meter.IsPriceable && m.IsWhole))
        {
            var (old, other) = (limits.Effective(account, stored.Meter.Slug, before), limits.Effective(account, stored.Meter.Slug, after));
            if (old.Limit is null && other.Limit is null) continue;
            compared.Add(new LimitEffect(stored.Meter, (await usage.AccountRowAsync(snapshot.Connection, tenant, book, limits, account, stored, cancel)).Used, old, other));
        }
        var hasCycle = used.Values.Any(q => q != 0);
        return new PlanEffect(
            account, name, before, after, from, period, await StatementAsync(book), await StatementAsync(book.With(account, after, from)),
            hasCycle ? cycle : null, hasCycle ? On(before) : null, hasCycle ? On(after) : null, compared);
    }
}
