using NodaTime;

namespace OpenMeet.Insights.Domain.Community;

/// <summary>Whether new members come back.</summary>
public static class Newcomers
{
    /// <summary>
    /// Of the members who joined in a window and whose two weeks are over (joined + 14 ≤ the last whole day): those with a visit on days 7 to 13
    /// after joining.
    /// </summary>
    public static PartOf FirstWeekReturn(IEnumerable<(string Who, LocalDate Joined)> joins, ActivityCalendar activity, DayWindow window, LocalDate lastWhole)
    {
        var ripe = joins.Where(j => window.Contains(j.Joined) && j.Joined.PlusDays(14) <= lastWhole).ToList();
        return new PartOf(ripe.Count(j => activity.Did(j.Who, ActionStep.Visited, new DayWindow(j.Joined.PlusDays(7), j.Joined.PlusDays(13)))), ripe.Count);
    }
}
