using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Signs in with email and password: a plain form post, no circuit.</summary>
public sealed partial class LoginPage
{
    private string? _error;

    [Inject]
    public required SignInManager<InsightsUser> SignIn { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required DemoSignIns Demo { get; init; }

    [SupplyParameterFromQuery]
    public string? ReturnUrl { get; set; }

    [SupplyParameterFromForm(FormName = "login")]
    public string? Email { get; set; }

    [SupplyParameterFromForm(FormName = "login")]
    public string? Password { get; set; }

    private async Task SignInAsync()
    {
        if (string.IsNullOrWhiteSpace(Email) || string.IsNullOrEmpty(Password))
        {
            _error = Words.Say("Enter your email and your password.");
            return;
        }
        var users = SignIn.UserManager;
        if (await users.FindByEmailAsync(Email.Trim()) is not { } user)
        {
            // An unknown address takes as long as a wrong password, so that nobody can ask which addresses exist.
            users.PasswordHasher.HashPassword(new InsightsUser(), Password);
            _error = WrongSignIn;
            return;
        }
        var result = await SignIn.PasswordSignInAsync(user, Password, isPersistent: true, lockoutOnFailure: true);
        if (result.Succeeded)
        {
            Navigation.NavigateTo(ReturnUrls.Safe(ReturnUrl));
            return;
        }
        _error = result.IsLockedOut ? Words.Say("Too many wrong tries. Wait a few minutes and try again.") : WrongSignIn;
    }

    private static string WrongSignIn => Words.Say("Email or password is not right.");
}
