using Microsoft.AspNetCore.Components;

namespace OpenMeet.Insights.Portal.Shared;

/// <summary>Chooses the page's period. Every choice is a link: the URL is the state, so Back and sharing work.</summary>
public sealed partial class RangePicker
{
    private DateOnly _from;
    private DateOnly _to;

    [Parameter, EditorRequired]
    public required RangeChoice Value { get; set; }

    /// <summary>Today on the page's clock.</summary>
    [Parameter, EditorRequired]
    public DateOnly Today { get; set; }

    /// <summary>The page's address for a period.</summary>
    [Parameter, EditorRequired]
    public required Func<RangeChoice, string> Href { get; set; }

    /// <summary>Whether own dates may be chosen.</summary>
    [Parameter]
    public bool Custom { get; set; } = true;

    [Inject]
    public required NavigationManager Navigation { get; init; }

    protected override void OnParametersSet() => (_from, _to) = Value.Resolve(Today);

    private string Tail(RangeChoice choice)
    {
        var (from, to) = choice.Resolve(Today);
        return Formats.Days(from, to, year: from.Year != Today.Year || to.Year != Today.Year);
    }

    private void Apply() => Navigation.NavigateTo(Href(RangeChoice.Between(_from, _to)));
}
