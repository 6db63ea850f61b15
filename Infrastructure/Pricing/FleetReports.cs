using System.Numerics;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Quotas;

namespace OpenMeet.Insights.Infrastructure.Pricing;

/// <summary>One user or group among all.</summary>
/// <param name="Account"><c>user:key</c> or <c>group:slug</c>.</param>
/// <param name="Key">The user's key or the group's present slug.</param>
/// <param name="Name">For people.</param>
/// <param name="Plan">The plan now; null for a group that somebody else pays for.</param>
/// <param name="PaidBy">Who pays, where it is not the account itself.</param>
/// <param name="Cost">Its share of the bills of the range; null where there were none.</param>
/// <param name="Level">Bytes held now by all that it pays for; by the group itself where somebody else pays.</param>
/// <param name="Limit">The limit in force and where it comes from.</param>
/// <param name="State">Where the level stands.</param>
/// <param name="Reaches">When the limit is reached; null without a limit.</param>
/// <param name="People">A group's members; of a user, the groups that it is in.</param>
public sealed record FleetRow(
    string Account, string Key, string Name, Plan? Plan, string? PaidBy, Amount? Cost, decimal Level, EffectiveLimit Limit, QuotaState State, LimitDate? Reaches, int People);

/// <summary>One page of all users or groups.</summary>
/// <param name="Rows">The page.</param>
/// <param name="Found">How many match.</param>
/// <param name="All">How many there are.</param>
/// <param name="OverHard">Of those that match, how many are at a hard storage limit now.</param>
public sealed record FleetPage(IReadOnlyList<FleetRow> Rows, int Found, int All, int OverHard);

/// <summary>All users or groups with plan, cost and storage: searched, sorted and cut into pages here, not in the browser.</summary>
public sealed class FleetReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, CostReports costs, MeterCatalog catalog, TimeProvider time)
{
    /// <summary>The orders of the list; a hyphen before the word turns it round.</summary>
    public static IReadOnlyList<string> Sorts { get; } = ["-cost", "name", "plan", "-storage", "-people"];

