using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Community;

/// <summary>A person in the list of contributors.</summary>
public sealed record NamedContributor(string Name, WeighedContributor Weighed);

/// <summary>Who did what for a group.</summary>
/// <param name="Frame">About whom and when.</param>
/// <param name="Weights">How acts are weighed.</param>
/// <param name="People">The greatest sum first, those who opted out left out.</param>
/// <param name="OptedOut">How many are left out.</param>
/// <param name="Concentration">How much hangs on few; it names nobody and counts everybody.</param>
/// <param name="Before">The same of the window before.</param>
public sealed record GroupContributors(
    CommunityFrame Frame, ContributionWeights Weights, IReadOnlyList<NamedContributor> People, int OptedOut, Concentration Concentration, Concentration Before);

/// <summary>Who did what for a group.</summary>
public sealed class ContributorReports(CommunityHistories histories, DirectoryReports directory, IDbContextFactory<InsightsDbContext> contexts)
{
    /// <summary>A group's contributors; null for an unknown group.</summary>
    public async Task<GroupContributors?> GroupAsync(Tenant tenant, CommunityQuestion question, ContributionWeights weights, CancellationToken cancel)
    {
        if (await histories.GroupAsync(tenant, question.Group, cancel) is not { } reading) return null;
        var (frame, history) = (CommunityFrame.Of(reading, question), reading.With(question.Organisers));
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var hidden = await db.ContributorOptOuts.Where(o => o.TenantId == tenant.Id).Select(o => o.UserKey).ToHashSetAsync(cancel);
        var names = await directory.UserNamesAsync(tenant.Id, cancel);
        var weighed = weights.Weigh(history.Acts(frame.Window));
        var shown = weighed.Where(p => !hidden.Contains(p.Who)).ToList();
        return new GroupContributors(
            frame, weights, [.. shown.Select(p => new NamedContributor(names.GetValueOrDefault(p.Who, p.Who), p))], weighed.Count - shown.Count,
            Concentration.Of(history.Acts(frame.Window)), Concentration.Of(history.Acts(frame.Window.Matched)));
    }

    /// <summary>Whether a person opted out of lists of contributors.</summary>
    public async Task<bool> OptedOutAsync(int tenantId, string user, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.ContributorOptOuts.AnyAsync(o => o.TenantId == tenantId && o.UserKey == user, cancel);
    }
}
