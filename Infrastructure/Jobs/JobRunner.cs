using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Jobs;

/// <summary>What a run of a job came to.</summary>
/// <param name="Text">A sentence.</param>
/// <param name="Figure">A figure for Prometheus, where there is one.</param>
public sealed record JobOutcome(string Text, long? Figure = null);

/// <summary>Work that is due again and again.</summary>
/// <param name="Name">Names it in the database and in logs.</param>
/// <param name="Every">How long after its last start it is due again.</param>
/// <param name="Run">Does the work and says in a sentence what was done. It may be killed at any instant and is then due again.</param>
/// <param name="IsPrompt">Whether people wait for it: it runs beside the long work of the night, not behind it.</param>
public sealed record Job(string Name, Duration Every, Func<CancellationToken, Task<JobOutcome>> Run, bool IsPrompt = false);

/// <summary>
/// Runs jobs when they are due, each once across any number of portals: whoever gets its lock looks whether it is still due. The lock
/// belongs to a connection and goes with the process; a stop is caught up with at the next look.
/// </summary>
public sealed class JobRunner(IEnumerable<Job> jobs, IDbContextFactory<InsightsDbContext> contexts, TimeProvider time, ILogger<JobRunner> logger) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(30);
    private static readonly Duration ClocksDiffer = Duration.FromMinutes(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(jobs.GroupBy(j => j.IsPrompt).Select(g => LookAsync([.. g], stoppingToken)));

    private async Task LookAsync(Job[] lane, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, time);
        try
        {
            do
            {
                foreach (var job in lane) await TryAsync(job, stoppingToken);
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The portal stops; what was broken off is due at the next start.
        }
    }

    private async Task TryAsync(Job job, CancellationToken cancel)
    {
        try
        {
            await RunIfDueAsync(job, cancel);
        }
#pragma warning disable CA1031 // Whatever it is: a fault of a background service would end the portal.
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
#pragma warning restore CA1031
        {
            if (PostgresErrors.IsUnavailable(e)) logger.LogWarning("Job {Job} could not run: {Reason}", job.Name, e.Message);
            else logger.LogError(e, "Job {Job} could not run", job.Name);
        }
    }

    /// <summary>Runs a job where it is due and nobody else runs it; whether it ran.</summary>
    public async Task<bool> RunIfDueAsync(Job job, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        if (!await IsDueAsync(db, job, cancel)) return false;
        await db.Database.OpenConnectionAsync(cancel);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        if (!await LockAsync(connection, "pg_try_advisory_lock", job, cancel)) return false;
        try
        {
            db.ChangeTracker.Clear();
            if (!await IsDueAsync(db, job, cancel)) return false;
            var run = await db.JobRuns.SingleOrDefaultAsync(r => r.Name == job.Name, cancel);
            if (run is null) db.JobRuns.Add(run = new JobRun { Name = job.Name });
            (run.StartedAt, run.FinishedAt, run.Outcome) = (Now(), null, null);
            await db.SaveChangesAsync(cancel);
            try
            {
                var outcome = await job.Run(cancel);
                (run.Outcome, run.Figure) = (outcome.Text, outcome.Figure);
            }
#pragma warning disable CA1031 // A job that fails must not take the others with it; it is due again in its time.
            catch (Exception e) when (e is not OperationCanceledException && !PostgresErrors.IsUnavailable(e))
#pragma warning restore CA1031
            {
                logger.LogError(e, "Job {Job} failed", job.Name);
                run.Outcome = "Failed: " + e.Message;
            }
            run.FinishedAt = Now();
            await db.SaveChangesAsync(cancel);
            return true;
        }
        finally
        {
            // Where the connection broke, the lock went with it.
            if (connection.State == System.Data.ConnectionState.Open) await LockAsync(connection, "pg_advisory_unlock", job, CancellationToken.None);
        }
    }

    /// <summary>Keeps what a job's work came to that was done by hand.</summary>
    public static async Task NoteAsync(InsightsDbContext db, string name, JobOutcome outcome, Instant now, CancellationToken cancel)
    {
        var run = await db.JobRuns.SingleOrDefaultAsync(r => r.Name == name, cancel);
        if (run is null) db.JobRuns.Add(run = new JobRun { Name = name, StartedAt = now });
        (run.FinishedAt, run.Outcome, run.Figure) = (now, outcome.Text, outcome.Figure);
        await db.SaveChangesAsync(cancel);
    }

    // A start that lies ahead was noted by a clock that has been set back since, and says nothing; the clocks of two portals differ by less.
    private async Task<bool> IsDueAsync(InsightsDbContext db, Job job, CancellationToken cancel) =>
        await db.JobRuns.AsNoTracking().SingleOrDefaultAsync(r => r.Name == job.Name, cancel) is not { FinishedAt: not null } last
        || last.StartedAt + job.Every <= Now() || last.StartedAt > Now() + ClocksDiffer;

    private Instant Now() => Instant.FromDateTimeOffset(time.GetUtcNow());

    private static async Task<bool> LockAsync(NpgsqlConnection connection, string function, Job job, CancellationToken cancel)
    {
        await using var take = new NpgsqlCommand($"SELECT {function}(hashtextextended('insights.job:' || $1, 0))", connection) { Parameters = { new() { Value = job.Name } } };
        return (bool)(await take.ExecuteScalarAsync(cancel))!;
    }
}
