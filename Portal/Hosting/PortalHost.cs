using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenMeet.Insights.Infrastructure;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>Puts the portal together: the table of contents.</summary>
internal static class PortalHost
{
    /// <summary>Builds a portal that is ready to listen; its database is reached and up to date.</summary>
    public static async Task<WebApplication> BuildAsync(string[] args, Action<WebApplicationBuilder>? adjust = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        adjust?.Invoke(builder);
        var configuration = builder.Configuration;
        PortalSettings.Check(configuration);
        if (string.IsNullOrEmpty(configuration["urls"])) builder.WebHost.UseUrls("http://localhost:5270");
        builder.WebHost.UseStaticWebAssets();
        builder.AddTelemetry();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestLimits.MostBytes;
            SlowClients.Limit(kestrel.Limits);
        });

        var postgres = await StartDatabaseAsync(configuration);
        try
        {
            builder.Services.TryAddSingleton(TimeProvider.System);
            // Made by a factory, so that it belongs to the services and stops with them.
            if (postgres is not null) builder.Services.AddSingleton(_ => postgres).AddHostedService<EmbeddedPostgresWatch>();
            builder.Services.AddInfrastructure(postgres?.ConnectionString ?? configuration.GetConnectionString("Insights")!);
            builder.Services.AddPortal(configuration);
            var app = builder.Build();
            // Asked for first, so it goes last: after everything that holds a connection.
            _ = app.Services.GetService<EmbeddedPostgres>();
            await MigrateAsync(app);
            app.UsePortal();
            return app;
        }
        catch
        {
            if (postgres is not null) await postgres.DisposeAsync();
            throw;
        }
    }

    private static async Task MigrateAsync(WebApplication app)
    {
        try
        {
            await DatabaseStartup.RunAsync(app.Services, app.Configuration, CancellationToken.None);
        }
        catch (Exception e) when (e is not StartupException && PostgresErrors.IsUnavailable(e))
        {
            throw new StartupException("ConnectionStrings:Insights: the database cannot be used: " + e.GetBaseException().Message, e);
        }
    }

    /// <summary>Starts the embedded server; null where another one is named.</summary>
    public static async Task<EmbeddedPostgres?> StartDatabaseAsync(IConfiguration configuration, string? backup = null)
    {
        if (configuration.GetConnectionString("Insights") is { Length: > 0 }) return null;
        using var log = LoggerFactory.Create(l => Telemetry.Write(l.AddConfiguration(configuration.GetSection("Logging")).AddSimpleConsole(c => c.SingleLine = true), configuration));
        return await EmbeddedPostgres.StartAsync(
            Checkout.Resolve(configuration["Insights:DataDirectory"] ?? "./data"), configuration["Insights:Postgres:Binaries"], Checkout.Root,
            log.CreateLogger("OpenMeet.Insights.Database"), CancellationToken.None, backup: backup);
    }
}
