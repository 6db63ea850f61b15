using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Views;

/// <summary>Who asks for views: what belongs to them, and what is shared with them.</summary>
/// <param name="TenantId">The tenant.</param>
/// <param name="Owner">The person, as <see cref="SavedView.Owner"/> has it.</param>
/// <param name="Groups">Present slugs of the groups that the person runs.</param>
/// <param name="IsAdmin">Whether the person runs the platform.</param>
public sealed record ViewReader(int TenantId, string Owner, IReadOnlyList<string> Groups, bool IsAdmin);

/// <summary>Keeps views, and tells each person of their own and of those that are shared with them.</summary>
public sealed class ViewStore(IDbContextFactory<InsightsDbContext> contexts)
{
    /// <summary>The most views that one person keeps.</summary>
    public const int Most = 50;

    /// <summary>A person's own views by name, then those shared by others who run the same groups or the platform.</summary>
    public async Task<IReadOnlyList<SavedView>> ListAsync(ViewReader reader, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var found = await db.SavedViews.AsNoTracking()
            .Where(v => v.TenantId == reader.TenantId && (v.Owner == reader.Owner
                || (v.IsShared && ((v.Group != null && reader.Groups.Contains(v.Group)) || (v.Group == null && reader.IsAdmin && v.Address.StartsWith("/admin/"))))))
            .OrderBy(v => v.Name).ToListAsync(cancel);
        return [.. found.OrderBy(v => v.Owner == reader.Owner ? 0 : 1).ThenBy(v => v.Name, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>Where a person starts; null where nothing is said.</summary>
    public async Task<string?> StartAsync(int tenantId, string owner, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.SavedViews.Where(v => v.TenantId == tenantId && v.Owner == owner && v.IsStart).Select(v => v.Address).FirstOrDefaultAsync(cancel);
    }

    /// <summary>Saves a view; one of the same name of the same person is replaced. False where that person keeps too many.</summary>
    public async Task<bool> SaveAsync(SavedView view, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var own = await db.SavedViews.Where(v => v.TenantId == view.TenantId && v.Owner == view.Owner).ToListAsync(cancel);
        var before = own.Find(v => v.Name == view.Name);
        if (before is null && own.Count >= Most) return false;
        if (view.IsStart) own.ForEach(v => v.IsStart = false);
        if (before is not null) db.SavedViews.Remove(before);
        db.SavedViews.Add(view);
        db.Note(view.TenantId, actor, "view.saved", "view:" + view.Name, before is null ? null : AuditLog.ToJson(new { before.Address, before.IsShared, before.IsStart }), AuditLog.ToJson(new { view.Address, view.IsShared, view.IsStart }));
        await db.SaveChangesAsync(cancel);
        return true;
    }

    /// <summary>Removes a view of its owner; false where there is none.</summary>
    public async Task<bool> RemoveAsync(int tenantId, string owner, Guid id, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.SavedViews.SingleOrDefaultAsync(v => v.TenantId == tenantId && v.Owner == owner && v.Id == id, cancel) is not { } view) return false;
        db.SavedViews.Remove(view);
        db.Note(tenantId, actor, "view.removed", "view:" + view.Name, AuditLog.ToJson(new { view.Address, view.IsShared, view.IsStart }), null);
        await db.SaveChangesAsync(cancel);
        return true;
    }

    /// <summary>Lets the views of a group follow it to its new slug.</summary>
    internal static async Task RenameAsync(InsightsDbContext db, int tenantId, string old, string now, CancellationToken cancel)
    {
        var (before, after) = ($"/groups/{Uri.EscapeDataString(old)}/", $"/groups/{Uri.EscapeDataString(now)}/");
        await db.SavedViews.Where(v => v.TenantId == tenantId && v.Group == old && v.Address.StartsWith(before))
            .ExecuteUpdateAsync(v => v.SetProperty(x => x.Group, now).SetProperty(x => x.Address, x => x.Address.Replace(before, after)), cancel);
    }
}
