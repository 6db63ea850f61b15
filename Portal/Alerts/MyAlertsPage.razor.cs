using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Alerts;

/// <summary>The rules of one's own account.</summary>
public sealed partial class MyAlertsPage
{
    protected override async Task<Viewer?> MayAsync(bool money, CancellationToken cancel) => await Access.ViewerAsync(cancel) is { UserKey: not null } viewer ? viewer : null;

    protected override Task<string?> AccountAsync(Viewer viewer, CancellationToken cancel) => Task.FromResult<string?>("user:" + viewer.UserKey);

    protected override string Address(long? edit) => PortalUrls.MyAlerts(edit);
}
