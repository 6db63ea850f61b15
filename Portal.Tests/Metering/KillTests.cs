using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpenMeet.Insights.Infrastructure;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Metering;

public sealed class KillTests(PostgresServer server)
{
    private const int Batches = 120;
    private const int EventsOfABatch = 40;
    private const int Connections = 6;

    [Fact]
    public async Task Killed_at_any_instant_the_portal_has_lost_nothing_that_it_answered_and_counts_nothing_twice()
    {
        var database = await RunningPortal.CreateDatabaseAsync(server);
        var batches = Enumerable.Range(0, Batches).Select(b => Batch(b)).ToArray();
        var answered = new ConcurrentDictionary<int, int>();

        foreach (var killAfter in (int[])[7, 31, 64])
        {
            using var portal = await PortalProcess.StartAsync(database);
            await SendUntilKilledAsync(portal, batches, answered, killAfter);
            Assert.InRange(answered.Count, killAfter, Batches - 1);
        }

        using var last = await PortalProcess.StartAsync(database);
        var accepted = 0;
        for (var b = 0; b < Batches; b++)
        {
            var answer = await SendAsync(last.Client, batches[b]);
            Assert.Equal(EventsOfABatch, answer!.Value.Accepted + answer.Value.Duplicates);
            if (answered.ContainsKey(b)) Assert.Equal((b, 0), (b, answer.Value.Accepted));
            accepted += answer.Value.Accepted;
        }
        Assert.InRange(accepted, 1, (Batches * EventsOfABatch) - 1);

        const string Range = "?from=2025-03-01T00:00:00Z&to=2025-04-01T00:00:00Z";
        Assert.Equal((Batches * EventsOfABatch * 3 / 4).ToString(CultureInfo.InvariantCulture), await ValueAsync("files"));
        Assert.Equal(batches.SelectMany(b => b).Where(e => (string?)e["type"] == "file.uploaded").Sum(e => (long)e["data"]!["size_bytes"]!).ToString(CultureInfo.InvariantCulture), await ValueAsync("uploaded"));
        await AssertRecountAsync(database);

        async Task<string?> ValueAsync(string meter) =>
            (string?)(await last.Client.GetFromJsonAsync<JsonObject>($"api/v1/meters/{meter}/query{Range}"))!["data"]![0]!["valueExact"];
    }

    private static async Task SendUntilKilledAsync(PortalProcess portal, JsonObject[][] batches, ConcurrentDictionary<int, int> answered, int killAfter)
    {
        var enough = new TaskCompletionSource();
        var open = new ConcurrentQueue<int>(Enumerable.Range(0, Batches).Where(b => !answered.ContainsKey(b)));
        var senders = Enumerable.Range(0, Connections).Select(async _ =>
        {
            // ends when the portal does
            while (open.TryDequeue(out var b) && await SendAsync(portal.Client, batches[b]) is not null)
            {
                answered[b] = 1;
                if (answered.Count >= killAfter) enough.TrySetResult();
            }
        }).ToArray();
        await enough.Task;
        await portal.KillAsync();
        await Task.WhenAll(senders);
    }

    // null when the connection broke: nobody knows then whether it was stored
    private static async Task<(int Accepted, int Duplicates)?> SendAsync(HttpClient client, JsonObject[] events)
    {
        using var content = new StringContent("[" + string.Join(',', events.Select(e => e.ToJsonString())) + "]", Encoding.UTF8, "application/cloudevents-batch+json");
        try
        {
            using var response = await client.PostAsync("api/v1/events", content);
            var answer = await Answer.ReadAsync(response);
            Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
            return (answer.Accepted, answer.Duplicates);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private static async Task AssertRecountAsync(string connectionString)
    {
        await using var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddInfrastructure(connectionString).BuildServiceProvider();
        var tenant = await services.GetRequiredService<TenantStore>().FindAsync("default", CancellationToken.None);
        var result = await services.GetRequiredService<Recount>().RunAsync(tenant!.Id, CancellationToken.None);
        Assert.Empty(result.Differences);
        Assert.Equal(Batches * EventsOfABatch, result.Events);
    }

    // Files that many batches know, moved and deleted elsewhere: the work that a broken transaction would leave half done.
    private static JsonObject[] Batch(int b) =>
    [
        .. Enumerable.Range(0, EventsOfABatch).Select(i =>
        {
            var (id, file) = ($"{b}-{i}", "f" + (((b * 7) + i) % 50));
            var at = $"2025-03-{(((b * 11) + i) % 28) + 1:00}T{i % 24:00}:{b % 60:00}:00Z";
            return (i % 8) switch
            {
                6 => A.Attachment("oleg", file, "g" + (b % 3), at: at, id: id),
                7 => A.Deletion("bob", 10 + i, file: file, at: at, id: id),
                _ => A.Upload("u" + (i % 5), 1_000 + b, file: file, group: i % 3 == 0 ? "g" + (i % 2) : null, at: at, id: id),
            };
        }),
    ];
}
