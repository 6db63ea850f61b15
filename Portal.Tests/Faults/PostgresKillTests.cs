using System.Net;
using System.Runtime.Versioning;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Faults;

[Collection<FaultRun>]
[UnsupportedOSPlatform("windows")]
public sealed class PostgresKillTests(ITestOutputHelper output)
{
    private static readonly int Kills = FaultRun.Times(3, 20);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task However_often_PostgreSQL_is_killed_what_was_answered_is_there_and_the_portal_says_what_is_the_matter()
    {
        await using var server = await OwnPostgres.StartAsync();
        using var portal = await PortalProcess.StartAsync(server.ConnectionString);
        await using var sender = new Sender(portal.Address, pause: TimeSpan.FromMilliseconds(10));
        var random = new Random(20_261_127);
        var (longestAway, longestBack) = (TimeSpan.Zero, TimeSpan.Zero);
        for (var kill = 0; kill < Kills; kill++)
        {
            await sender.GoOnAsync(Patience, batches: random.Next(5, 60));
            if (kill % 2 == 1)
            {
                await server.KillBackendAsync();
            }
            else
            {
                await server.StopAtOnceAsync();
                var away = await Ready.BecomesAsync(portal.Address, HttpStatusCode.ServiceUnavailable, Soon);
                Assert.Contains("The database does not answer.", away.Text, StringComparison.Ordinal);
                Assert.DoesNotContain("migrated", away.Text, StringComparison.Ordinal);
                longestAway = away.After > longestAway ? away.After : longestAway;
                await server.StartAgainAsync();
            }
            var back = await Ready.BecomesAsync(portal.Address, HttpStatusCode.OK, Soon);
            longestBack = back.After > longestBack ? back.After : longestBack;
            await sender.GoOnAsync(Patience, batches: 10);
        }
        await sender.StopAsync();
        output.WriteLine($"{Kills} kills; told within {longestAway.TotalSeconds:0.00} s, ready again within {longestBack.TotalSeconds:0.00} s; {sender}");
        await sender.AssertExactAsync(server.ConnectionString);
        Assert.DoesNotContain(portal.Said, l => l.Contains("BackgroundService", StringComparison.Ordinal));
    }
}
