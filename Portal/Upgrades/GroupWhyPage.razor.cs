using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>Why a group is asked, or not: for its owner.</summary>
public sealed partial class GroupWhyPage
{
    [Parameter]
    public required string Group { get; set; }

    [Inject]
    public required DirectoryReports Directory { get; init; }

    private string PlanHref => PortalUrls.GroupPlan(Group);

    protected override async Task<(Viewer Viewer, string Account)?> AccountAsync(CancellationToken cancel) =>
        await Access.ForGroupAsync(Group, GroupRight.Money, cancel) is { } viewer
            ? (viewer, "group:" + await Directory.PresentSlugAsync(viewer.Tenant.Id, Group, cancel))
            : null;

    protected override string Address(string? decision) => PortalUrls.GroupWhy(Group, decision);
}
