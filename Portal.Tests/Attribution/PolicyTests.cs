using System.Net;
using NodaTime;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Attribution;

/// <summary>The three policies, and their change, over HTTP.</summary>
public sealed class PolicyTests(PortalWithClock portal) : IClassFixture<PortalWithClock>
{
    [Theory]
    [InlineData("""{"attribution":"uploader-carries"}""", "0.15", "0", "1", "0")]
    [InlineData("""{"attribution":"split","splitPercent":30}""", "0.135", "0.015", "0.7", "0.3")]
    [InlineData("""{"attribution":"group-carries"}""", "0.1", "0.05", "0", "1")]
    public async Task Files_and_messages_are_carried_as_the_policy_says(string policy, string annStores, string groupStores, string annSends, string groupSends)
    {
        var c = await portal.NewCommunityAsync();
        Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, $"api/v1/tenants/{c.Key}", policy)).Status);
        await c.StoreAsync(
            A.Upload("ann", 300_000_000, file: "f", at: "2025-09-11T00:00:00Z"), A.Attachment("oleg", "f", "g", 300_000_000, at: "2025-09-21T00:00:00Z"),
            A.Deletion("bob", 300_000_000, file: "f", at: "2025-09-26T00:00:00Z"), A.Message("ann", "g", at: "2025-09-02T00:00:00Z"));

        Assert.Equal((annStores, annSends), (await CarriedAsync(c, "users/ann", "storage"), await CarriedAsync(c, "users/ann", "messages")));
        Assert.Equal((groupStores, groupSends), (await CarriedAsync(c, "groups/g", "storage"), await CarriedAsync(c, "groups/g", "messages")));
        Assert.Equal("0", await CarriedAsync(c, "users/oleg", "storage"));
        await c.RecountAsync();
    }

    [Fact]
    public async Task A_policy_that_is_set_later_begins_with_the_coming_month_and_what_was_before_stays()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(
            A.Upload("ann", 1_000_000_000, file: "f", group: "g", at: "2025-11-01T00:00:00Z"), A.Snapshot("zoe", 500, group: "h", at: "2025-11-02T00:00:00Z"), A.Message("ann", "g", at: "2025-11-02T00:00:00Z"));
        var set = await c.JsonAsync(HttpMethod.Put, $"api/v1/tenants/{c.Key}", """{"attribution":"uploader-carries"}""");
        Assert.Equal(("group-carries", "2025-12-01T00:00:00Z"), (set.Json.GetProperty("attribution").GetString(), set.Json.GetProperty("coming").GetProperty("from").GetString()));

        Assert.Equal(("1", "0"), (await CarriedAsync(c, "groups/g", "storage"), await CarriedAsync(c, "users/ann", "storage")));
        Assert.Equal(("0", "1"), (await CarriedAsync(c, "groups/g", "storage", "2025-12"), await CarriedAsync(c, "users/ann", "storage", "2025-12")));
        // Edges off the hour, on both sides of the change.
        var around = await c.CarriedAsync("storage", Instant.FromUtc(2025, 11, 30, 23, 50), Instant.FromUtc(2025, 12, 1, 0, 20));
        Assert.Equal((new Quantity(0), "600000000000"), (around["group:g"].Level, around["group:g"].Integral.ToString()));
        Assert.Equal("1200000000000", around["user:ann"].Integral.ToString());
        await c.RecountAsync();

        // A late event before the change passes with it; a snapshot afterwards sets the level of its carrier of then.
        portal.Clock.SetUtcNow(new DateTimeOffset(2025, 12, 10, 0, 0, 0, TimeSpan.Zero));
        await c.StoreAsync(A.Upload("ann", 24_000, file: "late", group: "g", at: "2025-11-30T00:00:00Z"), A.Snapshot("zoe", 700, group: "h", at: "2025-12-05T00:00:00Z"), A.Message("ann", "g", at: "2025-12-02T00:00:00Z"));
        var december = await c.CarriedAsync("storage", Instant.FromUtc(2025, 12, 1, 0, 0), Instant.FromUtc(2025, 12, 9, 0, 0));
        Assert.Equal((new Quantity(1_000_024_000L * Quantity.Scale), new Quantity(700L * Quantity.Scale)), (december["user:ann"].Level, december["user:zoe"].Level));
        Assert.Equal(("1", "1"), (await CarriedAsync(c, "groups/g", "messages"), await CarriedAsync(c, "users/ann", "messages", "2025-12")));
        Assert.Equal("uploader-carries", (await c.GetAsync($"api/v1/tenants/{c.Key}")).Json.GetProperty("attribution").GetString());
        await c.RecountAsync();
    }

    [Fact]
    public async Task Currency_and_zone_change_with_the_coming_month_and_money_of_each_time_keeps_its_currency()
    {
        var c = await portal.NewCommunityAsync();
        var month = $"{portal.Clock.GetUtcNow():yyyy-MM}";
        var next = portal.Clock.GetUtcNow().AddMonths(1);
        var (start, after) = (new DateTimeOffset(next.Year, next.Month, 1, 0, 0, 0, TimeSpan.Zero), $"{next:yyyy-MM}");
        await c.StoreAsync(A.Message("ann", at: $"{month}-01T00:00:00Z"));
        await OkAsync(c, HttpMethod.Post, "rates", $$"""{"meter":"messages","unitCost":"0.5","currency":"USD","from":"{{month}}-01T00:00:00Z"}""", HttpStatusCode.Created);
        await OkAsync(c, HttpMethod.Post, "plans", """{"key":"club","name":"Club","currency":"USD","fee":"8.00","items":[]}""", HttpStatusCode.Created);
        await OkAsync(c, HttpMethod.Post, "plans/club/publish", "{}", HttpStatusCode.OK);
        await OkAsync(c, HttpMethod.Put, "accounts/user/ann/plan", """{"plan":"club","effective":"now"}""", HttpStatusCode.OK);

        await OkAsync(c, HttpMethod.Put, $"tenants/{c.Key}", """{"currency":"EUR","billingTimeZone":"Europe/Berlin"}""", HttpStatusCode.OK);
        await OkAsync(c, HttpMethod.Post, "rates", $$"""{"meter":"messages","unitCost":"0.4","currency":"USD","from":"{{start:yyyy-MM-dd}}T00:00:00Z"}""", HttpStatusCode.BadRequest);
        await OkAsync(c, HttpMethod.Post, "rates", $$"""{"meter":"messages","unitCost":"0.4","currency":"EUR","from":"{{start:yyyy-MM-dd}}T00:00:00Z"}""", HttpStatusCode.Created);

        var now = (await c.GetAsync($"api/v1/users/ann/costs?period={month}")).Json;
        var coming = (await c.GetAsync($"api/v1/users/ann/costs?period={after}")).Json;
        Assert.Equal(("USD", "0.5", "EUR", "0"), (now.GetProperty("currency").GetString(), Total(now), coming.GetProperty("currency").GetString(), Total(coming)));
        Assert.Equal($"{start:yyyy-MM-dd}T00:00:00Z", now.GetProperty("to").GetString());
        Assert.Equal($"{start:yyyy-MM-dd}T00:00:00Z", coming.GetProperty("from").GetString());
        // Its end is Berlin's midnight.
        var end = Instant.FromDateTimeOffset(new DateTimeOffset(start.AddMonths(1).Year, start.AddMonths(1).Month, 1, 0, 0, 0, TimeSpan.Zero)) - Duration.FromHours(start.AddMonths(1).Month is > 3 and < 11 ? 2 : 1);
        Assert.Equal(Rfc3339.Format(end), coming.GetProperty("to").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await c.GetAsync($"api/v1/users/ann/costs?from={month}-01T00:00:00Z&to={start:yyyy-MM}-09T00:00:00Z")).Status);

        // A plan in the old currency cannot be charged any more.
        var statement = (await c.GetAsync($"api/v1/users/ann/statement?period={after}")).Json;
        Assert.Equal(("EUR", "0.00"), (statement.GetProperty("currency").GetString(), statement.GetProperty("total").GetString()));
        Assert.Equal("USD", (await c.GetAsync($"api/v1/users/ann/statement?period={month}")).Json.GetProperty("currency").GetString());
    }

    [Fact]
    public async Task A_bill_in_the_currency_of_before_is_not_added_to_those_of_a_coming_one()
    {
        var c = await portal.NewCommunityAsync();
        var next = $"{portal.Clock.GetUtcNow().AddMonths(1):yyyy-MM}";
        await c.StoreAsync(A.Message("ann"));
        await OkAsync(c, HttpMethod.Post, "cost-pools", $$"""{"name":"Database","period":"{{next}}","amount":"100","currency":"USD","driver":"messages"}""", HttpStatusCode.Created);
        await OkAsync(c, HttpMethod.Put, $"tenants/{c.Key}", """{"currency":"EUR","billingTimeZone":"UTC"}""", HttpStatusCode.OK);
        await OkAsync(c, HttpMethod.Post, "cost-pools", $$"""{"name":"Server","period":"{{next}}","amount":"40","currency":"EUR","driver":"messages"}""", HttpStatusCode.Created);

        var costs = (await c.GetAsync($"api/v1/users/ann/costs?period={next}")).Json;
        Assert.Equal(("EUR", "40.00"), (costs.GetProperty("currency").GetString(), costs.GetProperty("reconciliation").GetProperty("bill").GetString()));
    }

    private static string? Total(System.Text.Json.JsonElement costs) => costs.GetProperty("unitRates").GetProperty("total").GetString();

    private static async Task OkAsync(TestCommunity c, HttpMethod method, string path, string body, HttpStatusCode expected)
    {
        var answer = await c.JsonAsync(method, "api/v1/" + path, body);
        Assert.True(answer.Status == expected, answer.Text);
    }

    private static async Task<string?> CarriedAsync(TestCommunity c, string path, string meter, string? period = null)
    {
        var now = (await c.GetAsync($"api/v1/{path}/usage?period={period ?? await MonthAsync(c)}")).Json;
        return now.GetProperty("carried").EnumerateArray().Single(r => r.GetProperty("meter").GetString() == meter).GetProperty("value").GetString();
    }

    // The month of the first stored event.
    private static async Task<string> MonthAsync(TestCommunity c) =>
        (await c.GetAsync("api/v1/events?limit=1000")).Json.EnumerateArray().Last().GetProperty("event").GetProperty("time").GetString()![..7];
}
