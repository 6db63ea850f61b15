using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Where to go after signing in: only ever an address of this portal.</summary>
public static class ReturnUrls
{
    public static string Safe(string? url) =>
        IsLocal(url) && (!url!.StartsWith("/account/", StringComparison.OrdinalIgnoreCase) || url.StartsWith("/account/security", StringComparison.OrdinalIgnoreCase)) ? url : PortalUrls.Home;

    /// <summary>The same where an account page is as good.</summary>
    public static string Local(string? url) => IsLocal(url) ? url! : PortalUrls.Home;

    private static bool IsLocal(string? url) => url is ['/', ..] and not ['/', '/' or '\\', ..] && !url.Any(char.IsControl);
}
