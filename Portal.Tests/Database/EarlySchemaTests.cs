using System.IO.Compression;
using System.Runtime.Versioning;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Infrastructure;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Tests.Database;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Database;

/// <summary>
/// A database of the first schema, as the portal of 24 November 2026 left it (commit ac3e95d, dumped by pg_dump --inserts): seven hundred
/// events of the history and three hundred others, twenty of them voided, a plan, a rate, a bill and a closed month. Beside it stands
/// what that portal answered.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class EarlySchemaTests(PostgresServer server)
{
    [Fact]
    public async Task A_database_of_the_first_schema_is_brought_up_and_gives_the_figures_that_it_had()
    {
        var database = await server.CreateDatabaseAsync();
        await PostgresWithPrograms.ExecuteAsync(database, Read("first-schema.sql.gz"));
        Assert.Equal("20261124202727_Initial 20261124230000_Ledger", await PostgresWithPrograms.ExecuteAsync(database, """SELECT string_agg(migration_id, ' ' ORDER BY migration_id) FROM "__EFMigrationsHistory" """));

        var file = await PostgresWithPrograms.ExecuteAsync(database, "SELECT pg_relation_filenode('ledger')::text");

        using var portal = await PortalProcess.StartAsync(database);
        // What was stored is the first part of the ledger, in the very file in which it lay.
        Assert.Equal(file, await PostgresWithPrograms.ExecuteAsync(database, "SELECT pg_relation_filenode('ledger_early')::text"));
        Assert.Equal("ledger_early 1000", await PostgresWithPrograms.ExecuteAsync(database, "SELECT string_agg(part || ' ' || rows, ', ') FROM (SELECT tableoid::regclass AS part, count(*) AS rows FROM ledger GROUP BY 1) p"));
        var figures = JsonDocument.Parse(Read("first-schema.json.gz")).RootElement.EnumerateObject().ToArray();
        Assert.InRange(figures.Length, 30, 1_000);
        foreach (var asked in figures)
        {
            var now = JsonDocument.Parse(await portal.Client.GetStringAsync("api/v1/" + asked.Name, TestContext.Current.CancellationToken)).RootElement;
            string[] gone = [.. Figures("", asked.Value).Except(Figures("", now))];
            string[] come = [.. Figures("", now).Except(Figures("", asked.Value)).Where(f => gone.Any(g => g.StartsWith(f[..(f.LastIndexOf(' ', f.LastIndexOf(' ') - 1) + 1)], StringComparison.Ordinal)))];
            Assert.True(gone.Length == 0, $"{asked.Name} no longer says {string.Join("; ", gone)}, but {string.Join("; ", come)}");
        }

        await using var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddInfrastructure(database).BuildServiceProvider();
        var tenant = Assert.Single(await services.GetRequiredService<TenantStore>().ListAsync(TestContext.Current.CancellationToken));
        var recount = await services.GetRequiredService<Recount>().RunAsync(tenant.Id, TestContext.Current.CancellationToken);
        Assert.Empty(recount.Differences);
        Assert.Equal(980, recount.Events);
    }

    // Every figure of an answer with the way to it, numbered where there are several. What answers say besides has grown since; completeTo
    // is the time of the answer; and a member's GB-months over several months were reckoned by the first one's length, which was a fault
    // (their byte-seconds stay what they were).
    private static readonly Regex s_mended = new(@"^\.completeTo |^\.byMember\[.*\]\.meters\[""storage"".*\]\.value ");

    private static IEnumerable<string> Figures(string path, JsonElement value) => Values(path, value).Where(v => !s_mended.IsMatch(v)).GroupBy(v => v).SelectMany(g => g.Select((v, i) => $"{v} #{i}"));

    private static IEnumerable<string> Values(string path, JsonElement value) => value.ValueKind switch
    {
        // Beside its exact value a number was the nearest of 64 bits; it has become the exact one.
        JsonValueKind.Object => value.EnumerateObject().Where(m => m.Name != "value" || !value.TryGetProperty("valueExact", out _)).SelectMany(m => Values(path + "." + m.Name, m.Value)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(v => Values(path + "[" + Name(v) + "]", v)),
        // Endless fractions have more digits now than they had.
        _ => [path + " " + Regex.Replace(value.GetRawText(), @"(?<=\.\d{12})\d+", "")],
    };

    // Rows are told apart by what they are about.
    private static string Name(JsonElement row) => row.ValueKind != JsonValueKind.Object ? "" : string.Join(' ', ((string[])["meter", "user", "group", "account", "windowStart", "subject"])
        .Select(n => row.TryGetProperty(n, out var value) ? value.GetRawText() : ""));

    private static string Read(string name)
    {
        using var resource = typeof(EarlySchemaTests).Assembly.GetManifestResourceStream(name)!;
        using var unpacked = new StreamReader(new GZipStream(resource, CompressionMode.Decompress));
        return unpacked.ReadToEnd();
    }
}
