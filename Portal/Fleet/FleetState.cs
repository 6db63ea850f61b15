using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Fleet;

/// <summary>What of the list of accounts stands in its URL: the kind in the path, the rest in the query.</summary>
/// <param name="Filter">Which accounts.</param>
/// <param name="List">Order and page.</param>
/// <param name="Period">The month whose cost is shown, <c>2026-10</c>; null for the running one.</param>
public sealed record FleetState(FleetFilter Filter, ListState List, string? Period = null)
{
    /// <summary>Reads an address. What cannot be read is the default: a link is never an error.</summary>
    /// <param name="path">Such as <c>/admin/users</c> or <c>/admin/users.csv</c>.</param>
    /// <param name="query">A value of the query by its name.</param>
    public static FleetState Parse(string path, Func<string, string?> query)
    {
        var kind = path.Split('?')[0].Split('/')[^1] switch { "users" or "users.csv" => "user", "groups" or "groups.csv" => "group", _ => null };
        var list = ListState.Parse(query("q"), query("sort"), query("page"), FleetReports.Sorts);
        var use = query("use");
        return new FleetState(
            new FleetFilter(kind, query("plan") is { Length: > 0 and <= 255 } plan ? plan : null, FleetFilter.Uses.Contains(use) ? use : null, list.Search), list, query("period") is { Length: > 0 } period ? period : null);
    }

    /// <summary>The address of this state; defaults are left out.</summary>
    public string Href => PortalUrls.Add(PortalUrls.Listed(Path(Filter.Kind), List, FleetReports.Sorts[0]), Own);

    /// <summary>The address of the file with all that match.</summary>
    public string FileHref => PortalUrls.File((this with { List = List with { Page = 1 } }).Href);

    /// <summary>The same with another kind, from the first page on.</summary>
    public FleetState Of(string? kind) => From(Filter with { Kind = kind });

    /// <summary>The same with another filter, from the first page on.</summary>
    public FleetState From(FleetFilter filter) => this with { Filter = filter, List = List with { Search = filter.Search, Page = 1 } };

    private IEnumerable<(string, string?)> Own => [("plan", Filter.Plan), ("use", Filter.Use), ("period", Period)];

    private static string Path(string? kind) => kind switch { "user" => PortalUrls.AdminUsers(), "group" => PortalUrls.AdminGroups(), _ => PortalUrls.AdminFleet() };
}
