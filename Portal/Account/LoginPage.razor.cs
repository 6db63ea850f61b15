using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Signs in with email and password: a plain form post, no circuit.</summary>
public sealed partial class LoginPage
{
    private string? _error;
    private OidcSettings? _provider;

    [Inject]
    public required SignInManager<InsightsUser> SignIn { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required DemoSignIns Demo { get; init; }

    [Inject]
    public required IServiceProvider Services { get; init; }

    [SupplyParameterFromQuery]
    public string? ReturnUrl { get; set; }

    [SupplyParameterFromQuery]
    public string? Failed { get; set; }

    [SupplyParameterFromForm(FormName = "login-passkey")]
    public string? Credential { get; set; }

    [SupplyParameterFromForm(FormName = "login")]
    public string? Email { get; set; }

    [SupplyParameterFromForm(FormName = "login")]
    public string? Password { get; set; }

    // What failed before somebody came here.
    private string? Before => Failed == "provider" ? Words.Say("The sign-in there did not succeed. Try again, or use your password.") : null;

    protected override void OnInitialized() => _provider = Services.GetService<OidcSettings>();

    private async Task PasskeyAsync()
    {
        try
        {
            if (!string.IsNullOrEmpty(Credential) && (await SignIn.PasskeySignInAsync(Credential)).Succeeded)
            {
                Navigation.NavigateTo(ReturnUrls.Safe(ReturnUrl));
                return;
            }
        }
        catch (InvalidOperationException)
        {
            // Nobody asked for one.
        }
        _error = Words.Say("That passkey opens nothing here.");
    }

    private async Task SignInAsync()
    {
        if (string.IsNullOrWhiteSpace(Email) || string.IsNullOrEmpty(Password))
        {
            _error = Words.Say("Enter your email and your password.");
            return;
        }
        var users = SignIn.UserManager;
        var user = await users.FindByEmailAsync(Email.Trim());
        // An unknown address takes as long as a wrong password, and so does a locked account, so that nobody can ask which addresses exist.
        if (user?.PasswordHash is null || await users.IsLockedOutAsync(user)) users.PasswordHasher.HashPassword(new InsightsUser(), Password);
        var result = user is null ? SignInResult.Failed : await SignIn.PasswordSignInAsync(user, Password, isPersistent: true, lockoutOnFailure: true);
        if (result.Succeeded) Navigation.NavigateTo(ReturnUrls.Safe(ReturnUrl));
        else if (result.RequiresTwoFactor) Navigation.NavigateTo(PortalUrls.LoginCode(ReturnUrls.Safe(ReturnUrl)));
        else _error = Wrong(users.Options.Lockout);
    }

    // The same for a wrong password, for an unknown address and for an account that is locked.
    private static string Wrong(LockoutOptions lockout) => Words.Say(
        "Email or password is not right. After {0} wrong tries nothing is right for {1} minutes.",
        Formats.Number(lockout.MaxFailedAccessAttempts), Formats.Number((decimal)lockout.DefaultLockoutTimeSpan.TotalMinutes));
}
