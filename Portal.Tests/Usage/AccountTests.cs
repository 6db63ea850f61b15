using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Usage;

/// <summary>From events to usage, cost, statement and quota over HTTP: one number everywhere.</summary>
public sealed class AccountTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private static async Task<JsonNode> GetAsync(TestCommunity c, string path)
    {
        var answer = await c.Http.GetAsync("api/v1/" + path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    private static async Task<JsonNode?> SendAsync(TestCommunity c, HttpMethod method, string path, string? body, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(method, "api/v1/" + path) { Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
        using var answer = await c.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(expected == answer.StatusCode, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return text.Length > 0 ? JsonNode.Parse(text) : null;
    }

    private static JsonNode Row(JsonNode usage, string part, string meter) => usage[part]!.AsArray().Single(r => (string)r!["meter"]! == meter)!;

    private static string Text(JsonNode? node) => (string)node!;

    private static async Task PlanAsync(TestCommunity c, string key, string plan)
    {
        await SendAsync(c, HttpMethod.Post, "plans", plan, HttpStatusCode.Created);
        await SendAsync(c, HttpMethod.Post, $"plans/{key}/publish", """{"effective":"2025-01-01T00:00:00Z"}""", HttpStatusCode.OK);
    }

    [Fact]
    public async Task Bytes_follow_the_file_and_the_totals_stay()
    {
        var c = await portal.NewCommunityAsync();
        // Sent out of order: who carries is a function of event times.
        await c.StoreAsync(
            A.Deletion("bob", 300_000_000, file: "f", at: "2025-11-26T00:00:00Z"),
            A.Event("file.attached", "oleg", "2025-11-21T00:00:00Z", null, ("file", "f"), ("size_bytes", 300_000_000), ("group", "g")),
            A.Upload("ann", 300_000_000, file: "f", at: "2025-11-11T00:00:00Z"));
        Assert.Equal("0.1", Text(Row(await GetAsync(c, "users/ann/usage?period=2025-11"), "carried", "storage")["value"]));
        Assert.Equal("0.05", Text(Row(await GetAsync(c, "groups/g/usage?period=2025-11"), "carried", "storage")["value"]));
        foreach (var other in (string[])["oleg", "bob"]) Assert.Equal("0", Text(Row(await GetAsync(c, $"users/{other}/usage?period=2025-11"), "carried", "storage")["value"]));
    }

    [Fact]
    public async Task Storage_usage_equals_the_meter_query_over_the_same_month()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Upload("ann", 500_000_000, file: "a", at: "2025-11-11T00:00:00Z"), A.Deletion("ann", 200_000_000, file: "a", at: "2025-11-21T00:00:00Z"));
        var row = Row(await GetAsync(c, "users/ann/usage?period=2025-11"), "carried", "storage");
        Assert.Equal(("0.266666666667", "691200000000000"), (Text(row["value"]), Text(row["byteSeconds"])));
        var query = await GetAsync(c, "meters/storage/query?subject=ann&from=2025-11-01T00:00:00Z&to=2025-12-01T00:00:00Z");
        Assert.Equal("691200000000000", Text(query["data"]![0]!["valueExact"]));
        Assert.Equal("0.3", Text(Row(await GetAsync(c, "users/ann/usage?period=2025-12"), "carried", "storage")["value"]));
    }

    [Fact]
    public async Task A_group_without_a_plan_falls_to_its_owner()
    {
        var c = await portal.NewCommunityAsync();
        await SendAsync(c, HttpMethod.Put, "directory/groups/chess", """{"name":"Chess","ownerKey":"olga"}""", HttpStatusCode.OK);
        await c.StoreAsync(A.Event("message.sent", "ann", "2025-11-05T00:00:00Z", null, ("group", "chess")), A.Event("message.sent", "olga", "2025-11-05T00:00:00Z"));
        var olga = await GetAsync(c, "users/olga/usage?period=2025-11");
        Assert.Equal(("2", "1"), (Text(Row(olga, "meters", "messages")["value"]), Text(Row(olga, "carried", "messages")["value"])));
        Assert.Equal("chess", Text(olga["groups"]![0]!["group"]));
        Assert.Equal("user:olga", Text((await GetAsync(c, "groups/chess/usage?period=2025-11"))["paidBy"]));
        var tenant = await portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, CancellationToken.None);
        var month = new TimeRange(Instant.FromUtc(2025, 11, 1, 0, 0), Instant.FromUtc(2025, 12, 1, 0, 0));
        var costs = portal.Services.GetRequiredService<CostReports>();
        Assert.True((await costs.UserAsync(tenant, "olga", month, CancellationToken.None))!.PaysForGroups);
        Assert.False((await costs.UserAsync(tenant, "ann", month, CancellationToken.None))!.PaysForGroups);
        var statement = await GetAsync(c, "groups/chess/statement?period=2025-11");
        Assert.Null(statement["plan"]);
        Assert.Empty(statement["lines"]!.AsArray());

        // A new slug is the same account.
        await SendAsync(c, HttpMethod.Put, "directory/groups/chess-club", """{"oldKey":"chess"}""", HttpStatusCode.OK);
        await c.StoreAsync(A.Event("message.sent", "ann", "2025-11-06T00:00:00Z", null, ("group", "chess-club")));
        Assert.Equal("2", Text(Row(await GetAsync(c, "groups/chess-club/usage?period=2025-11"), "carried", "messages")["value"]));
    }

    [Fact]
    public async Task The_bytes_of_a_deleted_group_stay_with_its_last_payer_until_they_are_deleted()
    {
        var c = await portal.NewCommunityAsync();
        await SendAsync(c, HttpMethod.Put, "directory/groups/chess", """{"name":"Chess","ownerKey":"olga"}""", HttpStatusCode.OK);
        await c.StoreAsync(
            A.Upload("ann", 1_000, file: "f", group: "chess", at: "2025-10-01T00:00:00Z"), A.Event("group.deleted", "olga", "2025-10-02T00:00:00Z", null, ("group", "chess")),
            A.Deletion("olga", 1_000, file: "f", group: "chess", at: "2025-11-11T00:00:00Z"));
        const long Day = 86_400;
        Assert.Equal((1_000 * 31 * Day).ToString(System.Globalization.CultureInfo.InvariantCulture), Text(Row(await GetAsync(c, "users/olga/usage?period=2025-10"), "meters", "storage")["byteSeconds"]));
        var november = Row(await GetAsync(c, "users/olga/usage?period=2025-11"), "meters", "storage");
        Assert.Equal(((1_000 * 10 * Day).ToString(System.Globalization.CultureInfo.InvariantCulture), "0"), (Text(november["byteSeconds"]), Text(november["level"])));
    }

    [Fact]
    public async Task A_snapshot_under_a_groups_new_slug_sets_the_level_of_both()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Change("ann", 100, group: "old", at: "2025-11-01T00:00:00Z"), A.Snapshot("ann", 300, group: "new", at: "2025-11-03T00:00:00Z"));
        await SendAsync(c, HttpMethod.Put, "directory/groups/new", """{"oldKey":"old"}""", HttpStatusCode.OK);
        await c.StoreAsync(A.Snapshot("ann", 120, group: "new", at: "2025-11-05T00:00:00Z"));
        Assert.Equal("120", Text(Row(await GetAsync(c, "groups/new/usage?period=2025-11"), "carried", "storage")["level"]));
        Assert.Equal((100 * 2 * 86_400) + (300 * 2 * 86_400) + (120 * 26 * 86_400), int.Parse(Text(Row(await GetAsync(c, "groups/old/usage?period=2025-11"), "carried", "storage")["byteSeconds"]), System.Globalization.CultureInfo.InvariantCulture));
        Assert.Empty((await portal.Services.GetRequiredService<Recount>().RunAsync(c.Id, CancellationToken.None)).Differences);
    }

    [Fact]
    public async Task A_bill_shared_by_bytes_breaks_its_ties_by_the_exact_bytes()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync([.. new[] { ("a", 21), ("b", 7), ("c", 14) }.Select(g => A.Change(null, g.Item2 * 1_000, group: g.Item1, at: "2025-10-31T23:59:59Z"))]);
        await SendAsync(c, HttpMethod.Post, "cost-pools", """{"name":"disk","period":"2025-10","amount":"0.99","currency":"USD","driver":"storage"}""", HttpStatusCode.Created);
        var groups = await GetAsync(c, "costs?period=2025-10&by=group");
        Assert.Equal(["group:a 0.50", "group:c 0.33", "group:b 0.16"], groups["items"]!.AsArray().Select(i => $"{Text(i!["account"])} {Text(i["pools"])}"));
    }

    [Fact]
    public async Task A_statement_adds_up_line_by_line()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync([
            .. Enumerable.Range(0, 6).Select(_ => A.Event("message.sent", "ann", "2025-11-05T00:00:00Z")),
            A.Event("email.sent", "ann", "2025-11-05T00:00:00Z", null, ("count", 104)),
        ]);
        await PlanAsync(c, "club", """
            {"key":"club","name":"Club","currency":"USD","fee":"8.00","items":[
              {"meter":"messages","price":{"model":"graduated","tiers":[{"upTo":5,"unitPrice":"7.00"},{"upTo":10,"unitPrice":"6.50"},{"unitPrice":"6.00"}]}},
              {"meter":"emails","included":3,"price":{"model":"package","size":100,"amount":"5.00"},"discountPercent":10}]}
            """);
        await SendAsync(c, HttpMethod.Put, "accounts/user/ann/plan", """{"plan":"club","effective":"2025-02-01T00:00:00Z"}""", HttpStatusCode.OK);
        var statement = await GetAsync(c, "users/ann/statement?period=2025-11");
        Assert.Equal(["8.00", "41.50", "9.00"], statement["lines"]!.AsArray().Select(l => Text(l!["amount"])));
        Assert.Equal("58.50", Text(statement["total"]));
        var emails = Row(await GetAsync(c, "users/ann/usage?period=2025-11"), "meters", "emails");
        Assert.Equal(("3", "101"), (Text(emails["included"]), Text(emails["over"])));

        // Closed is frozen; closing again, and usage that comes late, change nothing in it.
        await SendAsync(c, HttpMethod.Post, "periods/2025-11/close", null, HttpStatusCode.OK);
        await c.StoreAsync(A.Event("message.sent", "ann", "2025-11-06T00:00:00Z"));
        await SendAsync(c, HttpMethod.Post, "periods/2025-11/close", null, HttpStatusCode.OK);
        var frozen = await GetAsync(c, "users/ann/statement?period=2025-11");
        Assert.Equal(("closed", "58.50"), (Text(frozen["status"]), Text(frozen["total"])));
        Assert.Equal("7", Text(Row(await GetAsync(c, "users/ann/usage?period=2025-11"), "meters", "messages")["value"]));
        await SendAsync(c, HttpMethod.Put, "accounts/user/ann/plan", """{"plan":"club","effective":"2025-03-01T00:00:00Z"}""", HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Costs_of_all_carriers_add_up_to_the_bills()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Event("message.sent", "a", "2025-10-05T00:00:00Z"), A.Event("message.sent", "b", "2025-10-05T00:00:00Z"), A.Event("message.sent", "x", "2025-10-05T00:00:00Z", null, ("group", "g")));
        await SendAsync(c, HttpMethod.Post, "cost-pools", """{"name":"chat","period":"2025-10","amount":"100.00","currency":"USD","driver":"messages"}""", HttpStatusCode.Created);
        await SendAsync(c, HttpMethod.Post, "rates", """{"meter":"messages","unitCost":"0.004","currency":"USD","from":"2025-01-01T00:00:00Z"}""", HttpStatusCode.Created);
        var users = await GetAsync(c, "costs?period=2025-10&by=user");
        var groups = await GetAsync(c, "costs?period=2025-10&by=group");
        Assert.Equal(["33.33", "33.33"], users["items"]!.AsArray().Select(i => Text(i!["pools"])));
        Assert.Equal("33.34", Text(groups["items"]![0]!["pools"]));
        Assert.Equal(("100.00", "0.012", "100.012"), (Text(users["totals"]!["pools"]), Text(users["totals"]!["unitRates"]), Text(users["totals"]!["total"])));
        var own = await GetAsync(c, "users/a/costs?period=2025-10");
        Assert.Equal(("33.33", "0.004"), (Text(own["pools"]!["total"]), Text(own["unitRates"]!["total"])));
        Assert.Equal("100", Text(own["reconciliation"]!["attributedPercent"]));
    }

    [Fact]
    public async Task Every_fault_of_a_bad_body_is_named()
    {
        var c = await portal.NewCommunityAsync();
        var plan = await SendAsync(c, HttpMethod.Post, "plans", """{"key":"X Y","name":"","currency":"ZZZ","fee":"-1","items":[{"meter":"nothing"},{"meter":"messages","price":{"model":"cubic"}}]}""", HttpStatusCode.BadRequest);
        Assert.True(plan!["errors"]!.AsArray().Count >= 5, plan.ToJsonString());
        var own = await SendAsync(c, HttpMethod.Post, "quotas/overrides", """{"kind":"robot","meter":"nothing","limit":-1}""", HttpStatusCode.BadRequest);
        Assert.Equal(["expiresAt", "key", "kind", "limit", "limitKind", "meter", "reason"], own!["errors"]!.AsArray().Select(e => Text(e!["path"])).Order());
        await SendAsync(c, HttpMethod.Get, "users/nobody/usage", null, HttpStatusCode.NotFound);
        await SendAsync(c, HttpMethod.Get, "users/nobody/usage?period=2025-13", null, HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task An_erased_person_leaves_the_totals()
    {
        var c = await portal.NewCommunityAsync();
        var sent = A.Upload("ann", 1_000, file: "f", at: "2025-11-01T00:00:00Z");
        await c.StoreAsync(sent, A.Event("message.sent", "ann", "2025-11-02T00:00:00Z", null, ("group", "g")));
        await SendAsync(c, HttpMethod.Delete, "directory/users/ann", null, HttpStatusCode.NoContent);
        await SendAsync(c, HttpMethod.Get, "users/ann/usage", null, HttpStatusCode.NotFound);
        Assert.Equal("1", Text(Row(await GetAsync(c, "groups/g/usage?period=2025-11"), "carried", "messages")["value"]));
        Assert.DoesNotContain("\"ann\"", (await GetAsync(c, "events")).ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(1, (await c.SendAsync([sent])).Duplicates);
        Assert.Empty((await portal.Services.GetRequiredService<Recount>().RunAsync(c.Id, CancellationToken.None)).Differences);
    }
}
