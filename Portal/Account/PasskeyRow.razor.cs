using System.Buffers.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>One passkey, to be renamed or removed.</summary>
public sealed partial class PasskeyRow
{
    [Parameter, EditorRequired]
    public required UserPasskeyInfo Passkey { get; set; }

    [SupplyParameterFromForm]
    public string? Name { get; set; }

    [SupplyParameterFromForm]
    public string? Act { get; set; }

    private string Id => Base64Url.EncodeToString(Passkey.CredentialId);

    /// <summary>A name as it is kept.</summary>
    internal static string NameOf(string? typed)
    {
        var name = new string([.. (typed ?? "").Trim().Where(c => !char.IsControl(c)).Take(60)]);
        return name.Length == 0 ? "Passkey" : name;
    }

    private async Task ActAsync()
    {
        if (!MayChange()) return;
        var before = Passkey.Name;
        if (Act == "remove")
        {
            await Users.RemovePasskeyAsync(Holder.User, Passkey.CredentialId);
            await Log.NoteAsync(Holder.User, "account.passkey.removed", Cancel, before: new { Name = before });
            Say("passkey-gone");
        }
        else if (Act == "name")
        {
            Passkey.Name = NameOf(Name);
            await Users.AddOrUpdatePasskeyAsync(Holder.User, Passkey);
            await Log.NoteAsync(Holder.User, "account.passkey.renamed", Cancel, before: new { Name = before }, after: new { Passkey.Name });
            Say("passkey-named");
        }
    }
}
