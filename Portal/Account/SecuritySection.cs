using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using OpenMeet.Insights.Infrastructure.Account;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>A part of the security page that changes something about its holder's account.</summary>
public abstract class SecuritySection : ComponentBase
{
    [Parameter, EditorRequired]
    public required AccountHolder Holder { get; set; }

    [Parameter, EditorRequired]
    public required AccountWays Ways { get; set; }

    [CascadingParameter]
    public HttpContext? HttpContext { get; set; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    internal PortalSignIn SignIn { get; init; } = null!;

    [Inject]
    public required AccountUsers Users { get; init; }

    [Inject]
    public required PortalSessions Sessions { get; init; }

    [Inject]
    public required AccountLog Log { get; init; }

    /// <summary>What is wrong with the input, for the reader.</summary>
    protected string? Error { get; set; }

    protected CancellationToken Cancel => HttpContext?.RequestAborted ?? default;

    /// <summary>Whether this may be changed now; else says why not.</summary>
    protected bool MayChange()
    {
        if (!Holder.MayChange) Error = Holder.IsDemo ? Words.Say("The demo's sign-ins cannot be changed.") : Words.Say("Sign in again first.");
        return Holder.MayChange;
    }

    /// <summary>After the account's stamp has changed: this browser alone stays signed in, and it is noted.</summary>
    protected async Task ChangedAsync(string action, object? after = null)
    {
        await SignIn.StayAloneAsync(Holder);
        await Log.NoteAsync(Holder.User, action, Cancel, after: after);
    }

    protected void Say(string done) => Navigation.NavigateTo(PortalUrls.Security(done));

    /// <summary>What Identity finds wrong with a password, in the reader's language.</summary>
    internal static string FaultOf(IdentityResult result, PasswordOptions rules) => result.Errors.Select(e => e.Code).ToList() switch
    {
        var codes when codes.Contains(nameof(IdentityErrorDescriber.PasswordMismatch)) => Words.Say("The present password is not right."),
        [AccountUsers.TriedFirst] => Words.Say("This password is one of those that are tried first: choose another."),
        _ => RuleOf(rules),
    };

    /// <summary>What a password has to be.</summary>
    internal static string RuleOf(PasswordOptions rules) =>
        Words.Say("Choose a password of {0} characters or more, with {1} different ones.", Formats.Number(rules.RequiredLength), Formats.Number(rules.RequiredUniqueChars));
}
