using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Faults;

/// <summary>A portal that lets 400 events wait, and whose database answers as slowly as the test says.</summary>
public sealed class SlowPortal(PostgresServer server) : RunningPortal(server), IAsyncLifetime
{
    public const int MostWaiting = 400;

    private PostgresProxy? proxy;

    /// <summary>How long each answer of the database takes.</summary>
    public TimeSpan Delay
    {
        set => proxy!.Delay = value;
    }

    internal override void Adjust(WebApplicationBuilder builder)
    {
        proxy = new PostgresProxy(builder.Configuration["ConnectionStrings:Insights"]!);
        builder.Configuration["ConnectionStrings:Insights"] = proxy.ConnectionString;
        builder.Configuration["Insights:Ingest:MaxWaitingEvents"] = MostWaiting.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    public new async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (proxy is not null) await proxy.DisposeAsync();
    }
}

[Collection<FaultRun>]
public sealed class SlowDiskTests(SlowPortal portal, ITestOutputHelper output) : IClassFixture<SlowPortal>
{
    private static readonly TimeSpan Slowly = TimeSpan.FromSeconds(FaultRun.Times(3, 40));
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task While_the_database_is_slow_the_queue_stays_bounded_and_who_is_too_much_is_told_to_come_back()
    {
        var ledger = portal.Services.GetRequiredService<EventLedger>();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await using var sender = new Sender(portal.Address, connections: 40, pause: TimeSpan.FromMilliseconds(20));
        await sender.GoOnAsync(Soon, batches: 40);

        portal.Delay = TimeSpan.FromMilliseconds(150);
        var (most, taken) = (0L, sender.Acknowledged);
        // At this pace a transaction takes seconds: it goes on until one has come through, at most a minute.
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Slowly || (!HasRefusedAndTaken() && watch.Elapsed < Soon);)
        {
            most = Math.Max(most, ledger.Waiting);
            await Task.Delay(1, TestContext.Current.CancellationToken);
        }
        var memory = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.InRange(most, 1, SlowPortal.MostWaiting + Sender.EventsOfABatch);
        Assert.True(HasRefusedAndTaken(), sender.ToString());
        Assert.InRange(memory, long.MinValue, 100_000_000);
        Assert.Equal(HttpStatusCode.OK, (await Ready.AskAsync(portal.Address)).Status);

        if (FaultRun.IsLong)
        {
            portal.Delay = TimeSpan.FromSeconds(6);
            var away = await Ready.BecomesAsync(portal.Address, HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(10));
            Assert.Contains("The database does not answer.", away.Text, StringComparison.Ordinal);
            output.WriteLine($"At 6 s an answer it is told after {away.After.TotalSeconds:0.0} s");
        }
        portal.Delay = TimeSpan.Zero;
        var back = await Ready.BecomesAsync(portal.Address, HttpStatusCode.OK, Soon);
        await sender.GoOnAsync(Soon, batches: 40);
        await sender.StopAsync();
        output.WriteLine(
            $"150 ms an answer for {Slowly.TotalSeconds:0} s: {most} events waited at most, memory {memory / 1e6:0} MB more; "
            + $"ready again {back.After.TotalSeconds:0.0} s after it was over; {sender}");
        await sender.AssertExactAsync(portal.ConnectionString);

        bool HasRefusedAndTaken() => sender.Refused > 0 && sender.Acknowledged > taken;
    }
}
