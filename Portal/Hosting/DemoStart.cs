using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Demo;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>Fills the demo where it is asked for, and tells where the portal is when all is ready.</summary>
internal sealed class DemoStart(
    DemoFill demo, TenantStore tenants, Readiness readiness, IConfiguration configuration, IHostApplicationLifetime lifetime, Microsoft.AspNetCore.Hosting.Server.IServer server,
    ILogger<DemoStart> logger) : BackgroundService
{
    private bool _fill;

    /// <summary>Refuses a database that holds something else, before the portal listens.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (configuration.GetValue("Insights:Demo", false))
        {
            var tenant = await TenantAsync(cancellationToken);
            _fill = await demo.IsNeededAsync(tenant, configuration["Insights:Bootstrap:AdminEmail"], cancellationToken);
            if (_fill) readiness.WaitingFor = "The demo is being filled.";
        }
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (_fill)
            {
                logger.LogInformation("Filling the demo: a year of a community");
                await demo.RunAsync(await TenantAsync(stoppingToken), stoppingToken);
                readiness.WaitingFor = null;
            }
            await StartedAsync(stoppingToken);
            SayWhere();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Stopped while starting; a fill goes on at the next start.
        }
    }

    private async Task StartedAsync(CancellationToken cancel)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(cancel);
    }

    private async Task<Tenant> TenantAsync(CancellationToken cancel) =>
        await tenants.FindAsync(configuration["Insights:Tenant"] ?? "default", cancel) ?? throw new StartupException("The default tenant is missing.");

    private void SayWhere()
    {
        var addresses = server.Features.Get<Microsoft.AspNetCore.Hosting.Server.Features.IServerAddressesFeature>()?.Addresses ?? [];
        if (Telemetry.IsJson(configuration))
        {
            logger.LogInformation("OpenMeet Insights is ready: {Addresses}", string.Join(" ", addresses));
            return;
        }
        Console.WriteLine();
        Console.WriteLine("OpenMeet Insights is ready: " + string.Join(" ", addresses));
        if (configuration.GetValue("Insights:Demo", false))
        {
            foreach (var signIn in DemoFill.SignIns) Console.WriteLine($"  {signIn.Role,-8} {signIn.Email,-22} {DemoFill.Password}");
        }
        Console.WriteLine();
    }
}
