using System.ComponentModel.DataAnnotations;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Infrastructure.People;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.People;

/// <summary>Reads whom somebody invites as the API's body and the page's form have it, and names every fault.</summary>
internal static class InvitationInput
{
    /// <summary>Reads it; null where something is wrong.</summary>
    /// <param name="input">The body, or the form.</param>
    /// <param name="mayInviteAdministrators">Whether who invites can give as much as an administrator can.</param>
    public static Invited? Read(BodyInput input, bool mayInviteAdministrators = true)
    {
        var email = input.Text("email", required: true, most: 255)?.ToLowerInvariant();
        if (email is not null && !new EmailAddressAttribute().IsValid(email)) input.Fault("email", "malformed", Words.Say("'email' must be a mail address such as ann@example.org."));
        var isAdmin = input.OneOf("role", true, "member", "admin") == "admin";
        if (isAdmin && !mayInviteAdministrators) input.Fault("role", "too_much", "An administrator can give every scope: only a key that has them all invites one.");
        var user = input.Key("user");
        if (user is null && !isAdmin && !input.Has("user")) input.Fault("user", "required", Words.Say("Say who a member is in the directory: otherwise there is nothing to see."));
        return input.Faults.Count > 0 ? null : new Invited(email!, isAdmin, user);
    }

    /// <summary>Why nobody was invited.</summary>
    public static InputFault FaultOf(InvitationFault? fault, Invited invited) => fault switch
    {
        InvitationFault.UnknownUser => new("user", "unknown", Words.Say("The directory knows no user '{0}'.", invited.UserKey)),
        InvitationFault.UserHasSignIn => new("user", "taken", Words.Say("'{0}' has a sign-in, or an invitation, under another address.", invited.UserKey)),
        InvitationFault.BadAddress => new("email", "malformed", Words.Say("No sign-in can have the address {0}: it takes letters from a to z, digits and - . _ @ +.", invited.Email)),
        _ => new("email", "taken", Words.Say("{0} has an account already.", invited.Email)),
    };
}
