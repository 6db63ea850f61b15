using NodaTime;

namespace OpenMeet.Insights.Domain.Forecasting;

/// <summary>
/// Fits a level that grows from day to day (storage). The slope is Theil and Sen's: the median of the slopes between every two of
/// the last 28 daily levels, which a few odd days do not move. A drop far beyond the day-to-day noise is a deletion: the fit
/// starts anew on that day. The 80 % range resamples the daily steps off the line by weeks, once for what the fit saw and
/// once for the four weeks to come: it holds what the past and the future may have of luck.
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
        var (low, high) = Range(x, y, slope);
        return unfitted with { SlopePerDay = Rounded(slope), LowSlope = Rounded(low), HighSlope = Rounded(high) };
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

    // The steps off the line: what a day added beyond the slope. Their mean over the days seen is the error of the slope,
    // their mean over four weeks to come is the luck of the future.
    private static (double Low, double High) Range(double[] x, double[] y, double slope)
    {
        var steps = Enumerable.Range(1, x.Length - 1).Select(i => (y[i] - y[i - 1]) / (x[i] - x[i - 1]) - slope).ToArray();
        var bootstrap = new ResidualBootstrap(steps);
        var centre = steps.Average();
        var slopes = new double[ResidualBootstrap.Rounds];
        for (var i = 0; i < slopes.Length; i++)
        {
            slopes[i] = slope + (bootstrap.DrawMean(steps.Length) - centre) + bootstrap.DrawMean(WindowDays);
        }
        Array.Sort(slopes);
        return (Math.Min(slope, OrderStatistics.Quantile(slopes, 0.1)), Math.Max(slope, OrderStatistics.Quantile(slopes, 0.9)));
    }

    private static int LastDrop((LocalDate Day, decimal Level)[] levels)
    {
        if (levels.Length < 3)
        {
            return 0;
        }
        var steps = Enumerable.Range(1, levels.Length - 1).Select(i => (double)(levels[i].Level - levels[i - 1].Level)).ToArray();
        var middle = OrderStatistics.Median(steps);
        var deviation = 1.4826 * OrderStatistics.Median(steps.Select(s => Math.Abs(s - middle)));
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

    private static decimal Rounded(double value) => Math.Round((decimal)value, 6, MidpointRounding.AwayFromZero);
}
