using System.Globalization;
using System.Net;
using System.Text.Json;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Quotas;

/// <summary>What a check answers, for each kind of meter, owner and limit; the portal's clock stands at 20 November 2025, 12:00 UTC.</summary>
public sealed class QuotaCheckTests(PortalWithClock portal) : IClassFixture<PortalWithClock>
{
    private const string At = "2025-11-10T10:00:00Z";
    private const string Plan = """
        {"key":"club","name":"Club","currency":"USD","fee":"8.00","items":[
          {"meter":"messages","included":"2","limit":"10","limitKind":"hard","price":{"model":"per_unit","unitPrice":"0.10"}},
          {"meter":"emails","included":"5","limit":"8","limitKind":"soft","price":{"model":"per_unit","unitPrice":"0.10"}},
          {"meter":"storage","included":"1","limit":"1000","limitKind":"hard","price":{"model":"per_unit","unitPrice":"0.20"}}]}
        """;

    private static async Task<JsonElement> OkAsync(Task<Answer> asked, HttpStatusCode expected = HttpStatusCode.OK)
    {
        var answer = await asked;
        Assert.True(answer.Status == expected, answer.Text);
        return answer.Text.Length > 0 ? answer.Json : default;
    }

    private static Task<JsonElement> CheckAsync(TestCommunity c, string query) => OkAsync(c.GetAsync("api/v1/quotas/check?" + query));

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static Task<JsonElement> OverrideAsync(TestCommunity c, string kind, string key, string meter, long limit, string limitKind = "hard") => OkAsync(
        c.JsonAsync(HttpMethod.Post, "api/v1/quotas/overrides", $$"""{"kind":"{{kind}}","key":"{{key}}","meter":"{{meter}}","limit":"{{limit}}","limitKind":"{{limitKind}}","reason":"test","permanent":true}"""), HttpStatusCode.Created);

    private static Task<Answer> ReserveAsync(TestCommunity c, string body) => c.JsonAsync(HttpMethod.Post, "api/v1/quotas/reservations", body);

