using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Layout;

/// <summary>The links of the signed-in person, as plain anchors; the page that is open is marked.</summary>
public sealed partial class NavMenu : IDisposable
{
    [Inject]
    public required NavigationManager Manager { get; init; }

    private string Path => "/" + Manager.ToBaseRelativePath(Manager.Uri).Split('?', '#')[0];

    protected override void OnInitialized() => Manager.LocationChanged += OnLocationChanged;

    public void Dispose() => Manager.LocationChanged -= OnLocationChanged;

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e) => InvokeAsync(StateHasChanged);

    private bool IsHere(string href) =>
        Path.Equals(href, StringComparison.OrdinalIgnoreCase) || Path.StartsWith(href + "/", StringComparison.OrdinalIgnoreCase);

    private bool IsOpen(NavSection section, PortalUser user) =>
        section.Items.Any(i => IsHere(i.Href)) || (!Path.StartsWith("/groups/", StringComparison.Ordinal) && section.Group == user.Groups[0].Key);
}
