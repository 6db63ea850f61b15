using System.Globalization;
using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>How far asks got, and who is asked now.</summary>
/// <param name="Days">Asks that began in so many days.</param>
/// <param name="Figures">The funnel.</param>
/// <param name="Newest">The newest decision of each account, those that ask first.</param>
/// <param name="Names">Names of their accounts; those without one are absent.</param>
/// <param name="Disputes">Disputes that wait for an answer.</param>
/// <param name="Zone">The billing zone.</param>
/// <param name="Now">Now.</param>
public sealed record FunnelModel(int Days, FunnelFigures Figures, IReadOnlyList<DecisionEntry> Newest, IReadOnlyDictionary<string, string> Names, int Disputes, DateTimeZone Zone, Instant Now)
{
    /// <summary>An account as people know it.</summary>
    public string Called(string account) => Accounts.AccountParts.Called(account, Names);
}

/// <summary>The upgrade funnel with what guards it.</summary>
public sealed partial class AdminUpgradesPage
{
    private const int Most = 200;

    [SupplyParameterFromQuery]
    public string? Days { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required DecisionFunnel Funnel { get; init; }

    [Inject]
    public required AskReports Asks { get; init; }

    [Inject]
    public required DirectoryReports Directory { get; init; }

    protected override async Task<FunnelModel?> ReadAsync(CancellationToken cancel)
    {
        if (await Access.AdminAsync(cancel) is not { Tenant: var tenant } viewer) return null;
        var now = viewer.Actor(Clock).At;
        var days = int.TryParse(Days, NumberStyles.None, CultureInfo.InvariantCulture, out var named) && named is >= 1 and <= 3650 ? named : FunnelView.Standard;
        var newest = await Asks.NewestAsync(tenant.Id, now, Most, cancel);
        return new FunnelModel(
            days, await Funnel.ReadAsync(tenant.Id, now - Duration.FromDays(days), now, cancel), newest, await Directory.AccountNamesAsync(tenant.Id, newest.Select(d => d.Account), cancel),
            (await Asks.DisputesAsync(tenant.Id, Dispute.Open, Most, cancel)).Count, tenant.Zone, now);
    }
}
