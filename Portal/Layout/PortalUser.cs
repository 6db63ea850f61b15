using System.Security.Claims;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Layout;

/// <summary>What a managed group lets its manager see.</summary>
public enum ManagerRole
{
    Moderator,
    Admin,
    Owner,
}

/// <summary>One group that the signed-in person helps to run.</summary>
public sealed record ManagedGroup(string Key, ManagerRole Role, string Name)
{
    /// <summary>Usage, storage and members as figures.</summary>
    public bool SeesUsage => Role is ManagerRole.Owner or ManagerRole.Admin;

    /// <summary>Costs, plan and what is asked of the group.</summary>
    public bool SeesMoney => Role is ManagerRole.Owner;

    /// <summary>Reads <c>groupkey|role|Group name</c>; null where it is not that.</summary>
    public static ManagedGroup? Parse(string claim)
    {
        var parts = claim.Split('|', 3);
        if (parts.Length < 2 || parts[0].Length == 0)
        {
            return null;
        }
        var name = parts.Length == 3 && parts[2].Length > 0 ? parts[2] : parts[0];
        return parts[1].ToLowerInvariant() switch
        {
            "owner" => new ManagedGroup(parts[0], ManagerRole.Owner, name),
            "admin" => new ManagedGroup(parts[0], ManagerRole.Admin, name),
            "moderator" => new ManagedGroup(parts[0], ManagerRole.Moderator, name),
            _ => null,
        };
    }
}

/// <summary>The signed-in person as the claims describe them; for showing only, queries check for themselves.</summary>
public sealed record PortalUser(string Key, string Name, bool IsAdmin, IReadOnlyList<ManagedGroup> Groups)
{
    public const string UserClaim = "insights:user";
    public const string NameClaim = "insights:name";
    public const string ManagesClaim = "insights:manages";
    public const string AdminRole = "admin";

    /// <summary>Null where nobody is signed in.</summary>
    public static PortalUser? From(ClaimsPrincipal principal)
    {
        if (principal.Identity?.IsAuthenticated != true)
        {
            return null;
        }
        var key = principal.FindFirstValue(UserClaim) ?? "";
        var name = principal.FindFirstValue(NameClaim) ?? principal.Identity.Name ?? key;
        var groups = principal.FindAll(ManagesClaim)
            .Select(c => ManagedGroup.Parse(c.Value))
            .OfType<ManagedGroup>()
            .OrderBy(g => g.Name, StringComparer.OrdinalIgnoreCase)
            .ToList();
        return new PortalUser(key, name, principal.IsInRole(AdminRole), groups);
    }

    /// <summary>The line below the name: what the person is here.</summary>
    public string Standing => (IsAdmin, Groups.Count) switch
    {
        (true, _) => Words.Say("Administrator"),
        (_, 0) => Words.Say("Member"),
        (_, 1) => $"{Named(Groups[0].Role)}, {Groups[0].Name}",
        _ => Words.Say("Runs {0} groups", Formats.Number(Groups.Count)),
    };

    private static string Named(ManagerRole role) => role switch
    {
        ManagerRole.Owner => Words.Say("Owner"),
        ManagerRole.Admin => Words.Say("Admin"),
        _ => Words.Say("Moderator"),
    };

    /// <summary>One or two letters for the round mark.</summary>
    public string Initials
    {
        get
        {
            var words = Name.Split([' ', '.', '-', '@'], StringSplitOptions.RemoveEmptyEntries);
            return words.Length switch
            {
                0 => "?",
                1 => words[0][..1].ToUpperInvariant(),
                _ when Name.Contains('@', StringComparison.Ordinal) => words[0][..1].ToUpperInvariant(),
                _ => string.Concat(words[0].AsSpan(0, 1), words[^1].AsSpan(0, 1)).ToUpperInvariant(),
            };
        }
    }
}
