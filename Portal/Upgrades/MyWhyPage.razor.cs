using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>Why the signed-in person is asked, or not.</summary>
public sealed partial class MyWhyPage
{
    protected override WhyLinks Links { get; } = new(PortalUrls.MyWhy, PortalUrls.MyWay, plan => PortalUrls.MyPlan(plan));

    protected override async Task<(Viewer Viewer, string Account, string? Decides)?> AccountAsync(CancellationToken cancel) =>
        await Access.ViewerAsync(cancel) is { UserKey: { } key } viewer ? (viewer, "user:" + key, null) : null;
}
