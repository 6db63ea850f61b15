using NodaTime;

namespace OpenMeet.Insights.Domain.Forecasting;

/// <summary>One day ahead: what the period has added up to by its end.</summary>
/// <param name="Day">The day.</param>
/// <param name="Expected">Cumulative amount in the period, middle forecast.</param>
/// <param name="Low">Lower end of the 80 % range.</param>
/// <param name="High">Upper end of the 80 % range.</param>
public sealed record FlowDay(LocalDate Day, decimal Expected, decimal Low, decimal High);

/// <summary>
/// A flow meter's forecast (calls, messages, emails): what the period has so far, plus for each day left the daily rate of the
/// last 28 days times the factor of its weekday. The 80 % range resamples the days' residuals by weeks.
/// </summary>
/// <param name="Method">How it was fitted, in words.</param>
/// <param name="PeriodStart">First day of the period.</param>
/// <param name="PeriodEnd">First day after it.</param>
/// <param name="AsOf">Last complete day; none without any.</param>
/// <param name="Days">Days that the rate was taken from.</param>
/// <param name="SoFar">Amount of the period up to <see cref="AsOf"/>.</param>
/// <param name="Expected">Amount expected at the period's end.</param>
/// <param name="Low">Lower end of its 80 % range.</param>
/// <param name="High">Upper end of its 80 % range.</param>
/// <param name="RatePerDay">Amount of a day of factor 1.</param>
/// <param name="WeekdayFactors">Factors of Monday to Sunday; their mean is about 1.</param>
/// <param name="Ahead">The days left, in order.</param>
public sealed record FlowForecast(
    string Method,
    LocalDate PeriodStart,
    LocalDate PeriodEnd,
    LocalDate? AsOf,
    int Days,
    decimal SoFar,
    decimal Expected,
    decimal Low,
    decimal High,
    decimal RatePerDay,
    IReadOnlyList<decimal> WeekdayFactors,
    IReadOnlyList<FlowDay> Ahead)
{
    /// <summary>Days whose rate is carried on.</summary>
    public const int WindowDays = 28;

    /// <summary>Days from which weekday factors are taken.</summary>
    public const int WeekdayWindowDays = 56;

    /// <summary>Days that a fit needs.</summary>
    public const int MinimumDays = 14;

    // The seven factors, drawn towards 1 and from twice the days of the rate, and the rate itself.
    private const double FreedomOfFit = 6;

    /// <summary>How it is done, in words for a page.</summary>
    public const string FlowMethod = "Cumulative in the period with weekday factors, 80 % range from residuals";

    /// <summary>Whether there were enough days for a fit.</summary>
    public bool IsFitted => Days >= MinimumDays;

    /// <summary>
    /// Fits the amounts of complete days, in any order, of this period and before; a day missing between the first and the
    /// last counts as zero, as an empty window of a flow does.
    /// </summary>
    /// <param name="dailyAmounts">Amount of each complete day, in the meter's unit.</param>
    /// <param name="periodStart">First day of the period.</param>
    /// <param name="periodEnd">First day after the period.</param>
    /// <exception cref="ArgumentException">The period is empty, or a day occurs twice.</exception>
    public static FlowForecast Fit(
        IReadOnlyList<(LocalDate Day, decimal Amount)> dailyAmounts, LocalDate periodStart, LocalDate periodEnd)
    {
        ArgumentNullException.ThrowIfNull(dailyAmounts);
        if (periodEnd <= periodStart)
        {
            throw new ArgumentException("A period ends after it starts.", nameof(periodEnd));
        }
        if (dailyAmounts.Count == 0)
        {
            return new FlowForecast(FlowMethod, periodStart, periodEnd, null, 0, 0, 0, 0, 0, 0, [], []);
        }

        var days = Filled(dailyAmounts);
        var asOf = days[^1].Day;
        var soFar = days.Where(d => d.Day >= periodStart && d.Day < periodEnd).Sum(d => d.Amount);
        var fitted = days.TakeLast(WindowDays).ToArray();
        var unfitted = new FlowForecast(
            FlowMethod, periodStart, periodEnd, asOf, fitted.Length, soFar, soFar, soFar, soFar, 0, [], []);
        if (fitted.Length < MinimumDays)
        {
            return unfitted;
        }

        var factors = Factors(days.TakeLast(WeekdayWindowDays).ToArray());
        var rate = (double)fitted.Sum(d => d.Amount) / fitted.Sum(d => Factor(factors, d.Day));
        var width = Widened(fitted.Length);
        var residuals = fitted.Select(d => width * ((double)d.Amount - rate * Factor(factors, d.Day))).ToArray();
        var first = LocalDate.Max(asOf.PlusDays(1), periodStart);
        var left = Enumerable.Range(0, Math.Max(0, Period.DaysBetween(first, periodEnd))).Select(first.PlusDays).ToArray();
        var ahead = DaysAhead(left, soFar, factors, rate, residuals, days.All(d => d.Amount >= 0));
        return unfitted with
        {
            Expected = ahead.Length > 0 ? ahead[^1].Expected : soFar,
            Low = ahead.Length > 0 ? ahead[^1].Low : soFar,
            High = ahead.Length > 0 ? ahead[^1].High : soFar,
            RatePerDay = Rounded(rate),
            WeekdayFactors = [.. factors.Select(Rounded)],
            Ahead = ahead,
        };
    }

    /// <summary>When the period's amount reaches <paramref name="limit"/> (the meter's unit), if in this period.</summary>
    public LimitDate WhenReaches(decimal limit)
    {
        if (AsOf is not { } asOf)
        {
            return LimitDate.Without(LimitDateOutcome.TooLittleData, Days, MinimumDays);
        }
        if (SoFar >= limit)
        {
            return LimitDate.On(LimitDateOutcome.Reached, asOf, 0, 0, 0, Days, MinimumDays);
        }
        if (!IsFitted)
        {
            return LimitDate.Without(LimitDateOutcome.TooLittleData, Days, MinimumDays);
        }
        var p50 = First(asOf, d => d.Expected >= limit);
        return LimitDate.On(
            p50 is null ? LimitDateOutcome.NotThisPeriod : LimitDateOutcome.Dated,
            asOf, First(asOf, d => d.High >= limit), p50, First(asOf, d => d.Low >= limit), Days, MinimumDays);
    }

    private int? First(LocalDate asOf, Func<FlowDay, bool> reached) =>
        Ahead.FirstOrDefault(reached) is { } day ? Period.DaysBetween(asOf, day.Day) : null;

    private static (LocalDate Day, decimal Amount)[] Filled(IReadOnlyList<(LocalDate Day, decimal Amount)> given)
    {
        var byDay = new Dictionary<LocalDate, decimal>();
        foreach (var (day, amount) in given)
        {
            if (!byDay.TryAdd(day, amount))
            {
                throw new ArgumentException($"There are two amounts of {day:uuuu-MM-dd}.", nameof(given));
            }
        }
        var from = byDay.Keys.Min();
        return
        [
            .. Enumerable.Range(0, Period.DaysBetween(from, byDay.Keys.Max()) + 1)
                .Select(from.PlusDays).Select(day => (day, byDay.GetValueOrDefault(day))),
        ];
    }

    // A weekday's mean over the mean of all days, drawn towards 1 as if one more such day had been an average one.
    private static double[] Factors((LocalDate Day, decimal Amount)[] days)
    {
        var mean = (double)days.Average(d => d.Amount);
        var factors = new double[7];
        for (var weekday = 1; weekday <= 7; weekday++)
        {
            var own = days.Where(d => (int)d.Day.DayOfWeek == weekday).ToArray();
            factors[weekday - 1] = mean <= 0 ? 1 : ((double)own.Sum(d => d.Amount) + mean) / (own.Length + 1) / mean;
        }
        return factors;
    }

    // Residuals of a fit are smaller than the errors of a forecast: the rate and the factors were drawn towards these very days, and
    // blocks of a week out of so few days vary less than weeks do.
    private static double Widened(int days) =>
        Math.Sqrt(days / (days - FreedomOfFit) * days / (days - (double)ResidualBootstrap.Block));

    private static double Factor(double[] factors, LocalDate day) => factors[(int)day.DayOfWeek - 1];

    private static FlowDay[] DaysAhead(
        LocalDate[] left, decimal soFar, double[] factors, double rate, double[] residuals, bool neverFalls)
    {
        var bootstrap = new ResidualBootstrap(residuals);
        var sums = left.Select(_ => new double[ResidualBootstrap.Rounds]).ToArray();
        var middles = Array.ConvertAll(left, day => rate * Factor(factors, day));
        Span<double> window = new double[residuals.Length], drawn = new double[left.Length];
        for (var round = 0; round < ResidualBootstrap.Rounds; round++)
        {
            var offRate = bootstrap.DrawSum(window) / window.Length;
            bootstrap.Draw(drawn);
            var sum = 0.0;
            for (var day = 0; day < drawn.Length; day++)
            {
                sum += middles[day] + offRate + drawn[day];
                sums[day][round] = sum;
            }
        }

        var ahead = new FlowDay[left.Length];
        var expected = 0.0;
        var (lowest, highest) = (0.0, 0.0);
        for (var i = 0; i < left.Length; i++)
        {
            expected += middles[i];
            Array.Sort(sums[i]);
            var low = Math.Min(expected, OrderStatistics.Quantile(sums[i], 0.1));
            var high = Math.Max(expected, OrderStatistics.Quantile(sums[i], 0.9));
            // What only ever adds up has no falling band.
            (lowest, highest) = neverFalls ? (Math.Max(lowest, low), Math.Max(highest, high)) : (low, high);
            ahead[i] = new FlowDay(left[i], soFar + Rounded(expected), soFar + Rounded(lowest), soFar + Rounded(highest));
        }
        return ahead;
    }

    private static decimal Rounded(double value) => Math.Round((decimal)value, 6, MidpointRounding.AwayFromZero);
}
