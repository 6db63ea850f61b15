using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>The examples that the rules are explained by, each with its numbers: over HTTP, and where it can be by the plain calculation too.</summary>
public sealed class WorkedValues(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private const string Tiers = """[{"upTo":5,"unitPrice":"7.00"},{"upTo":10,"unitPrice":"6.50"},{"unitPrice":"6.00"}]""";

    [Fact]
    public async Task Bytes_of_November_are_0_266667_gigabyte_months_and_five_cents_and_of_December_0_3_and_six()
    {
        var c = await portal.NewCommunityAsync();
        JsonObject[] events =
        [
            A.Upload("ann", 500_000_000, file: "a", at: "2025-11-11T00:00:00Z"), A.Deletion("ann", 200_000_000, file: "a", at: "2025-11-21T00:00:00Z"),
        ];
        await c.StoreAsync(events);
        await PlanAsync(c, """{"key":"kept","name":"Kept","currency":"USD","fee":0,"items":[{"meter":"storage","price":{"model":"per_unit","unitPrice":"0.20"}}]}""");
        await TakeAsync(c, "user/ann", "kept", "2025-10-01T00:00:00Z");
        await SendAsync(c, HttpMethod.Post, "rates", """{"meter":"storage","unitCost":"0.20","currency":"USD","from":"2025-01-01T00:00:00Z"}""");

        var november = (await GetAsync(c, "users/ann/usage?period=2025-11")).GetProperty("carried").EnumerateArray().Single(r => Text(r, "meter") == "storage");
        Assert.Equal(("0.266666666667", "691200000000000", "300000000"), (Text(november, "value"), Text(november, "byteSeconds"), Text(november, "level")));
        Assert.Equal(["0.053333333333", "0.06"], [await CostAsync("2025-11"), await CostAsync("2025-12")]);
        Assert.Equal(["0.05", "0.06"], [(await StatementAsync(c, "users/ann", "2025-11")).Total, (await StatementAsync(c, "users/ann", "2025-12")).Total]);

        var ledger = Plain(events);
        Assert.Equal(691_200_000_000_000m, PlainLedger.Integral(ledger.Carried("storage", "user:ann"), At("2025-11-01"), At("2025-12-01")).Round(0));

        async Task<string?> CostAsync(string period) => Text((await GetAsync(c, $"users/ann/costs?period={period}")).GetProperty("unitRates"), "total");
    }

    [Fact]
    public async Task A_file_that_is_attached_leaves_0_10_with_its_uploader_and_0_05_with_the_group()
    {
        var c = await portal.NewCommunityAsync();
        JsonObject[] events =
        [
            A.Deletion("bob", 300_000_000, file: "f", at: "2025-11-26T00:00:00Z"), A.Attachment("oleg", "f", "g", 300_000_000, "2025-11-21T00:00:00Z"),
            A.Upload("ann", 300_000_000, file: "f", at: "2025-11-11T00:00:00Z"),
        ];
        await c.StoreAsync(events);
        var plain = new PlainUsage(Plain(events), new PlainBooks(DateTimeZone.Utc));
        foreach (var (account, expected) in (IEnumerable<(string, string)>)[("user:ann", "0.1"), ("group:g", "0.05"), ("user:oleg", "0"), ("user:bob", "0")])
        {
            var usage = await GetAsync(c, $"{account.Replace(":", "s/", StringComparison.Ordinal)}/usage?period=2025-11");
            Assert.Equal(expected, Text(usage.GetProperty("carried").EnumerateArray().Single(r => Text(r, "meter") == "storage"), "value"));
            Assert.Equal(decimal.Parse(expected, CultureInfo.InvariantCulture), plain.Carried(account, plain.Books.Month("2025-11"))["storage"].Value);
        }
    }

    [Fact]
    public async Task A_snapshot_of_500_after_100_is_a_change_of_400_and_of_350_once_a_late_50_has_come()
    {
        var c = await portal.NewCommunityAsync();
        JsonObject[] events = [A.Change("ann", 100, "g", at: "2025-11-01T00:00:00Z"), A.Snapshot("zoe", 500, "g", at: "2025-11-03T00:00:00Z")];
        var late = A.Change("ann", 50, "g", at: "2025-11-02T00:00:00Z");
        await c.StoreAsync(events);
        Assert.Equal(("400", 400m), (await ActedAsync(), PlainActed(events)));
        await c.StoreAsync(late);
        Assert.Equal(("350", 350m), (await ActedAsync(), PlainActed([.. events, late])));

        async Task<string?> ActedAsync() =>
            Text((await GetAsync(c, "users/zoe/usage?period=2025-11")).GetProperty("acted").EnumerateArray().Single(r => Text(r, "meter") == "storage"), "level");
        static decimal PlainActed(JsonObject[] events) => PlainLedger.Level(Plain(events).Acted("storage", "user:zoe"), At("2025-12-01")).Round(0);
    }

    [Fact]
    public async Task Three_hundred_users_at_0_004_are_1_20()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync([.. Enumerable.Range(0, 300).Select(i => A.Message($"user-{i}", at: "2025-11-05T00:00:00Z"))]);
        await SendAsync(c, HttpMethod.Post, "rates", """{"meter":"messages","unitCost":"0.004","currency":"USD","from":"2025-01-01T00:00:00Z"}""");
        var costs = await GetAsync(c, "costs?period=2025-11&limit=1000");
        Assert.Equal(300, costs.GetProperty("items").EnumerateArray().Count(i => Text(i, "unitRates") == "0.004"));
        Assert.Equal("1.2", Text(costs.GetProperty("totals"), "unitRates"));
    }

    [Theory]
    [InlineData(6, "41.50", "39.00")]
    [InlineData(10, "67.50", "65.00")]
    [InlineData(20, "127.50", "120.00")]
    public async Task Tiers_are_charged_part_by_part_or_for_all(int quantity, string graduated, string volume)
    {
        PlainTier[] tiers = [new(5, 7, null), new(10, 6.5m, null), new(null, 6, null)];
        await ChargedAsync(quantity, graduated, $$"""{"model":"graduated","tiers":{{Tiers}}}""", new PlainPrice("graduated", Tiers: tiers));
        await ChargedAsync(quantity, volume, $$"""{"model":"volume","tiers":{{Tiers}}}""", new PlainPrice("volume", Tiers: tiers));
    }

    [Theory]
    [InlineData(0, "0.00")]
    [InlineData(1, "5.00")]
    [InlineData(100, "5.00")]
    [InlineData(101, "10.00")]
    public async Task A_package_of_100_at_5_00_is_paid_whole(int quantity, string charge) =>
        await ChargedAsync(quantity, charge, """{"model":"package","size":100,"amount":"5.00"}""", new PlainPrice("package", Amount: 5, Size: 100));

    [Fact]
    public async Task A_plan_of_8_00_left_for_one_of_20_00_in_the_middle_of_November_costs_4_00_and_10_00()
    {
        var c = await TwoPlansAsync(900, 100);
        var (lines, total) = await StatementAsync(c, "users/ann", "2025-11");
        Assert.Equal(["fee 4.00", "fee 10.00", "emails 0.00", "emails 0.00"], lines);
        Assert.Equal("14.00", total);
    }

    [Theory]
    [InlineData(900, 100, "0", "emails 0.00", "emails 0.00")]
    [InlineData(900, 200, "100", "emails 0.00", "emails 2.00")]
    public async Task A_thousand_included_in_both_halves_are_a_thousand_for_the_month(int before, int after, string over, params string[] expected)
    {
        var c = await TwoPlansAsync(before, after);
        var emails = (await GetAsync(c, "users/ann/usage?period=2025-11")).GetProperty("meters").EnumerateArray().Single(r => Text(r, "meter") == "emails");
        Assert.Equal(("1000", over), (Text(emails, "included"), Text(emails, "over")));
        Assert.Equal(expected, (await StatementAsync(c, "users/ann", "2025-11")).Lines.Where(l => l.StartsWith("emails", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_bill_of_100_00_over_three_equal_carriers_is_33_34_and_twice_33_33()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync([.. "bca".Select(g => A.Message("ann", g.ToString(), "2025-11-05T00:00:00Z"))]);
        await SendAsync(c, HttpMethod.Post, "cost-pools", """{"name":"chat","period":"2025-11","amount":"100.00","currency":"USD","driver":"messages"}""");
        var items = (await GetAsync(c, "costs?period=2025-11&by=group")).GetProperty("items").EnumerateArray();
        Assert.Equal(["group:a 33.34", "group:b 33.33", "group:c 33.33"], items.Select(i => $"{Text(i, "account")} {Text(i, "pools")}"));
    }

    [Fact]
    public async Task Of_350_00_96_8_percent_are_attributed_and_3_2_are_not()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(Work(600, "ann", null), Work(368, null, "g"), Work(32, null, null));
        await SendAsync(c, HttpMethod.Post, "cost-pools", """{"name":"database","period":"2025-11","amount":"120.00","currency":"USD","driver":"db_time"}""");
        await SendAsync(c, HttpMethod.Post, "cost-pools", """{"name":"servers","period":"2025-11","amount":"230.00","currency":"USD","driver":"db_time"}""");
        var sums = (await GetAsync(c, "users/ann/costs?period=2025-11")).GetProperty("reconciliation");
        Assert.Equal(("350.00", "338.80", "11.20", "96.8"), (Text(sums, "bill"), Text(sums, "attributed"), Text(sums, "unattributed"), Text(sums, "attributedPercent")));

        static JsonObject Work(int ms, string? by, string? group) => A.Event("db.operation", by, "2025-11-05T00:00:00Z", null, ("duration_ms", ms), ("count", 1), ("group", group));
    }

    private async Task ChargedAsync(int quantity, string charge, string price, PlainPrice plainPrice)
    {
        var c = await portal.NewCommunityAsync();
        JsonObject[] events = [A.Event("email.sent", "ann", "2025-11-05T00:00:00Z", null, ("count", quantity))];
        await c.StoreAsync(events);
        await PlanAsync(c, $$"""{"key":"mail","name":"Mail","currency":"USD","fee":0,"items":[{"meter":"emails","price":{{price}}}]}""");
        await TakeAsync(c, "user/ann", "mail", "2025-10-01T00:00:00Z");
        Assert.Equal(charge, (await StatementAsync(c, "users/ann", "2025-11")).Total);

        var books = new PlainBooks(DateTimeZone.Utc);
        books.Assignments.Add(new PlainAssignment("user:ann", new PlainPlan("mail", 0, [new PlainItem("emails", 0, plainPrice, 0, null)]), At("2025-10-01")));
        Assert.Equal(decimal.Parse(charge, CultureInfo.InvariantCulture), PlainStatement.Of(new PlainUsage(Plain(events), books), "user:ann", "2025-11").Total);
    }

    private async Task<TestCommunity> TwoPlansAsync(int before, int after)
    {
        const string Items = """[{"meter":"emails","included":1000,"price":{"model":"per_unit","unitPrice":"0.02"}}]""";
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(Mail(before, "2025-11-15T23:59:59.999999Z"), Mail(after, "2025-11-16T00:00:00Z"));
        await PlanAsync(c, $$"""{"key":"small","name":"Small","currency":"USD","fee":"8.00","items":{{Items}}}""");
        await PlanAsync(c, $$"""{"key":"large","name":"Large","currency":"USD","fee":"20.00","items":{{Items}}}""");
        await TakeAsync(c, "user/ann", "small", "2025-11-01T00:00:00Z");
        await TakeAsync(c, "user/ann", "large", "2025-11-16T00:00:00Z");
        return c;

        static JsonObject Mail(int count, string at) => A.Event("email.sent", "ann", at, null, ("count", count));
    }

    private static PlainLedger Plain(IEnumerable<JsonObject> events) => new([.. events.Select(e => RawEvent.Parse(e.ToJsonString()))], Policy.GroupCarries, c => c);

    private static Instant At(string day) => Instant.FromUtc(int.Parse(day[..4], null), int.Parse(day[5..7], null), int.Parse(day[8..], null), 0, 0);

    private static async Task PlanAsync(TestCommunity c, string plan)
    {
        await SendAsync(c, HttpMethod.Post, "plans", plan);
        await SendAsync(c, HttpMethod.Post, $"plans/{(string)JsonNode.Parse(plan)!["key"]!}/publish", """{"effective":"2025-01-01T00:00:00Z"}""");
    }

    private static Task TakeAsync(TestCommunity c, string account, string plan, string from) =>
        SendAsync(c, HttpMethod.Put, $"accounts/{account}/plan", $$"""{"plan":"{{plan}}","effective":"{{from}}"}""");

    private static async Task SendAsync(TestCommunity c, HttpMethod method, string path, string body)
    {
        var answer = await c.JsonAsync(method, "api/v1/" + path, body);
        Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.Created, $"{path}: {answer.Text}");
    }

    private static async Task<JsonElement> GetAsync(TestCommunity c, string path)
    {
        var answer = await c.GetAsync("api/v1/" + path);
        Assert.True(answer.Status == HttpStatusCode.OK, $"{path}: {answer.Text}");
        return answer.Json;
    }

    private static async Task<(string[] Lines, string? Total)> StatementAsync(TestCommunity c, string account, string period)
    {
        var statement = await GetAsync(c, $"{account}/statement?period={period}");
        return ([.. statement.GetProperty("lines").EnumerateArray().Select(l => $"{Text(l, "meter")} {Text(l, "amount")}")], Text(statement, "total"));
    }

    private static string? Text(JsonElement json, string member) => json.GetProperty(member).GetString();
}
