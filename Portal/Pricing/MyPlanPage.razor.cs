using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>The signed-in person's plan.</summary>
public sealed partial class MyPlanPage
{
    protected override string WhyHref => PortalUrls.MyWhy();

    protected override string Address(string? choose, string? when) => PortalUrls.MyPlan(choose, when);

    protected override async Task<(Viewer Viewer, string Account, string? Decides)?> AccountAsync(CancellationToken cancel) =>
        await Access.ViewerAsync(cancel) is { UserKey: { } key } viewer ? (viewer, "user:" + key, null) : null;
}
