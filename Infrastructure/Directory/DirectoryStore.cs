using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Infrastructure.Storage;

namespace OpenMeet.Insights.Infrastructure.Directory;

/// <summary>What the directory is told about a user.</summary>
public sealed record UserDescription(string Key, string Name, string? Email, string? Ulid, long? NumericId, bool Shadow);

/// <summary>What the directory is told about a group.</summary>
/// <param name="Key">Its slug.</param>
/// <param name="Name">Its name; null leaves it.</param>
/// <param name="OwnerKey">Who owns it; null leaves it.</param>
/// <param name="TimeZone">Its IANA zone; null leaves it.</param>
/// <param name="From">From when the owner holds; null is now, and for the first description the beginning.</param>
/// <param name="OldKey">The slug that it had before; null where it did not change.</param>
public sealed record GroupDescription(string Key, string? Name, string? OwnerKey, string? TimeZone, Instant? From, string? OldKey);

/// <summary>What the directory is told about a membership; no role is no membership.</summary>
public sealed record MemberDescription(string Group, string User, string? Role);

/// <summary>Takes in descriptions of users, groups and memberships, several in one transaction.</summary>
public sealed class DirectoryStore(IDbContextFactory<InsightsDbContext> contexts)
{
    /// <summary>Takes descriptions in, all or none, in their order.</summary>
    public async Task DescribeAsync(int tenantId, IReadOnlyList<object> descriptions, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        await TenantLock.AloneAsync(connection, tenantId);
        foreach (var description in descriptions)
        {
            switch (description)
            {
                case UserDescription user: await DescribeAsync(db, tenantId, user, actor, cancel); break;
                case GroupDescription group: await DescribeAsync(db, connection, tenantId, group, actor, cancel); break;
                case MemberDescription member: await DescribeAsync(db, connection, tenantId, member, actor, cancel); break;
                default: throw new ArgumentException("A description is of a user, a group or a member.", nameof(descriptions));
            }
            await db.SaveChangesAsync(cancel);
        }
        await transaction.CommitAsync(cancel);
    }

    private static async Task DescribeAsync(InsightsDbContext db, int tenantId, UserDescription user, Actor actor, CancellationToken cancel)
    {
        var known = await db.DirectoryUsers.SingleOrDefaultAsync(u => u.TenantId == tenantId && u.Key == user.Key, cancel);
        var before = known is null ? null : new { known.Name, known.Email };
        if (known is null) db.DirectoryUsers.Add(known = new DirectoryUser { TenantId = tenantId, Key = user.Key, SeenAt = actor.At });
        (known.Name, known.Email, known.Ulid, known.NumericId, known.Shadow) = (user.Name, user.Email, user.Ulid, user.NumericId, user.Shadow);
        db.Note(tenantId, actor, "user.described", "user:" + user.Key, AuditLog.ToJson(before), AuditLog.ToJson(new { user.Name, user.Email }));
    }

    private static async Task DescribeAsync(InsightsDbContext db, NpgsqlConnection connection, int tenantId, GroupDescription group, Actor actor, CancellationToken cancel)
    {
        if (group.OldKey is { } old && old != group.Key) await RenameAsync(db, connection, tenantId, old, group.Key, actor, cancel);
        var known = await db.DirectoryGroups.SingleOrDefaultAsync(g => g.TenantId == tenantId && g.Key == group.Key, cancel);
        var before = known is null ? null : new { known.Name, known.TimeZone };
        if (known is null) db.DirectoryGroups.Add(known = new DirectoryGroup { TenantId = tenantId, Key = group.Key, SeenAt = actor.At });
        known.Name = group.Name ?? known.Name;
        known.TimeZone = group.TimeZone ?? known.TimeZone;
        if (group.OwnerKey is { } owner)
        {
            await DirectorySightings.SeeAsync(connection, tenantId, [owner], [], actor.At, cancel);
            var owners = await db.GroupOwners.AsNoTracking().Where(o => o.TenantId == tenantId && o.GroupKey == group.Key).OrderBy(o => o.From != null).ThenBy(o => o.From).ThenBy(o => o.Id).ToListAsync(cancel);
            var from = owners.Count == 0 ? null : group.From ?? (Instant?)actor.At;
            // The first description holds from the beginning, and stands first (PostgreSQL puts null last); telling the same owner again changes nothing.
            var standing = owners.LastOrDefault(o => from is null || o.From is null || o.From <= from);
            if (standing?.OwnerKey != owner) await ClosedMonths.TouchAsync(connection, tenantId, from, cancel);
            if (standing?.OwnerKey != owner) db.GroupOwners.Add(new GroupOwner { TenantId = tenantId, GroupKey = group.Key, OwnerKey = owner, From = from });
        }
        db.Note(tenantId, actor, "group.described", "group:" + group.Key, AuditLog.ToJson(before), AuditLog.ToJson(new { group.Name, group.OwnerKey, group.TimeZone, group.From, group.OldKey }));
    }

