using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Npgsql;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Hosting;

public sealed class DrainTests(PostgresServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Told_to_stop_the_portal_says_it_is_not_ready_goes_on_for_a_while_and_loses_nothing_that_it_has_in_hand()
    {
        var database = await RunningPortal.CreateDatabaseAsync(server);
        using var portal = await PortalProcess.StartAsync(database, "--Insights:Shutdown:DrainSeconds=2");
        using var slow = new HeldBody(A.Message("ann", id: "held").ToJsonString());
        var held = portal.Client.PostAsync("api/v1/events", slow, Cancel);
        await slow.Begun;

        var exit = portal.StopAsync();
        Assert.Equal("The portal is stopping.", await ReasonAsync(portal));
        // Still there for who has not noticed, but each answer ends its connection.
        using (var sent = await portal.Client.PostAsync("api/v1/events", new StringContent(A.Message("bob", id: "late").ToJsonString(), new MediaTypeHeaderValue("application/cloudevents+json")), Cancel))
        {
            Assert.Equal((HttpStatusCode.OK, true), (sent.StatusCode, sent.Headers.ConnectionClose));
        }
        Assert.False(exit.IsCompleted);
        while (await IsListeningAsync(portal.Address)) await Task.Delay(20, Cancel);
        slow.Go();
        using var answer = await held;
        Assert.Equal((HttpStatusCode.OK, 1), (answer.StatusCode, (await Answer.ReadAsync(answer)).Accepted));

        Assert.Equal(0, await exit);
        Assert.Equal(2L, await CountAsync(database));
    }

    private static async Task<string?> ReasonAsync(PortalProcess portal)
    {
        while (true)
        {
            using var ready = await portal.Client.GetAsync("health/ready", Cancel);
            if (ready.StatusCode != HttpStatusCode.ServiceUnavailable) continue;
            return Assert.Single(JsonDocument.Parse(await ready.Content.ReadAsStringAsync(Cancel)).RootElement.GetProperty("reasons").EnumerateArray().ToArray()).GetString();
        }
    }

    private static async Task<bool> IsListeningAsync(Uri address)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address.Host, address.Port, Cancel);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<object?> CountAsync(string database)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var count = new NpgsqlCommand("SELECT count(*) FROM ledger", connection);
        return await count.ExecuteScalarAsync(Cancel);
    }

    /// <summary>One event that is sent by half, and whole when the test says so.</summary>
    private sealed class HeldBody : HttpContent
    {
        private readonly byte[] _body;
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HeldBody(string json)
        {
            _body = Encoding.UTF8.GetBytes(json);
            Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents+json");
        }

        public Task Begun => _begun.Task;

        public void Go() => _go.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(_body.AsMemory(0, 10));
            await stream.FlushAsync();
            _begun.TrySetResult();
            await _go.Task;
            await stream.WriteAsync(_body.AsMemory(10));
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _body.Length;
            return true;
        }
    }
}
