using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>A group's plan, for its owner.</summary>
public sealed partial class GroupPlanPage
{
    [Parameter]
    public required string Group { get; set; }

    protected override async Task<AccountPlanModel?> ReadAsync(CancellationToken cancel) =>
        await Access.ForGroupAsync(Group, GroupRight.Money, cancel) is { } viewer ? await ModelAsync(viewer, Group, PortalUrls.GroupWhy(Group), cancel) : null;
}
