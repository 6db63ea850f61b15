using System.Globalization;
using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Shared.Charts;

/// <summary>The same model as its chart, as a table: one row a moment, one column a series.</summary>
public sealed partial class ChartTable
{
    private decimal _divisor = 1;
    private string _unit = "";

    [Parameter, EditorRequired]
    public required ChartModel Model { get; set; }

    /// <summary>Whether question and summary are shown; a reader hears them in any case.</summary>
    [Parameter]
    public bool ShowCaption { get; set; }

    private IReadOnlyList<Row> Rows { get; set; } = [];

    private string FileName => string.Concat(Model.Question.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-') + ".csv";

    private string UnitSuffix => _unit.Length == 0 ? "" : ", " + Units.Name(_unit);

    protected override void OnParametersSet()
    {
        (_divisor, _unit) = Formats.Scale(Model.Unit, Model.Largest);
        Rows = RowsOf(Model);
    }

    private bool HasMarks => Rows.Any(r => r.Mark is not null);

    private string Figure(decimal? value) => Formats.InUnit(value, _divisor, Model.Unit);

    // The rows themselves, in the link: what is downloaded is what is shown, and needs no second reading.
    private string CsvHref
    {
        get
        {
            string[] head = ["when", .. Model.Series.Select(s => (s.Column ?? s.Name) + (Model.Unit.Length == 0 ? "" : $" ({Model.Unit})")), .. Model.Forecast is { } band ? [band.Name] : Array.Empty<string>(), .. HasMarks ? ["marked"] : Array.Empty<string>()];
            var rows = Rows.Select(r => (IReadOnlyList<object?>)[r.At.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), .. r.Values.Select(v => (object?)v), .. Model.Forecast is null ? [] : new object?[] { r.Band is null ? null : Language.InEnglish(() => Range(r)) }, .. HasMarks ? new object?[] { r.Mark } : []]);
            return "data:text/csv;charset=utf-8;base64," + Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(CsvText.Write(head, rows)));
        }
    }

    private static List<Row> RowsOf(ChartModel model)
    {
        var rows = new SortedDictionary<DateTimeOffset, Row>();
        Row At(DateTimeOffset at, string label) => rows.TryGetValue(at, out var row) ? row : rows[at] = new Row(at, label, model.Series.Count);
        for (var s = 0; s < model.Series.Count; s++)
        {
            foreach (var point in model.Series[s].Points)
            {
                var row = At(point.At, point.Label);
                row.Values[s] = point.Value;
                row.Href ??= point.Href;
            }
        }
        foreach (var point in model.Forecast?.Points ?? [])
        {
            At(point.At, point.Label).Band = point;
        }
        foreach (var mark in model.Annotations.Where(a => a.Kind == ChartAnnotationKind.Event))
        {
            if (rows.TryGetValue(mark.At, out var row)) row.Mark = mark.Label;
        }
        return [.. rows.Values];
    }

    private string Range(Row row) => row.Band is { } band ? $"{Figure(band.Low)} – {Figure(band.High)}" : Formats.Unknown;

    private sealed class Row(DateTimeOffset at, string label, int columns)
    {
        public DateTimeOffset At { get; } = at;

        public string Label { get; } = label;

        public decimal?[] Values { get; } = new decimal?[columns];

        public string? Href { get; set; }

        /// <summary>What happened then.</summary>
        public string? Mark { get; set; }

        public ChartBandPoint? Band { get; set; }
    }
}
