using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>What clients that send slowly, or nothing, may hold on to.</summary>
internal static class SlowClients
{
    public static void Limit(KestrelServerLimits limits)
    {
        // Headers come in one packet or two: who takes longer is not sending.
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        // Of a body so many bytes a second at least: a telephone on a bad line sends more. The grace is for a line that stumbles.
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        // An open connection costs some 45 kB while half a request has come (SlowClientTests): this keeps the whole below a gigabyte.
        // Beyond it a connection is closed at once, which a client sees, instead of all of them waiting for a portal that is out of memory.
        limits.MaxConcurrentConnections = 20_000;
    }
}
