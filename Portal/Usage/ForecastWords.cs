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

    /// <inheritdoc cref="ForecastText.Range"/>
    public static string Range(LimitDate reached, LocalDate today) =>
        (reached.P10 is { } early ? Date(early, today) : "") + " – " + (reached.P90 is { } late ? Date(late, today) : Words.Say("later"));

    /// <inheritdoc cref="ForecastText.Date"/>
    public static string Date(LocalDate date, LocalDate today) => Math.Abs(Period.DaysBetween(today, date)) < 300 ? Formats.Day(date) : Formats.Date(date);
}
