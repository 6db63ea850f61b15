using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using OpenMeet.Insights.Infrastructure.People;
using OpenMeet.Insights.Portal.Account;

namespace OpenMeet.Insights.Portal.People;

/// <summary>Where the link of an invitation leads: a password, once. A button does it, since programs open the links of mails before people do.</summary>
public sealed partial class InvitationPage
{
    private string? _email;
    private string? _error;
    private bool _isDone;

    [CascadingParameter]
    public HttpContext? HttpContext { get; set; }

    [Inject]
    public required Invitations Store { get; init; }

    [Inject]
    public required IOptions<IdentityOptions> Identity { get; init; }

    [SupplyParameterFromQuery]
    public string? User { get; set; }

    [SupplyParameterFromQuery]
    public string? Token { get; set; }

    [SupplyParameterFromForm(FormName = "invitation")]
    public string? Chosen { get; set; }

    protected override async Task OnInitializedAsync() => _email = await Store.EmailOfAsync(User ?? "", Token ?? "", HttpContext?.RequestAborted ?? default);

    private async Task TakeAsync()
    {
        if (_email is null) return;
        var taken = await Store.TakeAsync(User ?? "", Token ?? "", Chosen ?? "", HttpContext?.RequestAborted ?? default);
        if (taken is null) _email = null;
        else if (taken.Succeeded) _isDone = true;
        else _error = SecuritySection.FaultOf(taken, Identity.Value.Password);
    }
}
