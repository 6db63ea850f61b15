namespace OpenMeet.Insights.Infrastructure.Fleet;

/// <summary>Which accounts; null lets everything through.</summary>
/// <param name="Kind"><c>user</c> or <c>group</c>.</param>
/// <param name="Plan">The key of the plan that it is on now, or <see cref="PaidByOthers"/>.</param>
/// <param name="Use">How full its nearest limit is by the use of now: one of <see cref="Uses"/>.</param>
/// <param name="Search">A part of the name or the key.</param>
public sealed record FleetFilter(string? Kind = null, string? Plan = null, string? Use = null, string? Search = null)
{
    /// <summary>In the place of a plan: groups that have none of their own, since somebody else pays for them.</summary>
    public const string PaidByOthers = "none";

    /// <summary>At a limit or over it; from 90 %; from 75 %; below; without a limit.</summary>
    public static IReadOnlyList<string> Uses { get; } = ["full", "90", "75", "below", "unlimited"];

    internal bool Matches(FleetRow row) =>
        (Plan is null || (Plan == PaidByOthers ? row.PaidBy is not null : row.Plan?.Key == Plan))
        && (Use is null || Use == UseOf(row.Nearest))
        && (Search is null || row.Name.Contains(Search, StringComparison.OrdinalIgnoreCase) || row.Key.Contains(Search, StringComparison.OrdinalIgnoreCase));

    private static string UseOf(NearestLimit? nearest) => nearest?.Share switch
    {
        null => "unlimited",
        >= 1 => "full",
        >= Domain.Quotas.QuotaStanding.ActShare => "90",
        >= Domain.Quotas.QuotaStanding.WatchShare => "75",
        _ => "below",
    };
}
