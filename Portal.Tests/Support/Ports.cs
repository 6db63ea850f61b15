using System.Net;
using System.Net.Sockets;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>
/// Ports for those who are told theirs before they listen. They lie below the ones that the system gives to whoever asks for any, so no
/// other test can be given one meanwhile.
/// </summary>
internal static class Ports
{
    private static int s_last = Random.Shared.Next(20_000, 30_000);

    /// <summary>A port of the loopback address that nobody listens on, and that nobody else is told.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = Interlocked.Increment(ref s_last);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody listens there.
            }
        }
    }
}
