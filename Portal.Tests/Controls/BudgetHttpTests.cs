using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Controls;

/// <summary>Budgets of a group that ask or pause: what a check answers, whom it asks, and who decides.</summary>
public sealed class BudgetHttpTests(AlertPortal portal) : ControlsHttp(portal), IClassFixture<AlertPortal>
{
    private const string Upload = "user=bob&group=chess&meter=storage&amount=5";

    private string Now => Portal.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private string MonthStart(int monthsAgo) => Portal.Clock.GetUtcNow().AddMonths(-monthsAgo).ToString("yyyy-MM-'17T12:00:00Z'", CultureInfo.InvariantCulture);

    private static Task MessagesAsync(TestCommunity c, int count, string at) => c.StoreAsync([.. Enumerable.Range(0, count).Select(_ => A.Message("bob", "chess", at))]);

    // Each message costs a dollar, so that a budget is counted in messages.
    private async Task<(TestCommunity Community, long Rule)> WithBudgetAsync(int amount = 10)
    {
        var c = await CommunityAsync();
        await OkAsync(c.JsonAsync(HttpMethod.Post, "api/v1/rates", """{"meter":"messages","unitCost":"1","currency":"USD","from":"2025-01-01T00:00:00Z"}"""));
        var rule = await OkAsync(c.JsonAsync(HttpMethod.Post, "api/v1/alerts", $$"""{"account":"group:chess","subject":"budget","amount":{{amount}},"thresholds":[75]}"""));
        return (c, rule.GetProperty("id").GetInt64());
    }

    private static Task<JsonElement> ChooseAsync(TestCommunity c, long rule, string action, string query = "") =>
        OkAsync(c.JsonAsync(HttpMethod.Put, Path + query, $$$"""{"reason":"Money is short","budgets":{"{{{rule}}}":"{{{action}}}"}}"""));

    private static string? StateOf(JsonElement policy) => Assert.Single(policy.GetProperty("budgetStates").EnumerateArray()).GetProperty("state").GetString();

    private static async Task<bool> AllowedAsync(TestCommunity c, string query = Upload) => (await CheckAsync(c, query)).GetProperty("allowed").GetBoolean();

