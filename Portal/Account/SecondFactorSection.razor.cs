using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>The second step of a sign-in with a password: on, off, and codes for the day when the phone is gone.</summary>
public sealed partial class SecondFactorSection
{
    /// <summary>How many recovery codes somebody gets.</summary>
    public const int Codes = 10;

    private IReadOnlyList<string>? _codes;

    [SupplyParameterFromForm(FormName = "second-factor")]
    public string? Act { get; set; }

    private async Task ActAsync()
    {
        if (!MayChange()) return;
        switch (Act)
        {
            case "begin" when !Holder.User.TwoFactorEnabled:
                await Users.BeginAuthenticatorAsync(Holder.User);
                Navigation.NavigateTo(PortalUrls.Authenticator);
                break;
            case "codes" when Holder.User.TwoFactorEnabled:
                _codes = [.. await Users.GenerateNewTwoFactorRecoveryCodesAsync(Holder.User, Codes) ?? []];
                await Log.NoteAsync(Holder.User, "account.recovery.made", Cancel, after: new { count = Codes });
                break;
            case "off" when Holder.User.TwoFactorEnabled:
                await Users.RemoveAuthenticatorAsync(Holder.User);
                await ChangedAsync("account.code.removed");
                Say("code-off");
                break;
        }
    }
}
