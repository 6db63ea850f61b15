using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Alerts;

/// <summary>The rules of a group, for its owner and admins; those about money for its owner.</summary>
public sealed partial class GroupAlertsPage
{
    [Parameter]
    public required string Group { get; set; }

    [Inject]
    public required DirectoryReports Directory { get; init; }

    protected override Task<Viewer?> MayAsync(bool money, CancellationToken cancel) => Access.ForGroupAsync(Group, money ? GroupRight.Money : GroupRight.Usage, cancel);

    protected override async Task<string?> AccountAsync(Viewer viewer, CancellationToken cancel) => "group:" + await Directory.PresentSlugAsync(viewer.Tenant.Id, Group, cancel);

    protected override string Address(long? edit) => PortalUrls.GroupAlerts(Group, edit);
}
