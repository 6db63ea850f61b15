using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Alerts;

/// <summary>The rules of all accounts.</summary>
public sealed partial class AdminAlertsPage
{
    protected override Task<Viewer?> MayAsync(bool money, CancellationToken cancel) => Access.AdminAsync(cancel);

    protected override Task<string?> AccountAsync(Viewer viewer, CancellationToken cancel) => Task.FromResult<string?>(null);

    protected override string Address(long? edit) => PortalUrls.AdminAlerts(edit);
}
