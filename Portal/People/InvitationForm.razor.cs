using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Infrastructure.People;
using OpenMeet.Insights.Portal.Account;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.People;

/// <summary>Invites somebody by mail; where there is none, shows the link once.</summary>
public sealed partial class InvitationForm
{
    private static Dictionary<string, string> Labels => new() { ["email"] = Words.Say("Address"), ["user"] = Words.Say("User") };

    private string? _email;
    private string _role = "member";
    private string? _user;
    private string? _done;
    private Uri? _link;

    [Parameter, EditorRequired]
    public required PeopleModel Model { get; set; }

    [Parameter]
    public EventCallback OnInvited { get; set; }

    [Inject]
    public required Invitations Store { get; init; }

    [Inject]
    internal AccountMails Mails { get; init; } = null!;

    [Inject]
    public required NavigationManager Navigation { get; init; }

    private Uri Here => new(Navigation.BaseUri);

    private bool IsMailed => Mails.IsReady(Here);

    private async Task InviteAsync()
    {
        (Faults, _done, _link) = ([], null, null);
        if (InvitationInput.Read(FormInput.Of(Faults, ("email", _email), ("role", _role), ("user", _user))) is not { } invited) return;
        await SaveAsync(async viewer =>
        {
            var isMailed = IsMailed;
            var (link, fault) = await Store.InviteAsync(viewer.Tenant.Id, invited, isMailed, viewer.Actor(Clock), default);
            if (link is null)
            {
                Faults.Add(InvitationInput.FaultOf(fault, invited));
                return;
            }
            var (path, until) = (PortalUrls.Invitation(link.UserId, link.Token), Formats.DateTime(link.Until, viewer.Tenant.Zone));
            if (isMailed) Mails.Invite(invited.Email, path, viewer.Name, Here);
            else _link = Mails.LinkTo(path, Here);
            _done = isMailed
                ? Words.Say("The link is on its way to {0}. It opens once, until {1}.", invited.Email, until)
                : Words.Say("The link for {0}: pass it on now, it is not shown again. It opens once, until {1}.", invited.Email, until);
            (_email, _user, _role) = (null, null, "member");
            await OnInvited.InvokeAsync();
        });
    }
}
