using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>The signed-in person's plan.</summary>
public sealed partial class MyPlanPage
{
    protected override async Task<AccountPlanModel?> ReadAsync(CancellationToken cancel) =>
        await Access.ViewerAsync(cancel) is { UserKey: not null } viewer ? await ModelAsync(viewer, null, PortalUrls.MyWhy(), cancel) : null;
}
