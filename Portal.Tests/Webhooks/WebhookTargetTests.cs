using System.Net;
using System.Net.Http.Json;
using NodaTime;
using OpenMeet.Insights.Domain.Webhooks;
using OpenMeet.Insights.Infrastructure.Webhooks;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Webhooks;

/// <summary>What webhooks may not reach, when an address is given and when it is connected to.</summary>
public sealed class WebhookTargetTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private static readonly WebhookTargets Guarded = new(new WebhookSettings());

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.9.9.9")]
    [InlineData("10.0.0.1")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::1")]
    [InlineData("::")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::127.0.0.1")]
    [InlineData("fe80::1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("2001::1")]
    [InlineData("2001:db8::1")]
    public void An_address_that_is_not_of_the_public_internet_is_refused(string address) => Assert.False(WebhookTargets.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("93.184.216.34")]
    [InlineData("172.32.0.1")]
    [InlineData("::ffff:93.184.216.34")]
    [InlineData("2606:2800:220:1:248:1893:25c8:1946")]
    public void A_public_one_is_not(string address) => Assert.True(WebhookTargets.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://[::1]:5270/")]
    [InlineData("https://[::ffff:10.0.0.1]/")]
    [InlineData("http://localhost:5270/")]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f.1/")]
    [InlineData("ftp://93.184.216.34/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("//93.184.216.34/")]
    [InlineData("http://name:secret@93.184.216.34/")]
    public async Task It_is_refused_when_it_is_given_with_its_fault_named(string url)
    {
        Assert.NotNull(await Guarded.FaultAsync(url, TestContext.Current.CancellationToken));
        using var answer = await portal.Client().PostAsJsonAsync("api/v1/webhooks", new { url, events = new[] { "plan.changed", "weather.changed" } }, TestContext.Current.CancellationToken);
        Assert.Equal(["- url refused_target", "- events[1] unknown"], (await Answer.ReadAsync(answer)).Faults);
    }

    [Fact]
    public async Task A_public_address_is_taken()
    {
        Assert.Null(await Guarded.FaultAsync("https://93.184.216.34/hook", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_name_that_leads_inside_is_refused_at_the_connection_too()
    {
        await using var listener = await HookListener.StartAsync();
        var port = new Uri(listener.Address).Port;
        var secret = WebhookSignature.Secret(new byte[32]);
        async Task<string> SendAsync(WebhookTargets targets, string host)
        {
            using var sender = new WebhookSender(targets);
            return (await sender.SendAsync($"http://{host}:{port}/hook", secret, "msg_1", "{}", Instant.FromUtc(2026, 1, 1, 0, 0), TestContext.Current.CancellationToken)).Outcome;
        }
        foreach (var host in (string[])["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"]) Assert.StartsWith("Refused: It leads to ", await SendAsync(Guarded, host), StringComparison.Ordinal);
        Assert.Empty(listener.Requests);
        // The same call arrives where it is allowed: it is the guard that stops it.
        Assert.Equal("Answered 204.", await SendAsync(new WebhookTargets(new WebhookSettings(AllowPrivateTargets: true)), "localhost"));
        Assert.Single(listener.Requests);
    }

    [Fact]
    public async Task A_name_that_changes_after_it_was_looked_at_leads_nowhere()
    {
        await using var listener = await HookListener.StartAsync();
        var port = new Uri(listener.Address).Port;
        var (asked, outside, inside) = (0, IPAddress.Parse("93.184.216.34"), IPAddress.Loopback);
        // First it leads outside; when it is connected to, inside, alone or beside an address of the outside.
        foreach (IPAddress[] then in new[] { new[] { inside }, [outside, inside] })
        {
            asked = 0;
            var targets = new WebhookTargets(new WebhookSettings(), (_, _) => Task.FromResult(asked++ == 0 ? [outside] : then));
            var url = $"http://rebinding.example:{port}/hook";
            Assert.Null(await targets.FaultAsync(url, TestContext.Current.CancellationToken));
            using var sender = new WebhookSender(targets);
            var sent = await sender.SendAsync(url, WebhookSignature.Secret(new byte[32]), "msg_1", "{}", Instant.FromUtc(2026, 1, 1, 0, 0), TestContext.Current.CancellationToken);
            Assert.Equal((false, 2), (sent.Delivered, asked));
            Assert.StartsWith("Refused: It leads to 127.0.0.1", sent.Outcome, StringComparison.Ordinal);
        }
        Assert.Empty(listener.Requests);
    }

    [Fact]
    public void Eight_attempts_are_made_over_a_little_more_than_a_day()
    {
        var pauses = Enumerable.Range(1, 7).Select(n => RetrySchedule.After(n)!.Value).ToList();
        Assert.Equal(Duration.FromSeconds(5), pauses[0]);
        Assert.Equal(pauses.Order(), pauses);
        Assert.InRange(pauses.Aggregate(Duration.Zero, (a, b) => a + b).TotalHours, 24, 30);
        Assert.Null(RetrySchedule.After(8));
    }
}
