using System.Globalization;
using NodaTime;

namespace OpenMeet.Insights.Domain.Forecasting;

/// <summary>A forecast as it was made, with what came.</summary>
/// <param name="MadeOn">The last complete day that it saw.</param>
/// <param name="ForDay">The day at whose end it is held against the fact.</param>
/// <param name="P10">Lower end of its 80 % range, in the meter's unit.</param>
/// <param name="P50">Its middle.</param>
/// <param name="P90">Upper end of its 80 % range.</param>
/// <param name="Actual">What came; none while the day is not over.</param>
/// <param name="Backtested">Whether it was made afterwards, from what was stored of the days before.</param>
public sealed record MadeForecast(LocalDate MadeOn, LocalDate ForDay, decimal P10, decimal P50, decimal P90, decimal? Actual, bool Backtested)
{
    /// <summary>Whether the fact lies in the range; false while there is none.</summary>
    public bool IsWithin => Actual >= P10 && Actual <= P90;

    /// <summary>Distance of the middle to the fact, over the fact; none without a fact, and where that is 0 or less.</summary>
    public decimal? Error => Actual is > 0 and var fact ? Math.Round(Math.Abs(P50 - fact) / fact, 4, MidpointRounding.AwayFromZero) : null;
}

/// <summary>
/// How the last forecasts of one account and meter did. Those of one night and the next are nearly the same, so only some count: of a
/// level those of Sundays, of a flow those made after a third and after two thirds of a month.
/// </summary>
/// <param name="Known">Forecasts that have met their fact, newest first.</param>
/// <param name="IsLevel">Whether they are of a level, 28 days ahead; otherwise of a month's end.</param>
public sealed record TrackRecord(IReadOnlyList<MadeForecast> Known, bool IsLevel)
{
    /// <summary>Facts that a track record needs.</summary>
    public const int MinimumFacts = 5;

    /// <summary>Forecasts that it looks back on.</summary>
    public const int Shown = 12;

    /// <summary>Whether there are enough facts to say anything.</summary>
    public bool IsKnown => Known.Count >= MinimumFacts;

    /// <summary>How many facts lay within their range; none where there are too few facts.</summary>
    public int? Within => IsKnown ? Known.Count(f => f.IsWithin) : null;

    /// <summary>How many of the forecasts were made afterwards.</summary>
    public int Backtested => Known.Count(f => f.Backtested);

    /// <summary>Median error of the middle, a fraction; none where there are too few facts.</summary>
    public decimal? MedianError => IsKnown && Known.Select(f => f.Error).OfType<decimal>().Order().ToArray() is { Length: > 0 } errors
        ? (errors[(errors.Length - 1) / 2] + errors[errors.Length / 2]) / 2
        : null;

    /// <summary>The record of forecasts that were made, in any order; those without a fact and those that do not count are left out.</summary>
    public static TrackRecord Of(IEnumerable<MadeForecast> made, bool isLevel) => new(
        [.. made.Where(f => f.Actual is not null && Counts(f.MadeOn, isLevel)).OrderByDescending(f => f.ForDay).ThenByDescending(f => f.MadeOn).Take(Shown)], isLevel);

    /// <summary>Whether a forecast made on a day counts for the record.</summary>
    public static bool Counts(LocalDate madeOn, bool isLevel)
    {
        if (isLevel) return madeOn.DayOfWeek == IsoDayOfWeek.Sunday;
        var days = CalendarSystem.Iso.GetDaysInMonth(madeOn.Year, madeOn.Month);
        return madeOn.Day == days / 3 || madeOn.Day == 2 * days / 3;
    }

    /// <summary>
    /// <c>Of its last 12 forecasts 10 held (28 days ahead, 80 % range); median error 4 %.</c>, or <c>No track record yet: 2 of 5
    /// forecasts have met their day.</c>
    /// </summary>
    public string Sentence()
    {
        if (!IsKnown) return string.Create(CultureInfo.InvariantCulture, $"No track record yet: {Known.Count} of {MinimumFacts} forecasts have met their day.");
        var ahead = IsLevel ? string.Create(CultureInfo.InvariantCulture, $"{StockForecast.WindowDays} days ahead") : "of a month's end";
        var error = MedianError is { } median ? string.Create(CultureInfo.InvariantCulture, $"; median error {Math.Round(median * 100, median < 0.1m ? 1 : 0, MidpointRounding.AwayFromZero):0.#} %") : "";
        return string.Create(CultureInfo.InvariantCulture, $"Of its last {Known.Count} forecasts {ahead}, {Within} held within the 80 % range{error}.");
    }
}
