using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Quotas;

/// <summary>Reservations while one of two portals is killed again and again.</summary>
public sealed class ReservationKillTests(PostgresServer server, ITestOutputHelper output)
{
    private const int Limit = 150;
    private const int Askers = 1_000;
    private const int AtOnce = 24;
    private const int Kills = 4;

    [Fact]
    public async Task However_often_one_of_two_portals_is_killed_the_limit_is_granted_exactly_and_never_more()
    {
        var database = await RunningPortal.CreateDatabaseAsync(server);
        using var steady = await PortalProcess.StartAsync(database);
        using (var made = await steady.Client.PostAsJsonAsync("api/v1/quotas/overrides", new { kind = "user", key = "ann", meter = "messages", limit = Limit, limitKind = "hard", reason = "test", permanent = true }, TestContext.Current.CancellationToken))
            Assert.Equal(HttpStatusCode.Created, made.StatusCode);

        var victim = Task.FromResult(await PortalProcess.StartAsync(database));
        var random = new Random(20_261_125);
        var (granted, denied, committed, unanswered) = (0, 0, 0, 0);
        var answers = Channel.CreateUnbounded<int>();
        var killer = Task.Run(async () =>
        {
            // Each time after another number of answers, so at any place of the work. Askers wait for the next portal.
            for (var kill = 0; kill < Kills; kill++)
            {
                for (var left = random.Next(20, 120); left > 0; left--) await answers.Reader.ReadAsync(TestContext.Current.CancellationToken);
                var next = new TaskCompletionSource<PortalProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
                var running = await Interlocked.Exchange(ref victim, next.Task);
                await running.KillAsync();
                next.SetResult(await PortalProcess.StartAsync(database));
                running.Dispose();
            }
        }, TestContext.Current.CancellationToken);

        var open = new ConcurrentQueue<int>(Enumerable.Range(0, Askers));
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            while (open.TryDequeue(out var asker))
            {
                // Who gets no answer does not know, and asks again: a reservation that was made meanwhile stays set aside.
                HttpStatusCode? status;
                string? body;
                while (((status, body) = await AskAsync(asker % 2 == 0 ? steady : await Volatile.Read(ref victim), "api/v1/quotas/reservations", new { user = "ann", meter = "messages", ttlSeconds = 3600 })).status is null)
                    Interlocked.Increment(ref unanswered);
                Assert.True(status is HttpStatusCode.Created or HttpStatusCode.Conflict, body);
                Interlocked.Increment(ref status == HttpStatusCode.Created ? ref granted : ref denied);
                await answers.Writer.WriteAsync(asker, TestContext.Current.CancellationToken);

                // Every third asker turns the grant into its event, however often that has to be said.
                if (status != HttpStatusCode.Created || asker % 3 != 0) continue;
                var commit = $"api/v1/quotas/reservations/{JsonNode.Parse(body!)!["id"]}/commit";
                while (((status, body) = await AskAsync(asker % 2 == 1 ? steady : await Volatile.Read(ref victim), commit, new { })).status is null)
                    Interlocked.Increment(ref unanswered);
                Assert.True(status == HttpStatusCode.OK, body);
                Interlocked.Increment(ref committed);
            }
        }));
        await killer;
        (await victim).Dispose();

        var end = JsonNode.Parse(await steady.Client.GetStringAsync("api/v1/quotas/check?user=ann&meter=messages", TestContext.Current.CancellationToken))!;
        var (used, reserved) = (int.Parse((string)end["used"]!, CultureInfo.InvariantCulture), int.Parse((string)end["reserved"]!, CultureInfo.InvariantCulture));
        output.WriteLine($"{Kills} kills; {granted} granted, {denied} denied, {unanswered} times no answer, {committed} committed; used {used}, reserved {reserved}");
        Assert.True(unanswered > 0);
        Assert.Equal(Askers, granted + denied);
        Assert.Equal(Limit, used + reserved);
        Assert.InRange(granted, Limit - unanswered, Limit);
        Assert.Equal(committed, used);
    }

    // null where the connection broke: nobody knows then what was done.
    private static async Task<(HttpStatusCode? Status, string? Body)> AskAsync(PortalProcess portal, string path, object body)
    {
        try
        {
            using var answer = await portal.Client.PostAsJsonAsync(path, body);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (Exception e) when (e is HttpRequestException or ObjectDisposedException or TaskCanceledException)
        {
            return (null, null);
        }
    }
}
