using System.Net;
using System.Text.Json;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Pricing;

/// <summary>What changes after a month was closed.</summary>
public sealed class AdjustmentTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    [Fact]
    public async Task Late_and_voided_events_of_a_closed_month_are_adjusted_in_the_oldest_open_one()
    {
        var c = await portal.NewCommunityAsync();
        await PlanAsync(c, """{"meter":"messages","included":2,"price":{"model":"per_unit","unitPrice":"1.00"}},{"meter":"storage","price":{"model":"per_unit","unitPrice":"10.00"}}""");
        await c.StoreAsync([.. Enumerable.Range(1, 5).Select(i => A.Message("ann", at: $"2025-09-0{i}T00:00:00Z", id: "m" + i)), A.Message("ann", at: "2025-10-01T00:00:00Z")]);
        await CloseAsync(c, "2025-09");
        Assert.Equal(["messages 3.00", "storage 0.00"], Lines(await StatementAsync(c, "2025-09")));
        Assert.Equal(["messages 0.00", "storage 0.00"], Lines(await StatementAsync(c, "2025-10")));

        // One late, and a late file that stays: it counts in September as half a GB-month and in October as a whole one.
        await c.StoreAsync(A.Message("ann", at: "2025-09-20T00:00:00Z"), A.Upload("ann", 1_000_000_000, at: "2025-09-16T00:00:00Z"));
        var frozen = await StatementAsync(c, "2025-09");
        Assert.Equal(["messages 3.00", "storage 0.00"], Lines(frozen));
        Assert.True(frozen.GetProperty("differs").GetBoolean());
        Assert.True((await c.GetAsync("api/v1/users/ann/usage?period=2025-09")).Json.GetProperty("statement").GetProperty("differs").GetBoolean());
        Assert.Equal(JsonValueKind.Null, (await c.GetAsync("api/v1/users/ann/usage?period=2025-10")).Json.GetProperty("statement").ValueKind);
        var october = await StatementAsync(c, "2025-10");
        Assert.Equal(["messages 0.00", "storage 10.00", "messages 1.00 2025-09 1 late event", "storage 5.00 2025-09 1 late event"], Lines(october));
        Assert.Equal("16.00", october.GetProperty("total").GetString());
        Assert.DoesNotContain("2025-09", (await StatementAsync(c, "2025-11")).GetProperty("lines").GetRawText(), StringComparison.Ordinal);

        // Three taken back: 2 of 3 that were beyond are not any more; the adjustment so far is inside the difference.
        foreach (var id in (string[])["m1", "m2", "m3"]) await c.VoidAsync(A.Source, id);
        Assert.Equal("messages -2.00 2025-09 1 late event, 3 voided events", Lines(await StatementAsync(c, "2025-10"))[2]);

        // Closed with its adjustments, October keeps them; what comes then is less what they charged.
        await CloseAsync(c, "2025-10");
        await c.StoreAsync(A.Message("ann", at: "2025-09-21T00:00:00Z"), A.Message("ann", at: "2025-09-22T00:00:00Z"));
        Assert.Equal("messages -2.00 2025-09 1 late event, 3 voided events", Lines(await StatementAsync(c, "2025-10"))[2]);
        Assert.Equal(["messages 0.00", "storage 10.00", "messages 2.00 2025-09 3 late events, 3 voided events"], Lines(await StatementAsync(c, "2025-11")));
        var arithmetic = (await StatementAsync(c, "2025-11")).GetProperty("lines").EnumerateArray().Last().GetProperty("arithmetic").GetString();
        Assert.True((await StatementAsync(c, "2025-09")).GetProperty("differs").GetBoolean());
        Assert.Equal("3.00 now - 3.00 charged - -2.00 adjusted before = 2.00 USD", arithmetic);
    }

    [Fact]
    public async Task Who_was_first_seen_after_the_month_was_closed_is_charged_with_the_next()
    {
        var c = await portal.NewCommunityAsync();
        await PlanAsync(c, """{"meter":"messages","price":{"model":"per_unit","unitPrice":"1.00"}}""");
        await CloseAsync(c, "2025-09");
        await c.StoreAsync(A.Message("zoe", at: "2025-09-20T00:00:00Z"));
        var closed = (await c.GetAsync("api/v1/users/zoe/statement?period=2025-09")).Json;
        Assert.Equal(("closed", "0.00"), (closed.GetProperty("status").GetString(), closed.GetProperty("total").GetString()));
        Assert.Equal(["messages 0.00", "messages 1.00 2025-09 1 late event"], Lines((await c.GetAsync("api/v1/users/zoe/statement?period=2025-10")).Json));
    }

    private static string[] Lines(JsonElement statement) => [.. statement.GetProperty("lines").EnumerateArray().Select(l =>
        $"{l.GetProperty("meter").GetString()} {l.GetProperty("amount").GetString()}{(l.GetProperty("adjusts").GetString() is { } month ? $" {month} {l.GetProperty("cause").GetString()}" : "")}")];

    private static async Task<JsonElement> StatementAsync(TestCommunity c, string period) => (await c.GetAsync($"api/v1/users/ann/statement?period={period}")).Json;

    private static async Task CloseAsync(TestCommunity c, string period) =>
        Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Post, $"api/v1/periods/{period}/close", "")).Status);

    // The default plan, from the beginning of the year.
    private static async Task PlanAsync(TestCommunity c, string items)
    {
        var plan = await c.JsonAsync(HttpMethod.Post, "api/v1/plans", $$"""{"key":"free","name":"Free","currency":"USD","fee":"0","items":[{{items}}]}""");
        Assert.True(plan.Status == HttpStatusCode.Created, plan.Text);
        Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Post, "api/v1/plans/free/publish", """{"effective":"2025-01-01T00:00:00Z"}""")).Status);
    }
}
