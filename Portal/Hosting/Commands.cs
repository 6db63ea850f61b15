using System.Globalization;
using Microsoft.EntityFrameworkCore;
using OpenMeet.Insights.Infrastructure.Audit;
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
               ./insights backup FILE               writes the whole database into a file, also while a portal is running
               ./insights restore FILE              fills an empty database from such a file
               ./insights health URL                exits 0 when the portal at URL is alive
        Settings as for ./start: ConnectionStrings__Insights, Insights__DataDirectory.
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        switch (args[0])
        {
            case "recount": return await RecountAsync(args[1..]);
            case "backup" when args.Length == 2: return await BackupAsync(args[1]);
            case "restore" when args.Length == 2: return await RestoreAsync(args[1]);
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
        var running = await FindRunningAsync(ReadSettings());
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

    private static Task<int> BackupAsync(string file) => SayingWhyNotAsync(async () =>
    {
        var settings = ReadSettings();
        var running = settings.GetConnectionString("Insights") is { Length: > 0 } external ? external : await FindRunningAsync(settings);
        var data = Checkout.Resolve(settings["Insights:DataDirectory"] ?? "./data");
        if (running is null && !System.IO.Directory.Exists(Path.Combine(data, "postgres")))
            throw new BackupException($"There is no database in {data}: let Insights__DataDirectory name the portal's data folder, or ConnectionStrings__Insights its database.");
        await using var own = running is null ? await PortalHost.StartDatabaseAsync(settings) : null;
        var backup = await DatabaseBackup.Of(running ?? own!.ConnectionString, settings["Insights:Postgres:Binaries"], Checkout.Root).WriteAsync(file, CancellationToken.None);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{backup.File}: {backup.Bytes / 1e6:0.0} MB of the {backup.Database}, written in {backup.Took.TotalSeconds:0.0} s."));
        Console.WriteLine("It holds what signs people in and the hashes of keys: keep it as closed as the database. How to try a restore: docs/backup.md.");
    });

    private static Task<int> RestoreAsync(string file) => SayingWhyNotAsync(async () =>
    {
        var settings = ReadSettings();
        await using var own = await PortalHost.StartDatabaseAsync(settings);
        var who = new Actor(Environment.UserName + ", ./insights restore", NodaTime.Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()));
        var restored = await DatabaseBackup.Of(own?.ConnectionString ?? settings.GetConnectionString("Insights")!, settings["Insights:Postgres:Binaries"], Checkout.Root)
            .RestoreAsync(file, who, CancellationToken.None);
        var steps = restored.Migrations switch { 0 => "", 1 => " Its tables were brought up to this build in 1 step.", var n => $" Its tables were brought up to this build in {n} steps." };
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"The {restored.Database} holds {restored.Events:N0} events, restored in {restored.Took.TotalSeconds:0.0} s.{steps}"));
        Console.WriteLine("./insights recount with the same settings counts them again; then ./start.");
    });

    // A verb of the tools that cannot be done: one sentence, no stack.
    private static async Task<int> SayingWhyNotAsync(Func<Task> work)
    {
        try
        {
            await work();
            return 0;
        }
        catch (Exception e) when (e is BackupException or EmbeddedPostgresException or StartupException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }

    private static IConfiguration ReadSettings()
    {
        var settings = new ConfigurationBuilder()
            .AddJsonFile(Path.Combine(AppContext.BaseDirectory, "appsettings.json"), optional: true).AddEnvironmentVariables()
            .AddInMemoryCollection([new("Logging:LogLevel:Default", "Warning")]).Build();
        PortalSettings.Check(settings);
        return settings;
    }

    // Beside a running portal a tool goes through the portal's own server; otherwise it starts one as the portal would.
    private static async Task<string?> FindRunningAsync(IConfiguration settings) =>
        settings.GetConnectionString("Insights") is { Length: > 0 } ? null : await EmbeddedPostgres.FindRunningAsync(settings["Insights:DataDirectory"] ?? "./data", Checkout.Root);

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
