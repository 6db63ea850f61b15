using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Community;

/// <summary>A group's health.</summary>
/// <param name="Frame">About whom and when; always the 28 days up to the last whole day.</param>
/// <param name="Score">The parts and, where allowed, their sum.</param>
public sealed record GroupHealth(CommunityFrame Frame, HealthScore Score);

/// <summary>A group against its own last twelve weeks.</summary>
public sealed class HealthReports(CommunityHistories histories)
{
    /// <summary>A group's health; null for an unknown group.</summary>
    public async Task<GroupHealth?> GroupAsync(Tenant tenant, string slug, IReadOnlyDictionary<string, decimal> weights, CancellationToken cancel) =>
        await histories.GroupAsync(tenant, slug, cancel) is { } reading
            ? new GroupHealth(
                CommunityFrame.Of(reading, new CommunityQuestion(slug, today => DayWindow.Ending(today.PlusDays(-1), HealthScore.WindowDays))),
                HealthScore.Of(reading.Whole, weights))
            : null;
}
