using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Controls;

/// <summary>Who changes a group's policy.</summary>
/// <param name="Actor">For the audit log, and now.</param>
/// <param name="UserKey">Who must be the group's owner or admin; null for an administrator or a service.</param>
public sealed record PolicyEditor(Actor Actor, string? UserKey);

/// <summary>What became of a change of a group's policy.</summary>
public enum PolicyOutcome
{
    /// <summary>It holds from now on.</summary>
    Done,

    /// <summary>Who asked is neither owner nor admin of the group; about budgets, not its owner.</summary>
    Refused,

    /// <summary>Somebody else has changed it since.</summary>
    Changed,

    /// <summary>There is nothing that could be taken back.</summary>
    NotFound,

    /// <summary>More than <see cref="GroupPolicyStore.UndoWindow"/> has passed.</summary>
    TooLate,
}

/// <summary>Sets what groups ask of their members. One version holds for a group: a newer one ends the one before.</summary>
public sealed class GroupPolicyStore(IDbContextFactory<InsightsDbContext> contexts, DirectoryReports directory)
{
    /// <summary>How long a change can be taken back.</summary>
    public static readonly Duration UndoWindow = Duration.FromMinutes(10);

    /// <summary>Sets a policy in place of the one in force, from now on.</summary>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="group">The group's present slug.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="reason">Why.</param>
    /// <param name="basedOn">The version that was looked at, 0 for none; null to replace whatever holds.</param>
    /// <param name="editor">Who.</param>
    /// <param name="cancel">Ends the writing.</param>
    public async Task<(PolicyOutcome Outcome, StoredGroupPolicy? Set)> SetAsync(
        int tenantId, string group, GroupPolicy policy, string reason, long? basedOn, PolicyEditor editor, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(editor);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        await InTurnAsync(db, tenantId, cancel);
        var standing = await db.GroupPolicies.SingleOrDefaultAsync(p => p.TenantId == tenantId && p.GroupKey == group && p.EndedAt == null, cancel);
        if (!await MayAsync(tenantId, group, editor, standing, policy, cancel)) return (PolicyOutcome.Refused, null);
        if (basedOn is { } seen && seen != (standing?.Id ?? 0)) return (PolicyOutcome.Changed, null);
        if (standing is not null)
        {
            standing.EndedAt = editor.Actor.At;
            await db.SaveChangesAsync(cancel);
        }
        var set = new StoredGroupPolicy
        {
            TenantId = tenantId,
            GroupKey = group,
            Policy = PolicyJson.Write(policy),
            Reason = reason,
            CreatedBy = editor.Actor.Name,
            StartsAt = editor.Actor.At,
        };
        db.GroupPolicies.Add(set);
        db.Note(tenantId, editor.Actor, "group.policy.set", Target(group), Shown(standing), Shown(set), reason);
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return (PolicyOutcome.Done, set);
    }

    /// <summary>Takes the newest change back, within ten minutes: what it replaced holds again.</summary>
    public async Task<PolicyOutcome> UndoAsync(int tenantId, string group, long id, PolicyEditor editor, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(editor);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        await InTurnAsync(db, tenantId, cancel);
        if (!await MayAsync(tenantId, group, editor, null, GroupPolicy.Empty, cancel)) return PolicyOutcome.Refused;
        if (await db.GroupPolicies.SingleOrDefaultAsync(p => p.TenantId == tenantId && p.GroupKey == group && p.Id == id, cancel) is not { Undone: false } one) return PolicyOutcome.NotFound;
        if (one.EndedAt is not null) return PolicyOutcome.Changed;
        if (!one.CanUndo(editor.Actor.At)) return PolicyOutcome.TooLate;
        var again = await db.GroupPolicies.Where(p => p.TenantId == tenantId && p.GroupKey == group && p.EndedAt == one.StartsAt && !p.Undone).OrderByDescending(p => p.Id).FirstOrDefaultAsync(cancel);
        if (!await MayAsync(tenantId, group, editor, one, again?.Read() ?? GroupPolicy.Empty, cancel)) return PolicyOutcome.Refused;
        (one.EndedAt, one.Undone) = (editor.Actor.At, true);
        await db.SaveChangesAsync(cancel);
        if (again is not null) again.EndedAt = null;
        db.Note(tenantId, editor.Actor, "group.policy.undone", Target(group), Shown(one), Shown(again), "Taken back within ten minutes");
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return PolicyOutcome.Done;
    }

    // The catalog's version tells every portal that it has to look which groups have a policy; its row keeps two editors apart.
    private static Task InTurnAsync(InsightsDbContext db, int tenantId, CancellationToken cancel) =>
        MeterCatalog.ChangedAsync((NpgsqlConnection)db.Database.GetDbConnection(), tenantId, cancel);

    // Budgets are money, which of a group only its owner decides about.
    private async Task<bool> MayAsync(int tenantId, string group, PolicyEditor editor, StoredGroupPolicy? before, GroupPolicy after, CancellationToken cancel)
    {
        if (editor.UserKey is not { } user) return true;
        var role = await directory.RoleAsync(tenantId, group, user, cancel);
        return role == "owner" || (role == "admin" && after.HasBudgetsOf(before?.Read() ?? GroupPolicy.Empty));
    }

    private static string Target(string group) => $"group:{group} policy";

    private static JsonNode? Shown(StoredGroupPolicy? one) => one is null ? null : JsonNode.Parse(one.Policy);
}
