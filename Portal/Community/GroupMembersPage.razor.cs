using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Community;

/// <summary>A group's people as the page shows them.</summary>
/// <param name="Viewed">The range.</param>
/// <param name="Community">What they did.</param>
/// <param name="Zone">The billing time zone, in which days end.</param>
/// <param name="SeesUsage">Whether the viewer may follow figures to their events.</param>
public sealed record GroupMembersModel(ViewedRange Viewed, GroupCommunity Community, DateTimeZone Zone, bool SeesUsage);

/// <summary>What a group's members do, for who runs it.</summary>
public sealed partial class GroupMembersPage
{
    [Parameter]
    public required string Group { get; set; }

    [SupplyParameterFromQuery]
    public string? P { get; set; }

    [SupplyParameterFromQuery]
    public string? From { get; set; }

    [SupplyParameterFromQuery]
    public string? To { get; set; }

    [SupplyParameterFromQuery]
    public string? View { get; set; }

    [SupplyParameterFromQuery]
    public int? All { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required CommunityReports Reports { get; init; }

    // Whole weeks by default; the address leaves it out.
    private PageState State => PageState.Parse(P ?? (From is null ? "28d" : null), From, To, View, null);

    protected override async Task<GroupMembersModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.ForGroupAsync(Group, GroupRight.Members, cancel) is not { } viewer) return null;
        var viewed = ViewedRange.Of(State.Chosen, viewer.Tenant, Clock);
        return await Reports.GroupAsync(viewer.Tenant, Group, viewed.Range, cancel) is { } community
            ? new GroupMembersModel(viewed, community, viewer.Tenant.Zone, await Access.ForGroupAsync(Group, GroupRight.Usage, cancel) is not null)
            : null;
    }
}