    // ann is on a plan and owns g and h; g and h have none. k is a group with a plan of its own.
    private async Task<TestCommunity> CommunityAsync()
    {
        var c = await portal.NewCommunityAsync();
        await OkAsync(c.JsonAsync(HttpMethod.Post, "api/v1/plans", Plan), HttpStatusCode.Created);
        await OkAsync(c.JsonAsync(HttpMethod.Post, "api/v1/plans/club/publish", """{"effective":"2025-01-01T00:00:00Z"}"""));
        foreach (var (group, owner) in ((string, string)[])[("g", "ann"), ("h", "ann"), ("k", "oleg")])
            await OkAsync(c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/" + group, $$"""{"name":"{{group}}","ownerKey":"{{owner}}"}"""));
        foreach (var account in (string[])["user/ann", "group/k"])
            await OkAsync(c.JsonAsync(HttpMethod.Put, $"api/v1/accounts/{account}/plan", """{"plan":"club","effective":"2025-02-01T00:00:00Z"}"""));
        await c.StoreAsync(
            A.Message("ann", at: At), A.Message("bob", "g", At), A.Message("bob", "g", At), A.Message("bob", "h", At), A.Message("bob", "k", At),
            A.Event("email.sent", "bob", At, null, ("count", 8), ("kind", "invite"), ("group", "k")),
            A.Upload("ann", 100, file: "a", at: At), A.Upload("bob", 200, file: "b", group: "g", at: At), A.Upload("bob", 950, file: "c", group: "k", at: At));
        return c;
    }

    [Theory]
    // A flow in its period: ann's one message and the three of the groups that she pays for.
    [InlineData("user=ann&meter=messages&amount=6", true, "user:ann", "10", "4", "6", "2025-12-01T00:00:00Z")]
    [InlineData("user=ann&meter=messages&amount=7", false, "user:ann", "10", "4", "6", "2025-12-01T00:00:00Z")]
    // A group without a plan asks its owner's pool.
    [InlineData("group=g&meter=messages&amount=6", true, "user:ann", "10", "4", "6", "2025-12-01T00:00:00Z")]
    [InlineData("user=bob&group=h&meter=messages&amount=7", false, "user:ann", "10", "4", "6", "2025-12-01T00:00:00Z")]
    // A group with a plan is an account.
    [InlineData("user=bob&group=k&meter=messages&amount=9", true, "group:k", "10", "1", "9", "2025-12-01T00:00:00Z")]
    // A stock has a level and never starts again.
    [InlineData("user=ann&meter=storage&amount=700", true, "user:ann", "1000", "300", "700", null)]
    [InlineData("group=k&meter=storage&amount=51", false, "group:k", "1000", "950", "50", null)]
    // Soft: never denied, also beyond.
    [InlineData("group=k&meter=emails&amount=100", true, "group:k", "8", "8", "0", "2025-12-01T00:00:00Z")]
    // Nobody's plan limits bob: unlimited.
    [InlineData("user=bob&meter=messages&amount=1000000", true, "user:bob", null, "0", null, "2025-12-01T00:00:00Z")]
    public async Task Meters_owners_and_kinds(string query, bool allowed, string account, string? limit, string used, string? remaining, string? resets)
    {
        var answer = await CheckAsync(await CommunityAsync(), query);

        Assert.Equal((allowed, account, limit, used, remaining), (answer.GetProperty("allowed").GetBoolean(), Text(answer, "account"), Text(answer, "limit"), Text(answer, "used"), Text(answer, "remaining")));
        Assert.Equal(resets, Text(answer, "resetsAt") is { } at ? DateTimeOffset.Parse(at, CultureInfo.InvariantCulture).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) : null);
        Assert.StartsWith(allowed ? "Allowed" : "Denied", Text(answer, "reason"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_chain_is_whole_and_in_order_and_each_link_takes_over_from_the_one_before()
    {
        var c = await CommunityAsync();
        await OkAsync(c.JsonAsync(HttpMethod.Put, "api/v1/tenants/" + c.Key, """{"name":"c","defaultLimits":{"messages":{"limit":"50","limitKind":"soft"},"rsvps":{"limit":"20","limitKind":"hard"}}}"""));

        await AssertChainAsync("user=ann&meter=messages", "plan", "10");
        await AssertChainAsync("user=bob&meter=messages", "tenantDefault", "50");
        await AssertChainAsync("user=ann&meter=rsvps", "tenantDefault", "20");
        await AssertChainAsync("user=ann&meter=events", "unlimited", null);
        var made = await OverrideAsync(c, "user", "ann", "messages", 30);
        await AssertChainAsync("user=ann&meter=messages", "override", "30");
        using (var ended = await c.Http.DeleteAsync(new Uri($"api/v1/quotas/overrides/{made.GetProperty("id").GetInt64()}", UriKind.Relative), TestContext.Current.CancellationToken)) Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        await AssertChainAsync("user=ann&meter=messages", "plan", "10");

        async Task AssertChainAsync(string query, string source, string? limit)
        {
            var answer = await CheckAsync(c, query);
            var chain = answer.GetProperty("chain").EnumerateArray().ToList();
            Assert.Equal(["override", "plan", "tenantDefault", "unlimited"], chain.Select(l => Text(l, "source")));
            Assert.Equal(source, Text(Assert.Single(chain, l => l.GetProperty("applies").GetBoolean()), "source"));
            Assert.Equal(limit, Text(answer, "limit"));
        }
    }

    [Fact]
    public async Task An_override_on_a_group_without_a_plan_is_a_further_ceiling_and_both_must_hold()
    {
        var c = await CommunityAsync();
        await OverrideAsync(c, "group", "g", "messages", 4);
        var within = await CheckAsync(c, "group=g&meter=messages&amount=2");
        var beyond = await CheckAsync(c, "group=g&meter=messages&amount=3");
        var elsewhere = await CheckAsync(c, "group=h&meter=messages&amount=3");

        Assert.Equal((true, "group:g", "4", "2"), (within.GetProperty("allowed").GetBoolean(), Text(within, "account"), Text(within, "limit"), Text(within, "used")));
        Assert.Equal((false, "group:g"), (beyond.GetProperty("allowed").GetBoolean(), Text(beyond, "account")));
        Assert.Equal((true, "user:ann"), (elsewhere.GetProperty("allowed").GetBoolean(), Text(elsewhere, "account")));
    }

    [Fact]
    public async Task What_is_reserved_under_a_ceiling_counts_for_the_ceiling_and_for_who_pays()
    {
        var c = await CommunityAsync();
        await OverrideAsync(c, "group", "g", "messages", 4);
        await OkAsync(ReserveAsync(c, """{"user":"bob","group":"g","meter":"messages","amount":2}"""), HttpStatusCode.Created);

        // The ceiling of g is full; ann has 4 used and 2 reserved of 10.
        Assert.Equal(HttpStatusCode.Conflict, (await ReserveAsync(c, """{"group":"g","meter":"messages"}""")).Status);
        var payer = await CheckAsync(c, "user=ann&meter=messages&amount=5");
        Assert.Equal((false, "4", "2", "4"), (payer.GetProperty("allowed").GetBoolean(), Text(payer, "used"), Text(payer, "reserved"), Text(payer, "remaining")));
        await OkAsync(ReserveAsync(c, """{"group":"h","meter":"messages","amount":4}"""), HttpStatusCode.Created);
        Assert.Equal(HttpStatusCode.Conflict, (await ReserveAsync(c, """{"user":"ann","meter":"messages"}""")).Status);
    }

    [Fact]
    public async Task Up_to_a_hundred_are_answered_at_once_in_their_order_and_faults_are_named_by_index()
    {
        var c = await CommunityAsync();
        static string Body(int count) => "[" + string.Join(",", Enumerable.Range(0, count).Select(i => i % 2 == 0 ? $$"""{"user":"ann","meter":"messages","amount":"{{i}}"}""" : """{"group":"k","meter":"storage","amount":50}""")) + "]";
        var answers = await OkAsync(c.JsonAsync(HttpMethod.Post, "api/v1/quotas/check", Body(100)));

        Assert.Equal(100, answers.GetArrayLength());
        Assert.Equal(Enumerable.Range(0, 100).Select(i => i % 2 == 1 || i <= 6), answers.EnumerateArray().Select(a => a.GetProperty("allowed").GetBoolean()));
        Assert.All(answers.EnumerateArray().Select((a, i) => (a, i)), x => Assert.Equal(x.i % 2 == 0 ? "user:ann" : "group:k", Text(x.a, "account")));
        Assert.Equal(HttpStatusCode.BadRequest, (await c.JsonAsync(HttpMethod.Post, "api/v1/quotas/check", Body(101))).Status);
        var faulty = await c.JsonAsync(HttpMethod.Post, "api/v1/quotas/check", """[{"user":"ann","meter":"messages"},{"meter":"messages"},{"user":"ann","meter":"nothing","amount":-1},7]""");
        Assert.Equal(["1 user required", "2 meter unknown_meter", "2 amount out_of_range", "3  not_an_object"], faulty.Faults);
    }

    [Fact]
    public async Task A_check_has_the_figures_of_the_usage_page_at_the_same_instant()
    {
        var c = await CommunityAsync();
        await OkAsync(c.JsonAsync(HttpMethod.Put, "api/v1/tenants/" + c.Key, """{"name":"c","defaultLimits":{"api_calls":{"limit":"5","limitKind":"soft"},"egress":{"limit":"1000","limitKind":"hard"}}}"""));
        await c.StoreAsync(A.Request("ann", 12, "groups", bytesOut: 400, group: "g", at: At), A.Request("bob", 3, "groups", bytesOut: 450, group: "k", at: At), A.Request("ann", 3, bytesOut: 7, at: At));
        await OkAsync(ReserveAsync(c, """{"group":"g","meter":"storage","amount":200}"""), HttpStatusCode.Created);
        var compared = 0;
        foreach (var (path, question) in ((string, string)[])[("users/ann", "user=ann"), ("groups/k", "group=k"), ("users/bob", "user=bob")])
        {
            var usage = await OkAsync(c.GetAsync($"api/v1/{path}/usage"));
            foreach (var row in usage.GetProperty("meters").EnumerateArray().Where(r => Text(r, "limit") is not null))
            {
                var answer = await CheckAsync(c, $"{question}&meter={Text(row, "meter")}&amount=0");
                var used = row.TryGetProperty("level", out var level) ? level.GetString() : Text(row, "value");
                Assert.Equal(
                    (Text(usage, "account"), used, Text(row, "limit"), Text(row, "remaining"), Text(row, "state")),
                    (Text(answer, "account"), Text(answer, "used"), Text(answer, "limit"), Text(answer, "remaining"), Text(answer, "state")));
                compared++;
            }
        }
        Assert.Equal(5 + 5 + 2, compared);
    }

    [Fact]
    public async Task At_a_full_hard_limit_reading_exporting_deleting_and_giving_back_go_on()
    {
        var c = await CommunityAsync();
        var held = await OkAsync(ReserveAsync(c, """{"group":"k","meter":"storage","amount":50}"""), HttpStatusCode.Created);
        await OkAsync(ReserveAsync(c, """{"group":"k","meter":"messages","amount":9}"""), HttpStatusCode.Created);
        foreach (var meter in (string[])["storage", "messages"])
        {
            var full = await CheckAsync(c, $"group=k&meter={meter}");
            Assert.Equal((false, "blocked", "0"), (full.GetProperty("allowed").GetBoolean(), Text(full, "state"), Text(full, "remaining")));
        }

        foreach (var read in (string[])["groups/k/usage", "groups/k/costs", "groups/k/statement?period=2025-11", "forecasts/group/k", "events?group=k", "meters/storage/query?from=2025-11-01T00:00:00Z&to=2025-12-01T00:00:00Z"])
            await OkAsync(c.GetAsync("api/v1/" + read));
        using (var export = new HttpRequestMessage(HttpMethod.Get, "api/v1/meters/messages/query?from=2025-11-01T00:00:00Z&to=2025-12-01T00:00:00Z&groupBy=group"))
        {
            export.Headers.Accept.ParseAdd("text/csv");
            using var csv = await c.Http.SendAsync(export, TestContext.Current.CancellationToken);
            Assert.Equal((HttpStatusCode.OK, "text/csv"), (csv.StatusCode, csv.Content.Headers.ContentType!.MediaType));
            Assert.Contains(",k", await csv.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        // Ingest never refuses for a quota; a deletion and a void make room.
        await c.StoreAsync(A.Message("bob", "k", At, id: "late"), A.Deletion("bob", 500, file: "c", group: "k", at: "2025-11-11T10:00:00Z"));
        Assert.Equal(HttpStatusCode.OK, (await c.VoidAsync(A.Source, "late")).Status);
        using (var given = await c.Http.DeleteAsync(new Uri($"api/v1/quotas/reservations/{Text(held, "id")}", UriKind.Relative), TestContext.Current.CancellationToken)) Assert.Equal(HttpStatusCode.NoContent, given.StatusCode);
        var room = await CheckAsync(c, "group=k&meter=storage&amount=550");
        Assert.Equal((true, "450", "0", "550"), (room.GetProperty("allowed").GetBoolean(), Text(room, "used"), Text(room, "reserved"), Text(room, "remaining")));
    }
}
