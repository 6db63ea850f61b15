using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Faults;

/// <summary>Clients that send half of what they announced and then nothing, and many that do nothing at all.</summary>
[Collection<FaultRun>]
public sealed class SlowClientTests(PostgresServer server, ITestOutputHelper output)
{
    private static readonly int Clients = Math.Min(FaultRun.Times(500, 10_000), OpenFiles() - 2_000);
    private static readonly TimeSpan CutOff = TimeSpan.FromSeconds(FaultRun.Times(20, 60));

    // Each of them beside the portal's own needs: what a connection with a request on its way may hold.
    private static readonly long MostMemory = 120_000_000 + (Clients * 60_000L);
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Clients_that_send_half_a_body_and_sleep_are_cut_off_and_others_are_served_meanwhile()
    {
        var database = await RunningPortal.CreateDatabaseAsync(server);
        using var portal = await PortalProcess.StartAsync(database);
        await using var sender = new Sender(portal.Address, connections: 2, pause: TimeSpan.FromMilliseconds(20));
        await sender.GoOnAsync(Soon, batches: 200);
        var before = portal.Memory;

        var slow = new List<Socket>();
        try
        {
            var (mostMemory, longest) = (0L, TimeSpan.Zero);
            var watch = Stopwatch.StartNew();
            var ended = new List<Task<TimeSpan>>();
            for (var i = 0; i < Clients; i++)
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                slow.Add(socket);
                await socket.ConnectAsync(portal.Address.Host, portal.Address.Port, Cancel);
                await socket.SendAsync(Encoding.ASCII.GetBytes(What(i)), Cancel);
                // Two of four send a part of a body, one a part of its headers; the fourth has its answer, and keeps the connection.
                if (i % 4 < 3) ended.Add(EndAsync(socket, Stopwatch.StartNew()));
                if (i % 50 == 0) await LookAsync();
            }
            var opened = watch.Elapsed;
            var all = Task.WhenAll(ended);
            while (!all.IsCompleted)
            {
                Assert.True(watch.Elapsed < opened + CutOff, $"{ended.Count(e => !e.IsCompleted)} of {ended.Count} are still connected {CutOff} after the last came.");
                await LookAsync();
                await Task.Delay(50, Cancel);
            }
            output.WriteLine(
                $"{Clients} slow clients in {opened.TotalSeconds:0.0} s; each cut off within {(await all).Max().TotalSeconds:0.0} s; others answered within {longest.TotalSeconds:0.00} s; "
                + $"memory {before / 1e6:0} MB before, {mostMemory / 1e6:0} MB at most");
            Assert.InRange(mostMemory - before, long.MinValue, MostMemory);
            Assert.InRange(longest, TimeSpan.Zero, TimeSpan.FromSeconds(5));
            await sender.GoOnAsync(Soon, batches: 10);

            async Task LookAsync()
            {
                mostMemory = Math.Max(mostMemory, portal.Memory);
                var asked = Stopwatch.StartNew();
                using var answer = await portal.Client.GetAsync("api/v1/meters/files/query?from=2025-03-01T00:00:00Z&to=2025-04-01T00:00:00Z", Cancel);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                longest = asked.Elapsed > longest ? asked.Elapsed : longest;
            }
        }
        finally
        {
            foreach (var socket in slow) socket.Dispose();
        }
        await sender.StopAsync();
        output.WriteLine(sender.ToString());
        Assert.Equal(0, sender.Unanswered);
        // The recount in here counts the sender's events and no others.
        await sender.AssertExactAsync(database);
    }

    private static string What(int client) => (client % 4) switch
    {
        2 => "POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bea",
        3 => "GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n",
        // A whole event, and the beginning of another.
        _ => $"POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {RunningPortal.Key}\r\nContent-Type: application/cloudevents-batch+json\r\nContent-Length: 1000000\r\n\r\n"
            + $"[{A.Message("slow").ToJsonString()},{{\"specversion\":",
    };

    // How long until the portal ended the connection, with an answer or without.
    private static async Task<TimeSpan> EndAsync(Socket socket, Stopwatch since)
    {
        var buffer = new byte[512];
        try
        {
            while (await socket.ReceiveAsync(buffer) > 0)
            {
                // its answer, 408
            }
        }
        catch (SocketException)
        {
            // cut
        }
        return since.Elapsed;
    }

    private static int OpenFiles()
    {
        if (!File.Exists("/proc/self/limits")) return 4_096;
        var line = File.ReadLines("/proc/self/limits").Single(l => l.StartsWith("Max open files", StringComparison.Ordinal));
        return int.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3], CultureInfo.InvariantCulture, out var most) ? most : int.MaxValue;
    }
}
