using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Portal.Layout;

namespace OpenMeet.Insights.Portal.Alerts;

/// <summary>How much is unread, in the top bar of every page; looked up again with every page that is opened.</summary>
public sealed partial class InboxBell : IDisposable
{
    private readonly CancellationTokenSource _gone = new();

    /// <summary>How much is unread; null until that is known. The circuit begins with what the prerender found, so that the bell stays where it is and nothing is counted twice.</summary>
    [PersistentState]
    public int? Unread { get; set; }

    [Inject]
    public required PageAccess Access { get; init; }

    [Inject]
    public required AlertReports Reports { get; init; }

    [Inject]
    public required NavigationManager Navigation { get; init; }

    [Inject]
    public required InboxSignal Signal { get; init; }

    protected override async Task OnInitializedAsync()
    {
        Navigation.LocationChanged += OnLocationChanged;
        Signal.Changed += LookAsync;
        if (Unread is null) await ReadAsync();
    }

    public void Dispose()
    {
        Navigation.LocationChanged -= OnLocationChanged;
        Signal.Changed -= LookAsync;
        _gone.Cancel();
        _gone.Dispose();
    }

    private void OnLocationChanged(object? sender, LocationChangedEventArgs e) => InvokeAsync(LookAsync);

    private async Task LookAsync()
    {
        await ReadAsync();
        StateHasChanged();
    }

    private async Task ReadAsync()
    {
        var token = _gone.Token;
        try
        {
            Unread = await Access.ViewerAsync(token) is { } viewer ? await Reports.UnreadAsync(viewer.Tenant.Id, viewer.Recipient, token) : null;
        }
        catch (Exception e) when (e is OperationCanceledException || PostgresErrors.IsUnavailable(e))
        {
            // The bell keeps what it knew; the page itself says what is wrong.
        }
    }
}
