using NodaTime;

namespace OpenMeet.Insights.Domain.Forecasting;

/// <summary>
/// How far forecasts of the same series were off: made again at earlier days and held against what came. An error is the
/// distance of the forecast level to the level that came, over the latter; 0.09 is 9 %.
/// </summary>
/// <param name="Forecasts">Forecasts that could be held against facts.</param>
/// <param name="HorizonDays">How many days ahead each looked; 0 where they were of a month's end.</param>
/// <param name="MedianError">Median error, a fraction; none without a forecast.</param>
/// <param name="WorstError">Greatest error, a fraction; none without a forecast.</param>
/// <param name="Within">How many facts lay within their 80 % range; none where ranges were not kept.</param>
public sealed record Backtest(int Forecasts, int HorizonDays, decimal? MedianError, decimal? WorstError, int? Within = null)
{
    /// <summary>No forecast could be held against facts yet.</summary>
    public static readonly Backtest None = new(0, StockForecast.WindowDays, null, null);

    /// <summary>The stored track record of an account's meter, as every page has it; none while it has too few facts.</summary>
    public static Backtest Of(TrackRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record is { IsKnown: true, MedianError: { } median }
            ? new Backtest(record.Known.Count, record.IsLevel ? StockForecast.WindowDays : 0, median, record.Known.Max(f => f.Error), record.Within)
            : None;
    }

    /// <summary>
    /// Repeats the fit at up to <paramref name="forecasts"/> earlier days, each <paramref name="horizonDays"/> days before the
    /// next, and compares the middle forecast with the level of that next day.
    /// </summary>
    public static Backtest Of(
        IReadOnlyList<(LocalDate Day, decimal Level)> dailyLevels, int forecasts = 6, int horizonDays = StockForecast.WindowDays)
    {
        ArgumentNullException.ThrowIfNull(dailyLevels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(horizonDays);
        var ordered = dailyLevels.OrderBy(d => d.Day).ToList();
        var byDay = ordered.ToDictionary(d => d.Day, d => d.Level);
        var errors = new List<decimal>();
        for (var i = 0; i < forecasts && ordered.Count > 0; i++)
        {
            var target = ordered[^1].Day.PlusDays(-i * horizonDays);
            var madeOn = target.PlusDays(-horizonDays);
            if (!byDay.TryGetValue(target, out var fact) || fact <= 0)
            {
                continue;
            }
            var forecast = StockForecast.Fit([.. ordered.Where(d => d.Day <= madeOn)]);
            if (forecast.IsFitted && forecast.AsOf == madeOn)
            {
                errors.Add(Math.Abs(forecast.LevelAfter(horizonDays, forecast.SlopePerDay) - fact) / fact);
            }
        }
        return errors.Count == 0
            ? None with { HorizonDays = horizonDays }
            : new Backtest(errors.Count, horizonDays, Median(errors), Math.Round(errors.Max(), 4));
    }

    private static decimal Median(List<decimal> errors)
    {
        errors.Sort();
        var middle = errors.Count / 2;
        return Math.Round(errors.Count % 2 == 1 ? errors[middle] : (errors[middle - 1] + errors[middle]) / 2, 4);
    }
}
