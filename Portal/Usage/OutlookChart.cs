using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Shared.Charts;

namespace OpenMeet.Insights.Portal.Usage;

/// <summary>Storage of the last weeks and its way to the limit, as a chart.</summary>
internal static class OutlookChart
{
    public static ChartModel Of(UsageModel model)
    {
        var limit = model.Storage?.Limit;
        var question = limit is { } most ? Words.Say("When would storage reach {0}?", Formats.Bytes(most)) : Words.Say("How did storage go, and where does it lead?");
        if (model.Outlook is not { Levels: [.., var last] levels } outlook) return ChartModel.Simple(question, Words.Say("No storage yet."), Formats.BytesUnit);
        var series = new List<ChartSeries>
        {
            new("Level at the end of each day", ChartKind.Line, [.. levels.Select(l => Point(l.Day, l.Level, model.Events("storage", RangeChoice.Between(l.Day.ToDateOnly(), l.Day.ToDateOnly()))))]),
        };
        ChartBand? band = null;
        if (outlook.Forecast is { IsFitted: true } forecast)
        {
            var days = Enumerable.Range(0, UsagePageBase.ChartDays + 1).ToArray();
            series.Add(new("Forecast", ChartKind.Forecast, [.. days.Select(d => Point(last.Day.PlusDays(d), forecast.LevelAfter(d, forecast.SlopePerDay)))]));
            band = new ChartBand("80 % range", [.. days.Select(d => Band(last.Day.PlusDays(d), forecast.RangeAfter(d).Low, forecast.RangeAfter(d).High))], Crossing(model, last.Day));
        }
        return new ChartModel(
            question, Summary(model, outlook), Formats.BytesUnit, series, limit, null,
            [new ChartAnnotation(Words.Say("Today, {0}", Formats.Bytes(last.Level)), At(last.Day), ChartAnnotationKind.Today), .. ChartMarks.Of(model.Marks ?? [], levels[0].Day, last.Day.PlusDays(-1), "storage")], band);
    }

    private static ChartCrossing? Crossing(UsageModel model, LocalDate asOf)
    {
        var end = asOf.PlusDays(UsagePageBase.ChartDays);
        return model.Storage?.Reaches is { Outcome: LimitDateOutcome.Dated, P50: { } middle } reaches && middle <= end
            ? new ChartCrossing(
                Words.Say("about {0}", ForecastWords.Date(middle, model.Today)), At(middle), At(reaches.P10 ?? asOf), At(reaches.P90 is { } late && late < end ? late : end), Words.Say("{0}, 80 % likely", ForecastWords.Range(reaches, model.Today)))
            : null;
    }

    private static string Summary(UsageModel model, StorageOutlook outlook)
    {
        var (first, last) = (outlook.Levels[0], outlook.Levels[^1]);
        var way = Words.Say("Storage went from {0} on {1} to {2} now.", Formats.Bytes(first.Level), Formats.Day(first.Day), Formats.Bytes(last.Level));
        if (outlook.Forecast is not { IsFitted: true } forecast) return way + " " + Words.Say("A forecast needs {0} days; there are {1}.", Formats.Number(StockForecast.MinimumDays), Formats.Number(outlook.Forecast.Days));
        var ends = model.Storage is { Limit: { } limit, Reaches: { } reaches } ? " " + Words.Say("The limit of {0}: {1}.", Formats.Bytes(limit), ForecastWords.When(reaches, model.Today)) : "";
        var shift = forecast.LevelShiftOn is { } day ? " " + Words.Say("The fit starts after the deletion of {0}.", Formats.Day(day)) : "";
        return $"{way} {Words.Say("It moves by {0} a day.", Formats.BytesChange(forecast.SlopePerDay))}{ends}{shift} {Words.Say("Method: {0}.", Words.Named(forecast.Method))}";
    }

    private static ChartPoint Point(LocalDate day, decimal value, string? href = null) => new(Formats.Date(day), At(day), value, href);

    private static ChartBandPoint Band(LocalDate day, decimal low, decimal high) => new(Formats.Date(day), At(day), low, high);

    private static DateTimeOffset At(LocalDate day) => new(day.ToDateTimeUnspecified(), TimeSpan.Zero);
}
