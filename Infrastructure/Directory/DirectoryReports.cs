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
}
