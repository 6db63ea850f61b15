using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>Why a person is asked, or not, as an administrator reads it: without answering for them.</summary>
public sealed partial class AdminUserWhyPage
{
    [Parameter]
    public required string User { get; set; }

    [Inject]
    public required DirectoryReports Directory { get; init; }

    protected override WhyLinks Links => new(id => PortalUrls.AdminUserWhy(User, id), _ => PortalUrls.Events(user: User, meter: "storage"), _ => PortalUrls.AdminUser(User));

    protected override async Task<(Viewer Viewer, string Account, string? Decides)?> AccountAsync(CancellationToken cancel) =>
        await Access.AdminAsync(cancel) is { } viewer ? (viewer, "user:" + User, await Directory.NameAsync(viewer.Tenant.Id, User, cancel) ?? User) : null;
}
