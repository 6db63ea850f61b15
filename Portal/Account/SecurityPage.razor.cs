using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>How a person signs in, and where from just now. Each section is a form of its own; what it did is said after a redirection.</summary>
public sealed partial class SecurityPage
{
    private AccountHolder? _holder;
    private AccountWays? _ways;

    [CascadingParameter]
    public HttpContext? HttpContext { get; set; }

    [Inject]
    internal AccountAccess Access { get; init; } = null!;

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [SupplyParameterFromQuery]
    public string? Done { get; set; }

    private string? Said => Done switch
    {
        "password" => Words.Say("Your password is changed. You are signed out everywhere else."),
        "code-off" => Words.Say("Signing in asks for no code any more. You are signed out everywhere else."),
        "mail" => Words.Say("A mail is on its way. Its link works for an hour."),
        "passkey" => Words.Say("Your passkey is kept."),
        "passkey-named" => Words.Say("The passkey has its new name."),
        "passkey-gone" => Words.Say("That passkey opens nothing any more."),
        "linked" => Words.Say("The other account is linked."),
        "unlinked" => Words.Say("The other account is not linked any more. You are signed out everywhere else."),
        "session" => Words.Say("Signed out there."),
        "sessions" => Words.Say("You are signed out everywhere else."),
        "email" => Words.Say("Your address is confirmed."),
        _ => null,
    };

    protected override async Task OnInitializedAsync()
    {
        _holder = await Access.HolderAsync(HttpContext);
        if (_holder is null) Navigation.NavigateTo(PortalUrls.Login(PortalUrls.Security()));
        else _ways = await Access.WaysAsync(_holder, HttpContext!.RequestAborted);
    }
}
