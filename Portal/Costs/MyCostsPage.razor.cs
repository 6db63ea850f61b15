namespace OpenMeet.Insights.Portal.Costs;

/// <summary>What the signed-in person costs the platform, and is charged.</summary>
public sealed partial class MyCostsPage
{
    protected override async Task<AccountCostsModel?> ReadAsync(CancellationToken cancel) =>
        await Access.ViewerAsync(cancel) is { UserKey: { } key } viewer ? await ModelAsync(viewer, isGroup: false, key, cancel) : null;
}
