using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Shared.Charts;

/// <summary>How a series is drawn.</summary>
public enum ChartKind
{
    /// <summary>Solid, 2 px, from a straight line.</summary>
    Line,

    /// <summary>Bars; several bar series are stacked.</summary>
    Bar,

    /// <summary>The period before: dashed and grey.</summary>
    Ghost,

    /// <summary>What is expected: dotted, in the colour of the line.</summary>
    Forecast,
}

/// <summary>One value. A null value is a gap, never zero. <paramref name="Href"/> leads to what is behind it.</summary>
public sealed record ChartPoint(string Label, DateTimeOffset At, decimal? Value, string? Href = null);

/// <summary>A row of values.</summary>
/// <param name="Name">A text of the portal as its key, which is English, or what the data call it. Pages say it in the reader's language; a file keeps it.</param>
/// <param name="Kind">How it is drawn.</param>
/// <param name="Points">Its values.</param>
/// <param name="Column">What a file calls it, where its name is of no use there.</param>
public sealed record ChartSeries(string Name, ChartKind Kind, IReadOnlyList<ChartPoint> Points, string? Column = null)
{
    /// <summary>What a page calls it.</summary>
    public string Shown => Words.Named(Name);
}

/// <summary>What stands at a moment of the chart.</summary>
public enum ChartAnnotationKind
{
    Event,

    /// <summary>A thin line; what lies after it is not yet known.</summary>
    Today,
}

/// <summary>Something that a chart marks at one moment.</summary>
public sealed record ChartAnnotation(string Label, DateTimeOffset At, ChartAnnotationKind Kind = ChartAnnotationKind.Event);

/// <summary>One moment of a forecast's 80 % range.</summary>
public sealed record ChartBandPoint(string Label, DateTimeOffset At, decimal Low, decimal High);

/// <summary>Where the middle forecast meets the limit, with the range that stands as a bracket on the time axis.</summary>
public sealed record ChartCrossing(string Label, DateTimeOffset At, DateTimeOffset From, DateTimeOffset To, string RangeLabel);

/// <summary>The range of a forecast; its name as that of a series.</summary>
public sealed record ChartBand(string Name, IReadOnlyList<ChartBandPoint> Points, ChartCrossing? Crossing = null)
{
    /// <inheritdoc cref="ChartSeries.Shown"/>
    public string Shown => Words.Named(Name);
}

/// <summary>
/// All that a chart and its table say; both are made from it. Values are in <paramref name="Unit"/> (as <see cref="Formats.Quantity"/>
/// takes it), the title is a question, and the summary is also what a screen reader hears.
/// </summary>
public sealed record ChartModel(
    string Question,
    string Summary,
    string Unit,
    IReadOnlyList<ChartSeries> Series,
    decimal? Limit,
    string? LimitLabel,
    IReadOnlyList<ChartAnnotation> Annotations,
    ChartBand? Forecast)
{
    /// <summary>The most points of a series that are drawn and listed.</summary>
    public const int MostPoints = 400;

    /// <summary>Series and an optional limit, nothing else.</summary>
    public static ChartModel Simple(string question, string summary, string unit, params IReadOnlyList<ChartSeries> series) =>
        new(question, summary, unit, series, null, null, [], null);

    public bool HasValues => Series.Any(s => s.Points.Any(p => p.Value is not null));

    /// <summary>The largest figure of all, the limit and the range included; 0 where there is none.</summary>
    public decimal Largest => new[]
    {
        Series.SelectMany(s => s.Points).Max(p => (decimal?)Math.Abs(p.Value ?? 0)) ?? 0,
        Forecast?.Points.Max(p => (decimal?)p.High) ?? 0,
        Limit ?? 0,
    }.Max();

    /// <summary>The same model with at most <see cref="MostPoints"/> points a series.</summary>
    public ChartModel Thinned() => Series.All(s => s.Points.Count <= MostPoints)
        ? this
        : this with { Series = [.. Series.Select(s => s with { Points = Thin(s.Points) })] };

    /// <summary>Keeps the ends and, of every stretch, its lowest and its highest point, so that no peak is lost.</summary>
    private static IReadOnlyList<ChartPoint> Thin(IReadOnlyList<ChartPoint> points)
    {
        if (points.Count <= MostPoints)
        {
            return points;
        }
        var kept = new SortedSet<int> { 0, points.Count - 1 };
        const int stretches = (MostPoints - 2) / 2;
        for (var s = 0; s < stretches; s++)
        {
            var first = 1 + (int)((long)s * (points.Count - 2) / stretches);
            var end = 1 + (int)((long)(s + 1) * (points.Count - 2) / stretches);
            var low = first;
            var high = first;
            for (var i = first; i < end; i++)
            {
                low = points[i].Value < points[low].Value ? i : low;
                high = points[i].Value > points[high].Value ? i : high;
            }
            kept.Add(low);
            kept.Add(high);
        }
        return [.. kept.Select(i => points[i])];
    }
}
