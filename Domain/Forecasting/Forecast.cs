using NodaTime;

namespace OpenMeet.Insights.Domain.Forecasting;

/// <summary>
/// A stock meter's forecast: from its last daily level on it moves by <see cref="SlopePerDay"/> a day, with 80 % probability
/// by something between <see cref="LowSlope"/> and <see cref="HighSlope"/> a day over the coming weeks. A page can print the
/// whole arithmetic: days = (limit - level) / slope. Fitted by <see cref="StockForecast"/>.
/// </summary>
/// <param name="Method">How it was fitted, in words.</param>
/// <param name="AsOf">Day of the last daily level; none without any level.</param>
/// <param name="Level">Last daily level in the meter's unit (storage: bytes), from which the forecast starts.</param>
/// <param name="Days">Daily levels that the fit used.</param>
/// <param name="FitFrom">First of these days.</param>
/// <param name="LevelShiftOn">Day of the deletion after which the fit starts anew, where there was one among the last 28 levels.</param>
/// <param name="SlopePerDay">Theil-Sen slope, units a day; 0 without a fit.</param>
/// <param name="LowSlope">Lower end of the 80 % range of the slope, units a day.</param>
/// <param name="HighSlope">Upper end of the 80 % range of the slope, units a day.</param>
public sealed record Forecast(
    string Method,
    LocalDate? AsOf,
    decimal Level,
    int Days,
    LocalDate? FitFrom,
    LocalDate? LevelShiftOn,
    decimal SlopePerDay,
    decimal LowSlope,
    decimal HighSlope)
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
        var p50 = DaysTo(limit, SlopePerDay);
        return LimitDate.On(
            p50 is null ? LimitDateOutcome.MoreThanAYear : LimitDateOutcome.Dated,
            asOf, DaysTo(limit, HighSlope), p50, DaysTo(limit, LowSlope), Days, StockForecast.MinimumDays);
    }

    /// <summary>The level <paramref name="days"/> days after <see cref="AsOf"/> by the given slope, never below zero.</summary>
    /// <param name="days">Days ahead, 0 or more.</param>
    /// <param name="slope">Units a day: <see cref="LowSlope"/>, <see cref="SlopePerDay"/> or <see cref="HighSlope"/>.</param>
    public decimal LevelAfter(decimal days, decimal slope) => Math.Max(0, Level + slope * days);

    private int? DaysTo(decimal limit, decimal slope)
    {
        if (slope <= 0)
        {
            return null;
        }
        var days = decimal.Ceiling((limit - Level) / slope);
        return days <= Horizon ? (int)days : null;
    }
}
