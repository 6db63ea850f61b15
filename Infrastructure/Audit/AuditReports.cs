using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Audit;

/// <summary>Reads the audit log.</summary>
public sealed class AuditReports(IDbContextFactory<InsightsDbContext> contexts)
{
    /// <summary>Lines, newest first, with how many there are. A search looks at who, what and to what.</summary>
    public async Task<(IReadOnlyList<AuditEntry> Entries, int Found)> PageAsync(int tenantId, string? search, int skip, int take, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var lines = db.Audit.AsNoTracking().Where(a => a.TenantId == tenantId);
        if (search is not null) lines = lines.Where(a => a.Actor.Contains(search) || a.Action.Contains(search) || a.Target.Contains(search) || (a.Reason != null && a.Reason.Contains(search)));
        return (await lines.OrderByDescending(a => a.Id).Skip(skip).Take(take).ToListAsync(cancel), await lines.CountAsync(cancel));
    }
}
