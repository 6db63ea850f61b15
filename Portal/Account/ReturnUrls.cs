using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Where to go after signing in: only ever an address of this portal.</summary>
public static class ReturnUrls
{
    public static string Safe(string? url) => IsLocal(url) ? url! : PortalUrls.Home;

    private static bool IsLocal(string? url) =>
        url is ['/', ..] and not ['/', '/' or '\\', ..] && !url.Any(char.IsControl) && !url.StartsWith("/account/", StringComparison.OrdinalIgnoreCase);
}
