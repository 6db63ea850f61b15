using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Webhooks;
using OpenMeet.Insights.Infrastructure.Delivery;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Webhooks;

/// <summary>Webhooks against a receiver on this machine: signed, retried, given up, sent again.</summary>
public sealed class WebhookTests(AlertPortal portal) : IClassFixture<AlertPortal>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private sealed record Hook(long Id, string Secret);

    private static async Task<Hook> AddAsync(TestCommunity c, string url, params string[] events)
    {
        using var made = await c.Http.PostAsJsonAsync("api/v1/webhooks", new { url, events = events.Length == 0 ? null : events }, Cancel);
        var answer = await Answer.ReadAsync(made);
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        return new Hook(answer.Json.GetProperty("id").GetInt64(), answer.Json.GetProperty("secret").GetString()!);
    }

    private async Task<TestCommunity> WithPlansAsync()
    {
        var c = await portal.NewCommunityAsync();
        foreach (var user in (string[])["ann", "bob"])
        {
            using var described = await c.Http.PutAsJsonAsync("api/v1/directory/users/" + user, new { name = user }, Cancel);
            described.EnsureSuccessStatusCode();
        }
        using (var draft = await c.Http.PostAsJsonAsync("api/v1/plans", new { key = "club", name = "Club", currency = "USD", fee = "5.00", items = Array.Empty<object>() }, Cancel)) draft.EnsureSuccessStatusCode();
        using (var published = await c.Http.PostAsJsonAsync("api/v1/plans/club/publish", new { }, Cancel)) published.EnsureSuccessStatusCode();
        return c;
    }

    private static async Task TakePlanAsync(TestCommunity c, string user)
    {
        using var taken = await c.Http.PutAsJsonAsync($"api/v1/accounts/user/{user}/plan", new { plan = "club", effective = "now" }, Cancel);
        Assert.True(taken.IsSuccessStatusCode, await taken.Content.ReadAsStringAsync(Cancel));
    }

    private static async Task<JsonElement[]> DeliveriesAsync(TestCommunity c, long id) =>
        [.. (await c.GetAsync($"api/v1/webhooks/{id}/deliveries")).Json.GetProperty("items").EnumerateArray()];

    private static string State(JsonElement delivery) => delivery.GetProperty("state").GetString()!;

    [Fact]
    public async Task A_changed_plan_is_told_once_with_a_signature_that_anybody_can_check()
    {
        await using var listener = await HookListener.StartAsync();
        var c = await WithPlansAsync();
        var hook = await AddAsync(c, listener.Address + "/hook");
        await AddAsync(c, listener.Address + "/other", "alert.fired");
        await TakePlanAsync(c, "ann");
        await portal.DeliverAsync();
        await portal.DeliverAsync();

        var got = Assert.Single(listener.Requests);
        Assert.Equal("/hook", got.Path);
        Assert.Equal(portal.Now.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture), got.Timestamp);
        using var hmac = new HMACSHA256(Convert.FromBase64String(hook.Secret["whsec_".Length..]));
        Assert.Equal("v1," + Convert.ToBase64String(hmac.ComputeHash(Encoding.UTF8.GetBytes(got.Id + "." + got.Timestamp + "." + got.Body))), got.Signature);
        using var body = JsonDocument.Parse(got.Body);
        var data = body.RootElement.GetProperty("data");
        Assert.Equal(("plan.changed", "user:ann", "club"), (body.RootElement.GetProperty("type").GetString(), data.GetProperty("account").GetString(), data.GetProperty("plan").GetString()));
        var delivery = Assert.Single(await DeliveriesAsync(c, hook.Id));
        Assert.Equal(("delivered", got.Id, 204), (State(delivery), delivery.GetProperty("webhookId").GetString(), delivery.GetProperty("attempts")[0].GetProperty("status").GetInt32()));

        using (var refused = await c.Http.PutAsJsonAsync("api/v1/accounts/user/ann/plan", new { plan = "none-such", effective = "now" }, Cancel)) Assert.False(refused.IsSuccessStatusCode);
        await portal.DeliverAsync();
        Assert.Single(listener.Requests);
    }

    [Fact]
    public void The_signature_is_that_of_the_published_example() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSignature.Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", WebhookSignature.Timestamp(Instant.FromUnixTimeSeconds(1614265330)), """{"test": 2432232314}"""));

    [Fact]
    public async Task What_fails_is_tried_again_under_the_same_id_until_it_is_taken()
    {
        await using var listener = await HookListener.StartAsync();
        var c = await WithPlansAsync();
        var hook = await AddAsync(c, listener.Address + "/hook");
        await TakePlanAsync(c, "ann");
        listener.Status = 500;
        await portal.DeliverAsync();
        await portal.DeliverAsync();
        Assert.Single(listener.Requests);
        var failed = Assert.Single(await DeliveriesAsync(c, hook.Id));
        Assert.Equal(("retrying", "out of order"), (State(failed), failed.GetProperty("attempts")[0].GetProperty("excerpt").GetString()));

        listener.Status = 200;
        portal.Clock.Advance(TimeSpan.FromSeconds(5));
        await portal.DeliverAsync();
        portal.Clock.Advance(TimeSpan.FromDays(2));
        await portal.DeliverAsync();
        var (first, second) = (listener.Requests.First(), listener.Requests.Last());
        Assert.Equal(2, listener.Requests.Count);
        Assert.Equal((first.Id, first.Body), (second.Id, second.Body));
        Assert.NotEqual(first.Timestamp, second.Timestamp);
        Assert.NotEqual(first.Signature, second.Signature);
        Assert.Equal("delivered", State(Assert.Single(await DeliveriesAsync(c, hook.Id))));
    }

    [Fact]
    public async Task After_a_day_it_is_given_up_and_a_person_can_send_it_again()
    {
        await using var listener = await HookListener.StartAsync();
        var c = await WithPlansAsync();
        var hook = await AddAsync(c, listener.Address + "/hook");
        await TakePlanAsync(c, "ann");
        listener.Status = 503;
        var started = portal.Now;
        var last = started;
        for (var i = 0; i < 40; i++)
        {
            var before = listener.Requests.Count;
            await portal.DeliverAsync();
            if (listener.Requests.Count > before) last = portal.Now;
            // Five seconds, then hours: small steps first.
            portal.Clock.Advance(i == 0 ? TimeSpan.FromSeconds(5) : TimeSpan.FromHours(1));
        }
        Assert.Equal(8, listener.Requests.Count);
        Assert.InRange((last - started).TotalHours, 24, 36);
        Assert.Single(listener.Requests.Select(r => r.Id).Distinct());
        var given = Assert.Single(await DeliveriesAsync(c, hook.Id));
        Assert.Equal(("failed", JsonValueKind.Null, 8), (State(given), given.GetProperty("nextAt").ValueKind, given.GetProperty("attempts").GetArrayLength()));

        listener.Status = 204;
        var again = await c.JsonAsync(HttpMethod.Post, $"api/v1/webhooks/deliveries/{given.GetProperty("id").GetString()}/resend", "{}");
        Assert.Equal((HttpStatusCode.OK, "delivered"), (again.Status, State(again.Json)));
        Assert.Equal((9, listener.Requests.First().Id), (listener.Requests.Count, listener.Requests.Last().Id));
        var other = await portal.NewCommunityAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await other.JsonAsync(HttpMethod.Post, $"api/v1/webhooks/deliveries/{given.GetProperty("id").GetString()}/resend", "{}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync($"api/v1/webhooks/{hook.Id}/deliveries")).Status);
    }

    [Fact]
    public async Task What_a_portal_was_sending_when_it_stopped_is_sent_again_under_the_same_id()
    {
        await using var listener = await HookListener.StartAsync();
        var c = await WithPlansAsync();
        var hook = await AddAsync(c, listener.Address + "/hook");
        await TakePlanAsync(c, "ann");
        var never = new TaskCompletionSource();
        listener.Until = never.Task;
        using (var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel))
        {
            var sending = portal.Services.GetRequiredService<Deliveries>().RunAsync(stop.Token);
            while (listener.Requests.IsEmpty) await Task.Delay(10, Cancel);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        }
        listener.Until = null;
        await portal.DeliverAsync();
        Assert.Single(listener.Requests);
        portal.Clock.Advance(TimeSpan.FromMinutes(2));
        await portal.DeliverAsync();
        Assert.Equal(2, listener.Requests.Count);
        Assert.Single(listener.Requests.Select(r => r.Id).Distinct());
        Assert.Equal("delivered", State(Assert.Single(await DeliveriesAsync(c, hook.Id))));
    }

    [Fact]
    public async Task Redirects_are_not_followed_and_410_switches_off()
    {
        await using var listener = await HookListener.StartAsync();
        var c = await WithPlansAsync();
        var hook = await AddAsync(c, listener.Address + "/hook");
        await TakePlanAsync(c, "ann");
        listener.Status = 307;
        await portal.DeliverAsync();
        Assert.Equal(["/hook"], listener.Requests.Select(r => r.Path));
        Assert.Equal("retrying", State(Assert.Single(await DeliveriesAsync(c, hook.Id))));

        listener.Status = 410;
        portal.Clock.Advance(TimeSpan.FromSeconds(5));
        await portal.DeliverAsync();
        var off = (await c.GetAsync("api/v1/webhooks")).Json.GetProperty("items")[0];
        Assert.Equal("It answered 410 Gone.", off.GetProperty("disabledReason").GetString());
        await TakePlanAsync(c, "bob");
        portal.Clock.Advance(TimeSpan.FromDays(1));
        await portal.DeliverAsync();
        Assert.Equal(2, listener.Requests.Count);
    }

    [Fact]
    public async Task A_test_says_what_was_answered_and_a_removed_endpoint_gets_nothing_more()
    {
        await using var listener = await HookListener.StartAsync();
        var c = await WithPlansAsync();
        var hook = await AddAsync(c, listener.Address + "/hook");
        var tried = await c.JsonAsync(HttpMethod.Post, $"api/v1/webhooks/{hook.Id}/test", "{}");
        Assert.Equal((HttpStatusCode.OK, "delivered"), (tried.Status, State(tried.Json)));
        Assert.Contains("\"test\":true", Assert.Single(listener.Requests).Body, StringComparison.Ordinal);

        listener.Status = 500;
        await TakePlanAsync(c, "ann");
        await portal.DeliverAsync();
        using (var removed = await c.Http.DeleteAsync(new Uri($"api/v1/webhooks/{hook.Id}", UriKind.Relative), Cancel)) Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        portal.Clock.Advance(TimeSpan.FromDays(1));
        await portal.DeliverAsync();
        Assert.Equal(2, listener.Requests.Count);
        Assert.Equal(["failed", "delivered"], (await DeliveriesAsync(c, hook.Id)).Select(State));
        Assert.Equal(
            ["webhook.removed", "webhook.tested", "webhook.added"],
            (await c.GetAsync("api/v1/audit")).Json.GetProperty("items").EnumerateArray().Select(a => a.GetProperty("action").GetString()).Where(a => a!.StartsWith("webhook", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_alert_goes_to_the_endpoints_that_want_it_and_to_an_own_address_with_its_own_secret()
    {
        await using var listener = await HookListener.StartAsync();
        var c = await portal.NewCommunityAsync();
        await AddAsync(c, listener.Address + "/tenant", "alert.fired");
        await AddAsync(c, listener.Address + "/plans", "plan.changed");
        await c.StoreAsync(A.Upload("ann", 800, at: "2025-11-01T00:00:00Z"));
        using var made = await c.Http.PostAsJsonAsync("api/v1/alerts", new { account = "user:ann", subject = "value", meter = "storage", thresholds = new[] { 500 }, webhook = true, webhookUrl = listener.Address + "/own" }, Cancel);
        var secret = (await Answer.ReadAsync(made)).Json.GetProperty("secret").GetString()!;
        Assert.Equal(1, await portal.LookAsync(c));
        await portal.DeliverAsync();
        Assert.Equal(["/own", "/tenant"], listener.Requests.Select(r => r.Path).Order(StringComparer.Ordinal));
        var own = listener.Requests.Single(r => r.Path == "/own");
        Assert.Equal(own.Signature, WebhookSignature.Sign(secret, own.Id, own.Timestamp, own.Body));
        using var body = JsonDocument.Parse(own.Body);
        Assert.Equal(("alert.fired", "800", "500"), (body.RootElement.GetProperty("type").GetString(), body.RootElement.GetProperty("data").GetProperty("value").GetString(), body.RootElement.GetProperty("data").GetProperty("threshold").GetString()));
    }
}
