using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Portal.Controls;

/// <summary>Caps and rights as people read them.</summary>
internal static class ControlsWords
{
    /// <summary>What never stops at a cap.</summary>
    public const string NeverBlocked = "At a cap or a limit, reading, exporting, deleting and cancelling are never blocked. Only new uploads and new events are refused, when OpenMeet asks before it takes them.";

    /// <summary>A cap's size: <c>25 MB</c>.</summary>
    public static string Size(decimal? bytes) => bytes is { } b ? QuantityText.Of(b, QuantityText.Bytes) : "no cap";

    /// <summary>A whole cap: <c>25 MB a file, 200 MB a day</c>.</summary>
    public static string Of(MemberCap cap)
    {
        string?[] parts = [cap.PerFile is { } f ? Size(f) + " a file" : null, cap.PerDay is { } d ? Size(d) + " a day" : null, cap.PerMonth is { } m ? Size(m) + " a month" : null];
        return parts.All(p => p is null) ? "no cap" : string.Join(", ", parts.OfType<string>());
    }

    /// <summary>Who may: <c>moderators, admins and owners</c>.</summary>
    public static string Who(string? least) => least switch
    {
        null => "as OpenMeet has it",
        "member" => "members and above, no guests",
        "moderator" => "moderators, admins and the owner",
        "admin" => "admins and the owner",
        _ => "the owner only",
    };

    /// <summary>The page's sentence.</summary>
    public static string Sentence(GroupPolicy policy) => policy.IsEmpty
        ? "The group asks nothing of its members beyond the limits of its plan."
        : $"A member may upload {(policy.Default == MemberCap.None ? "without a cap of the group" : $"at most {Of(policy.Default)}")}{Exceptions(policy)}.";

    private static string Exceptions(GroupPolicy policy) => (policy.Roles.Count, policy.Members.Count) switch
    {
        (0, 0) => "",
        (var roles, 0) => $"; {Shared.Formats.Count(roles, "role has its", "roles have their")} own",
        (0, var members) => $"; {Shared.Formats.Count(members, "member has their", "members have their")} own",
        var (roles, members) => $"; {Shared.Formats.Count(roles, "role", "roles")} and {Shared.Formats.Count(members, "member", "members")} have their own",
    };
}
