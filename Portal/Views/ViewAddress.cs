using Microsoft.AspNetCore.WebUtilities;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Views;

/// <summary>The address of a page as a saved view keeps it.</summary>
internal static class ViewAddress
{
    /// <summary>The address with its dates as they are now: a range that moves with the calendar stands still from then on.</summary>
    public static string Locked(string address, DateOnly today)
    {
        var cut = address.IndexOf('?', StringComparison.Ordinal);
        var query = QueryHelpers.ParseQuery(cut < 0 ? "" : address[cut..]);
        string? Value(string name) => query.TryGetValue(name, out var value) ? value.ToString() : null;
        var path = cut < 0 ? address : address[..cut];
        if (IsOfMonth(path)) return Value("period") is null ? PortalUrls.Add(address, ("period", $"{today:yyyy-MM}")) : address;
        var (from, to) = RangeChoice.Parse(Value("p") ?? (Value("from") is null ? PortalUrls.StartOf(path) : null), Value("from"), Value("to")).Resolve(today);
        return PortalUrls.WithState(address, PageState.Parse(null, $"{from:yyyy-MM-dd}", $"{to:yyyy-MM-dd}", Value("view"), Value("compare")));
    }

    /// <summary>The group whose page an address is; null for another page.</summary>
    public static string? GroupOf(string address)
    {
        var parts = address.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts is ["groups", var group, ..] ? Uri.UnescapeDataString(group) : null;
    }

    // Pages that step by months: statements, and the lists of accounts.
    private static bool IsOfMonth(string path) => path.EndsWith("/statement", StringComparison.Ordinal) || path is "/admin/fleet" or "/admin/users" or "/admin/groups";

    /// <summary>Whether an address is one of the portal's own: never that of another site.</summary>
    public static bool IsOwn(string address) => address.StartsWith('/') && !address.StartsWith("//", StringComparison.Ordinal) && !address.Contains('\\', StringComparison.Ordinal);
}
