using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Infrastructure.Account;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Where a mail's link leads: a new password, once. A second factor stays, so a mailbox alone opens nothing that has one.</summary>
public sealed partial class ResetPage
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
    public string? Token { get; set; }

    [SupplyParameterFromForm(FormName = "reset")]
    public string? Chosen { get; set; }

    private async Task ChooseAsync()
    {
        var cancel = HttpContext?.RequestAborted ?? default;
        if (await Users.FindByIdAsync(User ?? "") is not { } user)
        {
            _error = LinkIsOver;
            return;
        }
        var changed = await Users.ResetPasswordAsync(user, AccountMails.FromAddress(Token), Chosen ?? "");
        if (!changed.Succeeded)
        {
            _error = changed.Errors.Any(e => e.Code == "InvalidToken") ? LinkIsOver : SecuritySection.FaultOf(changed, Users.Options.Password);
            return;
        }
        await Users.SetLockoutEndDateAsync(user, null);
        await Sessions.EndOthersAsync(user.Id, null, cancel);
        await Log.NoteAsync(user, "account.password.reset", cancel);
        _isDone = true;
    }

    private static string LinkIsOver => Words.Say("This link was used, or its hour is over. Ask for a new one.");
}
