using NodaTime;

namespace OpenMeet.Insights.Domain.Community;

/// <summary>
/// How the people who took part in a window came to be there, against the window before. Always: active = new + returning +
/// resurrected, and active before = returning + dormant.
/// </summary>
/// <param name="New">Took part for the first time ever.</param>
/// <param name="Returning">Took part in this window and in the one before.</param>
/// <param name="Resurrected">Took part now, not in the window before, but earlier.</param>
/// <param name="Dormant">Took part in the window before and not now.</param>
public sealed record ParticipationFlow(int New, int Returning, int Resurrected, int Dormant)
{
    /// <summary>People who took part in the window.</summary>
    public int Active => New + Returning + Resurrected;

    /// <summary>People who took part in the window before.</summary>
    public int ActiveBefore => Returning + Dormant;

    /// <summary>Works it out from the days on which each person took part.</summary>
    /// <param name="days">By person; the days need no order.</param>
    /// <param name="from">First day of the window.</param>
    /// <param name="to">Last day of the window; the window before has as many days and ends the day before <paramref name="from"/>.</param>
    public static ParticipationFlow Of(IEnumerable<IReadOnlyCollection<LocalDate>> days, LocalDate from, LocalDate to)
    {
        var length = Period.DaysBetween(from, to) + 1;
        var (fresh, returning, resurrected, dormant) = (0, 0, 0, 0);
        foreach (var person in days)
        {
            var now = person.Any(d => d >= from && d <= to);
            var before = person.Any(d => d < from && d >= from.PlusDays(-length));
            var earlier = person.Any(d => d < from.PlusDays(-length));
            if (now && before) returning++;
            else if (now && earlier) resurrected++;
            else if (now) fresh++;
            else if (before) dormant++;
        }
        return new ParticipationFlow(fresh, returning, resurrected, dormant);
    }
}

/// <summary>How many of a month's people come every week.</summary>
public static class Stickiness
{
    /// <summary>
    /// Mean over the days of a window of A7 / A28: people who took part in the 7 days up to a day, of those in the 28 days up to it.
    /// Days on which nobody took part in 28 days are skipped; null where all are.
    /// </summary>
    public static decimal? Weekly(IReadOnlyList<IReadOnlyCollection<LocalDate>> days, LocalDate from, LocalDate to)
    {
        var (sum, counted) = (0m, 0);
        for (var day = from; day <= to; day = day.PlusDays(1))
        {
            var month = days.Count(p => p.Any(d => d <= day && d > day.PlusDays(-28)));
            if (month == 0) continue;
            sum += days.Count(p => p.Any(d => d <= day && d > day.PlusDays(-7))) / (decimal)month;
            counted++;
        }
        return counted == 0 ? null : sum / counted;
    }
}