    [Fact]
    public async Task A_budget_that_is_used_up_pauses_new_uploads_and_nothing_else()
    {
        var (c, rule) = await WithBudgetAsync();
        await MessagesAsync(c, 8, Now);
        Assert.Equal("within", StateOf(await ChooseAsync(c, rule, "pause")));
        await MessagesAsync(c, 3, Now);
        // A check works out no cost: what was measured holds until it is measured again.
        Assert.True(await AllowedAsync(c));
        await Portal.LookAsync(c);

        var denied = await CheckAsync(c, Upload);
        Assert.False(denied.GetProperty("allowed").GetBoolean());
        Assert.Equal("blocked", denied.GetProperty("state").GetString());
        Assert.StartsWith("Denied: new uploads are paused by the budget of 10.00 USD a month (cost): 11.00 USD so far, measured less than a minute ago; until ", denied.GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.Equal("budget", denied.GetProperty("chain").EnumerateArray().Single(l => l.GetProperty("applies").GetBoolean()).GetProperty("source").GetString());
        Assert.EndsWith("-01T00:00:00Z", denied.GetProperty("resetsAt").GetString(), StringComparison.Ordinal);
        foreach (var meter in new[] { "uploaded", "files" }) Assert.False(await AllowedAsync(c, $"group=chess&meter={meter}"));
        foreach (var free in new[] { "user=olga&group=chess&meter=events", "group=chess&meter=messages", "user=bob&meter=storage", "user=bob&group=other&meter=storage" }) Assert.True(await AllowedAsync(c, free), free);
        var reserved = await c.JsonAsync(HttpMethod.Post, "api/v1/quotas/reservations", """{"user":"bob","group":"chess","meter":"storage","amount":5}""");
        Assert.Equal(HttpStatusCode.Conflict, reserved.Status);
        Assert.Contains("budget of 10.00 USD", reserved.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        // What happened is stored, and deleting asks nobody.
        await c.StoreAsync(A.Upload("bob", 5, "f", "chess", at: Now), A.Deletion("bob", 5, "f", "chess", at: Now));
        await OkAsync(c.GetAsync("api/v1/groups/chess/usage"));
        await c.RecountAsync();
    }

    [Fact]
    public async Task It_is_told_once_and_the_owner_lets_uploads_go_on_until_the_month_ends()
    {
        var (c, rule) = await WithBudgetAsync();
        await MessagesAsync(c, 12, Now);
        Assert.Equal("paused", StateOf(await ChooseAsync(c, rule, "pause")));
        Assert.False(await AllowedAsync(c));
        await Portal.LookAsync(c);
        await Portal.LookAsync(c);
        Assert.Single(await Portal.InboxAsync(c, "user:olga"), t => t.StartsWith("New uploads are paused until ", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.Forbidden, (await AsAsync(c, "adam", HttpMethod.Post, $"{Path}/budgets/{rule}/answer", """{"answer":"goOn"}""")).Status);
        var said = await AsAsync(c, "olga", HttpMethod.Post, $"{Path}/budgets/{rule}/answer", """{"answer":"goOn"}""");
        Assert.Equal("approved", StateOf(said.Json));
        Assert.True(await AllowedAsync(c));
        Assert.Equal("paused", StateOf(await OkAsync(c.JsonAsync(HttpMethod.Post, $"{Path}/budgets/{rule}/answer", """{"answer":"pause"}"""))));
        Assert.False(await AllowedAsync(c));
        var audit = (await OkAsync(c.GetAsync("api/v1/audit?limit=50"))).GetProperty("items").EnumerateArray().Where(a => a.GetProperty("action").GetString() == "group.budget.answered").ToList();
        Assert.Equal(2, audit.Count);
        Assert.Equal("user:olga", audit[1].GetProperty("actor").GetString());
        Assert.Contains("12.00 USD", audit[1].GetProperty("reason").GetString(), StringComparison.Ordinal);

        // Another amount is another question: the answer was not about it.
        await OkAsync(c.JsonAsync(HttpMethod.Put, $"api/v1/alerts/{rule}", """{"subject":"budget","amount":11,"thresholds":[75]}"""));
        Assert.Equal(JsonValueKind.Null, Assert.Single((await OkAsync(c.GetAsync(Path))).GetProperty("budgetStates").EnumerateArray()).GetProperty("answer").ValueKind);
        // A new month begins from nothing, measured or not.
        Portal.Clock.Advance(TimeSpan.FromDays(31));
        Assert.True(await AllowedAsync(c));
        Assert.Equal("unknown", StateOf(await OkAsync(c.GetAsync(Path))));
        await Portal.LookAsync(c);
        Assert.Equal("within", StateOf(await OkAsync(c.GetAsync(Path))));
    }

    [Fact]
    public async Task One_that_asks_pauses_only_when_the_owner_says_so()
    {
        var (c, rule) = await WithBudgetAsync();
        await MessagesAsync(c, 10, Now);
        Assert.Equal("asked", StateOf(await ChooseAsync(c, rule, "ask")));
        await Portal.LookAsync(c);
        await Portal.LookAsync(c);

        Assert.True(await AllowedAsync(c));
        Assert.Single(await Portal.InboxAsync(c, "user:olga"), t => t.StartsWith("A budget is used up: shall new uploads pause until ", StringComparison.Ordinal));
        // The question says that the budget's threshold is passed, too; its line leads to the answer.
        var line = Assert.Single((await Portal.Services.GetRequiredService<Infrastructure.Alerts.AlertReports>().InboxAsync(c.Id, "user:olga", 0, 10, Cancel)).Notices, n => n.Title.Contains("budget", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(rule, line.Budget);
        await OkAsync(AsAsync(c, "olga", HttpMethod.Post, $"{Path}/budgets/{rule}/answer", """{"answer":"pause"}"""));
        Assert.False(await AllowedAsync(c));
        // To notify again, or to end the budget, ends the pause at once.
        await ChooseAsync(c, rule, "notify");
        Assert.True(await AllowedAsync(c));
    }

    [Fact]
    public async Task The_preview_names_the_day_and_nothing_is_saved_by_it()
    {
        var (c, rule) = await WithBudgetAsync();
        await MessagesAsync(c, 9, MonthStart(2).Replace("-17T", "-03T", StringComparison.Ordinal));
        await MessagesAsync(c, 4, MonthStart(2));
        await MessagesAsync(c, 9, MonthStart(1));
        var preview = Assert.Single((await ChooseAsync(c, rule, "pause", "?dryRun=true")).GetProperty("budgets").EnumerateArray());
        var day = MonthStart(2)[..10];

        Assert.Equal([day], preview.GetProperty("reached").EnumerateArray().Select(d => d.GetString()!));
        Assert.Equal($"would have paused on {DateTime.Parse(day, CultureInfo.InvariantCulture).ToString("d MMM", CultureInfo.InvariantCulture)} in the last three months", preview.GetProperty("effect").GetString());
        Assert.Equal(0, (await OkAsync(c.GetAsync(Path))).GetProperty("version").GetInt64());
        Assert.Equal("unknown", StateOf(await OkAsync(c.GetAsync(Path))));
    }

    [Fact]
    public async Task Taken_back_within_ten_minutes_it_only_notifies_again()
    {
        var (c, rule) = await WithBudgetAsync();
        await MessagesAsync(c, 12, Now);
        var set = await ChooseAsync(c, rule, "pause");
        Assert.False(await AllowedAsync(c));
        await OkAsync(c.JsonAsync(HttpMethod.Post, $"{Path}/{set.GetProperty("version").GetInt64()}/undo", ""));

        Assert.True(await AllowedAsync(c));
        Assert.Empty((await OkAsync(c.GetAsync(Path))).GetProperty("budgets").EnumerateObject());
    }

    [Fact]
    public async Task Budgets_are_the_owners_business_and_caps_stay_the_admins()
    {
        var (c, rule) = await WithBudgetAsync();
        await MessagesAsync(c, 12, Now);
        var set = await ChooseAsync(c, rule, "pause");
        var seen = (await AsAsync(c, "adam", HttpMethod.Get, Path)).Json;
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (seen.GetProperty("budgets").ValueKind, seen.GetProperty("budgetStates").ValueKind));
        Assert.Equal(["- budgets owner_only"], (await AsAsync(c, "adam", HttpMethod.Put, Path, $$$"""{"reason":"r","budgets":{"{{{rule}}}":"notify"}}""")).Faults);
        Assert.Equal(HttpStatusCode.Forbidden, (await AsAsync(c, "adam", HttpMethod.Post, $"{Path}/{set.GetProperty("version").GetInt64()}/undo")).Status);
        // What an admin sets beside them leaves them as they are.
        Assert.Equal(HttpStatusCode.OK, (await AsAsync(c, "adam", HttpMethod.Put, Path, """{"reason":"r","default":{"perFile":1000}}""")).Status);
        Assert.Equal("paused", StateOf((await AsAsync(c, "olga", HttpMethod.Get, Path)).Json));

        var store = Portal.Services.GetRequiredService<GroupPolicyStore>();
        var budgets = Portal.Services.GetRequiredService<GroupBudgets>();
        var tenant = await Portal.TenantAsync(c);
        foreach (var user in new[] { "adam", "bob", "foreign" })
        {
            var editor = new PolicyEditor(new Actor(user, Portal.Now), user);
            Assert.Equal(PolicyOutcome.Refused, (await store.SetAsync(c.Id, "chess", GroupPolicy.Empty, "mine", null, editor, Cancel)).Outcome);
            Assert.Equal(PolicyOutcome.Refused, await budgets.AnswerAsync(tenant, "chess", rule, BudgetAnswer.GoOn, editor, Cancel));
        }
        foreach (var user in new[] { "bob", "foreign" }) Assert.Equal(HttpStatusCode.NotFound, (await AsAsync(c, user, HttpMethod.Post, $"{Path}/budgets/{rule}/answer", """{"answer":"goOn"}""")).Status);
        var other = await Portal.NewCommunityAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await other.JsonAsync(HttpMethod.Post, $"{Path}/budgets/{rule}/answer", """{"answer":"goOn"}""")).Status);
    }

    [Fact]
    public async Task Every_fault_of_a_choice_and_of_an_answer_is_named()
    {
        var (c, rule) = await WithBudgetAsync();
        Assert.Equal(
            ["- budgets.0 unknown", $"- budgets.{rule} unknown", "- budgets.x unknown"],
            (await c.JsonAsync(HttpMethod.Put, Path, $$$"""{"reason":"r","budgets":{"x":"pause","0":"ask","{{{rule}}}":"stop"}}""")).Faults.Order(StringComparer.Ordinal));
        Assert.Equal(["- answer unknown"], (await c.JsonAsync(HttpMethod.Post, $"{Path}/budgets/{rule}/answer", """{"answer":"maybe"}""")).Faults);
        Assert.Equal(HttpStatusCode.Conflict, (await c.JsonAsync(HttpMethod.Post, $"{Path}/budgets/{rule}/answer", """{"answer":"goOn"}""")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await c.JsonAsync(HttpMethod.Post, $"{Path}/budgets/999999/answer", """{"answer":"goOn"}""")).Status);
        Assert.Equal(0, (await OkAsync(c.GetAsync(Path))).GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task A_renamed_group_keeps_its_pause()
    {
        var (c, rule) = await WithBudgetAsync();
        await MessagesAsync(c, 12, Now);
        await ChooseAsync(c, rule, "pause");
        await OkAsync(c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/checkers", """{"name":"Checkers","oldKey":"chess"}"""));

        foreach (var slug in new[] { "checkers", "chess" }) Assert.False(await AllowedAsync(c, $"user=bob&group={slug}&meter=storage&amount=5"), slug);
    }
}
