using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using OpenMeet.Insights.Infrastructure.Account;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Shows the secret of a new authenticator, and turns it on when a code proves that an app has it.</summary>
public sealed partial class AuthenticatorPage
{
    private AccountHolder? _holder;
    private IReadOnlyList<string>? _codes;
    private string? _secret;
    private QrCode? _qr;
    private string? _error;

    [CascadingParameter]
    public HttpContext? HttpContext { get; set; }

    [Inject]
    internal AccountAccess Access { get; init; } = null!;

    [Inject]
    internal PortalSignIn SignIn { get; init; } = null!;

    [Inject]
    public required AccountUsers Users { get; init; }

    [Inject]
    public required AccountLog Log { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [SupplyParameterFromForm(FormName = "authenticator")]
    public string? Code { get; set; }

    protected override async Task OnInitializedAsync()
    {
        _holder = await Access.HolderAsync(HttpContext);
        if (_holder is not { MayChange: true, User: { TwoFactorEnabled: false } user } || await Users.GetAuthenticatorKeyAsync(user) is not { } key)
        {
            Navigation.NavigateTo(PortalUrls.Security());
            return;
        }
        _secret = string.Join(' ', key.Chunk(4).Select(c => new string(c)));
        var issuer = Uri.EscapeDataString(Users.Options.Tokens.AuthenticatorIssuer);
        _qr = QrCode.Of($"otpauth://totp/{issuer}:{Uri.EscapeDataString(user.Email ?? user.Id)}?secret={key}&issuer={issuer}&digits=6");
    }

    private async Task ConfirmAsync()
    {
        if (_holder is not { MayChange: true, User: { TwoFactorEnabled: false } user } holder) return;
        var code = new string([.. (Code ?? "").Where(char.IsAsciiDigit)]);
        if (!await Users.VerifyTwoFactorTokenAsync(user, Users.Options.Tokens.AuthenticatorTokenProvider, code))
        {
            _error = Words.Say("The code is not right. Is the clock of your phone?");
            return;
        }
        await Users.SetTwoFactorEnabledAsync(user, true);
        _codes = [.. await Users.GenerateNewTwoFactorRecoveryCodesAsync(user, SecondFactorSection.Codes) ?? []];
        await SignIn.StayAloneAsync(holder);
        await Log.NoteAsync(user, "account.code.added", HttpContext?.RequestAborted ?? default);
    }
}
