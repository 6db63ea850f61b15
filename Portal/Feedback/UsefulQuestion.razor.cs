using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.JSInterop;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Feedback;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Feedback;

/// <summary>What a person said of a page.</summary>
/// <param name="Page">The page, without the names in its address.</param>
/// <param name="Useful">Null where nothing was said yet.</param>
public sealed record SaidOfPage(string Page, bool? Useful);

/// <summary>Asks members and managers below each page whether it was useful; a quiet line, never in the way.</summary>
public sealed partial class UsefulQuestion : IDisposable
{
    private string? _page;
    private bool? _said;
    private bool _open;
    private string? _text;
    private bool _moves;
    private ElementReference _line;
    private ElementReference _change;

    /// <summary>What the prerender found for its page: the circuit begins with it, so that the question stays where it is.</summary>
    [PersistentState]
    public SaidOfPage? Found { get; set; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required FeedbackStore Store { get; init; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    protected override void OnInitialized() => Navigation.LocationChanged += OnLocationChanged;

    protected override async Task OnInitializedAsync()
    {
        if (Found is { } found && found.Page == AskedPages.Of(Navigation.ToBaseRelativePath(Navigation.Uri))) (_page, _said) = (found.Page, found.Useful);
        else await LoadAsync();
    }

    // Who works with keys goes on where an answer led: to the field that it opened, or to what stands in its place.
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!_moves || _page is null) return;
        _moves = false;
        try
        {
            await (_open ? _line : _change).FocusAsync();
        }
        catch (Exception e) when (e is JSException or JSDisconnectedException or OperationCanceledException)
        {
            // Another page stands there by now.
        }
    }

    public void Dispose() => Navigation.LocationChanged -= OnLocationChanged;

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e) => InvokeAsync(async () =>
    {
        if (AskedPages.Of(Navigation.ToBaseRelativePath(Navigation.Uri)) == _page) return;
        await LoadAsync();
        StateHasChanged();
    });

    private async Task LoadAsync()
    {
        (_page, _said, _open, _text, _moves) = (AskedPages.Of(Navigation.ToBaseRelativePath(Navigation.Uri)), null, false, null, false);
        try
        {
            if (_page is { } page && await Access.ViewerAsync(default) is { } viewer) _said = await Store.OfAsync(viewer.Tenant.Id, page, viewer.Recipient, default);
            else _page = null;
        }
        catch (Exception e) when (PostgresErrors.IsUnavailable(e))
        {
            _page = null;
        }
        Found = _page is null ? null : new SaidOfPage(_page, _said);
    }

    private void Open() => (_open, _moves) = (true, true);

    private async Task SayAsync(bool useful, MouseEventArgs by)
    {
        if (_page is not { } page || await Access.ViewerAsync(default) is not { } viewer) return;
        await Store.SayAsync(viewer.Tenant.Id, page, viewer.Recipient, useful, null, viewer.Actor(Clock), default);
        // A finger or a mouse is left where it is: a field that takes the focus opens the keyboard of a phone.
        (_said, _open, _moves) = (useful, true, by.Detail == 0);
        Found = new SaidOfPage(page, useful);
    }

    private async Task SendAsync()
    {
        if (_page is not { } page || _said is not { } useful || await Access.ViewerAsync(default) is not { } viewer) return;
        await Store.SayAsync(viewer.Tenant.Id, page, viewer.Recipient, useful, string.IsNullOrWhiteSpace(_text) ? null : _text.Trim(), viewer.Actor(Clock), default);
        (_open, _text, _moves) = (false, null, true);
    }
}
