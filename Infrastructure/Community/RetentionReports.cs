using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Community;

/// <summary>Whether people who join a group stay.</summary>
/// <param name="Frame">About whom and when.</param>
/// <param name="ByWeek">Rows by ISO week of joining instead of month.</param>
/// <param name="Grid">Who took part how many weeks after.</param>
/// <param name="FirstWeek">Of who joined in the last 12 weeks, back after a week; null where no visit was ever told.</param>
public sealed record GroupRetention(CommunityFrame Frame, bool ByWeek, RetentionGrid Grid, PartOf? FirstWeek);

/// <summary>Whether people who join a group stay.</summary>
public sealed class RetentionReports(CommunityHistories histories)
{
    /// <summary>Weeks after joining that are shown.</summary>
    public const int Weeks = 12;

    private const int Rows = 12;

    /// <summary>A group's retention; null for an unknown group.</summary>
    public async Task<GroupRetention?> GroupAsync(Tenant tenant, CommunityQuestion question, bool byWeek, CancellationToken cancel)
    {
        if (await histories.GroupAsync(tenant, question.Group, cancel) is not { } reading) return null;
        var history = reading.With(question.Organisers);
        var joins = history.Joins();
        return new GroupRetention(
            CommunityFrame.Of(reading, question), byWeek, RetentionGrid.Of(joins, history.Activity, byWeek, Weeks, Rows, history.LastWhole),
            history.VisitsRecorded ? Newcomers.FirstWeekReturn(joins, history.Activity, DayWindow.Ending(history.LastWhole, 7 * 12), history.LastWhole) : null);
    }
}
