using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Account;

/// <summary>Signs out by POST only, so that no link or picture can do it.</summary>
public sealed partial class LogoutPage
{
    [Inject]
    public required SignInManager<InsightsUser> SignIn { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    private async Task SignOutAsync()
    {
        await SignIn.SignOutAsync();
        Navigation.NavigateTo(PortalUrls.Login());
    }
}
