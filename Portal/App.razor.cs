using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal;

/// <summary>The document. Pages are interactive; account pages are plain HTML without a circuit.</summary>
public sealed partial class App
{
    [CascadingParameter]
    public required HttpContext HttpContext { get; set; }

    private bool IsInteractive => HttpContext.AcceptsInteractiveRouting();

    private IComponentRenderMode? PageRenderMode => IsInteractive ? RenderMode.InteractiveServer : null;

    private ThemeChoice Theme => ThemeChoices.Parse(HttpContext.Request.Cookies[ThemeChoices.Cookie]);
}
