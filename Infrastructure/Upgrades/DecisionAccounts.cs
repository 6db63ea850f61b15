using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>Which accounts are decided about each night: those that took a plan, and those that reach a limit without one.</summary>
public sealed class DecisionAccounts(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, MeterCatalog catalog)
{
    // What every carrier has used of a meter in the running month, and what every carrier holds.
    private const string UsedSql = "SELECT key, sum(sum) FROM rollup_hour WHERE tenant_id = $1 AND meter_id = $2 AND scope = 3 AND hour >= $3 GROUP BY key";
    private const string HeldSql = "SELECT carrier, sum(delta) FROM storage_delta WHERE tenant_id = $1 AND time <= $2 GROUP BY carrier";

    /// <summary>Their keys, in order.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(Tenant tenant, Instant at, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var accounts = (await db.PlanAssignments.Where(a => a.TenantId == tenant.Id && a.From <= at).Select(a => a.Account).Distinct().ToListAsync(cancel)).ToHashSet(StringComparer.Ordinal);
        accounts.UnionWith(await db.QuotaOverrides.Where(o => o.TenantId == tenant.Id && o.EndedAt == null && (o.ExpiresAt == null || o.ExpiresAt > at)).Select(o => o.Account).Distinct().ToListAsync(cancel));
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var limits = await QuotaLimits.ReadAsync(db, tenant, null, at, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        foreach (var stored in (await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel)).All.Where(m => m.Meter.IsPriceable && m.IsWhole))
        {
            // Without a plan of its own an account has the tenant's default plan, or the tenant's default limit.
            if (limits.Without(stored.Meter.Slug, book.PlanAt("user:", at)).Limit is not { } limit) continue;
            foreach (var (account, used) in await UsedAsync(snapshot.Connection, tenant, book, stored, at, cancel))
            {
                if (used >= limit) accounts.Add(account);
            }
        }
        return [.. accounts.Where(a => a.StartsWith("user:", StringComparison.Ordinal) || book.PayerAt(a[6..], at) == a).Order(StringComparer.Ordinal)];
    }

    private static async Task<Dictionary<string, decimal>> UsedAsync(NpgsqlConnection connection, Tenant tenant, AccountBook book, StoredMeter stored, Instant at, CancellationToken cancel)
    {
        await using var select = stored.Meter.IsStorage
            ? new NpgsqlCommand(HeldSql, connection) { Parameters = { new() { Value = tenant.Id }, Time(at) } }
            : new NpgsqlCommand(UsedSql, connection) { Parameters = { new() { Value = tenant.Id }, new() { Value = stored.Id }, Time(BillingPeriod.Containing(at, tenant.Zone).Range.From) } };
        var sums = new Dictionary<string, decimal>(StringComparer.Ordinal);
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            if (rows.IsDBNull(0) || rows.IsDBNull(1)) continue;
            var carrier = book.Present(rows.GetString(0));
            if (carrier.Length == 0) continue;
            var account = carrier.StartsWith("group:", StringComparison.Ordinal) ? book.PayerAt(carrier[6..], at) : carrier;
            sums[account] = sums.GetValueOrDefault(account) + rows.GetQuantity(1).ToDecimal();
        }
        return sums;
    }

    private static NpgsqlParameter Time(Instant instant) => new() { Value = instant, NpgsqlDbType = NpgsqlDbType.TimestampTz };
}
