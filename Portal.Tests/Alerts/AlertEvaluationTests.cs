using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Alerts;

/// <summary>Rules over HTTP and a real database: what is told, to whom, and how often.</summary>
public sealed class AlertEvaluationTests(AlertPortal portal) : IClassFixture<AlertPortal>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string At(int daysAgo = 1) => portal.Clock.GetUtcNow().AddDays(-daysAgo).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static async Task LimitAsync(TestCommunity c, string kind, string key, string meter, long limit, string limitKind = "soft")
    {
        using var made = await c.Http.PostAsJsonAsync("api/v1/quotas/overrides", new { kind, key, meter, limit, limitKind, reason = "test", permanent = true }, Cancel);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
    }

    private static async Task<long> RuleAsync(TestCommunity c, object rule)
    {
        using var made = await c.Http.PostAsJsonAsync("api/v1/alerts", rule, Cancel);
        var answer = await Answer.ReadAsync(made);
        Assert.True(answer.Status == HttpStatusCode.Created, answer.Text);
        return answer.Json.GetProperty("id").GetInt64();
    }

    [Fact]
    public async Task A_threshold_speaks_once_a_month_and_again_for_another_limit_or_in_another_month()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Upload("ann", 800, at: At()));
        await RuleAsync(c, new { account = "user:ann", subject = "share", meter = "storage" });
        Assert.Equal(0, await portal.LookAsync(c));
        await LimitAsync(c, "user", "ann", "storage", 1000);
        Assert.Equal((1, 0), (await portal.LookAsync(c), await portal.LookAsync(c)));

        await c.StoreAsync(A.Change("ann", -100, at: At()));
        Assert.Equal(0, await portal.LookAsync(c));
        await c.StoreAsync(A.Upload("ann", 250, at: At()));
        Assert.Equal((1, 0), (await portal.LookAsync(c), await portal.LookAsync(c)));
        Assert.Equal(["Storage: 75 % of the limit is used", "Storage: 90 % of the limit is used"], await portal.InboxAsync(c, "user:ann"));

        await LimitAsync(c, "user", "ann", "storage", 2000);
        Assert.Equal(0, await portal.LookAsync(c));
        await c.StoreAsync(A.Upload("ann", 600, at: At()));
        Assert.Equal((1, 0), (await portal.LookAsync(c), await portal.LookAsync(c)));
        Assert.Equal("Storage: 75 % of the limit is used", (await portal.InboxAsync(c, "user:ann"))[^1]);

        portal.Clock.Advance(TimeSpan.FromDays(31));
        Assert.Equal((1, 0), (await portal.LookAsync(c), await portal.LookAsync(c)));
        var told = (await c.GetAsync("api/v1/alerts/history?account=user:ann")).Json.GetProperty("items");
        Assert.Equal(4, told.GetArrayLength());
        Assert.Equal(("1550", "2000", "75"), (told[0].GetProperty("value").GetString(), told[0].GetProperty("against").GetString(), told[0].GetProperty("threshold").GetString()));
        Assert.NotEqual(told[0].GetProperty("period").GetString(), told[1].GetProperty("period").GetString());
    }

    [Fact]
    public async Task After_a_stop_what_stands_is_told_once()
    {
        var c = await portal.NewCommunityAsync();
        await LimitAsync(c, "user", "ann", "messages", 10);
        await c.StoreAsync(A.Upload("ann", 1, at: At()));
        await RuleAsync(c, new { account = "user:ann", subject = "share", meter = "messages", thresholds = new[] { 20, 50, 75 } });
        await c.StoreAsync([.. Enumerable.Range(0, 8).Select(_ => A.Message("ann", at: portal.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)))]);
        Assert.Equal((1, 0), (await portal.LookAsync(c), await portal.LookAsync(c)));
        Assert.Equal(["Messages: 75 % of the limit is used"], await portal.InboxAsync(c, "user:ann"));
    }

    [Fact]
    public async Task Two_portals_that_look_at_the_same_time_tell_once_and_one_that_starts_anew_tells_nothing()
    {
        var c = await portal.NewCommunityAsync();
        await LimitAsync(c, "user", "ann", "storage", 1000);
        await c.StoreAsync(A.Upload("ann", 800, at: At()));
        await RuleAsync(c, new { account = "user:ann", subject = "share", meter = "storage", webhook = true, mail = true });
        await using var other = await AnotherAsync();
        var tenant = await portal.TenantAsync(c);
        var portals = Enumerable.Range(0, 6).Select(i => (i % 2 == 0 ? portal.Services : other.Services).GetRequiredService<AlertEvaluation>().RunAsync(tenant, Cancel));
        Assert.Equal(1, (await Task.WhenAll(portals)).Sum(r => r.Told));
        await using (var db = await portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(Cancel))
        {
            Assert.Equal((1, 1, 1), (
                await db.InboxNotices.CountAsync(n => n.TenantId == c.Id, Cancel), await db.OutgoingEvents.CountAsync(e => e.TenantId == c.Id, Cancel),
                await db.OutgoingMessages.CountAsync(m => m.TenantId == c.Id && m.Channel == "mail", Cancel)));
        }
        await using var restarted = await AnotherAsync();
        Assert.Equal(0, (await restarted.Services.GetRequiredService<AlertEvaluation>().RunAsync(tenant, Cancel)).Told);
    }

    [Fact]
    public async Task A_hard_limit_is_told_at_nine_tenths_and_when_it_is_reached_without_any_rule()
    {
        var c = await portal.NewCommunityAsync();
        using (var described = await c.Http.PutAsJsonAsync("api/v1/directory/groups/chess", new { name = "Chess", ownerKey = "olga" }, Cancel)) described.EnsureSuccessStatusCode();
        await LimitAsync(c, "user", "ann", "storage", 1000, "hard");
        await LimitAsync(c, "user", "soft", "storage", 1000);
        await LimitAsync(c, "group", "chess", "messages", 2, "hard");
        await c.StoreAsync(A.Upload("ann", 899, at: At()), A.Upload("soft", 2000, at: At()));
        Assert.Equal(0, await portal.LookAsync(c));
        await c.StoreAsync(A.Upload("ann", 1, at: At()));
        Assert.Equal((1, 0), (await portal.LookAsync(c), await portal.LookAsync(c)));
        var now = portal.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        await c.StoreAsync(A.Upload("ann", 100, at: At()), A.Message("bob", "chess", now), A.Message("bob", "chess", now));
        Assert.Equal((2, 0), (await portal.LookAsync(c), await portal.LookAsync(c)));
        Assert.Equal(["Storage: 90 % of the limit is used", "Storage: the limit is reached"], await portal.InboxAsync(c, "user:ann"));
        Assert.Equal(["Messages: the limit is reached"], await portal.InboxAsync(c, "user:olga"));
        Assert.Empty(await portal.InboxAsync(c, "user:soft"));
    }

    [Fact]
    public async Task Money_the_community_and_plain_values_are_read_as_their_pages_show_them()
    {
        var c = await portal.NewCommunityAsync();
        var now = portal.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        using (var rate = await c.Http.PostAsJsonAsync("api/v1/rates", new { meter = "messages", unitCost = "0.50", currency = "USD", from = "2025-01-01T00:00:00Z" }, Cancel)) rate.EnsureSuccessStatusCode();
        using (var described = await c.Http.PutAsJsonAsync("api/v1/directory/groups/go", new { name = "Go", ownerKey = "olga" }, Cancel)) described.EnsureSuccessStatusCode();
        await c.StoreAsync([.. Enumerable.Range(0, 4).Select(i => A.Message("p" + i, "go", now))]);
        await RuleAsync(c, new { account = "group:go", subject = "cost", thresholds = new[] { "2.00" } });
        await RuleAsync(c, new { account = "group:go", subject = "budget", amount = "2.50", forecast = true });
        await RuleAsync(c, new { account = "group:go", subject = "community", metric = "active_members", direction = "below", thresholds = new[] { 5 } });
        await RuleAsync(c, new { account = "group:go", subject = "value", meter = "messages", thresholds = new[] { 4 } });
        await RuleAsync(c, new { account = "group:go", subject = "value", meter = "messages", thresholds = new[] { 5 } });
        Assert.Equal((4, 0), (await portal.LookAsync(c), await portal.LookAsync(c)));
        Assert.Equal(
            ["75 % of the budget of 2.50 USD is used", "Active members: below 5 people", "Cost of the month: reached 2.00 USD", "Messages: reached 4 messages"],
            (await portal.InboxAsync(c, "user:olga")).Order(StringComparer.Ordinal));
        var cost = (await c.GetAsync("api/v1/groups/go/costs")).Json.GetProperty("unitRates").GetProperty("total").GetString();
        var rules = (await c.GetAsync("api/v1/alerts?account=group:go")).Json.GetProperty("items");
        Assert.Equal(decimal.Parse(cost!, CultureInfo.InvariantCulture), decimal.Parse(rules[0].GetProperty("now").GetProperty("value").GetString()!, CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Who_no_longer_runs_a_group_is_told_nothing_of_it()
    {
        var c = await portal.NewCommunityAsync();
        using (var described = await c.Http.PutAsJsonAsync("api/v1/directory/groups/chess", new { name = "Chess", ownerKey = "olga" }, Cancel)) described.EnsureSuccessStatusCode();
        using (var member = await c.Http.PutAsJsonAsync("api/v1/directory/groups/chess/members/adam", new { role = "admin" }, Cancel)) member.EnsureSuccessStatusCode();
        var store = portal.Services.GetRequiredService<AlertStore>();
        var rule = new AlertRule(AlertSubject.Value, "messages", null, null, false, [1m, 2m]);
        await store.AddAsync(c.Id, new AlertDraft("group:chess", rule, false, false, null), "user:adam", new Actor("adam", portal.Now), Cancel);
        var now = portal.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        await c.StoreAsync(A.Message("bob", "chess", now));
        Assert.Equal(1, await portal.LookAsync(c));
        using (var member = await c.Http.PutAsJsonAsync("api/v1/directory/groups/chess/members/adam", new { role = "member" }, Cancel)) member.EnsureSuccessStatusCode();
        await c.StoreAsync(A.Message("bob", "chess", now));
        Assert.Equal(0, await portal.LookAsync(c));
        Assert.Single(await portal.InboxAsync(c, "user:adam"));
    }

    [Fact]
    public async Task Mail_arrives_in_full_and_waits_for_the_end_of_quiet_hours_while_the_inbox_does_not()
    {
        var c = await portal.NewCommunityAsync();
        var address = $"ann@{c.Key}.example";
        using (var described = await c.Http.PutAsJsonAsync("api/v1/directory/users/ann", new { name = "Ann", email = address }, Cancel)) described.EnsureSuccessStatusCode();
        await LimitAsync(c, "user", "ann", "storage", 1000);
        await c.StoreAsync(A.Upload("ann", 800, at: At()));
        var id = await RuleAsync(c, new { account = "user:ann", subject = "share", meter = "storage", mail = true });
        Assert.Equal(1, await portal.LookAsync(c));
        await portal.DeliverAsync();
        var mail = Assert.Single(portal.Mail.To(address));
        Assert.Equal(("Storage: 75 % of the limit is used", "insights@example.org"), (mail.Subject, mail.From.Mailboxes.Single().Address));
        foreach (var text in new[] { "800 bytes of 1 kB (80 %) used.", "Rule: Storage at 75, 90 and 100 % of the limit", "Account: user:ann", "UTC" }) Assert.Contains(text, mail.TextBody, StringComparison.Ordinal);

        var time = portal.Now.InUtc().TimeOfDay;
        await portal.Services.GetRequiredService<AlertStore>().SetQuietAsync(c.Id, "user:ann", new QuietHours(time, time.PlusHours(2), DateTimeZone.Utc), new Actor("ann", portal.Now), Cancel);
        await c.StoreAsync(A.Upload("ann", 100, at: At()));
        Assert.Equal(1, await portal.LookAsync(c));
        await portal.DeliverAsync();
        Assert.Equal((2, 1), ((await portal.InboxAsync(c, "user:ann")).Length, portal.Mail.To(address).Length));
        Assert.Equal("quiet", await MailStateAsync());
        portal.Clock.Advance(TimeSpan.FromMinutes(119));
        await portal.DeliverAsync();
        Assert.Single(portal.Mail.To(address));
        portal.Clock.Advance(TimeSpan.FromMinutes(1));
        await portal.DeliverAsync();
        Assert.Equal(["Storage: 75 % of the limit is used", "Storage: 90 % of the limit is used"], portal.Mail.To(address).Select(m => m.Subject));
        Assert.Equal("delivered", await MailStateAsync());

        var tried = (await c.JsonAsync(HttpMethod.Post, $"api/v1/alerts/{id}/test", "{}")).Json;
        Assert.Equal(["inbox delivered", "mail delivered"], tried.GetProperty("channels").EnumerateArray().Select(x => $"{x.GetProperty("channel").GetString()} {x.GetProperty("state").GetString()}"));
        Assert.StartsWith("[Test] ", portal.Mail.To(address)[^1].Subject, StringComparison.Ordinal);

        async Task<string?> MailStateAsync() =>
            (await c.GetAsync("api/v1/alerts/history?account=user:ann")).Json.GetProperty("items")[0].GetProperty("channels").EnumerateArray().Single(x => x.GetProperty("channel").GetString() == "mail").GetProperty("state").GetString();
    }

    [Fact]
    public async Task A_renamed_group_keeps_its_rules_and_an_erased_person_leaves_none()
    {
        var c = await portal.NewCommunityAsync();
        using (var described = await c.Http.PutAsJsonAsync("api/v1/directory/groups/old", new { name = "Old", ownerKey = "olga" }, Cancel)) described.EnsureSuccessStatusCode();
        await RuleAsync(c, new { account = "group:old", subject = "value", meter = "messages", thresholds = new[] { 1 } });
        await c.StoreAsync(A.Upload("ann", 800, at: At()));
        await RuleAsync(c, new { account = "user:ann", subject = "value", meter = "storage", thresholds = new[] { 1 } });
        Assert.Equal(1, await portal.LookAsync(c));
        using (var renamed = await c.Http.PutAsJsonAsync("api/v1/directory/groups/new", new { oldKey = "old" }, Cancel)) renamed.EnsureSuccessStatusCode();
        await c.StoreAsync(A.Message("bob", "new", portal.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)));
        Assert.Equal(1, await portal.LookAsync(c));
        using (var erased = await c.Http.DeleteAsync(new Uri("api/v1/directory/users/ann", UriKind.Relative), Cancel)) erased.EnsureSuccessStatusCode();
        Assert.Equal("group:new", Assert.Single((await c.GetAsync("api/v1/alerts")).Json.GetProperty("items").EnumerateArray()).GetProperty("account").GetString());
        await using var db = await portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(Cancel);
        Assert.Equal(["user:olga"], await db.AlertFirings.Where(f => f.TenantId == c.Id).Select(f => f.Recipient).ToListAsync(Cancel));
        Assert.Equal(["user:olga"], await db.InboxNotices.Where(n => n.TenantId == c.Id).Select(n => n.Recipient).ToListAsync(Cancel));
    }

    private Task<WebApplication> AnotherAsync() => PortalHost.BuildAsync(
        ["--ConnectionStrings:Insights=" + portal.ConnectionString, "--urls=http://127.0.0.1:0", "--Insights:Demo=false", "--Logging:LogLevel:Default=Warning"], b => AlertPortal.Adjust(b, portal.Clock, portal.Mail.Port));
}
