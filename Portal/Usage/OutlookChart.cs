using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Shared.Charts;

namespace OpenMeet.Insights.Portal.Usage;

/// <summary>Storage of the last weeks and its way to the limit, as a chart.</summary>
internal static class OutlookChart
{
    public static ChartModel Of(UsageModel model)
    {
        var limit = model.Storage?.Limit;
        var question = limit is { } most ? $"When would storage reach {Formats.Bytes(most)}?" : "How did storage go, and where does it lead?";
        if (model.Outlook is not { Levels: [.., var last] levels } outlook) return ChartModel.Simple(question, "No storage yet.", Formats.BytesUnit);
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
            [new ChartAnnotation($"Today, {Formats.Bytes(last.Level)}", At(last.Day), ChartAnnotationKind.Today), .. ChartMarks.Of(model.Marks ?? [], levels[0].Day, last.Day.PlusDays(-1), "storage")], band);
    }

    private static ChartCrossing? Crossing(UsageModel model, LocalDate asOf)
    {
        var end = asOf.PlusDays(UsagePageBase.ChartDays);
        return model.Storage?.Reaches is { Outcome: LimitDateOutcome.Dated, P50: { } middle } reaches && middle <= end
            ? new ChartCrossing(
                $"about {ForecastText.Date(middle, model.Today)}", At(middle), At(reaches.P10 ?? asOf), At(reaches.P90 is { } late && late < end ? late : end), $"{ForecastText.Range(reaches, model.Today)}, 80 % likely")
            : null;
    }

    private static string Summary(UsageModel model, StorageOutlook outlook)
    {
        var (first, last) = (outlook.Levels[0], outlook.Levels[^1]);
        var way = $"Storage went from {Formats.Bytes(first.Level)} on {Formats.Day(first.Day)} to {Formats.Bytes(last.Level)} now.";
        if (outlook.Forecast is not { IsFitted: true } forecast) return $"{way} A forecast needs {StockForecast.MinimumDays} days; there are {outlook.Forecast.Days}.";
        var ends = model.Storage is { Limit: { } limit, Reaches: { } reaches } ? $" The limit of {Formats.Bytes(limit)}: {ForecastText.When(reaches, model.Today)}." : "";
        var shift = forecast.LevelShiftOn is { } day ? $" The fit starts after the deletion of {Formats.Day(day)}." : "";
        return $"{way} It moves by {Formats.BytesChange(forecast.SlopePerDay)} a day.{ends}{shift} Method: {forecast.Method}.";
    }

    private static ChartPoint Point(LocalDate day, decimal value, string? href = null) => new(Formats.Date(day), At(day), value, href);

    private static ChartBandPoint Band(LocalDate day, decimal low, decimal high) => new(Formats.Date(day), At(day), low, high);

    private static DateTimeOffset At(LocalDate day) => new(day.ToDateTimeUnspecified(), TimeSpan.Zero);
}
