using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>Why the signed-in person is asked, or not.</summary>
public sealed partial class MyWhyPage
{
    private static string PlanHref => PortalUrls.MyPlan();

    protected override async Task<(Viewer Viewer, string Account)?> AccountAsync(CancellationToken cancel) =>
        await Access.ViewerAsync(cancel) is { UserKey: { } key } viewer ? (viewer, "user:" + key) : null;

    protected override string Address(string? decision) => PortalUrls.MyWhy(decision);
}
