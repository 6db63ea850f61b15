using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Fleet;

/// <summary>How the list of accounts says things.</summary>
internal static class FleetWords
{
    /// <summary>The page's name.</summary>
    public static string Title(string? kind) => kind switch { "user" => Words.Say("Users"), "group" => Words.Say("Groups"), _ => Words.Say("Fleet") };

    /// <summary>"All users".</summary>
    public static string All(string? kind) => kind switch { "user" => Words.Say("All users"), "group" => Words.Say("All groups"), _ => Words.Say("All accounts") };

    /// <summary>"user", "group".</summary>
    public static string Kind(string kind) => Words.Within(kind == "group" ? Words.Say("Group") : Words.Say("User"));

    /// <summary>"214 accounts", "1 user".</summary>
    public static string Count(int count, string? kind) => kind switch
    {
        "user" => Words.Count(count, "{0} user", "{0} users"),
        "group" => Words.Count(count, "{0} group", "{0} groups"),
        _ => Words.Count(count, "{0} account", "{0} accounts"),
    };

    /// <summary>One of <see cref="FleetFilter.Uses"/>, in words.</summary>
    public static string Use(string use) => use switch
    {
        "full" => Words.Say("at a limit or over it"),
        "90" => Words.Say("from 90 % of a limit"),
        "75" => Words.Say("75 to 90 % of a limit"),
        "below" => Words.Say("below 75 % of every limit"),
        _ => Words.Say("without a limit"),
    };

    /// <summary>The filter as a phrase: "on Club, at a limit or over it, with “ann”"; null where it lets everything through.</summary>
    public static string? Of(FleetFilter filter, IReadOnlyDictionary<string, string> plans)
    {
        string?[] parts =
        [
            filter.Plan is null ? null : filter.Plan == FleetFilter.PaidByOthers ? Words.Say("paid for by somebody else") : Words.Say("on {0}", plans.GetValueOrDefault(filter.Plan, filter.Plan)),
            filter.Use is { } use ? Use(use) : null,
            filter.Search is { } search ? Words.Say("with “{0}”", search) : null,
        ];
        return parts.Any(p => p is not null) ? string.Join(", ", parts.OfType<string>()) : null;
    }
}
