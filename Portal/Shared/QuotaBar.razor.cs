using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Shared;

/// <summary>
/// Use against a limit. The state is an icon and a word beside the bar (<see cref="StateChip"/>) and the bar's own text, never colour
/// alone. Without a limit or without a figure there is no bar. Beyond the limit the scale goes on and the tick stands at 80 % of the width.
/// </summary>
public sealed partial class QuotaBar
{
    private const decimal TickWhenOver = 0.8m;

    /// <summary>What is measured, e.g. "Storage".</summary>
    [Parameter, EditorRequired]
    public required string Label { get; set; }

    [Parameter]
    public decimal? Used { get; set; }

    [Parameter]
    public decimal? Limit { get; set; }

    /// <summary>"bytes", a currency code, a word, or nothing for plain counts.</summary>
    [Parameter]
    public string Unit { get; set; } = "";

    [Parameter, EditorRequired]
    public BarState State { get; set; }

    /// <summary>Kinds that add up to <see cref="Used"/>, in fixed order.</summary>
    [Parameter]
    public IReadOnlyList<QuotaPart>? Parts { get; set; }

    /// <summary>When the limit is met, with its range: "about 2 Jan (22 Dec – 24 Jan)".</summary>
    [Parameter]
    public string? When { get; set; }

    /// <summary>What follows: "New uploads pause; reading goes on", "180 over = 0.14 USD".</summary>
    [Parameter]
    public string? Consequence { get; set; }

    /// <summary>8 px and no words below, for tables.</summary>
    [Parameter]
    public bool Slim { get; set; }

    /// <summary>Whether the sentence stands below the bar.</summary>
    [Parameter]
    public bool ShowWords { get; set; } = true;

    private bool HasBar => Used is not null && Limit is > 0 && State is not (BarState.None or BarState.Unknown);

    private bool IsOver => State == BarState.Over && Used > Limit;

    private decimal Share => Used!.Value / Limit!.Value;

    private string TickAt => Width(IsOver ? TickWhenOver : 1m);

    /// <summary>The one sentence that the eye and the ear both get.</summary>
    internal string ValueText => string.Join(", ", Sentence.OfType<string>());

    private IEnumerable<string?> Sentence => State switch
    {
        BarState.Unknown => [Words.Say("Not recorded").ToLowerInvariant()],
        BarState.None => [Formats.Quantity(Used, Unit), Words.Say("no limit")],
        _ => [Formats.Of(Used, Limit, Unit), PercentText, State.Word().ToLowerInvariant(), When, Consequence],
    };

    private string? PercentText => Limit is > 0 && Used is not null ? Formats.Percent(Share) : null;

    private string Written => State switch
    {
        BarState.Unknown => Consequence ?? Words.Say("Not recorded"),
        BarState.None => Used is null ? Words.Say("Unlimited") : $"{Formats.Quantity(Used, Unit)}, {Words.Say("Unlimited").ToLowerInvariant()}",
        _ when Used is null => Words.Say("{0} of {1}", Formats.Unknown, Formats.Quantity(Limit, Unit)),
        _ => string.Join(", ", new[] { Formats.Of(Used, Limit, Unit), PercentText, When }.OfType<string>()) + (Consequence is null ? "" : $". {Consequence}"),
    };

    private IEnumerable<(string Class, string Width, string? Title)> Pieces
    {
        get
        {
            var scale = IsOver ? TickWhenOver / Limit!.Value : 1m / Limit!.Value;
            if (IsOver)
            {
                yield return ("", Width(TickWhenOver), null);
                yield return ("over", Width(Math.Min((Used!.Value - Limit.Value) * scale, 1 - TickWhenOver)), null);
            }
            else if (Parts is { Count: > 0 } parts)
            {
                for (var i = 0; i < parts.Count; i++)
                {
                    if (parts[i].Value > 0)
                    {
                        yield return (Swatch(parts[i], i), Width(parts[i].Value * scale), $"{parts[i].Name}: {Formats.Quantity(parts[i].Value, Unit)}");
                    }
                }
            }
            else if (Used > 0)
            {
                yield return ("", Width(Math.Min(Share, 1)), null);
            }
        }
    }

    private static string Swatch(QuotaPart part, int index) => part.Hatched ? "bin" : index % 2 == 1 ? "alt" : "";

    private static string Width(decimal share) => Formats.Plain(share * 100) + "%";
}
