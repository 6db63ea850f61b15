using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Layout;

/// <summary>Sends somebody whose sign-in has ended to the sign-in page and remembers the way back.</summary>
public sealed class RedirectToLogin : ComponentBase
{
    [Inject]
    public required NavigationManager Navigation { get; init; }

    protected override void OnInitialized() =>
        Navigation.NavigateTo(PortalUrls.Login("/" + Navigation.ToBaseRelativePath(Navigation.Uri)), forceLoad: true);
}
