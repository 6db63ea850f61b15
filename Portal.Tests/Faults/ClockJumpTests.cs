using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Jobs;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Faults;

/// <summary>The system's clock, set wrong by so much as the test says. Timers and elapsed time run on, as they do when a clock is set.</summary>
public sealed class JumpingClock : TimeProvider
{
    /// <summary>How far it is ahead.</summary>
    public TimeSpan Ahead { get; set; }

    /// <summary>What it shows.</summary>
    public Instant Now => Instant.FromDateTimeOffset(GetUtcNow());

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
}

/// <summary>A portal with all its jobs, on a clock that jumps.</summary>
public sealed class JumpingPortal(PostgresServer server) : RunningPortal(server)
{
    public JumpingClock Clock { get; } = new();

    internal override void Adjust(WebApplicationBuilder builder) => builder.Services.AddSingleton<TimeProvider>(Clock);
}

[Collection<FaultRun>]
public sealed class ClockJumpTests(JumpingPortal portal, ITestOutputHelper output) : IClassFixture<JumpingPortal>
{
    private static readonly int Rounds = FaultRun.Times(2, 20);

    private static IEnumerable<int> Days => Enumerable.Repeat<int[]>([1, 0, -1, 1, -1, 0], Rounds).SelectMany(d => d);

    [Fact]
    public async Task Whatever_the_clock_does_what_it_allows_is_taken_and_counted_right()
    {
        var c = await portal.NewCommunityAsync();
        await using var sender = new Sender(portal.Address, connections: 2, pause: TimeSpan.FromMilliseconds(10));
        var from = Day(portal.Clock.Now - Duration.FromDays(50));
        var taken = 0;
        foreach (var day in Days)
        {
            await sender.GoOnAsync(TimeSpan.FromMinutes(1), batches: 3);
            portal.Clock.Ahead = TimeSpan.FromDays(day);
            var now = portal.Clock.Now;
            await c.StoreAsync(A.Message("ann"), A.Message("ann", at: Rfc3339.Format(now)), A.Message("ann", at: Rfc3339.Format(now + Duration.FromMinutes(59))), A.Message("ann", at: Rfc3339.Format(now - Duration.FromDays(40))));
            taken += 4;
            var ahead = await c.SendAsync([A.Message("ann", at: Rfc3339.Format(now + Duration.FromMinutes(62)))]);
            Assert.Equal(HttpStatusCode.BadRequest, ahead.Status);
            Assert.Contains("ahead of the portal's clock", ahead.Text, StringComparison.Ordinal);
            await c.TierAsync();
            Assert.Equal(HttpStatusCode.OK, (await Ready.AskAsync(portal.Address)).Status);
        }
        portal.Clock.Ahead = TimeSpan.Zero;
        Assert.Equal(taken.ToString(CultureInfo.InvariantCulture), await c.ValueAsync("messages", $"from={from}&to={Day(portal.Clock.Now + Duration.FromDays(3))}"));
        Assert.Equal(taken, await c.RecountAsync());
        await sender.StopAsync();
        output.WriteLine($"{Rounds * 6} jumps; {sender}");
        Assert.Equal((0, 0), (sender.Refused, sender.Unanswered));
        await sender.AssertExactAsync(portal.ConnectionString);
    }

    [Fact]
    public async Task A_job_runs_once_after_each_jump_and_again_in_its_time()
    {
        using var runner = new JobRunner([], portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>(), portal.Clock, NullLogger<JobRunner>.Instance);
        var runs = new List<string>();
        var at = "";
        var job = new Job("faults-clock", Duration.FromHours(1), _ =>
        {
            runs.Add(at);
            return Task.FromResult(new JobOutcome("Done."));
        });
        string[] expected = [.. Days.Prepend(0).Select((day, i) => $"{i}: {day}")];
        foreach (var (day, i) in Days.Prepend(0).Select((day, i) => (day, i)))
        {
            (portal.Clock.Ahead, at) = (TimeSpan.FromDays(day), $"{i}: {day}");
            for (var look = 0; look < 5; look++) await runner.RunIfDueAsync(job, TestContext.Current.CancellationToken);
        }
        Assert.Equal(expected, runs);
        portal.Clock.Ahead += TimeSpan.FromMinutes(61);
        Assert.True(await runner.RunIfDueAsync(job, TestContext.Current.CancellationToken));
        portal.Clock.Ahead = TimeSpan.Zero;
    }

    [Fact]
    public async Task A_jump_does_not_make_a_short_wait_a_long_one()
    {
        var c = await portal.NewCommunityAsync();
        await using var gate = await portal.Services.GetRequiredService<NpgsqlDataSource>().OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using (var take = new NpgsqlCommand("SELECT pg_advisory_lock(hashtextextended('insights.tenant', $1))", gate) { Parameters = { new() { Value = (long)c.Id } } })
            await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        portal.Clock.Ahead = TimeSpan.Zero;
        var sent = c.SendAsync([A.Message("ann")]);
        while (portal.Services.GetRequiredService<EventLedger>().OldestWaiting is null) await Task.Yield();
        portal.Clock.Ahead = TimeSpan.FromDays(1);
        var (status, text) = await Ready.AskAsync(portal.Address);
        portal.Clock.Ahead = TimeSpan.Zero;
        await using (var release = new NpgsqlCommand("SELECT pg_advisory_unlock(hashtextextended('insights.tenant', $1))", gate) { Parameters = { new() { Value = (long)c.Id } } })
            await release.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, (await sent).Accepted);
        Assert.True(status == HttpStatusCode.OK, text);
    }

    private static string Day(Instant instant) => Rfc3339.Format(Instant.FromUnixTimeSeconds(instant.ToUnixTimeSeconds() / 86_400 * 86_400));
}