    // Both slugs are one account: what hangs on the old one moves to the new one, and events under the old one are found through it.
    private static async Task RenameAsync(InsightsDbContext db, NpgsqlConnection connection, int tenantId, string old, string now, Actor actor, CancellationToken cancel)
    {
        await db.GroupSlugs.Where(s => s.TenantId == tenantId && s.OldKey == now).ExecuteDeleteAsync(cancel);
        await db.GroupSlugs.Where(s => s.TenantId == tenantId && s.Key == old).ExecuteUpdateAsync(s => s.SetProperty(x => x.Key, now), cancel);
        if (!await db.GroupSlugs.AnyAsync(s => s.TenantId == tenantId && s.OldKey == old, cancel)) db.GroupSlugs.Add(new GroupSlug { TenantId = tenantId, OldKey = old, Key = now });
        if (await db.DirectoryGroups.AsNoTracking().SingleOrDefaultAsync(g => g.TenantId == tenantId && g.Key == old, cancel) is { } was)
        {
            await db.DirectoryGroups.Where(g => g.TenantId == tenantId && g.Key == old).ExecuteDeleteAsync(cancel);
            if (!await db.DirectoryGroups.AnyAsync(g => g.TenantId == tenantId && g.Key == now, cancel))
                db.DirectoryGroups.Add(new DirectoryGroup { TenantId = tenantId, Key = now, Name = was.Name, TimeZone = was.TimeZone, SeenAt = was.SeenAt });
        }
        var (oldAccount, account) = ("group:" + old, "group:" + now);
        await db.GroupOwners.Where(o => o.TenantId == tenantId && o.GroupKey == old).ExecuteUpdateAsync(o => o.SetProperty(x => x.GroupKey, now), cancel);
        await db.Database.ExecuteSqlAsync($"DELETE FROM membership m WHERE tenant_id = {tenantId} AND group_key = {old} AND EXISTS (SELECT FROM membership n WHERE n.tenant_id = m.tenant_id AND n.group_key = {now} AND n.user_key = m.user_key)", cancel);
        await db.Database.ExecuteSqlAsync($"UPDATE membership SET group_key = {now} WHERE tenant_id = {tenantId} AND group_key = {old}", cancel);
        await db.Database.ExecuteSqlAsync($"DELETE FROM membership_description d WHERE tenant_id = {tenantId} AND group_key = {old} AND EXISTS (SELECT FROM membership_description n WHERE n.tenant_id = d.tenant_id AND n.group_key = {now} AND n.user_key = d.user_key AND n.at = d.at)", cancel);
        await db.Database.ExecuteSqlAsync($"UPDATE membership_description SET group_key = {now} WHERE tenant_id = {tenantId} AND group_key = {old}", cancel);
        await db.MembershipStays.Where(s => s.TenantId == tenantId && s.GroupKey == old).ExecuteDeleteAsync(cancel);
        await db.PlanAssignments.Where(a => a.TenantId == tenantId && a.Account == oldAccount).ExecuteUpdateAsync(a => a.SetProperty(x => x.Account, account), cancel);
        await db.QuotaOverrides.Where(o => o.TenantId == tenantId && o.Account == oldAccount).ExecuteUpdateAsync(o => o.SetProperty(x => x.Account, account), cancel);
        if (await db.GroupPolicies.AnyAsync(p => p.TenantId == tenantId && p.GroupKey == now && p.EndedAt == null, cancel))
            await db.GroupPolicies.Where(p => p.TenantId == tenantId && p.GroupKey == old && p.EndedAt == null).ExecuteUpdateAsync(p => p.SetProperty(x => x.EndedAt, actor.At), cancel);
        await db.GroupPolicies.Where(p => p.TenantId == tenantId && p.GroupKey == old).ExecuteUpdateAsync(p => p.SetProperty(x => x.GroupKey, now), cancel);
        await Controls.FilePinStore.RenameAsync(db, tenantId, old, now, cancel);
        await db.Reservations.Where(r => r.TenantId == tenantId && r.Account == oldAccount).ExecuteUpdateAsync(r => r.SetProperty(x => x.Account, account), cancel);
        await db.Database.ExecuteSqlAsync($"UPDATE frozen_statement f SET account = {account} WHERE tenant_id = {tenantId} AND account = {oldAccount} AND NOT EXISTS (SELECT FROM frozen_statement g WHERE g.tenant_id = f.tenant_id AND g.period = f.period AND g.account = {account})", cancel);
        await db.Decisions.Where(d => d.TenantId == tenantId && d.Account == oldAccount).ExecuteUpdateAsync(d => d.SetProperty(x => x.Account, account), cancel);
        await Alerts.AlertAccounts.RenameAsync(db, tenantId, oldAccount, account, cancel);
        await Views.ViewStore.RenameAsync(db, tenantId, old, now, cancel);
        await db.Disputes.Where(d => d.TenantId == tenantId && d.Account == oldAccount).ExecuteUpdateAsync(d => d.SetProperty(x => x.Account, account), cancel);
        await db.RuleReplayAsks.Where(r => r.TenantId == tenantId && r.Account == oldAccount).ExecuteDeleteAsync(cancel);
        db.Note(tenantId, actor, "group.renamed", account, AuditLog.ToJson(new { slug = old }), AuditLog.ToJson(new { slug = now }));
        await db.SaveChangesAsync(cancel);

        // A snapshot under either slug sets the level of both.
        var meters = await MeterCatalog.ChangedAsync(connection, tenantId, cancel);
        var fold = new RollupFold(meters.Attribution);
        await StorageLedger.ApplySnapshotsAsync(connection, tenantId, meters, [account, oldAccount], [], fold, cancel);
        await fold.WriteAsync(connection, tenantId, meters, cancel);

        // What was told under either slug is one history.
        var people = await db.Memberships.Where(m => m.TenantId == tenantId && m.GroupKey == now).Select(m => m.UserKey).ToListAsync(cancel);
        if (people.Count > 0) await MembershipFromEvents.DeriveAsync(connection, tenantId, [.. people.Select(user => (now, user))], cancel);
    }

