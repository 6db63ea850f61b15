using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;

namespace OpenMeet.Insights.Portal.Layout;

/// <summary>The frame of every page: rail or drawer, top bar, and the page inside an error boundary.</summary>
public sealed partial class MainLayout : IDisposable
{
    private ErrorBoundary? _boundary;
    private ElementReference _main;
    private ElementReference _menuButton;
    private ThemeChoice _theme;
    private bool _isDark;
    private bool _open;

    [CascadingParameter]
    public ThemeChoice StoredTheme { get; set; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    private string SkipTo => Navigation.ToBaseRelativePath(Navigation.Uri).Split('#')[0] + "#main";

    protected override void OnInitialized()
    {
        _theme = StoredTheme;
        _isDark = _theme == ThemeChoice.Dark;
        Navigation.LocationChanged += OnLocationChanged;
    }

    public void Dispose() => Navigation.LocationChanged -= OnLocationChanged;

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e)
    {
        _boundary?.Recover();
        _open = false;
        InvokeAsync(StateHasChanged);
    }

    private void OnDarkMode(bool dark) => _isDark = _theme == ThemeChoice.System ? dark : _isDark;

    private void Choose((ThemeChoice Choice, bool IsDark) chosen) => (_theme, _isDark) = chosen;

    private void Recover() => _boundary?.Recover();

    private void OpenMenu() => _open = true;

    private async Task OnOpenChanged(bool open)
    {
        if (_open && !open)
        {
            await CloseMenu();
        }
    }

    private async Task CloseMenu()
    {
        _open = false;
        await _menuButton.FocusAsync();
    }

    private async Task CloseOnEscape(KeyboardEventArgs e)
    {
        if (e.Key == "Escape")
        {
            await CloseMenu();
        }
    }

    private async Task FocusMain() => await _main.FocusAsync();
}
