using NodaTime;

namespace OpenMeet.Insights.Domain.Forecasting;

/// <summary>
/// Fits a level that grows from day to day (storage). The slope is Theil and Sen's: the median of the slopes between every two of
/// the last 28 daily levels, which a few odd days do not move. A drop far beyond the day-to-day noise is a deletion: the fit
/// starts anew on that day. The 80 % range is read off the daily steps beside the line: how much of them adds up over days, how much
/// comes and goes, and what that does to the slope; its two sides are those of steps resampled by weeks (<see cref="ForecastSpread"/>).
/// </summary>
public static class StockForecast
{
    /// <summary>Daily levels that a fit looks at.</summary>
    public const int WindowDays = 28;

    /// <summary>Daily levels that a fit needs.</summary>
    public const int MinimumDays = 14;

    /// <summary>How it is done, in words for a page.</summary>
    public const string Method = "Theil-Sen slope of the last 28 daily levels, 80 % range from residuals";

    // A drop counts as a deletion from six robust standard deviations of the daily steps, and from one percent of the level.
    private const double ShiftDeviations = 6;
    private const double ShiftShare = 0.01;

    /// <summary>Fits the last 28 of the daily levels (end of each day, in the meter's unit), in any order.</summary>
    /// <exception cref="ArgumentException">A day occurs twice.</exception>
    public static Forecast Fit(IReadOnlyList<(LocalDate Day, decimal Level)> dailyLevels)
    {
        ArgumentNullException.ThrowIfNull(dailyLevels);
        var ordered = dailyLevels.OrderBy(d => d.Day).ToList();
        for (var i = 1; i < ordered.Count; i++)
        {
            if (ordered[i].Day == ordered[i - 1].Day)
            {
                throw new ArgumentException($"There are two levels of {ordered[i].Day:uuuu-MM-dd}.", nameof(dailyLevels));
            }
        }
        if (ordered.Count == 0)
        {
            return new Forecast(Method, null, 0, 0, null, null, 0, 0, 0);
        }

        var window = ordered.TakeLast(WindowDays).ToArray();
        var shift = LastDrop(window);
        var fitted = window[shift..];
        var last = fitted[^1];
        var unfitted = new Forecast(
            Method, last.Day, last.Level, fitted.Length, fitted[0].Day, shift > 0 ? fitted[0].Day : null, 0, 0, 0);
        if (fitted.Length < MinimumDays)
        {
            return unfitted;
        }

        var x = fitted.Select(d => (double)Period.DaysBetween(fitted[0].Day, d.Day)).ToArray();
        var y = fitted.Select(d => (double)(d.Level - fitted[0].Level)).ToArray();
        var slope = Slope(x, y);
        var spread = ForecastSpread.Of([.. Enumerable.Range(1, x.Length - 1).Select(i => (y[i] - y[i - 1]) / (x[i] - x[i - 1]))], slope);
        var rounded = Math.Round((decimal)slope, 6, MidpointRounding.AwayFromZero);
        var (low, high) = spread.After(WindowDays, rounded);
        return unfitted with { SlopePerDay = rounded, LowSlope = Daily(low), HighSlope = Daily(high), Spread = spread };
    }

    private static double Slope(double[] x, double[] y)
    {
        var slopes = new List<double>(x.Length * (x.Length - 1) / 2);
        for (var i = 0; i < x.Length; i++)
        {
            for (var j = i + 1; j < x.Length; j++)
            {
                slopes.Add((y[j] - y[i]) / (x[j] - x[i]));
            }
        }
        return OrderStatistics.Median(slopes);
    }

    private static decimal Daily(decimal overTheWindow) => Math.Round(overTheWindow / WindowDays, 6, MidpointRounding.AwayFromZero);

    private static int LastDrop((LocalDate Day, decimal Level)[] levels)
    {
        if (levels.Length < 3)
        {
            return 0;
        }
        var steps = Enumerable.Range(1, levels.Length - 1).Select(i => (double)(levels[i].Level - levels[i - 1].Level)).ToArray();
        var middle = OrderStatistics.Median(steps);
        var deviation = 1.4826 * OrderStatistics.Median(steps.Select(s => Math.Abs(s - middle)));
        if (deviation == 0)
        {
            // Most days are exactly alike: drops that come again and again are ups and downs, a few are deletions.
            deviation = 1.2533 * steps.Average(s => Math.Abs(s - middle));
        }
        for (var i = steps.Length - 1; i >= 0; i--)
        {
            var floor = ShiftShare * Math.Abs((double)levels[i].Level);
            if (steps[i] < 0 && -steps[i] > floor && middle - steps[i] > ShiftDeviations * deviation)
            {
                return i + 1;
            }
        }
        return 0;
    }
}
