using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Database;

/// <summary>The growing tables can be spread over servers as they are: every rule that Citus has for that is kept by the schema.</summary>
public sealed class DistributedTablesTests(PostgresServer server) : IAsyncLifetime
{
    private string connectionString = "";
    private NpgsqlDataSource database = null!;

    public async ValueTask InitializeAsync()
    {
        connectionString = await RunningPortal.CreateDatabaseAsync(server);
        database = NpgsqlDataSource.Create(connectionString);
    }

    public async ValueTask DisposeAsync() => await database.DisposeAsync();

    [Fact]
    public async Task Every_unique_index_contains_the_column_that_says_where_a_row_is()
    {
        var keys = await ListAsync("""
            SELECT t.relname || ': ' || i.relname || ' (' || string_agg(a.attname, ', ' ORDER BY k.n) || ')' FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
            CROSS JOIN LATERAL unnest(x.indkey) WITH ORDINALITY k(number, n) JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
            WHERE x.indisunique AND t.relname = ANY($1) GROUP BY t.relname, i.relname
            """);

        Assert.Equal(DistributedTables.All.Count, keys.Count);
        Assert.All(DistributedTables.All, table => Assert.All(keys.Where(k => k.StartsWith(table.Name + ":", StringComparison.Ordinal)), key => Assert.Matches($@"[( ]{table.Column}[,)]", key)));
    }

    [Fact]
    public async Task None_refers_to_another_table_is_referred_to_or_has_a_trigger_or_a_number_of_its_own()
    {
        Assert.Empty(await ListAsync("""
            SELECT conname::text FROM pg_constraint WHERE contype = 'f' AND (conrelid = ANY($1::regclass[]) OR confrelid = ANY($1::regclass[]))
            UNION ALL SELECT tgname FROM pg_trigger WHERE tgrelid = ANY($1::regclass[])
            UNION ALL SELECT attname FROM pg_attribute WHERE attrelid = ANY($1::regclass[]) AND (attidentity <> '' OR attgenerated <> '' OR atthasdef)
            """));
    }

    [Fact]
    public async Task What_lies_together_is_told_apart_by_columns_of_one_type()
    {
        foreach (var together in DistributedTables.All.GroupBy(t => t.With ?? t.Name))
        {
            var types = await ListAsync(
                "SELECT DISTINCT format_type(atttypid, atttypmod) || ' ' || attcollation FROM pg_attribute WHERE attrelid = ANY($1::regclass[]) AND attname = '" + together.First().Column + "'",
                [.. together.Select(t => t.Name)]);
            Assert.Single(types);
        }
    }

    [Fact]
    public async Task Without_Citus_the_start_says_what_is_missing_and_changes_nothing()
    {
        var refused = await Assert.ThrowsAsync<StartupException>(() => PortalHost.BuildAsync(["--ConnectionStrings:Insights=" + connectionString, "--Insights:Demo=false", "--Insights:Database:Distributed=true", "--Logging:LogLevel:Default=Warning"]));

        Assert.Contains("Insights:Database:Distributed", refused.Message, StringComparison.Ordinal);
        Assert.Contains("citus", refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("docs/scale.md", refused.Message, StringComparison.Ordinal);
        Assert.False(DistributedTables.IsOn);
        Assert.Equal(["plpgsql"], await ListAsync("SELECT extname::text FROM pg_extension WHERE $1 IS NOT NULL"));
    }

    [Fact]
    public async Task An_embedded_server_is_not_spread()
    {
        var refused = await Assert.ThrowsAsync<StartupException>(() => PortalHost.BuildAsync(["--Insights:Database:Distributed=true"]));

        Assert.Contains("ConnectionStrings:Insights", refused.Message, StringComparison.Ordinal);
    }

    private Task<List<string>> ListAsync(string sql) => ListAsync(sql, [.. DistributedTables.All.Select(t => t.Name)]);

    private async Task<List<string>> ListAsync(string sql, string[] tables)
    {
        await using var select = database.CreateCommand(sql);
        select.Parameters.Add(new NpgsqlParameter { Value = tables });
        var found = new List<string>();
        await using var rows = await select.ExecuteReaderAsync();
        while (await rows.ReadAsync()) found.Add(rows.GetString(0));
        return found;
    }
}
