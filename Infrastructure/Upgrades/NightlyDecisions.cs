using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Jobs;

namespace OpenMeet.Insights.Infrastructure.Upgrades;

/// <summary>
/// Decides each night about every account that has a plan or reaches a limit, in pieces of some seconds, so that other jobs get their
/// turn. What a stop left undone is done when it runs again: an account is due as long as it has no decision of the day.
/// </summary>
public sealed class NightlyDecisions(
    TenantStore tenants, DecisionAccounts accounts, UpgradeDecisions decisions, AskFollowUp followUp, IDbContextFactory<InsightsDbContext> contexts, TimeProvider time, ILogger<NightlyDecisions> logger)
{
    private const int Followed = 50;
    private static readonly TimeSpan Piece = TimeSpan.FromSeconds(10);
    private readonly Dictionary<int, LocalDate> _done = [];

    /// <summary>The job that does it.</summary>
    public Job Job => new("upgrade-decisions", Duration.FromMinutes(1), RunAsync);

    private async Task<JobOutcome> RunAsync(CancellationToken cancel)
    {
        var (made, left) = (0, 0);
        foreach (var tenant in await tenants.ListAsync(cancel))
        {
            var now = Instant.FromDateTimeOffset(time.GetUtcNow());
            if (_done.GetValueOrDefault(tenant.Id) == now.InZone(tenant.Zone).Date || await IsFillingAsync(tenant, cancel)) continue;
            var (some, waiting) = await RunAsync(tenant, Piece, cancel);
            (made, left) = (made + some, left + waiting);
        }
        return new JobOutcome($"{made} accounts decided, {left} wait for the next piece.", left);
    }

    /// <summary>Does a piece of a tenant's night: how many accounts it decided about, and how many are left.</summary>
    public async Task<(int Made, int Left)> RunAsync(Tenant tenant, TimeSpan patience, CancellationToken cancel)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var today = now.InZone(tenant.Zone).Date;
        var begun = Stopwatch.GetTimestamp();
        var due = await DueAsync(tenant, now, today, cancel);
        var (made, failed) = (0, 0);
        foreach (var account in due)
        {
            if (Stopwatch.GetElapsedTime(begun) > patience) break;
            try
            {
                await decisions.DecideAsync(tenant, account, cancel);
                made++;
            }
            catch (Metering.StillCountingException)
            {
                // It is due again when the meter is whole.
                return (made, due.Count - made);
            }
#pragma warning disable CA1031 // One account must not keep the others from their decision.
            catch (Exception e) when (e is not OperationCanceledException && !PostgresErrors.IsUnavailable(e))
#pragma warning restore CA1031
            {
                failed++;
                logger.LogError(e, "No decision could be made about an account of tenant {Tenant}", tenant.Key);
            }
        }
        var left = due.Count - made - failed;
        if (left == 0 && await followUp.RunAsync(tenant, now, Followed, cancel) < Followed) _done[tenant.Id] = today;
        return (made, left);
    }

    private async Task<List<string>> DueAsync(Tenant tenant, Instant now, LocalDate today, CancellationToken cancel)
    {
        var all = await accounts.ListAsync(tenant, now, cancel);
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var start = tenant.Zone.AtStartOfDay(today).ToInstant();
        var decided = (await db.Decisions.Where(d => d.TenantId == tenant.Id && d.DecidedAt >= start).Select(d => d.Account).Distinct().ToListAsync(cancel)).ToHashSet(StringComparer.Ordinal);
        return [.. all.Where(a => !decided.Contains(a))];
    }

    // A community that is being made up has only a part of its year.
    private async Task<bool> IsFillingAsync(Tenant tenant, CancellationToken cancel)
    {
        if (tenant.DemoFilledAt is not null) return false;
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await db.Audit.AnyAsync(a => a.TenantId == tenant.Id && a.Action == "demo.begun", cancel)
            && await db.Tenants.AnyAsync(t => t.Id == tenant.Id && t.DemoFilledAt == null, cancel);
    }
}
