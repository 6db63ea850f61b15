using Microsoft.AspNetCore.Components;

namespace OpenMeet.Insights.Portal.Layout;

/// <summary>Where a refused request ends: the answer carries 403 while it can still be said.</summary>
public sealed partial class NoPermissionPage
{
    [CascadingParameter]
    public HttpContext? HttpContext { get; set; }

    /// <summary>Who may do what this page is for, instead of the general sentence.</summary>
    [Parameter]
    public string? Who { get; set; }

    protected override void OnInitialized()
    {
        if (HttpContext is { Response.HasStarted: false } context)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
        }
    }
}
