using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Account;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Feedback;
using OpenMeet.Insights.Infrastructure.Views;
using OpenMeet.Insights.Tests.Support;
using OpenMeet.Insights.Tests.Upgrades;

namespace OpenMeet.Insights.Tests.Directory;

/// <summary>A person gets all that is kept, and after an erasure nothing of it is there: every table is searched.</summary>
public sealed class PersonalDataTests(AskPortal portal) : IClassFixture<AskPortal>
{
    private const string Key = "quentin";

    // With a mark that no hash or stamp in base 64 has: four letters alone come about by chance.
    private const string Other = "rita-roe";

    // Tables that hold the person's key and are not given out.
    private static readonly Dictionary<string, string> Derived = new(StringComparer.Ordinal)
    {
        ["rollup_hour"] = "counted from the events", ["rollup_day"] = "counted from the events", ["rollup_month"] = "counted from the events", ["storage_delta"] = "counted from the events",
        ["outgoing_event"] = "on its way to webhooks; what it tells is in the plans and alerts", ["outgoing_message"] = "on its way to webhooks; what it tells is in the plans and alerts",
        ["bulk_item"] = "an administrator's dry run over all accounts; what it changed is in the limits and plans",
    };

    // Tables whose columns are called as if they held a person, and hold none that is not given out elsewhere.
    private static readonly Dictionary<string, string> OfNobody = new(StringComparer.Ordinal)
    {
        ["AspNetUserRoles"] = "roles are columns of the sign-in; nothing writes here", ["AspNetUserClaims"] = "rights come from the directory; nothing writes here",
    };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_with_the_person_in_it_is_given_out_and_no_secret_and_nobody_else()
    {
        var c = await CommunityAsync();
        var found = await TablesWithAsync(c, Key);
        Assert.True(found.Count > 15, string.Join(' ', found));
        Assert.DoesNotContain(found, t => !PersonalData.Tables.Contains(t) && !Derived.ContainsKey(t));

        var answer = await c.GetAsync($"api/v1/directory/users/{Key}/export");
        Assert.Equal((HttpStatusCode.OK, "application/json"), (answer.Status, answer.MediaType));
        foreach (var list in (string[])["directory", "signIns", "sessions", "linkedAccounts", "secondFactors", "memberships", "stays", "plans", "limits", "reservations", "decisions", "answers", "disputes", "views", "feedback", "alertRules", "contributorOptOuts", "groupPolicies", "audit", "files", "events"])
            Assert.True(answer.Json.GetProperty(list).GetArrayLength() > 0, $"{list} is empty.");
        Assert.Equal(2, answer.Json.GetProperty("events").GetArrayLength());
        Assert.Contains(answer.Json.GetProperty("sessions").EnumerateArray(), s => s.GetProperty("address").GetString() == SeenFrom(c));
        Assert.Contains(answer.Json.GetProperty("audit").EnumerateArray(), l => l.GetProperty("target").GetString() == "user:before@quill.example");
        foreach (var secret in (string[])["password_hash", "security_stamp", "of-nobody-elses-business", "Rita Roe"]) Assert.DoesNotContain(secret, answer.Text, StringComparison.OrdinalIgnoreCase);
        // An event about the person says who did it; nothing else names anybody.
        var besides = System.Text.Json.Nodes.JsonNode.Parse(answer.Text)!.AsObject();
        Assert.True(besides.Remove("events"));
        Assert.DoesNotContain(Other, besides.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains((await c.GetAsync("api/v1/audit?action=user.exported")).Json.GetProperty("items").EnumerateArray(), l => l.GetProperty("target").GetString() == "user:" + Key);

        var page = await portal.SignInAsync(c, Key);
        using var file = await page.GetAsync(new Uri("me/data.json", UriKind.Relative), Cancel);
        Assert.Equal($"{Key}.json", file.Content.Headers.ContentDisposition?.FileName);
        using var own = JsonDocument.Parse(await file.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(Key, own.RootElement.GetProperty("user").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await c.GetAsync("api/v1/directory/users/nobody/export")).Status);
    }

    [Fact]
    public async Task After_an_erasure_no_table_holds_the_key_the_name_or_the_address_and_the_audit_log_is_whole()
    {
        var c = await CommunityAsync();
        var (address, id) = await SignInAsync(c);
        Assert.True((await TablesWithAsync(c, id)).Count > 3);
        var erased = await c.JsonAsync(HttpMethod.Delete, $"api/v1/directory/users/{Key}", "{}");
        Assert.True(erased.Status == HttpStatusCode.NoContent, erased.Text);
        foreach (var word in new[] { Key, " Quill", "@quill", address, id, SeenFrom(c) }) Assert.Equal([], await TablesWithAsync(c, word));
        var verdict = await portal.Get<AuditChain>().VerifyAsync(c.Id, null, Cancel);
        Assert.Null(verdict.Fault);
        Assert.True(verdict.Lines > 10);
        // Also when somebody else of the same lines follows.
        Assert.Equal(HttpStatusCode.NoContent, (await c.JsonAsync(HttpMethod.Delete, "api/v1/directory/users/" + Other, "{}")).Status);
        foreach (var word in new[] { Other, "Rita Roe" }) Assert.Equal([], await TablesWithAsync(c, word));
        Assert.Null((await portal.Get<AuditChain>().VerifyAsync(c.Id, null, Cancel)).Fault);
        Assert.Equal(HttpStatusCode.NotFound, (await c.GetAsync($"api/v1/directory/users/{Key}/export")).Status);
    }

    // Who did something ('_by') is given out from the audit log, and erased wherever it stands.
    [Fact]
    public async Task Every_table_that_may_name_a_person_is_given_out_or_says_why_not()
    {
        await using var connection = await portal.Get<NpgsqlDataSource>().OpenConnectionAsync(Cancel);
        await using var select = new NpgsqlCommand("""
            SELECT c.relname::text, string_agg(a.attname::text, ', ' ORDER BY a.attnum) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.atttypid::regtype::text IN ('text', 'character varying', 'json', 'jsonb', 'inet', 'text[]')
                AND a.attname ~ '(^|_)(user|subject|e?mail|actor|target|account|owner|recipient|person|people|member|carrier|author|address|agent|ip|phone)s?(_|$)'
            GROUP BY c.relname ORDER BY c.relname
            """, connection);
        var tables = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var rows = await select.ExecuteReaderAsync(Cancel);
        while (await rows.ReadAsync(Cancel)) tables.Add(rows.GetString(0), rows.GetString(1));
        Assert.True(tables.Count > 20, string.Join(' ', tables.Keys));
        // Give it out in PersonalData, or say above why not.
        Assert.DoesNotContain(tables, t => !PersonalData.Tables.Contains(t.Key) && !Derived.ContainsKey(t.Key) && !OfNobody.ContainsKey(t.Key));
        Assert.DoesNotContain(OfNobody.Keys, t => !tables.ContainsKey(t) || PersonalData.Tables.Contains(t));
    }

    // Sessions say no tenant: an address that no other community has.
    private static string SeenFrom(TestCommunity c) => $"192.0.2.7 of {c.Key}.";

    // Everything that a person does or has done to them here.
    private async Task<TestCommunity> CommunityAsync()
    {
        var c = await portal.NewGrowingAsync(1_000_000);
        async Task<JsonElement> Do(HttpMethod method, string path, object body) => await AskPortal.SendAsync(c, method, path, JsonSerializer.Serialize(body));
        await Do(HttpMethod.Put, "directory/users/" + Key, new { name = "Quentin Quill", email = "q@quill.example" });
        await Do(HttpMethod.Put, "directory/users/" + Other, new { name = "Rita Roe" });
        foreach (var user in (string[])[Key, Other]) await Do(HttpMethod.Put, "directory/groups/g/members/" + user, new { role = "admin" });
        await c.StoreAsync(A.Upload(Key, 5_000_000, file: "q.jpg", group: "g", kind: "photo", at: "2025-11-02T10:00:00Z"), A.Event("group.member.role.changed", Other, "2025-11-03T10:00:00Z", null, ("group", "g"), ("user", Key), ("role", "admin")));
        await Do(HttpMethod.Put, $"accounts/user/{Key}/plan", new { plan = "starter" });
        await Do(HttpMethod.Post, "quotas/overrides", new { kind = "user", key = Key, meter = "storage", limit = "50000000", limitKind = "hard", reason = "For Quentin Quill", permanent = true });
        await Do(HttpMethod.Post, "quotas/reservations", new { user = Key, meter = "storage", amount = "1000" });
        await Do(HttpMethod.Put, "groups/g/policy", new { @default = new { }, roles = new { }, members = new Dictionary<string, object> { [Key] = new { perFile = "1000000" }, [Other] = new { perFile = "1000000" } }, rights = new { upload = "member", createEvents = "member", invite = "member" }, reason = "Agreed" });
        await Do(HttpMethod.Post, "alerts", new { account = "user:" + Key, subject = "share", meter = "storage" });
        var decision = (await Do(HttpMethod.Post, "upgrade-decisions", new { account = "user:" + Key })).GetProperty("id").GetString();
        var token = portal.As(Key, c);
        using (var answered = await token.PostAsync(new Uri($"api/v1/upgrade-decisions/{decision}/response", UriKind.Relative), new StringContent("""{"response":"dispute","reason":"data","text":"Not so, says Quentin Quill"}"""), Cancel)) Assert.True(answered.IsSuccessStatusCode, await answered.Content.ReadAsStringAsync(Cancel));
        await portal.SignInAsync(c, Key);
        var (address, id) = await SignInAsync(c);
        var who = new Actor(address, portal.Now);
        await using (var scope = portal.Services.CreateAsyncScope())
        {
            var users = scope.ServiceProvider.GetRequiredService<UserManager<InsightsUser>>();
            var user = (await users.FindByIdAsync(id))!;
            Assert.True((await users.AddLoginAsync(user, new UserLoginInfo("club", "q-" + c.Key, "Club"))).Succeeded);
            Assert.True((await users.SetAuthenticationTokenAsync(user, "insights", "codes", "of-nobody-elses-business")).Succeeded);
            await portal.Get<PortalSessions>().BeginAsync(id, "password", SeenFrom(c), "Firefox", Cancel);
            // What was done under a former address is the person's too.
            await portal.Get<AccountLog>().NoteAsync(new InsightsUser { Email = "before@quill.example", TenantId = c.Id }, "account.password.changed", Cancel);
            await portal.Get<AccountLog>().NoteAsync(user, "account.email.changed", Cancel, new { Email = "before@quill.example" }, new { user.Email });
        }
        await portal.Get<MemberListStore>().OptOutAsync(c.Id, Key, true, who, Cancel);
        await portal.Get<ViewStore>().SaveAsync(new SavedView { Id = Guid.CreateVersion7(), TenantId = c.Id, Owner = "user:" + Key, Name = "Mine", Address = "/me/usage", SavedAt = portal.Now }, who, Cancel);
        await portal.Get<FeedbackStore>().SayAsync(c.Id, "/me/usage", "user:" + Key, true, null, who, Cancel);
        return c;
    }

    private async Task<(string Address, string Id)> SignInAsync(TestCommunity c)
    {
        await using var connection = await portal.Get<NpgsqlDataSource>().OpenConnectionAsync(Cancel);
        await using var select = new NpgsqlCommand("SELECT email, id FROM \"AspNetUsers\" WHERE tenant_id = $1 AND user_key = $2 LIMIT 1", connection) { Parameters = { new() { Value = c.Id }, new() { Value = Key } } };
        await using var rows = await select.ExecuteReaderAsync(Cancel);
        Assert.True(await rows.ReadAsync(Cancel));
        return (rows.GetString(0), rows.GetString(1));
    }

    // Tables in which a row of the tenant holds a word, wherever in the row.
    private async Task<HashSet<string>> TablesWithAsync(TestCommunity c, string word)
    {
        var (tables, found) = (new List<(string Table, bool HasTenant)>(), new HashSet<string>(StringComparer.Ordinal));
        await using var connection = await portal.Get<NpgsqlDataSource>().OpenConnectionAsync(Cancel);
        await using (var select = new NpgsqlCommand("""
            SELECT c.relname::text, EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
            FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            """, connection))
        await using (var rows = await select.ExecuteReaderAsync(Cancel))
        {
            while (await rows.ReadAsync(Cancel)) tables.Add((rows.GetString(0), rows.GetBoolean(1)));
        }
        foreach (var (table, hasTenant) in tables)
        {
            await using var select = new NpgsqlCommand($"SELECT EXISTS (SELECT FROM \"{table}\" AS t WHERE t::text ILIKE '%' || $1 || '%'{(hasTenant ? $" AND t.tenant_id = {c.Id}" : "")})", connection) { Parameters = { new() { Value = word } } };
            if ((bool)(await select.ExecuteScalarAsync(Cancel))!) found.Add(table);
        }
        return found;
    }
}
