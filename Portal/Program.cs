using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Portal.Hosting;

try
{
    if (args.Length > 0 && !args[0].StartsWith('-')) return await Commands.RunAsync(args);
    await using var portal = await PortalHost.BuildAsync(args);
    await portal.StartAsync();
    await portal.WaitForShutdownAsync();
    return 0;
}
catch (Exception e) when (e is StartupException or EmbeddedPostgresException or IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException })
{
    await Console.Error.WriteLineAsync("The portal does not start: " + e.Message);
    return 1;
}
