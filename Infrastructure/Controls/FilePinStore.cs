using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Controls;

/// <summary>Pins files: a group keeps them whatever its retention says.</summary>
public sealed class FilePinStore(IDbContextFactory<InsightsDbContext> contexts, DirectoryReports directory)
{
    /// <summary>Pins a file that the group holds; pinned again, the new reason stands.</summary>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="group">The group's present slug.</param>
    /// <param name="file">The file's key.</param>
    /// <param name="reason">Why it is kept.</param>
    /// <param name="editor">Who.</param>
    /// <param name="cancel">Ends the writing.</param>
    /// <returns><see cref="PolicyOutcome.NotFound"/> where the group holds no such file.</returns>
    public async Task<PolicyOutcome> PinAsync(int tenantId, string group, string file, string reason, PolicyEditor editor, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(editor);
        if (!await MayAsync(tenantId, group, editor, cancel)) return PolicyOutcome.Refused;
        var carriers = (await directory.SlugsAsync(tenantId, group, cancel)).Select(s => "group:" + s).ToArray();
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (!await db.Database.SqlQuery<bool>($"""
            SELECT coalesce(sum(d.delta), 0) > 0 AS "Value" FROM storage_event e JOIN storage_delta d USING (tenant_id, key) WHERE e.tenant_id = {tenantId} AND e.file = {file} AND d.carrier = ANY({carriers})
            """).SingleAsync(cancel)) return PolicyOutcome.NotFound;
        var pin = await db.FilePins.SingleOrDefaultAsync(p => p.TenantId == tenantId && p.GroupKey == group && p.File == file, cancel);
        var before = Shown(pin);
        if (pin is null) db.FilePins.Add(pin = new FilePin { TenantId = tenantId, GroupKey = group, File = file, Reason = "", PinnedBy = "" });
        (pin.Reason, pin.PinnedBy, pin.PinnedAt) = (reason, editor.Actor.Name, editor.Actor.At);
        db.Note(tenantId, editor.Actor, "group.file.pinned", Target(group), before, Shown(pin), reason);
        await db.SaveChangesAsync(cancel);
        return PolicyOutcome.Done;
    }

    /// <summary>Lets a file go again.</summary>
    /// <returns><see cref="PolicyOutcome.NotFound"/> where it is not pinned.</returns>
    public async Task<PolicyOutcome> UnpinAsync(int tenantId, string group, string file, PolicyEditor editor, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(editor);
        if (!await MayAsync(tenantId, group, editor, cancel)) return PolicyOutcome.Refused;
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.FilePins.SingleOrDefaultAsync(p => p.TenantId == tenantId && p.GroupKey == group && p.File == file, cancel) is not { } pin) return PolicyOutcome.NotFound;
        db.FilePins.Remove(pin);
        db.Note(tenantId, editor.Actor, "group.file.unpinned", Target(group), Shown(pin), null, "No longer pinned");
        await db.SaveChangesAsync(cancel);
        return PolicyOutcome.Done;
    }

    /// <summary>Pins go with their group to its new slug.</summary>
    internal static async Task RenameAsync(InsightsDbContext db, int tenantId, string old, string now, CancellationToken cancel)
    {
        await db.FilePins.Where(p => p.TenantId == tenantId && p.GroupKey == old && db.FilePins.Any(n => n.TenantId == tenantId && n.GroupKey == now && n.File == p.File)).ExecuteDeleteAsync(cancel);
        await db.FilePins.Where(p => p.TenantId == tenantId && p.GroupKey == old).ExecuteUpdateAsync(p => p.SetProperty(x => x.GroupKey, now), cancel);
    }

    private async Task<bool> MayAsync(int tenantId, string group, PolicyEditor editor, CancellationToken cancel) =>
        editor.UserKey is not { } user || await directory.RoleAsync(tenantId, group, user, cancel) is "owner" or "admin";

    private static string Target(string group) => $"group:{group} file";

    private static System.Text.Json.Nodes.JsonNode? Shown(FilePin? pin) => pin is null ? null : AuditLog.ToJson(new { pin.File, pin.Reason, pin.PinnedBy });
}
