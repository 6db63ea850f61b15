using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Alerts;

/// <summary>Rules over the API: every fault named, everything audited, nobody else's to be seen.</summary>
public sealed class AlertEndpointTests(AlertPortal portal) : IClassFixture<AlertPortal>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<TestCommunity> CommunityAsync()
    {
        var c = await portal.NewCommunityAsync();
        using (var described = await c.Http.PutAsJsonAsync("api/v1/directory/groups/chess", new { name = "Chess", ownerKey = "olga" }, Cancel)) described.EnsureSuccessStatusCode();
        using (var member = await c.Http.PutAsJsonAsync("api/v1/directory/groups/chess/members/olga", new { role = "owner" }, Cancel)) member.EnsureSuccessStatusCode();
        using (var member = await c.Http.PutAsJsonAsync("api/v1/directory/groups/chess/members/adam", new { role = "admin" }, Cancel)) member.EnsureSuccessStatusCode();
        using (var member = await c.Http.PutAsJsonAsync("api/v1/directory/groups/chess/members/bob", new { role = "member" }, Cancel)) member.EnsureSuccessStatusCode();
        return c;
    }

    private HttpClient As(TestCommunity c, string user)
    {
        var token = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Claims = new Dictionary<string, object> { ["id"] = 1, ["slug"] = user, ["tenantId"] = c.Key },
            Expires = portal.Clock.GetUtcNow().UtcDateTime.AddHours(1),
            NotBefore = portal.Clock.GetUtcNow().UtcDateTime.AddHours(-1),
            IssuedAt = portal.Clock.GetUtcNow().UtcDateTime,
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(AlertPortal.JwtSecret)), SecurityAlgorithms.HmacSha256),
        });
        var client = portal.Client("", c.Key);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private static async Task<Answer> PostAsync(TestCommunity c, object rule)
    {
        using var made = await c.Http.PostAsJsonAsync("api/v1/alerts", rule, Cancel);
        return await Answer.ReadAsync(made);
    }

    [Fact]
    public async Task Every_fault_of_a_rule_is_named()
    {
        var c = await CommunityAsync();
        Assert.Equal(["- account required", "- subject required"], (await PostAsync(c, new { })).Faults);
        Assert.Equal(
            ["- account unknown", "- meter unknown", "- thresholds[0] out_of_range", "- thresholds[2] not_a_number"],
            (await PostAsync(c, new { account = "user:nobody", subject = "share", meter = "nothing", thresholds = new object[] { 0, 90, "many", "1000" } })).Faults);
        Assert.Equal(["- meter not_limited"], (await PostAsync(c, new { account = "group:chess", subject = "share", meter = "active_members" })).Faults);
        Assert.Equal(["- amount out_of_range", "- forecast not_for_charges"], (await PostAsync(c, new { account = "group:chess", subject = "budget", money = "charge", amount = 0, forecast = true })).Faults);
        Assert.Equal(["- subject groups_only", "- metric unknown", "- thresholds required"], (await PostAsync(c, new { account = "user:olga", subject = "community", metric = "mood" })).Faults);
        Assert.Equal(["- thresholds out_of_range"], (await PostAsync(c, new { account = "group:chess", subject = "forecast", meter = "storage", thresholds = new[] { 0.5m } })).Faults);
        Assert.Equal(["- webhookUrl refused_target"], (await PostAsync(c, new { account = "group:chess", subject = "share", meter = "storage", webhookUrl = "ftp://example.org/" })).Faults);
        Assert.Empty((await c.GetAsync("api/v1/alerts")).Json.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task A_rule_is_made_read_changed_and_ended_and_each_is_audited()
    {
        var c = await CommunityAsync();
        var made = await PostAsync(c, new { account = "group:chess", subject = "share", meter = "storage", mail = true, webhookUrl = "http://127.0.0.1:9/hook" });
        Assert.True(made.Status == HttpStatusCode.Created, made.Text);
        Assert.StartsWith("whsec_", made.Json.GetProperty("secret").GetString(), StringComparison.Ordinal);
        Assert.Equal(["75", "90", "100"], made.Json.GetProperty("thresholds").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal("no limit now", made.Json.GetProperty("now").GetProperty("note").GetString());
        var path = "api/v1/alerts/" + made.Json.GetProperty("id").GetInt64();
        var read = await c.GetAsync(path);
        Assert.False(read.Json.TryGetProperty("secret", out _));

        var changed = await c.JsonAsync(HttpMethod.Put, path, """{"subject":"value","meter":"messages","thresholds":"10, 5"}""");
        Assert.Equal((HttpStatusCode.OK, "Messages at 5 messages and 10 messages"), (changed.Status, changed.Json.GetProperty("described").GetString()));
        using (var ended = await c.Http.DeleteAsync(new Uri(path, UriKind.Relative), Cancel)) Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await c.GetAsync(path)).Status);
        using (var again = await c.Http.DeleteAsync(new Uri(path, UriKind.Relative), Cancel)) Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
        var audited = (await c.GetAsync("api/v1/audit?target=group:chess")).Json.GetProperty("items");
        Assert.Equal(["alert.ended", "alert.changed", "alert.added"], audited.EnumerateArray().Select(a => a.GetProperty("action").GetString()).Where(a => a!.StartsWith("alert", StringComparison.Ordinal)));
        Assert.DoesNotContain("whsec_", audited.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_users_token_sees_its_own_rules_and_those_of_groups_that_it_runs_and_sets_none()
    {
        var c = await CommunityAsync();
        await PostAsync(c, new { account = "user:olga", subject = "share", meter = "storage" });
        var money = (await PostAsync(c, new { account = "group:chess", subject = "budget", amount = 5 })).Json.GetProperty("id").GetInt64();
        await PostAsync(c, new { account = "group:chess", subject = "share", meter = "storage" });

        async Task<int> CountAsync(string user, string query)
        {
            var answer = await Answer.ReadAsync(await As(c, user).GetAsync(new Uri("api/v1/alerts" + query, UriKind.Relative), Cancel));
            return answer.Status == HttpStatusCode.NotFound ? -1 : answer.Json.GetProperty("items").GetArrayLength();
        }
        Assert.Equal((1, 0, -1), (await CountAsync("olga", ""), await CountAsync("bob", ""), await CountAsync("bob", "?account=user:olga")));
        Assert.Equal((2, 1, -1), (await CountAsync("olga", "?account=group:chess"), await CountAsync("adam", "?account=group:chess"), await CountAsync("bob", "?account=group:chess")));
        foreach (var user in (string[])["adam", "bob"])
        {
            using var foreign = await As(c, user).GetAsync(new Uri($"api/v1/alerts/{money}", UriKind.Relative), Cancel);
            Assert.Equal(HttpStatusCode.NotFound, foreign.StatusCode);
        }
        using var history = await As(c, "bob").GetAsync(new Uri("api/v1/alerts/history?account=group:chess", UriKind.Relative), Cancel);
        Assert.Equal(HttpStatusCode.NotFound, history.StatusCode);
        using var denied = await As(c, "olga").PostAsJsonAsync("api/v1/alerts", new { account = "user:olga", subject = "share", meter = "storage" }, Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, denied.StatusCode);
    }

    [Fact]
    public async Task Neither_another_account_nor_another_tenant_reaches_a_rule()
    {
        var (c, other) = (await CommunityAsync(), await CommunityAsync());
        var id = (await PostAsync(c, new { account = "user:olga", subject = "share", meter = "storage" })).Json.GetProperty("id").GetInt64();
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync($"api/v1/alerts/{id}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.JsonAsync(HttpMethod.Put, $"api/v1/alerts/{id}", """{"subject":"value","meter":"messages","thresholds":[1]}""")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.JsonAsync(HttpMethod.Post, $"api/v1/alerts/{id}/test", "{}")).Status);

        var (store, actor) = (portal.Services.GetRequiredService<AlertStore>(), new Actor("bob", portal.Now));
        var draft = new AlertDraft("user:bob", new AlertRule(AlertSubject.Value, "messages", null, null, false, [1m]), false, false, null);
        Assert.Null(await store.ChangeAsync(c.Id, id, draft, actor, Cancel));
        Assert.False(await store.EndAsync(c.Id, "user:bob", id, actor, Cancel));
        Assert.Null(await portal.Services.GetRequiredService<AlertTests>().RunAsync(await portal.TenantAsync(c), "user:bob", id, actor, Cancel));
        Assert.Equal("storage", (await c.GetAsync($"api/v1/alerts/{id}")).Json.GetProperty("meter").GetString());
    }

    [Fact]
    public async Task Only_who_was_told_reads_and_marks_a_notice()
    {
        var c = await CommunityAsync();
        await PostAsync(c, new { account = "group:chess", subject = "community", metric = "members", thresholds = new[] { 1 } });
        Assert.Equal(1, await portal.LookAsync(c));
        Assert.Contains("openmeet_insights_alerts_sent_total{channel=\"inbox\",outcome=\"delivered\"} ", await portal.Client().GetStringAsync(new Uri("metrics", UriKind.Relative), Cancel), StringComparison.Ordinal);
        var (reports, store) = (portal.Services.GetRequiredService<AlertReports>(), portal.Services.GetRequiredService<AlertStore>());
        var notice = Assert.Single((await reports.InboxAsync(c.Id, "user:olga", 0, 10, Cancel)).Notices);
        Assert.Equal(0, await reports.UnreadAsync(c.Id, "user:bob", Cancel));
        await store.MarkAsync(c.Id, "user:bob", notice.Id, portal.Now, Cancel);
        Assert.Equal(1, await reports.UnreadAsync(c.Id, "user:olga", Cancel));
        await store.MarkAsync(c.Id, "user:olga", notice.Id, portal.Now, Cancel);
        Assert.Equal(0, await reports.UnreadAsync(c.Id, "user:olga", Cancel));
        await store.MarkAsync(c.Id, "user:olga", notice.Id, null, Cancel);
        Assert.Equal(1, await reports.UnreadAsync(c.Id, "user:olga", Cancel));
    }
}
