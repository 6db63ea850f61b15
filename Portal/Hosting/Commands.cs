using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Jobs;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>The portal's verbs for administrators: the same program, without the web.</summary>
internal static class Commands
{
    private const string Help = """
        usage: ./insights recount [--tenant KEY]    counts everything again from the stored events and names what differs
               ./insights health URL                exits 0 when the portal at URL is alive
        Settings as for ./start: ConnectionStrings__Insights, Insights__DataDirectory.
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        switch (args[0])
        {
            case "recount": return await RecountAsync(args[1..]);
            case "health" when args.Length == 2: return await HealthAsync(args[1]);
            case "help":
                Console.WriteLine(Help);
                return 0;
            default:
                await Console.Error.WriteLineAsync(Help);
                return 2;
        }
    }

    private static async Task<int> RecountAsync(string[] args)
    {
        // Beside a running portal the tool reads through the portal's own server; otherwise it starts one as the portal would.
        var settings = new ConfigurationBuilder().AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true).AddEnvironmentVariables().Build();
        var running = settings.GetConnectionString("Insights") is { Length: > 0 }
            ? null
            : await EmbeddedPostgres.FindRunningAsync(settings["Insights:DataDirectory"] ?? "./data", Checkout.Root);
        string[] arguments = ["--Logging:LogLevel:Default=Warning", "--Insights:Demo=false", .. running is null ? Array.Empty<string>() : ["--ConnectionStrings:Insights=" + running]];
        await using var portal = await PortalHost.BuildAsync(arguments);
        var tenants = await portal.Services.GetRequiredService<TenantStore>().ListAsync(CancellationToken.None);
        if (args is ["--tenant", var key]) tenants = [.. tenants.Where(t => t.Key == key)];
        var (rows, differences) = (0L, new List<string>());
        foreach (var tenant in tenants)
        {
            var result = await portal.Services.GetRequiredService<Recount>().RunAsync(tenant.Id, CancellationToken.None);
            Console.WriteLine($"{tenant.Key}: {result.Events} events counted again, {result.Rows} rows compared, {result.Differences.Count} differ");
            foreach (var difference in result.Differences.Take(20)) Console.WriteLine("  " + difference);
            rows += result.Rows;
            differences.AddRange(result.Differences.Select(d => $"{tenant.Key}: {d}"));
        }
        await using var db = await portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync();
        var now = NodaTime.Instant.FromDateTimeOffset(portal.Services.GetRequiredService<TimeProvider>().GetUtcNow());
        await JobRunner.NoteAsync(db, "recount", NightlyRecount.Outcome(rows, differences), now, CancellationToken.None);
        return differences.Count == 0 ? 0 : 1;
    }

    private static async Task<int> HealthAsync(string url)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(4) };
        try
        {
            return (await http.GetAsync(new Uri(url.TrimEnd('/') + "/health/live"))).IsSuccessStatusCode ? 0 : 1;
        }
        catch (HttpRequestException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }
}