    private static async Task DescribeAsync(InsightsDbContext db, NpgsqlConnection connection, int tenantId, MemberDescription member, Actor actor, CancellationToken cancel)
    {
        var group = await Pricing.UsageReports.PresentGroupAsync(db, tenantId, member.Group, cancel);
        await DirectorySightings.SeeAsync(connection, tenantId, [member.User], [group], actor.At, cancel);
        var known = await db.Memberships.AsNoTracking().SingleOrDefaultAsync(m => m.TenantId == tenantId && m.GroupKey == group && m.UserKey == member.User, cancel);
        var before = known is null ? null : new { known.Role, known.Until };
        if (known is null && member.Role is null) return;
        await db.Database.ExecuteSqlAsync($"""
            INSERT INTO membership_description (tenant_id, group_key, user_key, at, role) VALUES ({tenantId}, {group}, {member.User}, {actor.At}, {member.Role})
            ON CONFLICT (tenant_id, group_key, user_key, at) DO UPDATE SET role = excluded.role
            """, cancel);
        await MembershipFromEvents.DeriveAsync(connection, tenantId, [(group, member.User)], cancel);
        db.Note(tenantId, actor, member.Role is null ? "member.removed" : "member.described", $"group:{group} user:{member.User}", AuditLog.ToJson(before), AuditLog.ToJson(new { member.Role }));
    }

