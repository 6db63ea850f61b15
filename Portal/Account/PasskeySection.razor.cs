using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>The passkeys of an account: a new one is made by the browser and proven before it counts.</summary>
public sealed partial class PasskeySection
{
    private const int Most = 20;

    [SupplyParameterFromForm(FormName = "passkey-add")]
    public string? Credential { get; set; }

    [SupplyParameterFromForm(FormName = "passkey-add")]
    public string? Name { get; set; }

    private async Task AddAsync()
    {
        if (!MayChange()) return;
        if (Ways.Passkeys.Count >= Most || string.IsNullOrWhiteSpace(Credential) || await ProvenAsync(Credential) is not { } passkey)
        {
            Error = Words.Say("No passkey was made. Try again when you like.");
            return;
        }
        passkey.Name = PasskeyRow.NameOf(Name);
        await Users.AddOrUpdatePasskeyAsync(Holder.User, passkey);
        await Log.NoteAsync(Holder.User, "account.passkey.added", Cancel, after: new { passkey.Name });
        Say("passkey");
    }

    private async Task<UserPasskeyInfo?> ProvenAsync(string credential)
    {
        try
        {
            var result = await SignIn.PerformPasskeyAttestationAsync(credential);
            return result.Succeeded && result.UserEntity.Id == Holder.User.Id ? result.Passkey : null;
        }
        catch (InvalidOperationException)
        {
            // Nobody asked for one.
            return null;
        }
    }
}
