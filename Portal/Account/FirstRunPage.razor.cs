using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Makes the first administrator, then leads to the sign-in.</summary>
public sealed partial class FirstRunPage
{
    private string? _error;

    [CascadingParameter]
    public HttpContext? HttpContext { get; set; }

    [Inject]
    public required CreateFirstAdmin CreateFirstAdmin { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [SupplyParameterFromForm(FormName = "first-run")]
    public string? Email { get; set; }

    [SupplyParameterFromForm(FormName = "first-run")]
    public string? Password { get; set; }

    [SupplyParameterFromForm(FormName = "first-run")]
    public string? Code { get; set; }

    private async Task CreateAsync()
    {
        if (string.IsNullOrWhiteSpace(Email) || string.IsNullOrEmpty(Password) || string.IsNullOrWhiteSpace(Code))
        {
            _error = "Enter an email, a password and the one-time code.";
            return;
        }
        _error = await CreateFirstAdmin(Email.Trim(), Password, Code.Trim(), HttpContext?.RequestAborted ?? default);
        if (_error is null)
        {
            Navigation.NavigateTo(PortalUrls.Login());
        }
    }
}
