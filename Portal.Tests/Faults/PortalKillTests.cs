using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Faults;

[Collection<FaultRun>]
public sealed class PortalKillTests(PostgresServer server, ITestOutputHelper output)
{
    private static readonly int Kills = FaultRun.Times(3, 50);
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Killed_at_any_instant_the_portal_has_lost_nothing_that_it_answered_and_counts_nothing_twice()
    {
        var database = await RunningPortal.CreateDatabaseAsync(server);
        var random = new Random(20_261_126);
        var portal = await PortalProcess.StartAsync(database);
        try
        {
            await using var sender = new Sender(portal.Address, pause: TimeSpan.FromMilliseconds(FaultRun.Times(10, 60)));
            await sender.GoOnAsync(Soon);
            for (var kill = 0; kill < Kills; kill++)
            {
                await Task.Delay(random.Next(10, 700), TestContext.Current.CancellationToken);
                await portal.KillAsync();
                portal.Dispose();
                portal = await PortalProcess.StartAsync(database);
                sender.Address = portal.Address;
                await sender.GoOnAsync(Soon);
            }
            await sender.StopAsync();
            output.WriteLine($"{Kills} kills; {sender}");
            Assert.True(sender.Unanswered >= Kills);
            await sender.AssertExactAsync(database);
        }
        finally
        {
            portal.Dispose();
        }
    }
}
