using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>The second step: a code of the authenticator, or a recovery code, which then is used up.</summary>
public sealed partial class LoginCodePage
{
    private string? _error;

    [Inject]
    public required SignInManager<InsightsUser> SignIn { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [SupplyParameterFromQuery]
    public string? ReturnUrl { get; set; }

    [SupplyParameterFromForm(FormName = "login-code")]
    public string? Code { get; set; }

    protected override async Task OnInitializedAsync()
    {
        if (await SignIn.GetTwoFactorAuthenticationUserAsync() is null) Navigation.NavigateTo(PortalUrls.Login(ReturnUrls.Safe(ReturnUrl)));
    }

    private async Task SignInAsync()
    {
        var code = new string([.. (Code ?? "").Where(c => !char.IsWhiteSpace(c) && c != '-')]);
        var isDigits = code.Length == 6 && code.All(char.IsAsciiDigit);
        var result = isDigits
            ? await SignIn.TwoFactorAuthenticatorSignInAsync(code, isPersistent: true, rememberClient: false)
            : await SignIn.TwoFactorRecoveryCodeSignInAsync(code);
        if (result.Succeeded) Navigation.NavigateTo(ReturnUrls.Safe(ReturnUrl));
        else if (result.IsLockedOut) _error = Words.Say("Too many wrong tries. Wait a few minutes and try again.");
        else _error = Words.Say("The code is not right, or it was used before.");
    }
}
