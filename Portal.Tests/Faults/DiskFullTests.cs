using System.Diagnostics;
using System.Net;
using System.Runtime.Versioning;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Faults;

/// <summary>The disk of the embedded server is full, and the server ends.</summary>
[Collection<FaultRun>]
[UnsupportedOSPlatform("windows")]
public sealed class DiskFullTests(ITestOutputHelper output)
{
    private static readonly int Rounds = FaultRun.Times(1, 5);
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task While_the_disk_is_full_nothing_is_half_stored_and_the_portal_says_so_and_it_works_again_when_there_is_room()
    {
        // The other way where the first is not allowed, and in the long form both.
        var mounted = await SmallDisk.MountAsync();
        if (mounted is not null) await RunAsync(mounted);
        if (mounted is null || FaultRun.IsLong) await RunAsync(SmallDisk.Limit());
    }

    private async Task RunAsync(SmallDisk small)
    {
        await using var disk = small;
        using var portal = await PortalProcess.StartAsync("", "--Insights:DataDirectory=" + disk.Folder);
        await using var sender = new Sender(portal.Address, padding: disk.Padding);
        for (var round = 0; round < Rounds; round++)
        {
            await sender.GoOnAsync(Soon, batches: 5);
            await disk.FillAsync();
            var full = await Ready.BecomesAsync(portal.Address, HttpStatusCode.ServiceUnavailable, Soon);
            var refused = sender.Refused;
            for (var watch = Stopwatch.StartNew(); sender.Refused < refused + 20;)
            {
                Assert.True(watch.Elapsed < Soon, sender.ToString());
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }
            var still = await Ready.AskAsync(portal.Address);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, still.Status);
            await disk.FreeAsync();
            var back = await Ready.BecomesAsync(portal.Address, HttpStatusCode.OK, Soon);
            await sender.GoOnAsync(Soon, batches: 10);
            output.WriteLine($"{disk}: {full.Text} after {full.After.TotalSeconds:0.00} s; ready {back.After.TotalSeconds:0.00} s after there was room");
            Assert.Matches("The database's disk is full|The database does not answer", full.Text);
        }

        disk.KillServer();
        var away = await Ready.BecomesAsync(portal.Address, HttpStatusCode.ServiceUnavailable, Soon);
        Assert.Contains("The database does not answer.", away.Text, StringComparison.Ordinal);
        var again = await Ready.BecomesAsync(portal.Address, HttpStatusCode.OK, Soon);
        output.WriteLine($"{disk}: the server was killed whole; ready again after {again.After.TotalSeconds:0.00} s");
        await sender.GoOnAsync(Soon);

        await sender.StopAsync();
        output.WriteLine($"{Rounds} times full; {sender}");
        await sender.AssertExactAsync((await EmbeddedPostgres.FindRunningAsync(disk.Folder, Checkout.Root))!);
        Assert.Equal(0, await portal.StopAsync());
        Assert.Null(await EmbeddedPostgres.FindRunningAsync(disk.Folder, Checkout.Root));
    }
}
