using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Jobs;

/// <summary>What every portal does again and again as long as it runs (a <see cref="Job"/> is done by one of them); without a database it waits for the next turn.</summary>
/// <param name="every">How long after one turn the next is due.</param>
/// <param name="failing">For the log, where a turn could not be: "The quota census could not be read".</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
public abstract class RepeatedWork(TimeSpan every, string failing, TimeProvider time, ILogger logger) : BackgroundService
{
    /// <summary>The clock.</summary>
    protected TimeProvider Time { get; } = time;

    /// <summary>One turn.</summary>
    protected abstract Task TurnAsync(CancellationToken cancel);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(every, Time);
        try
        {
            do await TryAsync(stoppingToken);
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The portal stops; what was broken off is due at the next start.
        }
    }

    private async Task TryAsync(CancellationToken cancel)
    {
        try
        {
            await TurnAsync(cancel);
        }
#pragma warning disable CA1031 // Whatever it is: a fault of a background service would end the portal.
        catch (Exception e) when (e is not OperationCanceledException || !cancel.IsCancellationRequested)
#pragma warning restore CA1031
        {
            if (PostgresErrors.IsUnavailable(e)) logger.LogWarning("{What}: {Reason}", failing, e.Message);
            else logger.LogError(e, "{What}", failing);
        }
    }
}
