using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>The browsers in which a person is signed in; each of them, or all others, can be signed out from here.</summary>
public sealed partial class SessionsSection
{
    [SupplyParameterFromForm(FormName = "sessions")]
    public string? End { get; set; }

    private async Task EndAsync()
    {
        if (End == "others")
        {
            var count = await Sessions.EndOthersAsync(Holder.User.Id, Holder.Session.Id, Cancel);
            await Log.NoteAsync(Holder.User, "account.sessions.ended", Cancel, after: new { count });
            Say("sessions");
        }
        else if (Guid.TryParse(End, out var id) && await Sessions.EndAsync(id, Holder.User.Id, Cancel))
        {
            await Log.NoteAsync(Holder.User, "account.session.ended", Cancel, after: new { session = id });
            Say("session");
        }
    }

    private static string WayOf(string way) => way switch
    {
        "password" => Words.Say("with the password"),
        "code" => Words.Say("with password and code"),
        "recovery" => Words.Say("with a recovery code"),
        "passkey" => Words.Say("with a passkey"),
        _ => Words.Say("with another account"),
    };
}
