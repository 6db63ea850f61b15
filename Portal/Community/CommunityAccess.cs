using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Community;

/// <summary>A report as its page and its file show it.</summary>
/// <param name="Report">What was read.</param>
/// <param name="State">As the address says it.</param>
/// <param name="SeesUsage">Whether the viewer may follow figures to their events, and see storage.</param>
/// <param name="SeesMoney">Whether the viewer may see costs.</param>
public sealed record CommunityModel<T>(T Report, CommunityState State, bool SeesUsage, bool SeesMoney);

/// <summary>
/// Reads community reports for pages and files: one way, so that both have the same rights and the same figures. A list that names people is
/// written to the audit log each time it is opened.
/// </summary>
public sealed class CommunityAccess(
    PageAccess access, DirectoryReports directory, CommunityReports members, PeriodReports periods, RetentionReports retention, GatheringReports gatherings, ConversationReports conversation,
    ContributorReports contributors, HealthReports health, ResourceReports resources, NetworkReports network, MemberListStore lists, TimeProvider time)
{
    /// <summary>A group over a window; null where the viewer may not see it.</summary>
    public Task<CommunityModel<CommunityPeriod>?> PeriodAsync(string group, CommunityState state, CancellationToken cancel) =>
        ReadAsync(group, state, GroupRight.Members, (viewer, _) => periods.GroupAsync(viewer.Tenant, state.About(group), cancel), cancel);

    /// <summary>Its members, by name.</summary>
    public Task<CommunityModel<GroupCommunity>?> MembersAsync(string group, CommunityState state, CancellationToken cancel) =>
        ReadAsync(group, state, GroupRight.Members, async (viewer, _) =>
        {
            var report = await members.GroupAsync(viewer.Tenant, state.About(group), cancel);
            if (report is not null) await lists.OpenedAsync(viewer.Tenant.Id, viewer.Actor(time), "members", report.Frame.Group, report.People.Count, cancel);
            return report;
        }, cancel);

    /// <summary>Whether people who join stay.</summary>
    public Task<CommunityModel<GroupRetention>?> RetentionAsync(string group, CommunityState state, CancellationToken cancel) =>
        ReadAsync(group, state, GroupRight.Members, (viewer, _) => retention.GroupAsync(viewer.Tenant, state.About(group), state.By == "week", cancel), cancel);

    /// <summary>Its events.</summary>
    public Task<CommunityModel<GroupGatherings>?> GatheringsAsync(string group, CommunityState state, CancellationToken cancel) =>
        ReadAsync(group, state, GroupRight.Members, (viewer, _) => gatherings.GroupAsync(viewer.Tenant, state.About(group), cancel), cancel);

    /// <summary>Its talk; newcomers who wait are named where the list is opened.</summary>
    public Task<CommunityModel<GroupConversation>?> ConversationAsync(string group, CommunityState state, CancellationToken cancel) =>
        ReadAsync(group, state, GroupRight.Members, async (viewer, _) =>
        {
            var report = await conversation.GroupAsync(viewer.Tenant, state.About(group), state.List, cancel);
            if (report?.Waiting is { Count: > 0 } waiting) await lists.OpenedAsync(viewer.Tenant.Id, viewer.Actor(time), "waiting-newcomers", report.Frame.Group, waiting.Count, cancel);
            return report;
        }, cancel);

    /// <summary>Who did what, by name.</summary>
    public Task<CommunityModel<GroupContributors>?> ContributorsAsync(string group, CommunityState state, CancellationToken cancel) =>
        ReadAsync(group, state, GroupRight.Members, async (viewer, _) =>
        {
            var report = await contributors.GroupAsync(viewer.Tenant, state.About(group), WeightText.Contributions(state.Weights), cancel);
            if (report is { People.Count: > 0 }) await lists.OpenedAsync(viewer.Tenant.Id, viewer.Actor(time), "contributors", report.Frame.Group, report.People.Count, cancel);
            return report;
        }, cancel);

    /// <summary>The group against its own last weeks.</summary>
    public Task<CommunityModel<GroupHealth>?> HealthAsync(string group, CommunityState state, CancellationToken cancel) =>
        ReadAsync(group, state, GroupRight.Members, (viewer, _) => health.GroupAsync(viewer.Tenant, group, WeightText.Parse(state.Weights), cancel), cancel);

    /// <summary>What it keeps and uses; costs for who may see money.</summary>
    public Task<CommunityModel<GroupResources>?> ResourcesAsync(string group, CommunityState state, CancellationToken cancel) =>
        ReadAsync(group, state, GroupRight.Usage, (viewer, money) => resources.GroupAsync(viewer.Tenant, state.About(group), money, cancel), cancel);

    /// <summary>The groups that the viewer runs, or all for an administrator; null where that is nobody.</summary>
    public async Task<CommunityModel<Network>?> NetworkAsync(CommunityState state, CancellationToken cancel)
    {
        if (await access.ViewerAsync(cancel) is not { } viewer) return null;
        var rights = viewer.IsAdmin
            ? (await directory.GroupsAsync(viewer.Tenant.Id, cancel)).Select(g => new NetworkRight(g.Key, true, true)).ToList()
            : viewer.UserKey is { } key
                ? [.. (await directory.ManagedGroupsAsync(viewer.Tenant.Id, key, cancel)).Select(g => new NetworkRight(g.Group, g.Role is "owner" or "admin", g.Role == "owner"))]
                : [];
        if (rights.Count == 0) return null;
        var report = await network.ReadAsync(viewer.Tenant, rights, viewer.Actor(time).At, cancel);
        return new CommunityModel<Network>(report, state, rights.Any(r => r.SeesUsage), rights.Any(r => r.SeesMoney));
    }

    private async Task<CommunityModel<T>?> ReadAsync<T>(string group, CommunityState state, GroupRight right, Func<Viewer, bool, Task<T?>> readAsync, CancellationToken cancel) where T : class
    {
        if (await access.ForGroupAsync(group, right, cancel) is not { } viewer) return null;
        var money = await access.ForGroupAsync(group, GroupRight.Money, cancel) is not null;
        return await readAsync(viewer, money) is { } report
            ? new CommunityModel<T>(report, state, await access.ForGroupAsync(group, GroupRight.Usage, cancel) is not null, money)
            : null;
    }
}
