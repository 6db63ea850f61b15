using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;

namespace OpenMeet.Insights.Portal.Layout;

/// <summary>
/// Where a refused request ends: the answer carries 403 while it can still be said. An administrator may see everything, so what is refused to
/// one does not exist: 404.
/// </summary>
public sealed partial class NoPermissionPage
{
    private bool _isMissing;

    [CascadingParameter]
    public Task<AuthenticationState>? Authentication { get; set; }

    [CascadingParameter]
    public HttpContext? HttpContext { get; set; }

    /// <summary>Who may do what this page is for, instead of the general sentence.</summary>
    [Parameter]
    public string? Who { get; set; }

    protected override async Task OnInitializedAsync()
    {
        _isMissing = Who is null && Authentication is { } known && PortalUser.From((await known).User) is { IsAdmin: true };
        if (HttpContext is { Response.HasStarted: false } context)
        {
            context.Response.StatusCode = _isMissing ? StatusCodes.Status404NotFound : StatusCodes.Status403Forbidden;
        }
    }
}
