using System.Globalization;
using NodaTime;
using NodaTime.Text;

namespace OpenMeet.Insights.Domain.Forecasting;

/// <summary>Forecasts in words: never a bare date, always with its range or the reason why there is none.</summary>
public static class ForecastText
{
    private static readonly LocalDatePattern DayAndMonth = LocalDatePattern.CreateWithInvariantCulture("d MMM");
    private static readonly LocalDatePattern WithYear = LocalDatePattern.CreateWithInvariantCulture("d MMM uuuu");

    /// <summary>
    /// <c>about 2 Jan (22 Dec – 24 Jan)</c>, <c>more than a year</c>, <c>no date: not growing</c>, <c>not in this period</c>,
    /// <c>reached already</c>, <c>too little data: 9 of 14 days</c>.
    /// </summary>
    /// <param name="reached">When the limit is reached.</param>
    /// <param name="today">The reader's day: the year is left out of dates near it.</param>
    public static string When(LimitDate reached, LocalDate today)
    {
        ArgumentNullException.ThrowIfNull(reached);
        return reached.Outcome switch
        {
            LimitDateOutcome.Dated => $"about {Date(reached.P50!.Value, today)} ({Range(reached, today)})",
            LimitDateOutcome.Reached => "reached already",
            LimitDateOutcome.NotGrowing => "no date: not growing",
            LimitDateOutcome.MoreThanAYear when reached.P10 is { } early => $"more than a year (at the earliest {Date(early, today)})",
            LimitDateOutcome.MoreThanAYear => "more than a year",
            LimitDateOutcome.NotThisPeriod when reached.P10 is { } early => $"not in this period (at the earliest {Date(early, today)})",
            LimitDateOutcome.NotThisPeriod => "not in this period",
            _ => string.Create(CultureInfo.InvariantCulture, $"too little data: {reached.Days} of {reached.DaysNeeded} days"),
        };
    }

    /// <summary>The 80 % range of a dated answer: <c>22 Dec – 24 Jan</c>, <c>22 Dec – later</c>.</summary>
    public static string Range(LimitDate reached, LocalDate today)
    {
        ArgumentNullException.ThrowIfNull(reached);
        var early = reached.P10 is { } p10 ? Date(p10, today) : "";
        return early + " – " + (reached.P90 is { } p90 ? Date(p90, today) : "later");
    }

    /// <summary><c>2 Jan</c>, with its year where it lies ten months or more from today.</summary>
    public static string Date(LocalDate date, LocalDate today) =>
        (Math.Abs(Period.DaysBetween(today, date)) < 300 ? DayAndMonth : WithYear).Format(date);
}
