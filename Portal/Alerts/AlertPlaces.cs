using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Alerts;

/// <summary>Names and addresses of accounts in lists of alerts.</summary>
internal static class AlertPlaces
{
    /// <summary>"group trail-runners", "user ann".</summary>
    public static string Name(string account) => account.StartsWith("group:", StringComparison.Ordinal) ? Words.Say("group {0}", account[6..])
        : account.StartsWith("user:", StringComparison.Ordinal) ? Words.Say("user {0}", account[5..])
        : account;

    /// <summary>Where a line of an inbox leads: to the budget that asks or stops, else to the account's alerts, for who was told.</summary>
    public static string Href(InboxNotice notice, string recipient) => notice.Account.StartsWith("group:", StringComparison.Ordinal)
        ? notice.Budget is { } rule ? FormattableString.Invariant($"{PortalUrls.GroupControls(notice.Account[6..])}#budget-{rule}") : PortalUrls.GroupAlerts(notice.Account[6..])
        : notice.Account == recipient ? PortalUrls.MyAlerts() : PortalUrls.AdminAlerts();
}
