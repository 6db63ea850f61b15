namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>
/// The first thing of a stop: the portal says that it is not ready, and goes on working until who sends it requests has noticed. Only then
/// it stops listening, ends the requests in hand, and stores the events in hand.
/// </summary>
internal sealed class Drain(Readiness readiness, IConfiguration configuration, ILogger<Drain> logger) : IHostedLifecycleService
{
    // For what is in hand, after the wait.
    private static readonly TimeSpan InHand = TimeSpan.FromSeconds(30);

    public static TimeSpan Wait(IConfiguration configuration) => TimeSpan.FromSeconds(configuration.GetValue("Insights:Shutdown:DrainSeconds", 0));

    /// <summary>How long a whole stop may take.</summary>
    public static TimeSpan Most(IConfiguration configuration) => Wait(configuration) + InHand;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        readiness.IsStopping = true;
        if (Wait(configuration) is not { TotalSeconds: > 0 } wait) return;
        logger.LogInformation("Stopping: not ready any more, still answering for {Seconds} s", wait.TotalSeconds);
        await Task.Delay(wait, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

internal static class DrainExtensions
{
    public static void AddDrain(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddHostedService<Drain>();
        services.Configure<HostOptions>(host => host.ShutdownTimeout = Drain.Most(configuration));
    }

    /// <summary>A connection that is kept open brings the next request here: while the portal stops, each answer ends its own.</summary>
    public static void UseDrain(this WebApplication app)
    {
        var readiness = app.Services.GetRequiredService<Readiness>();
        app.Use((context, next) =>
        {
            if (readiness.IsStopping && HttpProtocol.IsHttp11(context.Request.Protocol) && !context.Request.Headers.ContainsKey("Upgrade")) context.Response.Headers.Connection = "close";
            return next(context);
        });
    }
}
