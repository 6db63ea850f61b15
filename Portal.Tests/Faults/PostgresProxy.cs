using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace OpenMeet.Insights.Tests.Faults;

/// <summary>Stands between a portal and its PostgreSQL and passes on what both say, until a test wants it otherwise.</summary>
internal sealed class PostgresProxy : IAsyncDisposable
{
    // A simple query of PostgreSQL's protocol: Q, length, text, 0.
    private static readonly byte[] Commit = [(byte)'Q', 0, 0, 0, 11, .. "COMMIT\0"u8];

    private readonly NpgsqlConnectionStringBuilder target;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Connection, Task> open = new();
    private readonly Task accepting;
    private TaskCompletionSource? lost, refused;

    /// <param name="connectionString">How to reach the server itself.</param>
    public PostgresProxy(string connectionString)
    {
        target = new NpgsqlConnectionStringBuilder(connectionString);
        listener.Start();
        ConnectionString = new NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = ((IPEndPoint)listener.LocalEndpoint).Port }.ConnectionString;
        accepting = AcceptAsync();
    }

    /// <summary>How to reach the server through here.</summary>
    public string ConnectionString { get; }

    /// <summary>How much later than it was said the server's part comes.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>The next transaction that stores events is committed, and the connection is cut before the answer comes back.</summary>
    public Task LoseNextAnswerAsync() => (lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>The connection of the next transaction that stores events is cut before its COMMIT reaches the server.</summary>
    public Task CutBeforeNextCommitAsync() => (refused = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        foreach (var connection in open.Keys) connection.Dispose();
        await accepting;
        await Task.WhenAll(open.Values);
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Connection connection;
            try
            {
                connection = new Connection(this, await listener.AcceptSocketAsync());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }
            open[connection] = connection.RunAsync().ContinueWith(_ => open.TryRemove(connection, out var _), TaskScheduler.Default);
        }
    }

    private sealed class Connection(PostgresProxy proxy, Socket portal) : IDisposable
    {
        private readonly Socket server = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private volatile TaskCompletionSource? swallowed;
        private bool storesEvents;

        public async Task RunAsync()
        {
            portal.NoDelay = true;
            try
            {
                await server.ConnectAsync(proxy.target.Host!, proxy.target.Port);
                // Whoever ends first ends the other.
                await await Task.WhenAny(AskAsync(), AnswerAsync());
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // cut, by one of the three
            }
            finally
            {
                Dispose();
            }
        }

        public void Dispose()
        {
            portal.Dispose();
            server.Dispose();
        }

        private async Task AskAsync()
        {
            var buffer = new byte[65_536];
            int read;
            while ((read = await portal.ReceiveAsync(buffer)) > 0)
            {
                var said = buffer.AsMemory(0, read);
                storesEvents |= said.Span.IndexOf("COPY ledger "u8) >= 0;
                if (storesEvents && said.Span.IndexOf(Commit) >= 0)
                {
                    storesEvents = false;
                    if (Interlocked.Exchange(ref proxy.refused, null) is { } cut)
                    {
                        Dispose();
                        cut.SetResult();
                        return;
                    }
                    swallowed = Interlocked.Exchange(ref proxy.lost, null);
                }
                await SendAsync(server, said);
            }
        }

        private async Task AnswerAsync()
        {
            var buffer = new byte[65_536];
            int read;
            while ((read = await server.ReceiveAsync(buffer)) > 0)
            {
                if (swallowed is { } committed)
                {
                    Dispose();
                    committed.SetResult();
                    return;
                }
                if (proxy.Delay > TimeSpan.Zero) await Task.Delay(proxy.Delay);
                await SendAsync(portal, buffer.AsMemory(0, read));
            }
        }

        private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
        {
            while (bytes.Length > 0) bytes = bytes[await to.SendAsync(bytes)..];
        }
    }
}