    /// <summary>How many users there are.</summary>
    public async Task<int> UsersAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.DirectoryUsers.CountAsync(u => u.TenantId == tenantId && u.ErasedAt == null, cancel);
    }

    /// <summary>A page of one kind.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="kind"><c>user</c> or <c>group</c>.</param>
    /// <param name="search">A part of the name or the key; null for all.</param>
    /// <param name="sort">One of <see cref="Sorts"/>, with or without its hyphen.</param>
    /// <param name="skip">Rows before the page.</param>
    /// <param name="take">Rows of the page.</param>
    /// <param name="range">Whose cost is shown.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<FleetPage> ListAsync(Tenant tenant, string kind, string? search, string sort, int skip, int take, TimeRange range, CancellationToken cancel)
    {
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var platform = await costs.PlatformAsync(tenant, range, kind, acted: false, cancel);
        var costOf = platform.Items.ToDictionary(i => i.Account, i => i.Pools, StringComparer.Ordinal);
        var book = await AccountBook.ReadAsync(db, tenant, cancel);
        var limits = await QuotaLimits.ReadAsync(db, tenant, null, now, cancel);
        var known = kind == "user" ? await UsersAsync(db, tenant.Id, cancel) : await GroupsAsync(db, tenant.Id, cancel);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var levels = await LevelsAsync(snapshot.Connection, tenant.Id, book, kind, now, cancel);
        var rows = known
            .Where(k => search is null || k.Name.Contains(search, StringComparison.OrdinalIgnoreCase) || k.Key.Contains(search, StringComparison.OrdinalIgnoreCase))
            .Select(k => Row(k, $"{kind}:{k.Key}")).ToList();
        var page = Sorted(rows, sort).Skip(skip).Take(take).ToList();
        var storage = (await catalog.GetAsync(snapshot.Connection, tenant.Id, cancel)).Find(DefaultMeters.Storage);
        if (storage is not null)
        {
            for (var i = 0; i < page.Count; i++)
            {
                if (page[i] is not { Limit.Limit: { } limit, PaidBy: null } row) continue;
                var reaches = await limits.ReachesAsync(snapshot.Connection, tenant.Id, book, row.Account, storage.Meter, storage.Id, limit, BillingPeriod.Containing(now, tenant.Zone), cancel);
                page[i] = row with { Reaches = reaches, State = StateOf(row.Account, row.Level, row.Limit, reaches?.P50Days) };
            }
        }
        return new FleetPage(page, rows.Count, known.Count, rows.Count(r => r.State == QuotaState.Blocked));

        FleetRow Row((string Key, string Name, int People) one, string account)
        {
            var payer = kind == "group" ? book.PayerAt(one.Key, now) : account;
            var plan = payer == account ? book.PlanAt(account, now) : null;
            var limit = limits.Effective(account, DefaultMeters.Storage, plan);
            var level = levels.GetValueOrDefault(account).ToDecimal();
            return new FleetRow(account, one.Key, one.Name, plan, payer == account ? null : payer, platform.Bills.Count == 0 ? null : costOf.GetValueOrDefault(account, Amount.Zero(platform.Currency)), level, limit,
                StateOf(account, level, limit, null), null, one.People);
        }

        QuotaState StateOf(string account, decimal level, EffectiveLimit limit, int? days) =>
            QuotaStanding.StateOf(level, limits.Reserved(account, DefaultMeters.Storage), limit.Limit, limit.Kind, days);
    }

    private static IEnumerable<FleetRow> Sorted(List<FleetRow> rows, string sort)
    {
        var down = sort.StartsWith('-');
        var sorted = sort.TrimStart('-') switch
        {
            "name" => rows.OrderBy(r => r.Name, StringComparer.OrdinalIgnoreCase),
            "plan" => rows.OrderBy(r => r.Plan?.Name ?? "~", StringComparer.OrdinalIgnoreCase),
            "storage" => rows.OrderBy(r => r.Level),
            "people" => rows.OrderBy(r => r.People),
            _ => rows.OrderBy(r => r.Cost?.Value ?? 0),
        };
        // Ties stay in the order of the keys, whichever way the list is turned.
        var keyed = sorted.ToList();
        if (down) keyed.Reverse();
        return keyed;
    }

    private static async Task<List<(string Key, string Name, int People)>> UsersAsync(InsightsDbContext db, int tenantId, CancellationToken cancel)
    {
        var found = await db.DirectoryUsers.Where(u => u.TenantId == tenantId && u.ErasedAt == null).OrderBy(u => u.Key)
            .Select(u => new { u.Key, u.Name, Groups = db.Memberships.Count(m => m.TenantId == tenantId && m.UserKey == u.Key && m.Until == null) }).ToListAsync(cancel);
        return [.. found.Select(f => (f.Key, f.Name ?? f.Key, f.Groups))];
    }

    private static async Task<List<(string Key, string Name, int People)>> GroupsAsync(InsightsDbContext db, int tenantId, CancellationToken cancel)
    {
        var found = await db.DirectoryGroups.Where(g => g.TenantId == tenantId).OrderBy(g => g.Key)
            .Select(g => new { g.Key, g.Name, Members = db.Memberships.Count(m => m.TenantId == tenantId && m.GroupKey == g.Key && m.Until == null && m.Role != "guest") }).ToListAsync(cancel);
        return [.. found.Select(f => (f.Key, f.Name ?? f.Key, f.Members))];
    }

    // The level of each account: of all carriers that it pays for now. A group keeps its own level besides.
    private static async Task<Dictionary<string, Quantity>> LevelsAsync(NpgsqlConnection connection, int tenantId, AccountBook book, string kind, Instant now, CancellationToken cancel)
    {
        var levels = new Dictionary<string, Quantity>(StringComparer.Ordinal);
        await using var select = new NpgsqlCommand("SELECT carrier, sum(delta) FROM storage_delta WHERE tenant_id = $1 AND time <= $2 AND carrier IS NOT NULL GROUP BY carrier", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = now, NpgsqlDbType = NpgsqlDbType.TimestampTz } },
        };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            var carrier = book.Present(rows.GetString(0));
            var level = new Quantity((Int128)rows.GetFieldValue<BigInteger>(1));
            var account = carrier.StartsWith("group:", StringComparison.Ordinal) && kind == "user" ? book.PayerAt(carrier[6..], now) : carrier;
            levels[account] = levels.GetValueOrDefault(account) + level;
        }
        return levels;
    }
}
