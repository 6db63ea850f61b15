using System.Security.Cryptography;
using System.Text;
using NodaTime;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Infrastructure.People;

/// <summary>Whom an administrator invites, and as what.</summary>
/// <param name="Email">The address, in small letters.</param>
/// <param name="IsAdmin">Whether the person is to run the platform.</param>
/// <param name="UserKey">Who it is in the directory; null for nobody there, which only an administrator can be.</param>
public sealed record Invited(string Email, bool IsAdmin, string? UserKey);

/// <summary>The link of an invitation, told only now.</summary>
/// <param name="UserId">The account that waits.</param>
/// <param name="Token">What opens it, once.</param>
/// <param name="Until">When it ends.</param>
public sealed record InvitationLink(string UserId, string Token, Instant Until);

/// <summary>Why somebody cannot be invited.</summary>
public enum InvitationFault
{
    /// <summary>The address has an account already, here or in another community.</summary>
    Taken,

    /// <summary>The directory knows no such user.</summary>
    UnknownUser,

    /// <summary>That user has a sign-in already.</summary>
    UserHasSignIn,

    /// <summary>The address has characters that no sign-in can have.</summary>
    BadAddress,
}

/// <summary>Somebody who can sign in, or was invited to.</summary>
/// <param name="Id">The account.</param>
/// <param name="Email">Its address.</param>
/// <param name="UserKey">Who it is in the directory; null for nobody there.</param>
/// <param name="Name">The name there.</param>
/// <param name="IsAdmin">Whether the person runs the platform.</param>
/// <param name="HasSecondFactor">Whether a code is asked for besides the password.</param>
/// <param name="SeenAt">When a session of the account was last used; null for never.</param>
/// <param name="InvitedUntil">Until when the link opens where the invitation was not taken yet; null for an account that is in use.</param>
public sealed record Person(string Id, string Email, string? UserKey, string? Name, bool IsAdmin, bool HasSecondFactor, Instant? SeenAt, Instant? InvitedUntil);

/// <summary>What is kept of a link: its end, whether it went by mail, and the hash of what opens it.</summary>
internal sealed record KeptInvitation(Instant Until, bool IsMailed, string Hash)
{
    /// <summary>Where Identity keeps it, beside the account.</summary>
    public const string Provider = "insights";

    /// <summary>Under which name.</summary>
    public const string Name = "invitation";

    public override string ToString() => $"{Rfc3339.Format(Until)} {(IsMailed ? "mail" : "hand")} {Hash}";

    /// <summary>Reads what was kept; null where nothing is, or it was no invitation.</summary>
    public static KeptInvitation? Parse(string? text) =>
        text?.Split(' ') is [var until, ("mail" or "hand") and var way, { Length: 64 } hash] && Rfc3339.TryParse(until, out var end) ? new KeptInvitation(end, way == "mail", hash) : null;

    /// <summary>Whether a token opens it at an instant.</summary>
    public bool IsOpenedBy(string token, Instant now) => now < Until && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash), Encoding.ASCII.GetBytes(HashOf(token)));

    /// <summary>The hash of a token; it has 256 bits of chance, so one round is enough.</summary>
    public static string HashOf(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
