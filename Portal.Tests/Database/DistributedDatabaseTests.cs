using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Database;

/// <summary>
/// On a real cluster, which <c>./test --citus</c> names; no other run selects these. What is counted there is shown by the tests of a single
/// server, which the same run has with it.
/// </summary>
public sealed class DistributedDatabaseTests(PostgresServer server)
{
    [ClusterFact]
    public async Task Rows_lie_on_every_server_together_with_what_they_are_joined_to()
    {
        var portal = new RunningPortal(server);
        await portal.InitializeAsync();
        await using var _ = portal;
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(Events(600));

        Assert.Equal(600, await community.RecountAsync());
        var stored = await ListAsync(portal.ConnectionString, """
            SELECT s.nodename || ':' || s.nodeport || ' ' || sum(r.result::bigint) FROM run_command_on_shards('ledger', 'SELECT count(*) FROM %s') r
            JOIN citus_shards s ON s.shardid = r.shardid GROUP BY s.nodename, s.nodeport ORDER BY 1
            """);
        var holding = await ListAsync(portal.ConnectionString, "SELECT nodename || ':' || nodeport FROM pg_dist_node WHERE shouldhaveshards AND noderole = 'primary' ORDER BY 1");
        Assert.Equal(holding, stored.Select(s => s.Split(' ')[0]));
        Assert.All(stored, s => Assert.NotEqual("0", s.Split(' ')[1]));
        Assert.Equal(600, stored.Sum(s => int.Parse(s.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture)));

        var names = string.Join(", ", DistributedTables.All.Select(t => $"'{t.Name}'"));
        var together = await ListAsync(portal.ConnectionString, $"SELECT string_agg(logicalrelid::text, ', ' ORDER BY logicalrelid::text) FROM pg_dist_partition WHERE partmethod = 'h' AND logicalrelid::text IN ({names}) GROUP BY colocationid ORDER BY 1");
        Assert.Equal(DistributedTables.All.GroupBy(t => t.With ?? t.Name).Select(g => string.Join(", ", g.Select(t => t.Name).Order(StringComparer.Ordinal))).Order(StringComparer.Ordinal), together);
    }

    [ClusterFact]
    public async Task What_one_server_had_stored_is_spread_at_the_next_start_and_counts_as_before()
    {
        var database = await server.CreateDatabaseAsync();
        using (var before = await PortalProcess.StartAsync(database, "--Insights:Database:Distributed=false"))
        {
            Assert.Equal((HttpStatusCode.OK, 300), await SendAsync(before.Client));
            Assert.Equal(0, await before.StopAsync());
        }
        using (var after = await PortalProcess.StartAsync(database))
        {
            using var answer = await after.Client.GetAsync(new Uri("api/v1/meters/messages/query?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z", UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal("300", (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["data"]![0]!["valueExact"]!);
            using var again = await after.Client.GetAsync(new Uri("api/v1/events?limit=1", UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
            Assert.Equal(["0"], await ListAsync(database, "SELECT pg_relation_size('ledger')::text"));
        }

        var refused = await Assert.ThrowsAsync<StartupException>(() => PortalHost.BuildAsync(["--ConnectionStrings:Insights=" + database, "--Insights:Demo=false", "--Insights:Database:Distributed=false"]));
        Assert.Contains("Insights:Database:Distributed=true", refused.Message, StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode, int)> SendAsync(HttpClient http)
    {
        using var body = new StringContent("[" + string.Join(",", Events(300).Select(e => e.ToJsonString())) + "]", System.Text.Encoding.UTF8, "application/cloudevents-batch+json");
        using var response = await http.PostAsync(new Uri("api/v1/events", UriKind.Relative), body);
        var answer = await Answer.ReadAsync(response);
        return (answer.Status, answer.Accepted);
    }

    private static JsonObject[] Events(int count) =>
        [.. Enumerable.Range(0, count).Select(i => A.Event("message.sent", "u" + (i % 40), $"2026-03-{1 + (i % 28):00}T10:{i % 60:00}:00Z", null, ("group", "g" + (i % 7))))];

    private static async Task<List<string>> ListAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var select = new NpgsqlCommand(sql, connection);
        await using var rows = await select.ExecuteReaderAsync();
        var found = new List<string>();
        while (await rows.ReadAsync()) found.Add(rows.GetString(0));
        return found;
    }
}
