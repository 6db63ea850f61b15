using System.Text;
using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Shared;

/// <summary>A line without axes, drawn on the server. Gaps stay gaps; the last point is hollow.</summary>
public sealed partial class Sparkline
{
    private const decimal Width = 240;
    private const decimal Height = 36;
    private const decimal Margin = 4;

    [Parameter, EditorRequired]
    public required IReadOnlyList<decimal?> Values { get; set; }

    /// <summary>What the line shows.</summary>
    [Parameter, EditorRequired]
    public required string Label { get; set; }

    [Parameter]
    public string Unit { get; set; } = "";

    private List<decimal> Known => [.. Values.OfType<decimal>()];

    private string Description => Words.Say(
        "{0}: from {1} to {2}, lowest {3}, highest {4}", Label, Formats.Quantity(Known[0], Unit), Formats.Quantity(Known[^1], Unit), Formats.Quantity(Known.Min(), Unit), Formats.Quantity(Known.Max(), Unit));

    private (decimal X, decimal Y)? End => Values[^1] is { } last ? At(Values.Count - 1, last) : null;

    private string Path
    {
        get
        {
            var path = new StringBuilder();
            var pen = 'M';
            for (var i = 0; i < Values.Count; i++)
            {
                if (Values[i] is not { } value)
                {
                    pen = 'M';
                    continue;
                }
                var (x, y) = At(i, value);
                path.Append(pen).Append(Formats.Plain(x)).Append(' ').Append(Formats.Plain(y));
                pen = 'L';
            }
            return path.ToString();
        }
    }

    private (decimal X, decimal Y) At(int index, decimal value)
    {
        var low = Known.Min();
        var high = Known.Max();
        var share = high == low ? 0.5m : (value - low) / (high - low);
        return (Margin + (index * (Width - (2 * Margin)) / (Values.Count - 1)), Height - Margin - (share * (Height - (2 * Margin))));
    }
}
