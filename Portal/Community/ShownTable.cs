using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Shared.Charts;

namespace OpenMeet.Insights.Portal.Community;

/// <summary>A column of a shown table.</summary>
/// <param name="Name">Its head.</param>
/// <param name="Amount">Figures, at the right.</param>
/// <param name="Key">What stands beside the title where the table is narrow.</param>
/// <param name="Sort">The word by which the address names it, where the table can be sorted by it.</param>
public sealed record ShownColumn(string Name, bool Amount = false, bool Key = false, string? Sort = null);

/// <summary>A cell as people read it, with the plain figure for the file.</summary>
/// <param name="Text">What stands there.</param>
/// <param name="Value">The figure, unrounded; null where the text is all there is.</param>
/// <param name="Href">What is behind it.</param>
/// <param name="Small">A second, smaller line.</param>
public sealed record ShownCell(string Text, decimal? Value = null, string? Href = null, string? Small = null)
{
    public static implicit operator ShownCell(string text) => new(text);

    /// <summary>A count.</summary>
    public static ShownCell Of(decimal? count) => new(Formats.Number(count), count);
}

/// <summary>A table as a page shows it, and as its file holds it: both are made from this.</summary>
/// <param name="Id">Its word in the address of the file.</param>
/// <param name="Caption">What it holds.</param>
/// <param name="Columns">The first one names the row.</param>
/// <param name="Rows">As many cells as columns.</param>
/// <param name="Total">A last row; null for none.</param>
public sealed record ShownTable(string Id, string Caption, IReadOnlyList<ShownColumn> Columns, IReadOnlyList<IReadOnlyList<ShownCell>> Rows, IReadOnlyList<ShownCell>? Total = null)
{
    /// <summary>The rows of a chart.</summary>
    public static ShownTable Of(string id, ChartModel chart)
    {
        var labels = chart.Series.SelectMany(s => s.Points).OrderBy(p => p.At).Select(p => p.Label).Distinct().ToList();
        var values = chart.Series.Select(s => s.Points.ToDictionary(p => p.Label, p => p.Value)).ToList();
        return new ShownTable(
            id, chart.Question, [new(Words.Say("When")), .. chart.Series.Select(s => new ShownColumn(s.Name, Amount: true))],
            [.. labels.Select(l => (IReadOnlyList<ShownCell>)[l, .. values.Select(v => ShownCell.Of(v.GetValueOrDefault(l)))])]);
    }
}
