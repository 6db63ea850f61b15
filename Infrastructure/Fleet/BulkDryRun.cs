using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Fleet;

/// <summary>Says of every account what a bulk action would change, and who would be over a limit by the use of now. It changes nothing.</summary>
public sealed class BulkDryRun(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, UsageReports usage, MeterCatalog catalog, TimeProvider time)
{
    /// <summary>The accounts of an action with before, after and effect, in the order of the rows.</summary>
    internal async Task<List<BulkItem>> ItemsAsync(Tenant tenant, BulkAction action, IReadOnlyList<FleetRow> rows, CancellationToken cancel)
    {
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var reading = new Reading(
            db, snapshot.Connection, tenant, await AccountBook.ReadAsync(db, tenant, cancel), await QuotaLimits.ReadAsync(db, tenant, null, now, cancel),
            await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel), now);
        var items = action.Plan is null ? await LimitsAsync(reading, action, rows, cancel) : await PlansAsync(reading, action, rows, cancel);
        for (var i = 0; i < items.Count; i++) items[i].Position = i + 1;
        return items;
    }

    private sealed record Reading(InsightsDbContext Db, NpgsqlConnection Connection, Tenant Tenant, AccountBook Book, QuotaLimits Limits, MeterSet Meters, Instant Now);

    private async Task<List<BulkItem>> LimitsAsync(Reading reading, BulkAction action, IReadOnlyList<FleetRow> rows, CancellationToken cancel)
    {
        var (slug, stored) = (action.Meter!, reading.Meters.Find(action.Meter!) ?? throw new InvalidOperationException($"There is no meter '{action.Meter}'."));
        var unit = stored.Meter.Unit;
        var used = await QuotaCensus.UsedAsync(reading.Connection, reading.Tenant, reading.Meters, reading.Book, stored, reading.Now, cancel);
        var holding = (await reading.Db.QuotaOverrides.AsNoTracking().Where(o => o.TenantId == reading.Tenant.Id && o.Meter == slug && o.EndedAt == null && (o.ExpiresAt == null || o.ExpiresAt > reading.Now)).ToListAsync(cancel))
            .GroupBy(o => o.Account).ToDictionary(g => g.Key, g => g.MaxBy(o => o.Id)!, StringComparer.Ordinal);
        var (limit, kind) = (action.Limit!.Value, QuotaLimits.KindOf(action.LimitKind!));
        var items = new List<BulkItem>();
        foreach (var row in rows)
        {
            var own = row.PaidBy is null;
            var before = reading.Limits.Effective(row.Account, slug, row.Plan);
            var held = holding.GetValueOrDefault(row.Account);
            // A ceiling on a group that somebody else pays for counts the group's own use.
            var effect = new OverrideEffect(
                own ? used.GetValueOrDefault(row.Account) : await usage.CarrierUsedAsync(reading.Connection, reading.Tenant, reading.Book, row.Key, stored, cancel),
                own ? reading.Limits.Reserved(row.Account, slug) : reading.Limits.ReservedIn(reading.Book.SlugsOf(row.Key), slug), limit, kind, unit);
            items.Add(new BulkItem
            {
                Account = row.Account,
                Name = row.Name,
                Before = before.Limit is { } most ? $"{QuantityText.Of(most, unit)}, {Word(before.Kind)} ({before.Chain.First(l => l.Applies).Description})" : "no limit",
                After = $"{QuantityText.Of(limit, unit)}, {Word(kind)}",
                Over = effect.AccountsOver is { } over ? over > 0 : null,
                Effect = effect.Sentence(),
                BeforeId = held?.Id,
                Result = held is not null && held.Limit == limit && held.LimitKind == action.LimitKind && held.ExpiresAt == action.ExpiresAt ? BulkResult.Same : BulkResult.Open,
            });
        }
        return items;
    }

    private static async Task<List<BulkItem>> PlansAsync(Reading reading, BulkAction action, IReadOnlyList<FleetRow> rows, CancellationToken cancel)
    {
        var from = action.From!.Value;
        var plan = await PlanAsync(reading.Db, reading.Tenant.Id, action, cancel);
        var taken = (await reading.Db.PlanAssignments.AsNoTracking().Where(a => a.TenantId == reading.Tenant.Id && a.From <= from).ToListAsync(cancel))
            .GroupBy(a => a.Account).ToDictionary(g => g.Key, g => g.OrderBy(a => a.From).ThenBy(a => a.Id).Last(), StringComparer.Ordinal);
        var used = new Dictionary<string, Dictionary<string, decimal>>(StringComparer.Ordinal);
        foreach (var item in plan.Items.Where(i => i.Limit is not null))
        {
            if (reading.Meters.Find(item.Meter) is { IsWhole: true } stored) used[item.Meter] = await QuotaCensus.UsedAsync(reading.Connection, reading.Tenant, reading.Meters, reading.Book, stored, reading.Now, cancel);
        }
        return rows.Select(row =>
        {
            var held = taken.GetValueOrDefault(row.Account);
            var payer = row.Kind == "group" ? reading.Book.PayerAt(row.Key, from) : row.Account;
            var before = reading.Book.PlanAt(row.Account, from);
            // Who has a limit of its own keeps it: the plan's does not count there.
            var effects = used.Where(u => reading.Meters.Find(u.Key) is not null).Select(u => (Meter: reading.Meters.Find(u.Key)!.Meter, Limit: reading.Limits.Effective(row.Account, u.Key, plan), Used: u.Value.GetValueOrDefault(row.Account)))
                .Select(u => (u.Meter, Effect: new OverrideEffect(u.Used, reading.Limits.Reserved(row.Account, u.Meter.Slug), u.Limit.Limit, u.Limit.Kind, u.Meter.Unit)))
                .Where(u => u.Effect.OverBy is not null).Select(u => $"{u.Meter.Name} over by {QuantityText.Of(u.Effect.OverBy!.Value, u.Meter.Unit)} ({Word(u.Effect.Kind)})").ToList();
            // The use of a group that somebody else pays for is not its own account's yet.
            var isKnown = row.PaidBy is null;
            return new BulkItem
            {
                Account = row.Account,
                Name = row.Name,
                Before = payer != row.Account ? $"paid by {payer}" : before.Version > 0 ? $"{before.Name} v{before.Version}" : before.Name,
                After = $"{plan.Name} v{plan.Version}",
                Over = isKnown ? effects.Count > 0 : null,
                Effect = !isKnown ? $"It becomes an account of its own; {row.PaidBy} no longer pays for it." : effects.Count > 0 ? string.Join("; ", effects) + "." : "Within all limits by the use of now.",
                BeforeId = held?.Id,
                Result = payer == row.Account && held is not null && held.PlanKey == plan.Key && held.PlanVersion == plan.Version ? BulkResult.Same : BulkResult.Open,
            };
        }).ToList();
    }

    private static async Task<Plan> PlanAsync(InsightsDbContext db, int tenantId, BulkAction action, CancellationToken cancel) =>
        AccountBook.Read(await db.Plans.AsNoTracking().SingleAsync(p => p.TenantId == tenantId && p.Key == action.Plan && p.Version == action.PlanVersion, cancel));

    private static string Word(LimitKind kind) => kind == LimitKind.Hard ? "hard" : "soft";
}
