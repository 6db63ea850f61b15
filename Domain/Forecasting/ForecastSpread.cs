namespace OpenMeet.Insights.Domain.Forecasting;

/// <summary>
/// How far off a stock forecast may be, by days ahead: <c>sqrt(Noise² + Walk² × days + SlopeError² × days²)</c>, times a shape for each
/// side. Noise comes and goes again (a file for a day, the pattern of a week), a walk adds up, and the slope was read off few days.
/// </summary>
/// <param name="Drift">What days add on average beyond the slope, units a day: a median does not see rare bursts, the range does.</param>
/// <param name="Noise">Deviation that does not grow with time, in the meter's unit.</param>
/// <param name="Walk">Deviation of one day that adds up over days.</param>
/// <param name="SlopeError">Deviation of the slope, units a day.</param>
/// <param name="LowShape">Deviations from the middle down to the lower end of the 80 % range.</param>
/// <param name="HighShape">Deviations from the middle up to its upper end.</param>
public sealed record ForecastSpread(decimal Drift, decimal Noise, decimal Walk, decimal SlopeError, decimal LowShape, decimal HighShape)
{
    private const int Week = ResidualBootstrap.Block;

    // What a walk's part of the variance must outweigh to be believed, and by how much what is believed is raised again. A few weeks tell
    // noise and walk apart only roughly; these two and the widening of shapes make the range hold 80 % on simulated histories.
    private const double WalkDoubt = 0.45;
    private const double WalkRaise = 1.75;
    private const double ShapeRaise = 1.08;

    // Theil and Sen's slope of n levels: its variance is about 1.2 / n of a walk's, and 6 / n³ of twice the noise's.
    private const double SlopeErrorOfWalk = 1.2;
    private const double SlopeErrorOfNoise = 6;

    /// <summary>The range after some days, as offsets from the level that the forecast starts from.</summary>
    /// <param name="days">Days ahead, 0 or more.</param>
    /// <param name="slope">The slope of the middle, units a day.</param>
    public (decimal Low, decimal High) After(int days, decimal slope)
    {
        var middle = slope * days;
        var deviation = (decimal)Math.Sqrt(Square(Noise) + (Square(Walk) * days) + (Square(SlopeError) * days * days));
        var centre = middle + (Drift * days);
        return (Math.Min(middle, centre - (LowShape * deviation)), Math.Max(middle, centre + (HighShape * deviation)));
    }

    /// <summary>Reads it off the daily steps of the levels that were fitted; at least 13.</summary>
    internal static ForecastSpread Of(double[] steps, double slope)
    {
        var weekdays = Enumerable.Range(0, Week).Select(day => steps.Where((_, i) => i % Week == day).Average()).ToArray();
        var mean = weekdays.Average();
        var off = steps.Select(s => s - mean).ToArray();

        // Noise weighs as much in a week's change as in a day's, a walk seven times as much. The weekdays' own pattern cancels in weeks.
        var ofDays = SquaresOver(off, 1);
        var ofWeeks = SquaresOver(off, Week);
        var unpatterned = steps.Select((s, i) => Square(s - weekdays[i % Week])).Sum() / (steps.Length - Week);
        var walk = Math.Max(0, (ofWeeks - unpatterned) / (Week - 1));
        walk = walk > 0 ? walk * walk / (walk + (WalkDoubt * unpatterned)) * WalkRaise : 0;
        var noise = Math.Max(0, ofDays - walk);
        var slopeError = (SlopeErrorOfWalk * walk / steps.Length) + (SlopeErrorOfNoise * noise / Math.Pow(steps.Length, 3));
        var (low, high) = Shapes(off);
        return new ForecastSpread(Rounded(mean - slope), Root(noise), Root(walk), Root(slopeError), Rounded(low), Rounded(high));
    }

    // Mean square of the changes over so many days, freed of what taking off the mean has taken with it.
    private static double SquaresOver(double[] off, int days)
    {
        var squares = Enumerable.Range(0, off.Length - days + 1).Select(i => Square(off.AsSpan(i, days).ToArray().Sum())).Average();
        return squares / (1 - ((double)days / off.Length));
    }

    // Where the tenth and the ninetieth of a hundred four-week sums of resampled steps lie, in deviations: bursts make the two sides unlike.
    private static (double Low, double High) Shapes(double[] off)
    {
        var bootstrap = new ResidualBootstrap(off);
        var window = new double[StockForecast.WindowDays];
        var sums = Enumerable.Range(0, ResidualBootstrap.Rounds).Select(_ => bootstrap.DrawSum(window)).ToArray();
        var mean = sums.Average();
        var deviation = Math.Sqrt(sums.Select(s => Square(s - mean)).Average());
        if (deviation <= double.Epsilon) return (ShapeRaise, ShapeRaise);
        Array.Sort(sums);
        return (
            ShapeRaise * Math.Clamp((mean - OrderStatistics.Quantile(sums, 0.1)) / deviation, 0.5, 2),
            ShapeRaise * Math.Clamp((OrderStatistics.Quantile(sums, 0.9) - mean) / deviation, 0.5, 2));
    }

    private static double Square(double value) => value * value;

    private static double Square(decimal value) => Square((double)value);

    private static decimal Root(double variance) => Rounded(Math.Sqrt(variance));

    private static decimal Rounded(double value) => Math.Round((decimal)value, 6, MidpointRounding.AwayFromZero);
}
