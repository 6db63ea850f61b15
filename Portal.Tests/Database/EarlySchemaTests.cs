using System.IO.Compression;
using System.Runtime.Versioning;
using System.Text.Json;
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

        using var portal = await PortalProcess.StartAsync(database);
        var figures = JsonDocument.Parse(Read("first-schema.json.gz")).RootElement.EnumerateObject().ToArray();
        Assert.InRange(figures.Length, 30, 1_000);
        foreach (var asked in figures)
        {
            var now = JsonDocument.Parse(await portal.Client.GetStringAsync("api/v1/" + asked.Name, TestContext.Current.CancellationToken)).RootElement;
            string[] gone = [.. Figures("", asked.Value).Except(Figures("", now))];
            Assert.True(gone.Length == 0, $"{asked.Name} no longer says {string.Join("; ", gone)}, but {now}");
        }

        await using var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddInfrastructure(database).BuildServiceProvider();
        var tenant = Assert.Single(await services.GetRequiredService<TenantStore>().ListAsync(TestContext.Current.CancellationToken));
        var recount = await services.GetRequiredService<Recount>().RunAsync(tenant.Id, TestContext.Current.CancellationToken);
        Assert.Empty(recount.Differences);
        Assert.Equal(980, recount.Events);
    }

    // Every figure of an answer with the way to it, numbered where there are several. What answers say besides has grown since; and
    // completeTo is the time of the answer.
    private static IEnumerable<string> Figures(string path, JsonElement value) => Values(path, value).Where(v => !v.StartsWith(".completeTo ", StringComparison.Ordinal)).GroupBy(v => v).SelectMany(g => g.Select((v, i) => $"{v} #{i}"));

    private static IEnumerable<string> Values(string path, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(m => Values(path + "." + m.Name, m.Value)),
        JsonValueKind.Array => value.EnumerateArray().SelectMany(v => Values(path + "[" + Name(v) + "]", v)),
        _ => [path + " " + value.GetRawText()],
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
