using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Controls;

/// <summary>A group's members and the versions of its policy.</summary>
/// <param name="Group">The group's present slug.</param>
/// <param name="Name">Its name.</param>
/// <param name="Zone">The zone whose days and months are counted.</param>
/// <param name="Members">Who is a member now, with name and role; guests too.</param>
/// <param name="Versions">Every version, the newest first.</param>
public sealed record GroupControls(string Group, string Name, DateTimeZone Zone, IReadOnlyList<(string User, string Name, string Role)> Members, IReadOnlyList<StoredGroupPolicy> Versions)
{
    /// <summary>Whether the reader may see and set budgets: a group's owner, administrators and services.</summary>
    public bool SeesMoney { get; init; } = true;

    /// <summary>The group's budgets with what happens at them; none where the reader does not see money.</summary>
    public IReadOnlyList<BudgetStanding> Budgets { get; init; } = [];

    /// <summary>The version in force; null where there is none.</summary>
    public StoredGroupPolicy? InForce => Versions.FirstOrDefault(v => v.EndedAt is null);

    /// <summary>A member's name; the key of who is none any more.</summary>
    public string NameOf(string user) => Members.FirstOrDefault(m => m.User == user).Name ?? user;

    /// <summary>The policy in force; the empty one where there is none.</summary>
    public GroupPolicy Policy => InForce?.Read() ?? GroupPolicy.Empty;
}

/// <summary>What groups ask of their members, and what that would have meant.</summary>
public sealed class GroupPolicyReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, DirectoryReports directory, GroupBudgets budgets, TimeProvider time)
{
    /// <summary>A group's policy with its versions. Null for an unknown group, and for a user who is neither its owner nor its admin.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="slug">Any slug of the group.</param>
    /// <param name="userKey">Who asks; null for an administrator or a service.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task<GroupControls?> ReadAsync(Tenant tenant, string slug, string? userKey, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        var group = await directory.PresentSlugAsync(tenant.Id, slug, cancel);
        var role = userKey is null ? "owner" : await directory.RoleAsync(tenant.Id, group, userKey, cancel);
        if (role is not ("owner" or "admin")) return null;
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (await db.DirectoryGroups.AsNoTracking().SingleOrDefaultAsync(g => g.TenantId == tenant.Id && g.Key == group, cancel) is not { } known) return null;
        var versions = await db.GroupPolicies.AsNoTracking().Where(p => p.TenantId == tenant.Id && p.GroupKey == group).OrderByDescending(p => p.Id).ToListAsync(cancel);
        var members = await directory.MembersAsync(tenant.Id, group, cancel);
        return new GroupControls(group, known.Name ?? group, CommunityHistories.ZoneOf(known, tenant, Now()), [.. members.Select(m => (m.User, m.Name, m.Role))], versions)
        {
            SeesMoney = role == "owner",
            Budgets = role == "owner" ? await budgets.ReadAsync(tenant, group, cancel) : [],
        };
    }

    /// <summary>What a policy would have meant to the members of now in the last 28 days, from the events themselves.</summary>
    public async Task<PolicyEffect> EffectAsync(Tenant tenant, GroupControls controls, GroupPolicy policy, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        ArgumentNullException.ThrowIfNull(controls);
        var today = Now().InZone(controls.Zone).Date;
        var slugs = await directory.SlugsAsync(tenant.Id, controls.Group, cancel);
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        var uploads = await MemberStandings.PastAsync(connection, tenant.Id, slugs, controls.Zone, CapReplay.NeededFrom(today), cancel);
        return CapReplay.Of(policy, [.. controls.Members.Where(m => m.Role != "guest").Select(m => (m.User, m.Role))], uploads, today);
    }

    private Instant Now() => Instant.FromDateTimeOffset(time.GetUtcNow());
}
