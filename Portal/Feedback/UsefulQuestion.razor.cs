using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using OpenMeet.Insights.Infrastructure.Feedback;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Feedback;

/// <summary>Asks members and managers below each page whether it was useful; a quiet line, never in the way.</summary>
public sealed partial class UsefulQuestion : IDisposable
{
    private string? _page;
    private bool? _said;
    private bool _open;
    private string? _text;

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required FeedbackStore Store { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    protected override void OnInitialized() => Navigation.LocationChanged += OnLocationChanged;

    protected override async Task OnInitializedAsync() => await LoadAsync();

    public void Dispose() => Navigation.LocationChanged -= OnLocationChanged;

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e) => InvokeAsync(async () =>
    {
        if (AskedPages.Of(Navigation.ToBaseRelativePath(Navigation.Uri)) == _page) return;
        await LoadAsync();
        StateHasChanged();
    });

    private async Task LoadAsync()
    {
        (_page, _said, _open, _text) = (AskedPages.Of(Navigation.ToBaseRelativePath(Navigation.Uri)), null, false, null);
        try
        {
            if (_page is { } page && await Access.ViewerAsync(default) is { } viewer) _said = await Store.OfAsync(viewer.Tenant.Id, page, viewer.Recipient, default);
            else _page = null;
        }
        catch (Npgsql.NpgsqlException)
        {
            _page = null;
        }
    }

    private async Task SayAsync(bool useful)
    {
        if (_page is not { } page || await Access.ViewerAsync(default) is not { } viewer) return;
        await Store.SayAsync(viewer.Tenant.Id, page, viewer.Recipient, useful, null, viewer.Actor(Clock), default);
        (_said, _open) = (useful, true);
    }

    private async Task SendAsync()
    {
        if (_page is not { } page || _said is not { } useful || await Access.ViewerAsync(default) is not { } viewer) return;
        await Store.SayAsync(viewer.Tenant.Id, page, viewer.Recipient, useful, string.IsNullOrWhiteSpace(_text) ? null : _text.Trim(), viewer.Actor(Clock), default);
        (_open, _text) = (false, null);
    }
}
