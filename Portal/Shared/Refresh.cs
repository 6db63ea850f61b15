using Microsoft.AspNetCore.Components;

namespace OpenMeet.Insights.Portal.Shared;

/// <summary>Reads a page again every five seconds while something on it goes on; it ends with the page.</summary>
public sealed class Refresh : ComponentBase, IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource _gone = new();

    /// <summary>Whether something goes on.</summary>
    [Parameter, EditorRequired]
    public bool When { get; set; }

    /// <summary>Reads again.</summary>
    [Parameter, EditorRequired]
    public EventCallback OnTick { get; set; }

    [Inject]
    public required TimeProvider Clock { get; init; }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        // The page may go while it is read again; its source cannot be asked then.
        var gone = _gone.Token;
        using var timer = new PeriodicTimer(Every, Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(gone))
            {
                if (When) await InvokeAsync(OnTick.InvokeAsync);
            }
        }
        catch (OperationCanceledException)
        {
            // The page is gone.
        }
    }

    public void Dispose()
    {
        _gone.Cancel();
        _gone.Dispose();
    }
}
