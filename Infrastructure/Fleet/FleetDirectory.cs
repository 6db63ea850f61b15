using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Fleet;

/// <summary>Somebody who can be an account.</summary>
internal readonly record struct KnownAccount(string Account, string Name, int People);

/// <summary>All users and groups of the directory, with how many groups or members they have.</summary>
internal static class FleetDirectory
{
    public static async Task<List<KnownAccount>> ReadAsync(InsightsDbContext db, int tenantId, CancellationToken cancel)
    {
        var stays = db.Memberships.Where(m => m.TenantId == tenantId && m.Until == null);
        var groupsOf = await stays.GroupBy(m => m.UserKey).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancel);
        var membersOf = await stays.Where(m => m.Role != "guest").GroupBy(m => m.GroupKey).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancel);
        var users = await db.DirectoryUsers.Where(u => u.TenantId == tenantId && u.ErasedAt == null).Select(u => new { u.Key, u.Name }).ToListAsync(cancel);
        var groups = await db.DirectoryGroups.Where(g => g.TenantId == tenantId).Select(g => new { g.Key, g.Name }).ToListAsync(cancel);
        return
        [
            .. users.Select(u => new KnownAccount("user:" + u.Key, u.Name ?? u.Key, groupsOf.GetValueOrDefault(u.Key))),
            .. groups.Select(g => new KnownAccount("group:" + g.Key, g.Name ?? g.Key, membersOf.GetValueOrDefault(g.Key))),
        ];
    }
}
