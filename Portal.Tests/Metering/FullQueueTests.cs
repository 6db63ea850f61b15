using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Metering;

/// <summary>A portal that lets a hundred events wait.</summary>
public sealed class SmallQueuePortal(PostgresServer server) : RunningPortal(server)
{
    internal override void Adjust(WebApplicationBuilder builder) => builder.Configuration["Insights:Ingest:MaxWaitingEvents"] = "100";
}

public sealed class FullQueueTests(SmallQueuePortal portal) : IClassFixture<SmallQueuePortal>
{
    [Fact]
    public async Task While_the_disk_cannot_take_more_callers_are_told_to_come_back_and_nothing_of_theirs_is_stored()
    {
        var c = await portal.NewCommunityAsync();
        var ledger = portal.Services.GetRequiredService<EventLedger>();
        await using var gate = await portal.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(CancellationToken.None);
        await ExecuteAsync(gate, "SELECT pg_advisory_lock(hashtextextended('insights.tenant', $1))", c.Id);

        // Two that wait, and one too many.
        var waiting = new List<Task<Answer>>();
        for (var i = 0; i < 2; i++)
        {
            waiting.Add(c.SendAsync(Enumerable.Range(0, 80).Select(_ => A.Message("ann"))));
            while (ledger.Waiting < 80 * (i + 1)) await Task.Yield();
        }
        using var refused = await c.Http.PostAsync("api/v1/events", new StringContent(A.Message("bob", id: "late").ToJsonString(), null, "application/cloudevents+json"), CancellationToken.None);
        var problem = await Answer.ReadAsync(refused);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "application/problem+json", "1"), (problem.Status, problem.MediaType, refused.Headers.RetryAfter?.ToString()));
        Assert.NotNull(ledger.OldestWaiting);
        // Prometheus sees it while it lasts. The gauges are the process's: another test's portal that is asked in between leaves its own there.
        var http = portal.Client();
        string metrics, events, lag;
        var looks = 0;
        do
        {
            metrics = await http.GetStringAsync("metrics", CancellationToken.None);
            (events, lag) = (Value(metrics, "openmeet_insights_ingest_waiting_events"), Value(metrics, "openmeet_insights_rollup_lag_seconds"));
        }
        while ((events, lag) is not ("160", not "0") && ++looks < 100);
        Assert.Equal("160", events);
        Assert.NotEqual("0", lag);
        // And the refusal as what the caller got: an exception that became a 503.
        Assert.NotEqual("0", Value(metrics, "openmeet_insights_http_request_duration_seconds_count{area=\"events\",method=\"POST\",status_group=\"5xx\"}"));

        await ExecuteAsync(gate, "SELECT pg_advisory_unlock(hashtextextended('insights.tenant', $1))", c.Id);
        Assert.All(await Task.WhenAll(waiting), answer => Assert.Equal((HttpStatusCode.OK, 80), (answer.Status, answer.Accepted)));
        Assert.Equal(160, await c.RecountAsync());
        Assert.Equal(1, (await c.SendAsync([A.Message("bob", id: "late")])).Accepted);
    }

    private static string Value(string metrics, string series) => Assert.Single(metrics.Split('\n'), l => l.StartsWith(series + " ", StringComparison.Ordinal))[(series.Length + 1)..];

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, int tenantId)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = (long)tenantId } } };
        await command.ExecuteNonQueryAsync();
    }
}
