using System.Globalization;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
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
        usage: ./insights recount [--tenant KEY] [--month YYYY-MM]
                                                    counts everything (or the sums of a month of UTC) again from the stored events and
                                                    names what differs
               ./insights ledger                    lists the ledger's months: events, bytes on disk
               ./insights verify-audit [--tenant KEY [--head NUMBER:HASH]]
                                                    checks that the audit log is as it was written, and names the first line that is not
               ./insights backup FILE               writes the whole database into a file, also while a portal is running
               ./insights restore FILE              fills an empty database from such a file
               ./insights health URL                exits 0 when the portal at URL is alive
               ./insights ready URL                 exits 0 when the portal at URL can do its work, and says why it cannot
               ./insights version                   says which version this is
        Settings as for ./start: ConnectionStrings__Insights, Insights__DataDirectory.
        """;

    public static async Task<int> RunAsync(string[] args)
    {
        switch (args[0])
        {
            case "recount": return await RecountAsync(args[1..]);
            case "ledger" when args.Length == 1: return await LedgerAsync();
            case "verify-audit": return await VerifyAuditAsync(args[1..]);
            case "backup" when args.Length == 2: return await BackupAsync(args[1]);
            case "restore" when args.Length == 2: return await RestoreAsync(args[1]);
            case "health" when args.Length == 2: return await HealthAsync(args[1], "live");
            case "ready" when args.Length == 2: return await HealthAsync(args[1], "ready");
            case "version":
                Console.WriteLine(ApiDescription.Version);
                return 0;
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
        var (key, text) = args switch
        {
            [] => (null, null),
            ["--tenant", var only] => (only, null),
            ["--month", var only] => (null, only),
            ["--tenant", var one, "--month", var of] => (one, of),
            _ => (null, "?"),
        };
        BillingPeriod month = default;
        if (text is not null && !BillingPeriod.TryParse(text, DateTimeZone.Utc, out month))
        {
            await Console.Error.WriteLineAsync(Help);
            return 2;
        }
        await using var portal = await BuildAsync();
        var tenants = await portal.Services.GetRequiredService<TenantStore>().ListAsync(CancellationToken.None);
        if (key is not null) tenants = [.. tenants.Where(t => t.Key == key)];
        var (rows, differences) = (0L, new List<string>());
        var recount = portal.Services.GetRequiredService<Recount>();
        foreach (var tenant in tenants)
        {
            var result = text is null ? await recount.RunAsync(tenant.Id, CancellationToken.None) : await recount.RangeAsync(tenant.Id, month.Range, CancellationToken.None);
            Console.WriteLine($"{tenant.Key}: {result.Events} events counted again, {result.Rows} rows compared, {result.Differences.Count} differ");
            foreach (var difference in result.Differences.Take(20)) Console.WriteLine("  " + difference);
            rows += result.Rows;
            differences.AddRange(result.Differences.Select(d => $"{tenant.Key}: {d}"));
        }
        // A month without a fault says nothing about the rest.
        if (text is not null && differences.Count == 0) return 0;
        await using var db = await portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync();
        var now = Instant.FromDateTimeOffset(portal.Services.GetRequiredService<TimeProvider>().GetUtcNow());
        await JobRunner.NoteAsync(db, "recount", NightlyRecount.Outcome(rows, differences), now, CancellationToken.None);
        return differences.Count == 0 ? 0 : 1;
    }

    private static async Task<int> LedgerAsync()
    {
        await using var portal = await BuildAsync();
        foreach (var part in await portal.Services.GetRequiredService<LedgerMonths>().PartsAsync(CancellationToken.None))
        {
            var name = part.From is { } from ? $"{from.InUtc():uuuu-MM}" : $"before {part.To.InUtc():uuuu-MM}";
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-14} {part.Events,15:N0} events {part.Bytes,18:N0} bytes"));
        }
        return 0;
    }

    // The whole portal without the web, on the database of the settings.
    private static async Task<WebApplication> BuildAsync()
    {
        var running = await FindRunningAsync(ReadSettings());
        return await PortalHost.BuildAsync(["--Logging:LogLevel:Default=Warning", "--Insights:Demo=false", .. running is null ? Array.Empty<string>() : ["--ConnectionStrings:Insights=" + running]]);
    }

    private static async Task<int> VerifyAuditAsync(string[] args)
    {
        var (key, head) = args switch
        {
            [] => (null, null),
            ["--tenant", var only] => (only, null),
            ["--tenant", var one, "--head", var text] => (one, AuditHead.Parse(text)),
            _ => (null, new AuditHead(0, "")),
        };
        if (args.Length > 0 && (key is null || (args.Length == 4 && head is null)))
        {
            await Console.Error.WriteLineAsync(Help);
            return 2;
        }
        await using var portal = await BuildAsync();
        var tenants = await portal.Services.GetRequiredService<TenantStore>().ListAsync(CancellationToken.None);
        if (key is not null) tenants = [.. tenants.Where(t => t.Key == key)];
        if (tenants.Count == 0)
        {
            await Console.Error.WriteLineAsync($"There is no tenant '{key}'.");
            return 1;
        }
        var broken = 0;
        foreach (var tenant in tenants)
        {
            var verdict = await portal.Services.GetRequiredService<AuditChain>().VerifyAsync(tenant.Id, head, CancellationToken.None);
            if (verdict.Fault is not null) broken++;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tenant.Key}: {verdict.Fault ?? $"{verdict.Lines} lines, all as they were written. The last is {verdict.Head?.ToString() ?? "none"}"}"));
        }
        if (broken == 0) Console.WriteLine("Keep the last line's number and hash outside the database: given as --head, they show whether lines were cut off at the end.");
        return broken == 0 ? 0 : 1;
    }

    private static Task<int> BackupAsync(string file) => SayingWhyNotAsync(async () =>
    {
        var settings = ReadSettings();
        var external = settings.GetConnectionString("Insights") is { Length: > 0 } given ? given : null;
        var running = external ?? await FindRunningAsync(settings);
        var data = Checkout.Resolve(settings["Insights:DataDirectory"] ?? "./data");
        if (running is null && !System.IO.Directory.Exists(Path.Combine(data, "postgres")))
            throw new BackupException($"There is no database in {data}: let Insights__DataDirectory name the portal's data folder, or ConnectionStrings__Insights its database.");
        await using var own = running is null ? await PortalHost.StartDatabaseAsync(settings) : null;
        var backup = await DatabaseBackup.Of(running ?? own!.ConnectionString, settings["Insights:Postgres:Binaries"], Checkout.Root, isEmbedded: external is null).WriteAsync(file, CancellationToken.None);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{backup.File}: {backup.Bytes / 1e6:0.0} MB of the {backup.Database}, written in {backup.Took.TotalSeconds:0.0} s."));
        Console.WriteLine("It holds what signs people in and the hashes of keys: keep it as closed as the database. How to try a restore: docs/backup.md.");
    });

    private static Task<int> RestoreAsync(string file) => SayingWhyNotAsync(async () =>
    {
        var settings = ReadSettings();
        var holdsFiles = await DatabaseBackup.HoldsServerFilesAsync(file, CancellationToken.None);
        if (holdsFiles && settings.GetConnectionString("Insights") is { Length: > 0 })
            throw new BackupException($"{file} holds the files of an embedded server: it goes into a data folder (Insights__DataDirectory, without ConnectionStrings__Insights). Into another server goes a backup that was made with pg_dump (docs/backup.md).");
        await using var own = await PortalHost.StartDatabaseAsync(settings, holdsFiles ? file : null);
        var who = new Actor(Environment.UserName + ", ./insights restore", NodaTime.Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()));
        var backup = DatabaseBackup.Of(own?.ConnectionString ?? settings.GetConnectionString("Insights")!, settings["Insights:Postgres:Binaries"], Checkout.Root, isEmbedded: own is not null);
        var restored = holdsFiles ? await backup.TakeOverAsync(file, who, CancellationToken.None) : await backup.RestoreAsync(file, who, CancellationToken.None);
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

    private static async Task<int> HealthAsync(string url, string question)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(8) };
        try
        {
            using var answer = await http.GetAsync(new Uri(url.TrimEnd('/') + "/health/" + question));
            if (answer.IsSuccessStatusCode) return 0;
            await Console.Error.WriteLineAsync(await answer.Content.ReadAsStringAsync());
            return 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }
}
