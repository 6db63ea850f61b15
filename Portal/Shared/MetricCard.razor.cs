using Microsoft.AspNetCore.Components;

namespace OpenMeet.Insights.Portal.Shared;

/// <summary>One number, and below it where the number comes from.</summary>
public sealed partial class MetricCard
{
    [Parameter, EditorRequired]
    public required string Title { get; set; }

    /// <summary>The figure as it is to be read; <see cref="Formats.Unknown"/> where it is not known.</summary>
    [Parameter, EditorRequired]
    public required string Value { get; set; }

    /// <summary>Small words behind the figure: "USD", "storage", "your plan".</summary>
    [Parameter]
    public string? Unit { get; set; }

    /// <summary>One line: where the number comes from, or n of N.</summary>
    [Parameter]
    public string? Note { get; set; }

    /// <summary>More than a line of text below the figure.</summary>
    [Parameter]
    public RenderFragment? ChildContent { get; set; }

    /// <summary>The way it went; a null is a gap.</summary>
    [Parameter]
    public IReadOnlyList<decimal?>? Trend { get; set; }

    [Parameter]
    public string? TrendLabel { get; set; }

    /// <summary>"Before: 91 of 200. Higher is better."</summary>
    [Parameter]
    public string? Compared { get; set; }

    [Parameter]
    public string? What { get; set; }

    [Parameter]
    public string? GoodFor { get; set; }

    [Parameter]
    public string? Beware { get; set; }

    [Parameter]
    public string? Href { get; set; }

    [Parameter]
    public string? LinkText { get; set; }

    private bool HasDefinition => What is not null || GoodFor is not null || Beware is not null;
}
