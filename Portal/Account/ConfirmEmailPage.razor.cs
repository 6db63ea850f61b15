using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Account;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Where the mail to a new address leads. A button does it, since programs open the links of mails before people do.</summary>
public sealed partial class ConfirmEmailPage
{
    private string? _error;
    private bool _isDone;

    [CascadingParameter]
    public HttpContext? HttpContext { get; set; }

    [Inject]
    public required AccountUsers Users { get; init; }

    [Inject]
    public required PortalSessions Sessions { get; init; }

    [Inject]
    public required AccountLog Log { get; init; }

    [SupplyParameterFromQuery]
    public string? User { get; set; }

    [SupplyParameterFromQuery]
    public string? Email { get; set; }

    [SupplyParameterFromQuery]
    public string? Token { get; set; }

    private async Task ConfirmAsync()
    {
        var cancel = HttpContext?.RequestAborted ?? default;
        var (user, email) = (await Users.FindByIdAsync(User ?? ""), Email ?? "");
        var former = user?.Email;
        if (user is null || !(await Users.ChangeEmailAsync(user, email, AccountMails.FromAddress(Token))).Succeeded)
        {
            _error = Words.Say("This link was used, its hour is over, or the address has an account already.");
            return;
        }
        await Users.SetUserNameAsync(user, email);
        await Sessions.EndOthersAsync(user.Id, null, cancel);
        await Log.NoteAsync(user, "account.email.changed", cancel, new { Email = former }, new { user.Email });
        _isDone = true;
    }
}
