using Microsoft.AspNetCore.Components;
using MimeKit;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Another address, or the confirmation of the present one: it counts when the link of a mail to it was opened.</summary>
public sealed partial class EmailSection
{
    private bool _isReady;

    [Inject]
    internal AccountMails Mails { get; init; } = null!;

    [SupplyParameterFromForm(FormName = "address")]
    public string? Address { get; set; }

    protected override void OnInitialized() => _isReady = HttpContext is not null && Mails.IsReady(HttpContext.Request);

    private async Task AskAsync()
    {
        if (!MayChange()) return;
        if (!MailboxAddress.TryParse(Address, out var typed) || typed.Address.Length > 255 || !typed.Address.Contains('@', StringComparison.Ordinal))
        {
            Error = Words.Say("That is no email address.");
            return;
        }
        // Whether somebody else has it is not said here, but to who opens the link.
        Mails.Ask(typed.Address, Holder.User.Id, HttpContext!.Request);
        await Log.NoteAsync(Holder.User, "account.email.asked", Cancel, before: new { Holder.User.Email }, after: new { Email = typed.Address });
        Say("mail");
    }
}
