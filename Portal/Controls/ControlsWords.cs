using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>Caps, rights and images as people read them.</summary>
internal static class ControlsWords
{
    /// <summary>What never stops at a cap.</summary>
    public static string NeverBlocked => Words.Say("At a cap or a limit, reading, exporting, deleting and cancelling are never blocked. Only new uploads and new events are refused, when OpenMeet asks before it takes them.");

    /// <summary>A cap's size: <c>25 MB</c>.</summary>
    public static string Size(decimal? bytes) => bytes is { } b ? Formats.Legible(b, Formats.BytesUnit) : Words.Say("no cap");

    /// <summary>A whole cap: <c>25 MB a file, 200 MB a day</c>.</summary>
    public static string Of(MemberCap cap)
    {
        string?[] parts = [cap.PerFile is { } f ? Words.Say("{0} a file", Size(f)) : null, cap.PerDay is { } d ? Words.Say("{0} a day", Size(d)) : null, cap.PerMonth is { } m ? Words.Say("{0} a month", Size(m)) : null];
        return parts.All(p => p is null) ? Words.Say("no cap") : string.Join(", ", parts.OfType<string>());
    }

    /// <summary>A role, as a heading: <c>Moderator</c>.</summary>
    public static string Role(string role) => role switch
    {
        "guest" => Words.Say("Guest"),
        "member" => Words.Say("Member"),
        "moderator" => Words.Say("Moderator"),
        "admin" => Words.Say("Admin"),
        _ => Words.Say("Owner"),
    };

    /// <summary>Who may: <c>moderators, admins and owners</c>.</summary>
    public static string Who(string? least) => least switch
    {
        null => Words.Say("as OpenMeet has it"),
        "member" => Words.Say("members and above, no guests"),
        "moderator" => Words.Say("moderators, admins and the owner"),
        "admin" => Words.Say("admins and the owner"),
        _ => Words.Say("the owner only"),
    };

    /// <inheritdoc cref="ImageCompression.ToString"/>
    public static string Of(ImageCompression? images) => images is null ? Words.Say("stored as they are sent") : Words.Say("compressed: {0}", string.Join(", ", new[]
    {
        images.Quality is { } quality ? Words.Say("quality {0} %", Formats.Number(quality)) : null,
        images.LongestSide is { } side ? Words.Say("at most {0} pixels on the longest side", Formats.Number(side)) : null,
    }.OfType<string>()));

    /// <inheritdoc cref="PolicyEffect.Sentence"/>
    public static string Effect(PolicyEffect effect)
    {
        var (of, days) = (Formats.Number(effect.Members), Formats.Number(PolicyEffect.Days));
        var met = Words.Say("{0} of {1} members would have met this cap in the last {2} days.", Formats.Number(effect.MetCap), of, days);
        return effect.WithoutRight == 0 ? met : met + " " + Words.Say("{0} of {1} members uploaded in these days and could not any more.", Formats.Number(effect.WithoutRight), of);
    }

    /// <summary>The page's sentence.</summary>
    public static string Sentence(GroupPolicy policy)
    {
        if (policy.IsEmpty) return Words.Say("The group asks nothing of its members beyond the limits of its plan.");
        var cap = policy.Default == MemberCap.None ? Words.Say("A member may upload without a cap of the group") : Words.Say("A member may upload at most {0}", Of(policy.Default));
        return (policy.Roles.Count, policy.Members.Count) switch
        {
            (0, 0) => cap + ".",
            (var roles, 0) => Words.Count(roles, "{1}; {0} role has its own.", "{1}; {0} roles have their own.", cap),
            (0, var members) => Words.Count(members, "{1}; {0} member has their own.", "{1}; {0} members have their own.", cap),
            var (roles, members) => Words.Say("{0}; {1} and {2} have their own.", cap, Words.Count(roles, "{0} role", "{0} roles"), Words.Count(members, "{0} member", "{0} members")),
        };
    }
}
