using Microsoft.Extensions.Logging;
using OpenMeet.Insights.Infrastructure.Jobs;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>Looks after the embedded server: one that has ended is started again.</summary>
public sealed class EmbeddedPostgresWatch(EmbeddedPostgres server, TimeProvider time, ILogger<EmbeddedPostgresWatch> logger)
    : RepeatedWork(TimeSpan.FromSeconds(5), "The embedded PostgreSQL could not be looked after", time, logger)
{
    protected override async Task TurnAsync(CancellationToken cancel)
    {
        try
        {
            if (await server.ReviveAsync(cancel)) logger.LogWarning("The embedded PostgreSQL had ended and was started again");
        }
        catch (EmbeddedPostgresException e)
        {
            logger.LogError("The embedded PostgreSQL has ended, and is tried again: {Reason}", e.Message);
        }
    }
}
