using Microsoft.Extensions.Logging;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Jobs;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>
/// Counts a sample again each night: of every tenant some random days of events, some files, and the statements that are frozen. The whole
/// is counted on command.
/// </summary>
public sealed class NightlyRecount(Recount recount, TenantStore tenants, ILogger<NightlyRecount> logger)
{
    private const int Days = 7;
    /// <summary>The job that does it.</summary>
    public Job Job => new("recount", Duration.FromHours(24), RunAsync);

    private async Task<JobOutcome> RunAsync(CancellationToken cancel)
    {
        var (rows, differences) = (0L, new List<string>());
        foreach (var tenant in await tenants.ListAsync(cancel))
        {
            var found = await recount.SampleAsync(tenant, Days, cancel);
            rows += found.Rows;
            differences.AddRange(found.Differences.Select(d => $"{tenant.Key}: {d}"));
        }
        if (differences.Count > 0) logger.LogError("The recount found {Count} differences, the first: {First}", differences.Count, differences[0]);
        return Outcome(rows, differences);
    }

    /// <summary>What a recount came to, the first differing key named.</summary>
    public static JobOutcome Outcome(long rows, IReadOnlyList<string> differences) =>
        new($"{rows} rows compared, {differences.Count} differ{(differences.Count > 0 ? ", the first: " + differences[0] : "")}.", differences.Count);
}
