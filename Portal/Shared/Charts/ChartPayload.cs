using OpenMeet.Insights.Portal.Languages;

namespace OpenMeet.Insights.Portal.Shared.Charts;

/// <summary>What goes to the browser: a model with times in milliseconds and values already in the unit of the axis.</summary>
internal sealed record ChartPayload(
    string Unit,
    IReadOnlyList<ChartPayload.PlottedSeries> Series,
    decimal? Limit,
    string? LimitLabel,
    IReadOnlyList<ChartPayload.Note> Notes,
    ChartPayload.Band? Forecast)
{
    internal sealed record Plotted(long X, decimal? Y, string Label, string? Href);

    internal sealed record PlottedSeries(string Name, string Kind, IReadOnlyList<Plotted> Points);

    internal sealed record Note(string Label, long X, string Kind);

    internal sealed record BandPoint(long X, decimal Low, decimal High);

    internal sealed record Crossing(string Label, long X, long From, long To, string RangeLabel);

    internal sealed record Band(string Name, IReadOnlyList<BandPoint> Points, Crossing? Crossing);

    public static ChartPayload From(ChartModel model)
    {
        var (divisor, unit) = Formats.Scale(model.Unit, model.Largest);
        decimal Scaled(decimal value) => decimal.Round(value / divisor, 6);
        return new ChartPayload(
            unit,
            [.. model.Series.Select(s => new PlottedSeries(
                s.Shown,
                s.Kind.ToString().ToLowerInvariant(),
                [.. s.Points.Select(p => new Plotted(p.At.ToUnixTimeMilliseconds(), p.Value is { } v ? Scaled(v) : null, p.Label, p.Href))]))],
            model.Limit is { } limit ? Scaled(limit) : null,
            model.LimitLabel ?? (model.Limit is { } most && Language.Current != Language.English ? Words.Say("Limit") + " " + Formats.Quantity(most, model.Unit) : null),
            [.. model.Annotations.Select(a => new Note(a.Label, a.At.ToUnixTimeMilliseconds(), a.Kind.ToString().ToLowerInvariant()))],
            model.Forecast is not { } band ? null : new Band(
                band.Shown,
                [.. band.Points.Select(p => new BandPoint(p.At.ToUnixTimeMilliseconds(), Scaled(p.Low), Scaled(p.High)))],
                band.Crossing is not { } c ? null : new Crossing(c.Label, c.At.ToUnixTimeMilliseconds(), c.From.ToUnixTimeMilliseconds(), c.To.ToUnixTimeMilliseconds(), c.RangeLabel)));
    }
}
