using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Directory;

/// <summary>Who is who: names, roles and groups.</summary>
public sealed class DirectoryReports(IDbContextFactory<InsightsDbContext> contexts, TimeProvider time)
{
    /// <summary>A person's present role in a group, or null. Who the directory names as its owner is one, member or not.</summary>
    public async Task<string?> RoleAsync(int tenantId, string group, string user, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await OwnersNow(db, tenantId).AnyAsync(o => o.GroupKey == group && o.OwnerKey == user, cancel)) return "owner";
        return await db.Memberships.Where(m => m.TenantId == tenantId && m.GroupKey == group && m.UserKey == user && m.Until == null)
            .Select(m => m.Role).SingleOrDefaultAsync(cancel);
    }

    // The newest statement of an owner that holds already; the first one holds from the beginning.
    private IQueryable<GroupOwner> OwnersNow(InsightsDbContext db, int tenantId)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        return db.GroupOwners.Where(o => o.TenantId == tenantId && (o.From == null || o.From <= now)
            && !db.GroupOwners.Any(n => n.TenantId == tenantId && n.GroupKey == o.GroupKey && n.From != null && n.From <= now && (o.From == null || n.From > o.From || (n.From == o.From && n.Id > o.Id))));
    }

    /// <summary>Whether a user or group was ever seen; a former slug counts.</summary>
    public async Task<bool> KnowsAsync(int tenantId, string kind, string key, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return kind == "user"
            ? await db.DirectoryUsers.AnyAsync(u => u.TenantId == tenantId && u.Key == key, cancel)
            : await db.DirectoryGroups.AnyAsync(g => g.TenantId == tenantId && g.Key == key, cancel) || await db.GroupSlugs.AnyAsync(s => s.TenantId == tenantId && s.OldKey == key, cancel);
    }

    /// <summary>The present slug of a group that is named by any of its slugs.</summary>
    public async Task<string> PresentSlugAsync(int tenantId, string slug, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await Pricing.UsageReports.PresentGroupAsync(db, tenantId, slug, cancel);
    }

    /// <summary>All slugs that a group's events may name, the present one first.</summary>
    public async Task<IReadOnlyList<string>> SlugsAsync(int tenantId, string group, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var former = await db.GroupSlugs.Where(s => s.TenantId == tenantId && s.Key == group).Select(s => s.OldKey).ToListAsync(cancel);
        return [group, .. former.Order(StringComparer.Ordinal)];
    }

    /// <summary>Keys of users by the number that OpenMeet has for them, as far as it was told.</summary>
    public async Task<IReadOnlyDictionary<long, string>> KeysByNumberAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var keys = new Dictionary<long, string>();
        await foreach (var user in db.DirectoryUsers.Where(u => u.TenantId == tenantId && u.NumericId != null).OrderBy(u => u.Key).Select(u => new { u.NumericId, u.Key }).AsAsyncEnumerable().WithCancellation(cancel))
            keys.TryAdd(user.NumericId!.Value, user.Key);
        return keys;
    }

    /// <summary>A user's name; null where nobody described it.</summary>
    public async Task<string?> NameAsync(int tenantId, string user, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.DirectoryUsers.Where(u => u.TenantId == tenantId && u.Key == user).Select(u => u.Name).SingleOrDefaultAsync(cancel);
    }

    /// <summary>The user with an address, in any case of its letters; null where there is none, or more than one.</summary>
    public async Task<string?> UserByEmailAsync(int tenantId, string email, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var lower = email.ToLowerInvariant();
#pragma warning disable CA1862 // PostgreSQL compares here, and it knows no StringComparison.
        var found = await db.DirectoryUsers.Where(u => u.TenantId == tenantId && u.ErasedAt == null && !u.Shadow && u.Email != null && u.Email.ToLower() == lower).Select(u => u.Key).Take(2).ToListAsync(cancel);
#pragma warning restore CA1862
        return found is [var only] ? only : null;
    }

    /// <summary>The groups that a user helps to run now: key, role, name.</summary>
    public async Task<IReadOnlyList<(string Group, string Role, string Name)>> ManagedGroupsAsync(int tenantId, string user, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var found = await (
            from m in db.Memberships
            join g in db.DirectoryGroups on new { m.TenantId, Key = m.GroupKey } equals new { g.TenantId, g.Key }
            where m.TenantId == tenantId && m.UserKey == user && m.Until == null && (m.Role == "owner" || m.Role == "admin" || m.Role == "moderator")
            orderby g.Name
            select new { m.GroupKey, m.Role, g.Name }).ToListAsync(cancel);
        var owned = await (
            from o in OwnersNow(db, tenantId)
            join g in db.DirectoryGroups on new { o.TenantId, Key = o.GroupKey } equals new { g.TenantId, g.Key }
            where o.OwnerKey == user
            select new { o.GroupKey, Role = "owner", g.Name }).ToListAsync(cancel);
        return [.. owned.UnionBy(found, f => f.GroupKey).OrderBy(f => f.Name, StringComparer.OrdinalIgnoreCase).Select(f => (f.GroupKey, f.Role, f.Name ?? f.GroupKey))];
    }

    /// <summary>Names of users, by key; those without one are absent.</summary>
    public async Task<IReadOnlyDictionary<string, string>> UserNamesAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.DirectoryUsers.Where(u => u.TenantId == tenantId && u.Name != null).ToDictionaryAsync(u => u.Key, u => u.Name!, cancel);
    }

    /// <summary>The name of an account, for people; the account itself where it has none.</summary>
    public async Task<string> AccountNameAsync(int tenantId, string account, CancellationToken cancel) => (await AccountNamesAsync(tenantId, [account], cancel)).GetValueOrDefault(account, account);

    /// <summary>Names of accounts, by <c>user:key</c> and <c>group:slug</c>; those without one are absent.</summary>
    public async Task<IReadOnlyDictionary<string, string>> AccountNamesAsync(int tenantId, IEnumerable<string> accounts, CancellationToken cancel)
    {
        var kinds = accounts.ToHashSet(StringComparer.Ordinal).Where(a => a.Contains(':', StringComparison.Ordinal)).Select(a => a.Split(':', 2)).ToLookup(a => a[0], a => a[1]);
        List<string> users = [.. kinds["user"]], groups = [.. kinds["group"]];
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var people = await db.DirectoryUsers.Where(u => u.TenantId == tenantId && users.Contains(u.Key) && u.Name != null).Select(u => new { u.Key, u.Name }).ToListAsync(cancel);
        var named = await db.DirectoryGroups.Where(g => g.TenantId == tenantId && groups.Contains(g.Key) && g.Name != null).Select(g => new { g.Key, g.Name }).ToListAsync(cancel);
        return people.Select(u => ("user:" + u.Key, u.Name!)).Concat(named.Select(g => ("group:" + g.Key, g.Name!))).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>Groups with their present number of members, by name.</summary>
    public async Task<IReadOnlyList<(string Key, string Name, string? TimeZone, int Members)>> GroupsAsync(int tenantId, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var found = await db.DirectoryGroups.Where(g => g.TenantId == tenantId)
            .Select(g => new { g.Key, g.Name, g.TimeZone, Members = db.Memberships.Count(m => m.TenantId == tenantId && m.GroupKey == g.Key && m.Until == null && m.Role != "guest") })
            .OrderBy(g => g.Name ?? g.Key).ToListAsync(cancel);
        return [.. found.Select(g => (g.Key, g.Name ?? g.Key, g.TimeZone, g.Members))];
    }

    /// <summary>The present members of a group with role and name.</summary>
    public async Task<IReadOnlyList<(string User, string Name, string Role, Instant Since)>> MembersAsync(int tenantId, string slug, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var found = await (
            from m in db.Memberships
            join u in db.DirectoryUsers on new { m.TenantId, Key = m.UserKey } equals new { u.TenantId, u.Key } into known
            from u in known.DefaultIfEmpty()
            where m.TenantId == tenantId && m.GroupKey == slug && m.Until == null
            orderby u.Name
            select new { m.UserKey, u.Name, m.Role, m.Since }).ToListAsync(cancel);
        return [.. found.Select(f => (f.UserKey, f.Name ?? f.UserKey, f.Role, f.Since))];
    }

    /// <summary>Who was a member of a group at an instant, with the role of then and since when it was held.</summary>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="group">The group's present slug.</param>
    /// <param name="at">The instant.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <returns>By name; null where nothing is known of that time, since the first thing told about the group's members is newer.</returns>
    public async Task<IReadOnlyList<(string User, string Name, string Role, Instant Since)>?> MembersAtAsync(int tenantId, string group, Instant at, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var stays = db.MembershipStays.Where(s => s.TenantId == tenantId && s.GroupKey == group && s.From <= at);
        if (!await stays.AnyAsync(cancel)) return null;
        var found = await (
            from s in stays
            join u in db.DirectoryUsers on new { s.TenantId, Key = s.UserKey } equals new { u.TenantId, u.Key } into known
            from u in known.DefaultIfEmpty()
            where s.Until == null || s.Until > at
            orderby u.Name, s.UserKey
            select new { s.UserKey, u.Name, s.Role, s.From }).ToListAsync(cancel);
        return [.. found.Select(f => (f.UserKey, f.Name ?? f.UserKey, f.Role, f.From))];
    }
}
