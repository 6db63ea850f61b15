using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Accounts;

/// <summary>How an account's rows are shown.</summary>
internal static class AccountParts
{
    /// <summary>A quota's state as bars and chips show it.</summary>
    public static BarState Bar(QuotaState state) => state switch
    {
        QuotaState.Ok => BarState.Ok,
        QuotaState.Watch => BarState.Watch,
        QuotaState.Act => BarState.Act,
        QuotaState.Over => BarState.Over,
        QuotaState.Blocked => BarState.Blocked,
        _ => BarState.None,
    };

    /// <summary>Rows as they matter: limited ones first, the fullest before, then those with an allowance, then the rest.</summary>
    public static IEnumerable<UsageRow> Ordered(IEnumerable<UsageRow> rows) => rows
        .OrderBy(r => r.Limit is not null ? 0 : r.Included is not null ? 1 : 2)
        .ThenBy(r => r.Reaches?.P50Days ?? int.MaxValue)
        .ThenByDescending(r => r.Limit > 0 ? (r.Used ?? 0) / r.Limit.Value : 0)
        .ThenBy(r => r.Meter.Name, StringComparer.Ordinal);

    /// <summary>An account as people know it: its name, or its key where there is none.</summary>
    /// <param name="account"><c>user:key</c> or <c>group:slug</c>.</param>
    /// <param name="names">Names by account.</param>
    public static string Called(string account, IReadOnlyDictionary<string, string> names) =>
        names.GetValueOrDefault(account) ?? account[(account.IndexOf(':', StringComparison.Ordinal) + 1)..];

    /// <summary>The page of an account named <c>user:key</c> or <c>group:slug</c>.</summary>
    public static string Href(string account) =>
        account.StartsWith("group:", StringComparison.Ordinal) ? PortalUrls.AdminGroup(account[6..]) : PortalUrls.AdminUser(account[(account.IndexOf(':', StringComparison.Ordinal) + 1)..]);
}
