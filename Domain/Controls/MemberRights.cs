namespace OpenMeet.Insights.Domain.Controls;

/// <summary>What a group can leave to some roles.</summary>
public enum MemberAct
{
    /// <summary>Uploads: what <c>storage</c>, <c>uploaded</c> and <c>files</c> are asked for.</summary>
    Upload,

    /// <summary>New events: what <c>events</c> is asked for.</summary>
    CreateEvents,

    /// <summary>Invitations. No meter is asked for them: who sends them reads the policy.</summary>
    Invite,
}

/// <summary>The least role that may do each; none where the group leaves it as it is.</summary>
/// <param name="Upload">Uploads.</param>
/// <param name="CreateEvents">New events.</param>
/// <param name="Invite">Invitations.</param>
public sealed record MemberRights(string? Upload = null, string? CreateEvents = null, string? Invite = null)
{
    /// <summary>The roles that can be named as the least one, the lowest first.</summary>
    public static IReadOnlyList<string> Roles { get; } = ["member", "moderator", "admin", "owner"];

    /// <summary>What asking for a meter is; none where it is nothing that a group leaves to roles.</summary>
    public static MemberAct? ActOf(string meter) => meter switch
    {
        "storage" or "uploaded" or "files" => MemberAct.Upload,
        "events" => MemberAct.CreateEvents,
        _ => null,
    };

    /// <summary>The least role that may.</summary>
    public string? LeastFor(MemberAct act) => act switch
    {
        MemberAct.Upload => Upload,
        MemberAct.CreateEvents => CreateEvents,
        _ => Invite,
    };

    /// <summary>Whether a role may. Guests and strangers are below a member.</summary>
    public bool Allows(MemberAct act, string? role) => LeastFor(act) is not { } least || RankOf(role) >= RankOf(least);

    private static int RankOf(string? role)
    {
        for (var i = 0; i < Roles.Count; i++)
        {
            if (Roles[i] == role) return i;
        }
        return -1;
    }
}
