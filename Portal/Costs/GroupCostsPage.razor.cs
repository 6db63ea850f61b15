using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Costs;

/// <summary>What a group costs the platform, and is charged: for its owner.</summary>
public sealed partial class GroupCostsPage
{
    [Parameter]
    public required string Group { get; set; }

    protected override async Task<AccountCostsModel?> ReadAsync(CancellationToken cancel) =>
        await Access.ForGroupAsync(Group, GroupRight.Money, cancel) is { } viewer ? await ModelAsync(viewer, isGroup: true, Group, cancel) : null;
}
