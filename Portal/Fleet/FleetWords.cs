using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Fleet;

/// <summary>How the list of accounts says things.</summary>
internal static class FleetWords
{
    /// <summary>The page's name.</summary>
    public static string Title(string? kind) => kind switch { "user" => "Users", "group" => "Groups", _ => "Fleet" };

    /// <summary>"214 accounts", "1 user".</summary>
    public static string Count(int count, string? kind) => Formats.Count(count, kind ?? "account", (kind ?? "account") + "s");

    /// <summary>One of <see cref="FleetFilter.Uses"/>, in words.</summary>
    public static string Use(string use) => use switch
    {
        "full" => "at a limit or over it",
        "90" => "from 90 % of a limit",
        "75" => "75 to 90 % of a limit",
        "below" => "below 75 % of every limit",
        _ => "without a limit",
    };

    /// <summary>The filter as a phrase: "on Club, at a limit or over it, with “ann”"; null where it lets everything through.</summary>
    public static string? Of(FleetFilter filter, IReadOnlyDictionary<string, string> plans)
    {
        string?[] parts =
        [
            filter.Plan is null ? null : filter.Plan == FleetFilter.PaidByOthers ? "paid for by somebody else" : "on " + plans.GetValueOrDefault(filter.Plan, filter.Plan),
            filter.Use is { } use ? Use(use) : null,
            filter.Search is { } search ? $"with “{search}”" : null,
        ];
        return parts.Any(p => p is not null) ? string.Join(", ", parts.OfType<string>()) : null;
    }
}
