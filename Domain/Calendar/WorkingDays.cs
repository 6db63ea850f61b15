using NodaTime;

namespace OpenMeet.Insights.Domain.Calendar;

/// <summary>Mondays to Fridays; holidays differ from place to place and are not known here.</summary>
public static class WorkingDays
{
    /// <summary>The day that lies so many working days after another.</summary>
    public static LocalDate After(LocalDate day, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        while (count > 0)
        {
            day = day.PlusDays(1);
            if (day.DayOfWeek is not (IsoDayOfWeek.Saturday or IsoDayOfWeek.Sunday))
            {
                count--;
            }
        }
        return day;
    }
}
