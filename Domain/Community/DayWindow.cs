using NodaTime;
using OpenMeet.Insights.Domain.Calendar;

namespace OpenMeet.Insights.Domain.Community;

/// <summary>Whole days, both ends included. In instants it is half-open: from the first day's start to the start of the day after the last.</summary>
/// <param name="From">First day.</param>
/// <param name="To">Last day.</param>
public readonly record struct DayWindow(LocalDate From, LocalDate To)
{
    /// <summary>So many days that end with this one.</summary>
    public static DayWindow Ending(LocalDate last, int days) => new(last.PlusDays(1 - days), last);

    /// <summary>How many days it has.</summary>
    public int Length => Period.DaysBetween(From, To) + 1;

    /// <summary>As many days right before it.</summary>
    public DayWindow Before => new(From.PlusDays(-Length), From.PlusDays(-1));

    /// <summary>As many days before it, on the same weekdays: what it is compared with. With whole weeks it is <see cref="Before"/>.</summary>
    public DayWindow Matched
    {
        get
        {
            var shift = (Length + 6) / 7 * 7;
            return new DayWindow(From.PlusDays(-shift), To.PlusDays(-shift));
        }
    }

    /// <summary>The days, in order.</summary>
    public IEnumerable<LocalDate> Days
    {
        get
        {
            for (var day = From; day <= To; day = day.PlusDays(1)) yield return day;
        }
    }

    /// <summary>Whether a day lies in it.</summary>
    public bool Contains(LocalDate day) => day >= From && day <= To;

    /// <summary>Its instants on a zone's clock.</summary>
    public TimeRange In(DateTimeZone zone) => new(zone.AtStartOfDay(From).ToInstant(), zone.AtStartOfDay(To.PlusDays(1)).ToInstant());
}
