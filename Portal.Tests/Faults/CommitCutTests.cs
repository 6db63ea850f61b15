using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Faults;

/// <summary>The connection to PostgreSQL is cut in the middle of a commit: neither the portal nor its client can know what came of it.</summary>
[Collection<FaultRun>]
public sealed class CommitCutTests(PostgresServer server, ITestOutputHelper output)
{
    private static readonly int Cuts = FaultRun.Times(4, 60);
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Whether_a_commit_whose_connection_was_cut_was_stored_is_settled_by_sending_it_again()
    {
        var database = await RunningPortal.CreateDatabaseAsync(server);
        await using var proxy = new PostgresProxy(database);
        using var portal = await PortalProcess.StartAsync(proxy.ConnectionString);
        await using var sender = new Sender(portal.Address);
        for (var cut = 0; cut < Cuts; cut++)
        {
            await sender.GoOnAsync(Soon, batches: 6);
            var (refused, settled) = (sender.Refused, sender.Settled);
            var isStored = cut % 2 == 0;
            await (isStored ? proxy.LoseNextAnswerAsync() : proxy.CutBeforeNextCommitAsync()).WaitAsync(Soon, TestContext.Current.CancellationToken);
            await sender.GoOnAsync(Soon, batches: 12);
            // Who was refused rests a moment before it sends again, and others may be quicker.
            await sender.CatchUpAsync(Soon);
            Assert.True(sender.Refused > refused, "Who was in that transaction is told so.");
            Assert.Equal(isStored, sender.Settled > settled);
            await Ready.BecomesAsync(portal.Address, System.Net.HttpStatusCode.OK, Soon);
        }
        await sender.StopAsync();
        output.WriteLine($"{Cuts} commits cut; {sender}");
        await sender.AssertExactAsync(database);
    }
}
