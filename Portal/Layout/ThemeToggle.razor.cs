using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Layout;

/// <summary>Light, dark or as the system has it. The browser keeps the choice; the next page comes in it from its first byte.</summary>
public sealed partial class ThemeToggle : IAsyncDisposable
{
    private static readonly ThemeChoice[] Choices = [ThemeChoice.Light, ThemeChoice.Dark, ThemeChoice.System];

    private IJSObjectReference? _module;

    [Parameter, EditorRequired]
    public ThemeChoice Value { get; set; }

    /// <summary>The new choice, and whether it is dark now.</summary>
    [Parameter]
    public EventCallback<(ThemeChoice Choice, bool IsDark)> ValueChanged { get; set; }

    [Inject]
    public required IJSRuntime Script { get; init; }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (_module is not null)
            {
                await _module.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The browser has already let go of it.
        }
    }

    private async Task ChooseAsync(ThemeChoice choice)
    {
        _module ??= await Script.InvokeAsync<IJSObjectReference>("import", "./" + Assets["Layout/ThemeToggle.razor.js"]);
        var dark = await _module.InvokeAsync<bool>("choose", choice.Name());
        await ValueChanged.InvokeAsync((choice, dark));
    }

    private static string Word(ThemeChoice choice) => choice switch
    {
        ThemeChoice.Light => Words.Say("Light"),
        ThemeChoice.Dark => Words.Say("Dark"),
        _ => Words.Say("As the system"),
    };

    private static string Mark(ThemeChoice choice) => choice switch
    {
        ThemeChoice.Light => InsightsIcons.Sun,
        ThemeChoice.Dark => InsightsIcons.Moon,
        _ => InsightsIcons.Display,
    };
}
