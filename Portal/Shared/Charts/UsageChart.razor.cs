using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace OpenMeet.Insights.Portal.Shared.Charts;

/// <summary>
/// The one place where charts are drawn. It takes a <see cref="ChartModel"/> and shows the chart, its key, its summary and its table
/// twin. A click on a point follows the point's link. Where the script does not run, the table stands in its place.
/// </summary>
public sealed partial class UsageChart : IAsyncDisposable
{
    private ElementReference _element;
    private IJSObjectReference? _module;
    private IJSObjectReference? _chart;
    private ChartModel _shown = null!;
    private string? _drawn;
    private bool _changed;
    private bool _drawing;
    private bool _failed;
    private bool _disposed;

    [Parameter, EditorRequired]
    public required ChartModel Model { get; set; }

    /// <summary>Pixels; kept free before the script draws, so that nothing jumps.</summary>
    [Parameter]
    public int Height { get; set; } = 340;

    /// <summary>Show the table instead of the chart.</summary>
    [Parameter]
    public bool Table { get; set; }

    /// <summary>At the right of the question: a state chip.</summary>
    [Parameter]
    public RenderFragment? Aside { get; set; }

    /// <summary>What stands there without values: why, and when they come.</summary>
    [Parameter]
    public RenderFragment? Empty { get; set; }

    /// <summary>Below the table: links to rows and CSV.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    [Parameter]
    public string? Class { get; set; }

    [Inject]
    public required IJSRuntime Script { get; init; }

    private string UnitName => Units.Name(Formats.Scale(_shown.Unit, _shown.Largest).Name);

    private bool IsDrawn => Model.HasValues && !Table && !_failed;

    protected override void OnParametersSet()
    {
        var thinned = Model.Thinned();
        _changed |= thinned != _shown;
        _shown = thinned;
    }

    private bool IsBehind => IsDrawn ? _changed : _chart is not null;

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        // What changes while the browser is at it is drawn next, on the same chart.
        if (_drawing)
        {
            return;
        }
        _drawing = true;
        try
        {
            while (IsBehind && !_disposed)
            {
                await DrawAsync();
            }
            if (_disposed)
            {
                await RemoveChartAsync();
            }
        }
        catch (JSException)
        {
            _failed = true;
            StateHasChanged();
        }
        catch (JSDisconnectedException)
        {
            // The page is gone; there is nothing left to draw on.
        }
        finally
        {
            _drawing = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        try
        {
            await RemoveChartAsync();
            if (_module is not null)
            {
                await _module.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The browser has already let go of both.
        }
    }

    private async Task DrawAsync()
    {
        if (!IsDrawn)
        {
            await RemoveChartAsync();
            _changed = true;
            return;
        }
        _module ??= await Script.InvokeAsync<IJSObjectReference>("import", "./" + Assets["Shared/Charts/UsageChart.razor.js"]);
        if (_disposed || !IsDrawn)
        {
            return;
        }
        _changed = false;
        var payload = ChartPayload.From(_shown);
        // A page is read anew with its period; a chart of the same figures stays as it stands, for drawing is the longest of it all.
        var drawn = JsonSerializer.Serialize(payload);
        if (_chart is not null && drawn == _drawn)
        {
            return;
        }
        _drawn = drawn;
        if (_chart is null)
        {
            _chart = await _module.InvokeAsync<IJSObjectReference?>("create", _element, payload, Assets["lib/apexcharts/apexcharts.min.js"]);
        }
        else
        {
            await _chart.InvokeVoidAsync("update", payload);
        }
    }

    private async Task RemoveChartAsync()
    {
        if (_chart is not { } chart)
        {
            return;
        }
        _chart = null;
        await chart.InvokeVoidAsync("destroy");
        await chart.DisposeAsync();
    }

    private string KeyClass(ChartSeries series, int index) => series.Kind switch
    {
        ChartKind.Line => "line" + Shade(index, ChartKind.Line),
        ChartKind.Ghost => "ghost",
        ChartKind.Forecast => "forecast",
        _ => "bar" + Shade(index, ChartKind.Bar),
    };

    private int Shade(int index, ChartKind kind) => _shown.Series.Take(index).Count(s => s.Kind == kind) % 4;
}
