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

    /// <summary>The alerts page on which an account's alerts stand, for who was told.</summary>
    public static string Href(string account, string recipient) =>
        account.StartsWith("group:", StringComparison.Ordinal) ? PortalUrls.GroupAlerts(account[6..]) : account == recipient ? PortalUrls.MyAlerts() : PortalUrls.AdminAlerts();
}
