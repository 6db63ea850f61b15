using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>A group's plan, for its owner; an administrator reads along.</summary>
public sealed partial class GroupPlanPage
{
    [Parameter]
    public required string Group { get; set; }

    protected override string WhyHref => PortalUrls.GroupWhy(Group);

    protected override string Address(string? choose, string? when) => PortalUrls.GroupPlan(Group, choose, when);

    protected override async Task<(Viewer Viewer, string Account, string? Decides)?> AccountAsync(CancellationToken cancel)
    {
        if (await Access.ForGroupAsync(Group, GroupRight.Money, cancel) is not { } viewer)
        {
            Who = await Access.WhoDecidesAsync(Group, cancel);
            return null;
        }
        var slug = await Directory.PresentSlugAsync(viewer.Tenant.Id, Group, cancel);
        return (viewer, "group:" + slug, await Access.DecidesAsync(viewer, slug, cancel) ? null : await Access.OwnersAsync(viewer.Tenant.Id, slug, cancel));
    }
}
