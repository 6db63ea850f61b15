using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using OpenMeet.Insights.Infrastructure.Account;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Where a sign-in with a provider ends: in the portal, at the second step, or with the reason why not.</summary>
public sealed partial class ExternalPage
{
    private string? _fault;
    private bool _isLinking;

    [CascadingParameter]
    public HttpContext? HttpContext { get; set; }

    [Inject]
    public required IServiceProvider Services { get; init; }

    [Inject]
    internal PortalSignIn SignIn { get; init; } = null!;

    [Inject]
    internal AccountAccess Access { get; init; } = null!;

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [SupplyParameterFromQuery]
    public string? ReturnUrl { get; set; }

    protected override async Task OnInitializedAsync()
    {
        if (HttpContext is not { } http || Services.GetService<OidcAccounts>() is not { } accounts || await SignIn.GetExternalLoginInfoAsync() is not { } info)
        {
            Navigation.NavigateTo(PortalUrls.LoginFailed("provider"));
            return;
        }
        // Used up, whatever comes of it.
        await http.SignOutAsync(IdentityConstants.ExternalScheme);
        var cancel = http.RequestAborted;
        if (info.AuthenticationProperties?.Items.TryGetValue("XsrfId", out var linker) == true && linker is not null)
        {
            _isLinking = true;
            if (await Access.HolderAsync(http) is not { MayChange: true } holder || holder.User.Id != linker) _fault = Words.Say("Sign in again first.");
            else if ((_fault = await accounts.LinkAsync(holder.User, info.Principal, cancel)) is null)
            {
                await SignIn.StayAloneAsync(holder);
                Navigation.NavigateTo(PortalUrls.Security("linked"));
            }
            return;
        }
        (var user, _fault) = await accounts.FindAsync(info.Principal, cancel);
        if (user is null) return;
        var result = await SignIn.ExternalLoginSignInAsync(OidcSettings.Scheme, accounts.KeyOf(info.Principal), isPersistent: true, bypassTwoFactor: false);
        if (result.Succeeded) Navigation.NavigateTo(ReturnUrls.Safe(ReturnUrl));
        else if (result.RequiresTwoFactor) Navigation.NavigateTo(PortalUrls.LoginCode(ReturnUrls.Safe(ReturnUrl)));
        else _fault = Words.Say("Too many wrong tries. Wait a few minutes and try again.");
    }
}