    /// <summary>
    /// Erases a person: the name goes from the directory, the key from stored events and from everything worked out of them, where a
    /// surrogate takes its place. Totals stay, and so do the identities: an event sent again is a duplicate. Null for an unknown key.
    /// </summary>
    /// <returns>The surrogate.</returns>
    public async Task<string?> EraseAsync(int tenantId, string user, Actor actor, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        await TenantLock.AloneAsync((NpgsqlConnection)db.Database.GetDbConnection(), tenantId);
        if (!await db.DirectoryUsers.AnyAsync(u => u.TenantId == tenantId && u.Key == user, cancel)) return null;
        var surrogate = "erased-" + RandomNumberGenerator.GetHexString(16, lowercase: true);
        var (carrier, newCarrier) = ("user:" + user, "user:" + surrogate);
        var names = await PersonalData.NamesAsync((NpgsqlConnection)db.Database.GetDbConnection(), tenantId, user, cancel);
        var json = $"\"{surrogate}\"";
        await db.Database.ExecuteSqlAsync($"""
            UPDATE ledger SET subject = CASE WHEN subject = {user} THEN {surrogate} ELSE subject END,
                event = (CASE WHEN event->'data'->>'user' = {user} THEN jsonb_set(e.changed, ARRAY['data', 'user'], {json}::jsonb) ELSE e.changed END)::json
            FROM (SELECT tenant_id AS t, time AS at, key AS k, CASE WHEN subject = {user} THEN jsonb_set(event::jsonb, ARRAY['subject'], {json}::jsonb) ELSE event::jsonb END AS changed
                  FROM ledger WHERE tenant_id = {tenantId} AND (subject = {user} OR event->'data'->>'user' = {user})) e
            WHERE tenant_id = e.t AND time = e.at AND key = e.k
            """, cancel);
        await db.Database.ExecuteSqlAsync($"UPDATE storage_event SET subject = {surrogate}, own_carrier = CASE WHEN own_carrier = {carrier} THEN {newCarrier} ELSE own_carrier END WHERE tenant_id = {tenantId} AND subject = {user}", cancel);
        await db.Database.ExecuteSqlAsync($"UPDATE storage_delta SET carrier = {newCarrier} WHERE tenant_id = {tenantId} AND carrier = {carrier}", cancel);
        await db.Database.ExecuteSqlAsync($"UPDATE storage_delta SET subject = {surrogate} WHERE tenant_id = {tenantId} AND subject = {user}", cancel);
        await RollupTier.PassAsync((NpgsqlConnection)db.Database.GetDbConnection(), tenantId, RollupScope.Subject, user, surrogate, cancel);
        await RollupTier.PassAsync((NpgsqlConnection)db.Database.GetDbConnection(), tenantId, RollupScope.Carrier, carrier, newCarrier, cancel);
        await db.Memberships.Where(m => m.TenantId == tenantId && m.UserKey == user).ExecuteUpdateAsync(m => m.SetProperty(x => x.UserKey, surrogate), cancel);
        await db.MembershipStays.Where(m => m.TenantId == tenantId && m.UserKey == user).ExecuteUpdateAsync(m => m.SetProperty(x => x.UserKey, surrogate), cancel);
        await db.MembershipDescriptions.Where(m => m.TenantId == tenantId && m.UserKey == user).ExecuteUpdateAsync(m => m.SetProperty(x => x.UserKey, surrogate), cancel);
        await db.SavedViews.Where(v => v.TenantId == tenantId && names.Contains(v.Owner)).ExecuteDeleteAsync(cancel);
        await db.PageFeedback.Where(f => f.TenantId == tenantId && names.Contains(f.Person)).ExecuteUpdateAsync(f => f.SetProperty(x => x.Person, newCarrier), cancel);
        await db.GroupOwners.Where(o => o.TenantId == tenantId && o.OwnerKey == user).ExecuteUpdateAsync(o => o.SetProperty(x => x.OwnerKey, surrogate), cancel);
        await db.PlanAssignments.Where(a => a.TenantId == tenantId && a.Account == carrier).ExecuteUpdateAsync(a => a.SetProperty(x => x.Account, newCarrier), cancel);
        await db.QuotaOverrides.Where(o => o.TenantId == tenantId && o.Account == carrier).ExecuteUpdateAsync(o => o.SetProperty(x => x.Account, newCarrier).SetProperty(x => x.Reason, "erased"), cancel);
        await db.Forecasts.Where(f => f.TenantId == tenantId && f.Account == carrier).ExecuteDeleteAsync(cancel);
        await db.Reservations.Where(r => r.TenantId == tenantId && (r.Account == carrier || r.UserKey == user)).ExecuteDeleteAsync(cancel);
        await db.Database.ExecuteSqlAsync($"UPDATE frozen_statement SET account = {newCarrier}, document = document - 'name' WHERE tenant_id = {tenantId} AND account = {carrier}", cancel);
        var decisions = db.Decisions.Where(d => d.TenantId == tenantId && d.Account == carrier);
        await db.DecisionResponses.Where(r => r.TenantId == tenantId && decisions.Any(d => d.Id == r.DecisionId)).ExecuteDeleteAsync(cancel);
        await db.ShadowVerdicts.Where(s => decisions.Any(d => d.Id == s.DecisionId)).ExecuteDeleteAsync(cancel);
        await db.Disputes.Where(d => d.TenantId == tenantId && d.Account == carrier).ExecuteDeleteAsync(cancel);
        await db.RuleReplayAsks.Where(r => r.TenantId == tenantId && r.Account == carrier).ExecuteUpdateAsync(r => r.SetProperty(x => x.Account, newCarrier), cancel);
        await decisions.ExecuteDeleteAsync(cancel);
        foreach (var name in names) await Alerts.AlertAccounts.EraseAsync(db, tenantId, name, cancel);
        await db.ContributorOptOuts.Where(o => o.TenantId == tenantId && o.UserKey == user).ExecuteDeleteAsync(cancel);
        await db.Database.ExecuteSqlAsync($"UPDATE bulk_item SET account = {newCarrier}, name = {surrogate} WHERE account = {carrier} AND action_id IN (SELECT b.id FROM bulk_action AS b WHERE b.tenant_id = {tenantId})", cancel);
        await ErasedActs.RenameAsync((NpgsqlConnection)db.Database.GetDbConnection(), tenantId, names, newCarrier, cancel);
        var emptied = await AuditErasure.RunAsync((NpgsqlConnection)db.Database.GetDbConnection(), tenantId, user, names, newCarrier, cancel);
        await Controls.PolicyMembers.EraseAsync(db, tenantId, user, surrogate, cancel);
        await db.Users.Where(u => u.TenantId == tenantId && u.UserKey == user).ExecuteDeleteAsync(cancel);
        await db.DirectoryUsers.Where(u => u.TenantId == tenantId && u.Key == user).ExecuteDeleteAsync(cancel);
        db.DirectoryUsers.Add(new DirectoryUser { TenantId = tenantId, Key = surrogate, SeenAt = actor.At, ErasedAt = actor.At });
        db.Note(tenantId, actor, AuditChain.Erased, newCarrier, null, emptied);
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return surrogate;
    }
}
