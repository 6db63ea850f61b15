using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Directory;

/// <summary>Who is who: names, roles and groups.</summary>
public sealed class DirectoryReports(IDbContextFactory<InsightsDbContext> contexts)
{
    /// <summary>A person's present role in a group, or null.</summary>
    public async Task<string?> RoleAsync(int tenantId, string group, string user, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.Memberships.Where(m => m.TenantId == tenantId && m.GroupKey == group && m.UserKey == user && m.Until == null)
            .Select(m => m.Role).SingleOrDefaultAsync(cancel);
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
}
