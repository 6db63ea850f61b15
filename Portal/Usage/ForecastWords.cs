using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Usage;

/// <summary>Forecasts on pages, in the reader's language: what <see cref="ForecastText"/> says in messages and records.</summary>
internal static class ForecastWords
{
    /// <inheritdoc cref="ForecastText.When"/>
    public static string When(LimitDate reached, LocalDate today) => reached.Outcome switch
    {
        LimitDateOutcome.Dated => Words.Say("about {0}", Date(reached.P50!.Value, today)) + $" ({Range(reached, today)})",
        LimitDateOutcome.Reached => Words.Say("reached already"),
        LimitDateOutcome.NotGrowing => Words.Say("no date: not growing"),
        LimitDateOutcome.MoreThanAYear when reached.P10 is { } early => Words.Say("more than a year (at the earliest {0})", Date(early, today)),
        LimitDateOutcome.MoreThanAYear => Words.Say("more than a year"),
        LimitDateOutcome.NotThisPeriod when reached.P10 is { } early => Words.Say("not in this period (at the earliest {0})", Date(early, today)),
        LimitDateOutcome.NotThisPeriod => Words.Say("not in this period"),
        _ => Words.Say("too little data: {0} of {1} days", Formats.Number(reached.Days), Formats.Number(reached.DaysNeeded)),
    };

    /// <inheritdoc cref="TrackRecord.Sentence"/>
    public static string Sentence(TrackRecord record)
    {
        var (known, within, days) = (Formats.Number(record.Known.Count), Formats.Number(record.Within), Formats.Number(StockForecast.WindowDays));
        return (record.IsKnown, record.IsLevel, record.MedianError) switch
        {
            (false, _, _) => Words.Say("No track record yet: {0} of {1} forecasts have met their day.", known, Formats.Number(TrackRecord.MinimumFacts)),
            (_, true, { } median) => Words.Say("Of its last {0} forecasts {1} days ahead, {2} held within the 80 % range; median error {3}.", known, days, within, Error(median)),
            (_, true, _) => Words.Say("Of its last {0} forecasts {1} days ahead, {2} held within the 80 % range.", known, days, within),
            (_, _, { } median) => Words.Say("Of its last {0} forecasts of a month's end, {1} held within the 80 % range; median error {2}.", known, within, Error(median)),
            _ => Words.Say("Of its last {0} forecasts of a month's end, {1} held within the 80 % range.", known, within),
        };
    }

    private static string Error(decimal median) => Formats.Number(Math.Round(median * 100, median < 0.1m ? 1 : 0, MidpointRounding.AwayFromZero), 1) + " %";

    /// <inheritdoc cref="ForecastText.Range"/>
    public static string Range(LimitDate reached, LocalDate today) =>
        (reached.P10 is { } early ? Date(early, today) : "") + " – " + (reached.P90 is { } late ? Date(late, today) : Words.Say("later"));

    /// <inheritdoc cref="ForecastText.Date"/>
    public static string Date(LocalDate date, LocalDate today) => Math.Abs(Period.DaysBetween(today, date)) < 300 ? Formats.Day(date) : Formats.Date(date);
}
