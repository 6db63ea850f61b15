using Microsoft.AspNetCore.Components;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Another password; who has none got in by another way and chooses one by mail.</summary>
public sealed partial class PasswordSection
{
    [SupplyParameterFromForm(FormName = "password")]
    public string? Present { get; set; }

    [SupplyParameterFromForm(FormName = "password")]
    public string? Chosen { get; set; }

    private async Task ChangeAsync()
    {
        // The present password is asked for, so the sign-in may be old; what is wrong counts as at the sign-in.
        if (Holder.IsDemo || await Users.IsLockedOutAsync(Holder.User))
        {
            Error = Languages.Words.Say("Too many wrong tries. Wait a few minutes and try again.");
            return;
        }
        var changed = await Users.ChangePasswordAsync(Holder.User, Present ?? "", Chosen ?? "");
        if (!changed.Succeeded)
        {
            if (changed.Errors.Any(e => e.Code == "PasswordMismatch")) await Users.AccessFailedAsync(Holder.User);
            Error = FaultOf(changed, Users.Options.Password);
            return;
        }
        await ChangedAsync("account.password.changed");
        Say("password");
    }
}
