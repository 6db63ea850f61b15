using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Jobs;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Jobs;

public sealed class JobRunnerTests(PortalWithClock portal) : IClassFixture<PortalWithClock>
{
    private JobRunner Runner => new(
        [], portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>(), portal.Clock, NullLogger<JobRunner>.Instance);

    [Fact]
    public async Task Of_many_portals_that_find_a_job_due_one_runs_it()
    {
        var runs = 0;
        var gate = new TaskCompletionSource();
        var job = new Job("count", Duration.FromHours(1), async _ =>
        {
            Interlocked.Increment(ref runs);
            await gate.Task;
            return new JobOutcome("Counted.", 7);
        });
        var portals = Enumerable.Range(0, 8).Select(_ => Runner.RunIfDueAsync(job, CancellationToken.None)).ToList();
        // All but the one that has the lock give up at once.
        var given = 0;
        await foreach (var _ in Task.WhenEach(portals))
        {
            if (++given == portals.Count - 1) break;
        }
        gate.SetResult();
        Assert.Equal(1, (await Task.WhenAll(portals)).Count(ran => ran));
        Assert.Equal(1, runs);
        Assert.False(await Runner.RunIfDueAsync(job, CancellationToken.None));

        portal.Clock.Advance(TimeSpan.FromHours(1));
        Assert.True(await Runner.RunIfDueAsync(job, CancellationToken.None));
    }

    [Fact]
    public async Task A_prompt_job_does_not_wait_behind_a_nightly_one()
    {
        var (night, prompt) = (new TaskCompletionSource(), new TaskCompletionSource());
        Job[] jobs =
        [
            new("long night", Duration.FromHours(1), async _ => { await night.Task; return new JobOutcome("Done."); }),
            new("prompt", Duration.FromHours(1), _ => { prompt.TrySetResult(); return Task.FromResult(new JobOutcome("Done.")); }, IsPrompt: true),
        ];
        using var runner = new JobRunner(jobs, portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>(), portal.Clock, NullLogger<JobRunner>.Instance);
        await runner.StartAsync(TestContext.Current.CancellationToken);
        await prompt.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.False(night.Task.IsCompleted);
        night.SetResult();
        await runner.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Neither_a_connection_that_is_cut_nor_a_job_that_gives_up_ends_the_runner()
    {
        var after = new TaskCompletionSource();
        Job[] jobs =
        [
            new("cut", Duration.FromHours(1), async cancel =>
            {
                // The backend that holds the job's lock is ended, as an administrator or the system does.
                await using var end = portal.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("""
                    SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND (classid::bigint << 32 | objid::bigint) = hashtextextended('insights.job:cut', 0)
                    """);
                Assert.Equal(1L, await end.ExecuteScalarAsync(cancel));
                return new JobOutcome("Done.");
            }),
            new("gives up", Duration.FromHours(1), _ => throw new OperationCanceledException("It took too long.")),
            new("after", Duration.FromHours(1), _ => { after.TrySetResult(); return Task.FromResult(new JobOutcome("Done.")); }),
        ];
        using var runner = new JobRunner(jobs, portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>(), portal.Clock, NullLogger<JobRunner>.Instance);
        await runner.StartAsync(TestContext.Current.CancellationToken);
        await after.Task.WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.False(runner.ExecuteTask!.IsCompleted);
        await runner.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_job_that_was_killed_on_the_way_is_due_again_and_one_that_fails_says_why()
    {
        var killed = new Job("killed", Duration.FromHours(1), _ => throw new OperationCanceledException());
        await Assert.ThrowsAsync<OperationCanceledException>(() => Runner.RunIfDueAsync(killed, CancellationToken.None));
        Assert.True(await Runner.RunIfDueAsync(killed with { Run = _ => Task.FromResult(new JobOutcome("Done.")) }, CancellationToken.None));

        Assert.True(await Runner.RunIfDueAsync(new Job("fails", Duration.FromHours(1), _ => throw new InvalidOperationException("no luck")), CancellationToken.None));
        await using var db = await portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(CancellationToken.None);
        Assert.Equal("Failed: no luck", (await db.JobRuns.SingleAsync(r => r.Name == "fails", CancellationToken.None)).Outcome);
    }

    [Fact]
    public async Task The_nightly_recount_compares_a_sample_and_names_what_was_tampered_with()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Message("ann", "g", "2025-10-03T10:00:00Z"), A.Upload("ann", 300, file: "f", at: "2025-10-03T00:00:00Z"), A.Attachment("oleg", "f", "g", at: "2025-10-04T00:00:00Z"));
        var job = portal.Services.GetRequiredService<NightlyRecount>().Job;
        Assert.Equal(0, (await job.Run(CancellationToken.None)).Figure);

        await using var db = await portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(CancellationToken.None);
        await db.Database.ExecuteSqlAsync($"UPDATE rollup_hour r SET sum = sum + 1 FROM meter m WHERE m.id = r.meter_id AND m.slug = 'messages' AND r.tenant_id = {c.Id} AND scope = 1", CancellationToken.None);
        await db.Database.ExecuteSqlAsync($"UPDATE storage_delta SET delta = delta + 1 WHERE tenant_id = {c.Id} AND carrier = 'group:g'", CancellationToken.None);
        var found = await job.Run(CancellationToken.None);
        Assert.Equal(2, found.Figure);
        Assert.Contains("messages Subject 'ann' 2025-10-03T10:00:00Z", found.Text, StringComparison.Ordinal);
    }
}
