using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal;

/// <summary>The document. Pages are interactive; account pages, and what nobody has signed in for, are plain HTML without a circuit.</summary>
public sealed partial class App
{
    [CascadingParameter]
    public required HttpContext HttpContext { get; set; }

    // A circuit is for who has signed in.
    private bool IsInteractive => HttpContext.AcceptsInteractiveRouting() && HttpContext.User.Identity is { IsAuthenticated: true };

    private IComponentRenderMode? PageRenderMode => IsInteractive ? RenderMode.InteractiveServer : null;

    private ThemeChoice Theme => ThemeChoices.Parse(HttpContext.Request.Cookies[ThemeChoices.Cookie]);
}
