using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Shared;

/// <summary>A meter's whole card: name, state, amount, bar, kinds, the four facts, links and freshness.</summary>
public sealed partial class QuotaCard
{
    [Parameter, EditorRequired]
    public required string Label { get; set; }

    [Parameter]
    public decimal? Used { get; set; }

    [Parameter]
    public decimal? Limit { get; set; }

    /// <summary>What the plan includes where it is not the limit.</summary>
    [Parameter]
    public decimal? Included { get; set; }

    [Parameter]
    public string Unit { get; set; } = "";

    [Parameter, EditorRequired]
    public BarState State { get; set; }

    [Parameter]
    public IReadOnlyList<QuotaPart>? Parts { get; set; }

    /// <summary>The chip's longer words, e.g. "Watch: about 2 Jan".</summary>
    [Parameter]
    public string? ChipText { get; set; }

    /// <summary>The limit's date with its range.</summary>
    [Parameter]
    public string? When { get; set; }

    /// <summary>What happens beyond the limit, or why there is no bar.</summary>
    [Parameter]
    public string? Consequence { get; set; }

    /// <summary>How earlier forecasts of its limit's date did.</summary>
    [Parameter]
    public string? Record { get; set; }

    /// <summary>Pace, e.g. "+54 MB a day".</summary>
    [Parameter]
    public string? Rate { get; set; }

    /// <summary>"Complete to 14:05".</summary>
    [Parameter]
    public string? Fresh { get; set; }

    /// <summary>Links at the foot: Why, Reduce, Details.</summary>
    [Parameter]
    public RenderFragment? Links { get; set; }

    private bool HasBar => Used is not null && Limit is > 0 && State is not (BarState.None or BarState.Unknown);

    private decimal Over => Math.Max(0, (Used ?? 0) - (Included ?? Limit ?? 0));

    private string Percent => Limit is > 0 ? Formats.Percent(Used!.Value / Limit.Value) : "";

    private string? Sentence => (When, Consequence) switch
    {
        (null, var c) => c,
        ({ } w, null) => Words.Say("Limit {0}.", w),
        ({ } w, { } c) => Words.Say("Limit {0}.", w) + " " + c,
    };

    private string UsedFigure
    {
        get
        {
            var used = Formats.Quantity(Used, Unit);
            var limit = Formats.Quantity(Limit, Unit);
            var unit = limit[(limit.LastIndexOf(' ') + 1)..];
            return limit.Contains(' ', StringComparison.Ordinal) && used.EndsWith(" " + unit, StringComparison.Ordinal) ? used[..^(unit.Length + 1)] : used;
        }
    }
}
