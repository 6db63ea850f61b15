using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>A dry run as its page shows it.</summary>
/// <param name="Files">What it would do.</param>
/// <param name="Zone">The billing zone.</param>
/// <param name="Why">Where one came from.</param>
/// <param name="Storage">The storage page of the account.</param>
/// <param name="IsGroup">Whether it is a group's.</param>
public sealed record WayModel(WayFiles Files, DateTimeZone Zone, string Why, string Storage, bool IsGroup);

/// <summary>What a way to make room would do: a list, and nothing is changed.</summary>
public abstract class WayPage : LoadingPage<WayModel>
{
    [Parameter]
    public required string Way { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required WayReports Ways { get; init; }

    [Inject]
    public required UpgradeDecisions Decisions { get; init; }

    [Inject]
    public required DecisionFunnel Funnel { get; init; }

    /// <summary>Reads the files, and notes for who decides that a free way was looked at.</summary>
    protected async Task<WayModel?> ModelAsync(Viewer viewer, string account, bool decides, string why, string storage, CancellationToken cancel)
    {
        if (await Ways.FilesAsync(viewer.Tenant, account, Way, cancel) is not { } files) return null;
        if (decides)
        {
            var ask = await Decisions.AskedAsync(viewer.Tenant.Id, account, cancel);
            await Funnel.ReachAsync(viewer.Tenant.Id, ask, AskStage.EvidenceOpened, files.At, cancel);
            await Funnel.ReachAsync(viewer.Tenant.Id, ask, AskStage.RemedyTried, files.At, cancel);
        }
        return new WayModel(files, viewer.Tenant.Zone, why, storage, account.StartsWith("group:", StringComparison.Ordinal));
    }
}
