using NodaTime;

namespace OpenMeet.Insights.Domain.Forecasting;

/// <summary>
/// A stock meter's forecast: from its last daily level on it moves by <see cref="SlopePerDay"/> a day, with 80 % probability to
/// something within <see cref="RangeAfter"/>: over four weeks, between <see cref="LowSlope"/> and <see cref="HighSlope"/> a day. A page
/// can print the whole arithmetic: days = (limit - level) / slope. Fitted by <see cref="StockForecast"/>.
/// </summary>
/// <param name="Method">How it was fitted, in words.</param>
/// <param name="AsOf">Day of the last daily level; none without any level.</param>
/// <param name="Level">Last daily level in the meter's unit (storage: bytes), from which the forecast starts.</param>
/// <param name="Days">Daily levels that the fit used.</param>
/// <param name="FitFrom">First of these days.</param>
/// <param name="LevelShiftOn">Day of the deletion after which the fit starts anew, where there was one among the last 28 levels.</param>
/// <param name="SlopePerDay">Theil-Sen slope, units a day; 0 without a fit.</param>
/// <param name="LowSlope">Lower end of the 80 % range of the mean growth of the next 28 days, units a day.</param>
/// <param name="HighSlope">Upper end of the 80 % range of the mean growth of the next 28 days, units a day.</param>
/// <param name="Spread">The range by days ahead; none without a fit, and in decisions stored before there was one: their range is that of the two slopes.</param>
public sealed record Forecast(
    string Method,
    LocalDate? AsOf,
    decimal Level,
    int Days,
    LocalDate? FitFrom,
    LocalDate? LevelShiftOn,
    decimal SlopePerDay,
    decimal LowSlope,
    decimal HighSlope,
    ForecastSpread? Spread = null)
{
    /// <summary>Dates further off than this many days are not given.</summary>
    public const int Horizon = 365;

    /// <summary>Whether there were enough daily levels for a fit.</summary>
    public bool IsFitted => Days >= StockForecast.MinimumDays;

    /// <summary>When the level reaches <paramref name="limit"/> (the meter's unit).</summary>
    public LimitDate WhenReaches(decimal limit)
    {
        if (AsOf is not { } asOf)
        {
            return LimitDate.Without(LimitDateOutcome.TooLittleData, Days, StockForecast.MinimumDays);
        }
        if (Level >= limit)
        {
            return LimitDate.On(LimitDateOutcome.Reached, asOf, 0, 0, 0, Days, StockForecast.MinimumDays);
        }
        if (!IsFitted)
        {
            return LimitDate.Without(LimitDateOutcome.TooLittleData, Days, StockForecast.MinimumDays);
        }
        if (SlopePerDay <= 0)
        {
            return LimitDate.Without(LimitDateOutcome.NotGrowing, Days, StockForecast.MinimumDays);
        }
        var p50 = decimal.Ceiling((limit - Level) / SlopePerDay) is var days && days <= Horizon ? (int)days : (int?)null;
        return LimitDate.On(
            p50 is null ? LimitDateOutcome.MoreThanAYear : LimitDateOutcome.Dated,
            asOf, First(d => RangeAfter(d).High >= limit), p50, First(d => RangeAfter(d).Low >= limit), Days, StockForecast.MinimumDays);
    }

    /// <summary>The ends of the 80 % range of the level <paramref name="days"/> days after <see cref="AsOf"/>, never below zero.</summary>
    public (decimal Low, decimal High) RangeAfter(int days)
    {
        var (low, high) = Spread?.After(days, SlopePerDay) ?? (LowSlope * days, HighSlope * days);
        return (Math.Max(0, Level + low), Math.Max(0, Level + high));
    }

    /// <summary>The level <paramref name="days"/> days after <see cref="AsOf"/> by the given slope, never below zero.</summary>
    /// <param name="days">Days ahead, 0 or more.</param>
    /// <param name="slope">Units a day: <see cref="LowSlope"/>, <see cref="SlopePerDay"/> or <see cref="HighSlope"/>.</param>
    public decimal LevelAfter(decimal days, decimal slope) => Math.Max(0, Level + slope * days);

    private static int? First(Func<int, bool> reached)
    {
        for (var day = 1; day <= Horizon; day++)
        {
            if (reached(day))
            {
                return day;
            }
        }
        return null;
    }
}
