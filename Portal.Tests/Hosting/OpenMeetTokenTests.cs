using System.Net;
using System.Text;
using System.Text.Json;
using OpenMeet.Insights.Tests.Support;
using OpenMeet.Insights.Tests.Upgrades;

namespace OpenMeet.Insights.Tests.Hosting;

/// <summary>What OpenMeet's own tokens open: by the role that they name, and by the membership that the directory has. What never opens anything stands in docs/access.md.</summary>
public sealed class OpenMeetTokenTests(AskPortal portal) : IClassFixture<AskPortal>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_role_admin_sees_and_changes_the_whole_tenant_and_is_named_in_the_audit_log()
    {
        var c = await portal.NewGrowingAsync();
        var pia = portal.With(portal.Token("pia", c.Key, AskPortal.AdminRole), c.Key);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(pia, "users/ann/usage"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(pia, "groups/g/statement"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(pia, "costs?period=2025-11&by=user"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(pia, "plans"));
        using var limit = await SendAsync(pia, HttpMethod.Post, "quotas/overrides", """{"kind":"group","key":"g","meter":"storage","limit":"12000000000","limitKind":"hard","reason":"Festival","permanent":true}""");
        Assert.Equal(HttpStatusCode.Created, limit.StatusCode);
        var line = (await c.GetAsync("api/v1/audit?actor=user:pia")).Json.GetProperty("items")[0];
        Assert.Equal(("user:pia", "Festival"), (line.GetProperty("actor").GetString(), line.GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task An_administrator_is_no_service_no_master_of_tenants_and_answers_for_nobody_else()
    {
        var c = await portal.NewGrowingAsync();
        var decision = (await AskPortal.SendAsync(c, HttpMethod.Post, "upgrade-decisions", """{"account":"group:g"}""")).GetProperty("id").GetString();
        var pia = portal.With(portal.Token("pia", c.Key, AskPortal.AdminRole), c.Key);
        foreach (var (method, path, body) in new[]
        {
            (HttpMethod.Post, "events", "[]"), (HttpMethod.Get, "directory/users", ""), (HttpMethod.Get, "quotas/check?group=g&meter=storage", ""),
            (HttpMethod.Put, "tenants/" + c.Key, """{"name":"Mine"}"""), (HttpMethod.Post, $"upgrade-decisions/{decision}/response", """{"response":"dismiss"}"""),
        })
        {
            using var answer = await SendAsync(pia, method, path, body);
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{method} {path}: {answer.StatusCode}");
        }
        using var key = await SendAsync(pia, HttpMethod.Post, "keys", """{"name":"mine","scopes":["ingest","admin"]}""");
        Assert.Equal(HttpStatusCode.BadRequest, key.StatusCode);
        // As the owner of the group she decides about it, as any owner does.
        var ann = portal.With(portal.Token("ann", c.Key, AskPortal.AdminRole), c.Key);
        using var own = await SendAsync(ann, HttpMethod.Post, $"upgrade-decisions/{decision}/response", """{"response":"dismiss"}""");
        Assert.True(own.StatusCode == HttpStatusCode.OK, await own.Content.ReadAsStringAsync(Cancel));
    }

    [Theory]
    [InlineData("""{"id":2,"name":"user"}""")]
    [InlineData("""{"id":3,"name":"editor"}""")]
    [InlineData("""{"id":1,"name":"Admin"}""")]
    [InlineData("""{"id":1,"name":["admin"]}""")]
    [InlineData("""{"id":1,"permissions":["admin"]}""")]
    [InlineData("""["admin"]""")]
    [InlineData("\"admin\"")]
    [InlineData("1")]
    public async Task Any_other_role_is_a_person_who_sees_the_own_figures(string role)
    {
        var c = await portal.NewCommunityAsync();
        await AskPortal.SendAsync(c, HttpMethod.Put, "directory/users/mia", """{"name":"Mia"}""");
        await AskPortal.SendAsync(c, HttpMethod.Put, "directory/users/olga", """{"name":"Olga"}""");
        var mia = portal.With(portal.Token("mia", c.Key, JsonSerializer.Deserialize<JsonElement>(role)), c.Key);
        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden),
            (await StatusAsync(mia, "users/mia/usage"), await StatusAsync(mia, "users/olga/usage"), await StatusAsync(mia, "costs"), await StatusAsync(mia, "plans")));
    }

    [Fact]
    public async Task What_somebody_sees_of_a_group_follows_the_membership_of_now_also_under_a_former_slug()
    {
        var c = await portal.NewCommunityAsync();
        foreach (var user in (string[])["olga", "mia"]) await AskPortal.SendAsync(c, HttpMethod.Put, "directory/users/" + user, $$"""{"name":"{{user}}"}""");
        await AskPortal.SendAsync(c, HttpMethod.Put, "directory/groups/chess", """{"name":"Chess","ownerKey":"olga"}""");
        var mia = portal.As("mia", c);
        async Task<(HttpStatusCode Usage, HttpStatusCode Money)> SeesAsync(string group) => (await StatusAsync(mia, $"groups/{group}/usage"), await StatusAsync(mia, $"groups/{group}/statement"));
        foreach (var (role, usage, money) in new[]
        {
            ("guest", false, false), ("member", false, false), ("moderator", false, false), ("admin", true, false), ("owner", true, true), ("member", false, false),
        })
        {
            await AskPortal.SendAsync(c, HttpMethod.Put, "directory/groups/chess/members/mia", $$"""{"role":"{{role}}"}""");
            Assert.Equal((role, usage ? HttpStatusCode.OK : HttpStatusCode.NotFound, money ? HttpStatusCode.OK : HttpStatusCode.NotFound), (role, (await SeesAsync("chess")).Usage, (await SeesAsync("chess")).Money));
        }
        await AskPortal.SendAsync(c, HttpMethod.Put, "directory/groups/chess/members/mia", """{"role":"owner"}""");
        await AskPortal.SendAsync(c, HttpMethod.Put, "directory/groups/checkers", """{"name":"Checkers","oldKey":"chess"}""");
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), await SeesAsync("checkers"));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), await SeesAsync("chess"));
    }

    [Fact]
    public async Task Without_a_tenant_in_the_call_the_token_must_be_of_the_default_one()
    {
        var c = await portal.NewCommunityAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(portal.With(portal.Token("mia", c.Key, AskPortal.AdminRole), null), "meters"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(portal.With(portal.Token("mia", "default"), null), "meters"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(portal.With(portal.Token("mia", "nowhere"), "nowhere"), "meters"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(portal.With(portal.Token("", c.Key), c.Key), "meters"));
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string path)
    {
        using var answer = await http.GetAsync(new Uri("api/v1/" + path, UriKind.Relative), Cancel);
        return answer.StatusCode;
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient http, HttpMethod method, string path, string body)
    {
        using var request = new HttpRequestMessage(method, new Uri("api/v1/" + path, UriKind.Relative));
        if (method != HttpMethod.Get) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return await http.SendAsync(request, Cancel);
    }
}
