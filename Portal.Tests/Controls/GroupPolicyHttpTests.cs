using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Controls;

/// <summary>Upload caps and rights of a group over HTTP; the portal's clock starts on 20 November 2025, 12:00 UTC, and the group lives in New York.</summary>
public sealed class GroupPolicyHttpTests(AlertPortal portal) : ControlsHttp(portal), IClassFixture<AlertPortal>
{
    private const string Caps = """{"reason":"Storage fills up","default":{"perFile":100,"perDay":"200","perMonth":1000},"roles":{"admin":{"perFile":500}},"members":{"cai":{"perDay":50}},"rights":{"createEvents":"moderator"}}""";

    private static Task<JsonElement> SetAsync(TestCommunity c, string body = Caps) => OkAsync(c.JsonAsync(HttpMethod.Put, Path, body));

    private static (bool Allowed, string? Limit, string? Used, string? Remaining, string Source) Of(JsonElement check) => (
        check.GetProperty("allowed").GetBoolean(), check.GetProperty("limit").GetString(), check.GetProperty("used").GetString(), check.GetProperty("remaining").GetString(),
        check.GetProperty("chain").EnumerateArray().Single(l => l.GetProperty("applies").GetBoolean()).GetProperty("source").GetString()!);

    [Fact]
    public async Task A_check_obeys_the_cap_names_it_and_counts_days_of_the_groups_zone()
    {
        var c = await CommunityAsync();
        // 05:30 UTC is today in New York, 04:30 was yesterday.
        await c.StoreAsync(A.Upload("bob", 90, group: "chess", at: "2025-11-20T05:30:00Z"), A.Upload("bob", 95, group: "chess", at: "2025-11-20T04:30:00Z"), A.Upload("bob", 70, group: "other", at: "2025-11-20T06:00:00Z"));
        Assert.Equal("unlimited", Of(await CheckAsync(c, "user=bob&group=chess&meter=uploaded&amount=101")).Source);
        await SetAsync(c);

        Assert.Equal((false, "100", "0", "100", "groupCap"), Of(await CheckAsync(c, "user=bob&group=chess&meter=uploaded&amount=111")));
        await c.StoreAsync(A.Upload("bob", 100, group: "chess", at: "2025-11-20T07:00:00Z"));
        var denied = await CheckAsync(c, "user=bob&group=chess&meter=storage&amount=11");
        Assert.Equal((false, "200", "190", "10", "groupCap"), Of(denied));
        Assert.Equal("Denied: member cap for a day (default of the group): 190 bytes of 200 bytes used; 11 bytes more would pass the limit by 1 bytes.", denied.GetProperty("reason").GetString());
        Assert.Equal("user:bob", denied.GetProperty("account").GetString());
        Assert.StartsWith("2025-11-21T05:00:00", denied.GetProperty("resetsAt").GetString(), StringComparison.Ordinal);
        Assert.True((await CheckAsync(c, "user=bob&group=chess&meter=storage&amount=10")).GetProperty("allowed").GetBoolean());
        // Role and member stand over the default; without the member, or elsewhere, nothing is asked.
        Assert.Equal((true, "500", "0", "500", "roleCap"), Of(await CheckAsync(c, "user=adam&group=chess&meter=uploaded&amount=300")));
        Assert.Equal((false, "50", "0", "50", "memberCap"), Of(await CheckAsync(c, "user=cai&group=chess&meter=uploaded&amount=51")));
        Assert.Equal("unlimited", Of(await CheckAsync(c, "group=chess&meter=uploaded&amount=999")).Source);
        Assert.Equal("unlimited", Of(await CheckAsync(c, "user=bob&meter=uploaded&amount=999")).Source);

        var batch = await OkAsync(c.JsonAsync(HttpMethod.Post, "api/v1/quotas/check", """[{"user":"bob","group":"chess","meter":"uploaded","amount":11},{"user":"bob","group":"other","meter":"uploaded","amount":11},{"user":"cai","group":"chess","meter":"events"},{"user":"olga","group":"chess","meter":"events"}]"""));
        Assert.Equal([false, true, false, true], batch.EnumerateArray().Select(a => a.GetProperty("allowed").GetBoolean()));
        Assert.Equal("Denied: member right (rule of the group): the least role that may create events here is moderator; cai is a member.", batch[2].GetProperty("reason").GetString());
        // Events are never refused.
        await c.StoreAsync(A.Upload("bob", 5000, group: "chess", at: "2025-11-20T08:00:00Z"));
        await c.RecountAsync();
    }

    [Fact]
    public async Task Reservations_share_the_cap_however_many_ask_at_once()
    {
        var c = await CommunityAsync();
        await SetAsync(c);
        var asked = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => c.JsonAsync(HttpMethod.Post, "api/v1/quotas/reservations", """{"user":"bob","group":"chess","meter":"storage","amount":60}""")));

        Assert.Equal(3, asked.Count(a => a.Status == HttpStatusCode.Created));
        var refused = asked.First(a => a.Status == HttpStatusCode.Conflict).Json;
        Assert.Contains("member cap for a day", refused.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Equal("180", refused.GetProperty("reserved").GetString());
        // Another member has a day of its own.
        Assert.Equal(HttpStatusCode.Created, (await c.JsonAsync(HttpMethod.Post, "api/v1/quotas/reservations", """{"user":"olga","group":"chess","meter":"storage","amount":60}""")).Status);
        var id = asked.First(a => a.Status == HttpStatusCode.Created).Json.GetProperty("id").GetString();
        await OkAsync(c.JsonAsync(HttpMethod.Post, $"api/v1/quotas/reservations/{id}/commit", ""));
        var after = await CheckAsync(c, "user=bob&group=chess&meter=storage&amount=21");
        Assert.Equal((false, "60", "120"), (after.GetProperty("allowed").GetBoolean(), after.GetProperty("used").GetString(), after.GetProperty("reserved").GetString()));
    }

    [Fact]
    public async Task The_preview_equals_a_plain_recount_and_saves_nothing()
    {
        var c = await CommunityAsync();
        var (random, sizes) = (new Random(7), new List<(string User, DateTime At, long Size)>());
        var people = new[] { "olga", "adam", "bob", "cai", "gus" };
        for (var i = 0; i < 300; i++)
            sizes.Add((people[random.Next(people.Length)], new DateTime(2025, 9, 20, 0, 0, 0, DateTimeKind.Utc).AddMinutes(random.Next(60 * 24 * 60)), random.Next(1, 120)));
        await c.StoreAsync([.. sizes.Select(s => A.Upload(s.User, s.Size, group: "chess", at: s.At.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)))]);
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");
        var local = sizes.Select(s => (s.User, Day: DateOnly.FromDateTime(TimeZoneInfo.ConvertTimeFromUtc(s.At, zone)), s.Size)).Where(s => s.User != "gus").ToList();
        var from = new DateOnly(2025, 10, 24);
        var seen = new HashSet<int>();
        foreach (var (file, day, month) in new[] { (115, 200, 2000), (119, 240, 2400), (118, 300, 900), (60, 60, 60) })
        {
            var expected = local.GroupBy(s => s.User).Count(u =>
                u.Any(s => s.Day >= from && s.Size > file)
                || u.Where(s => s.Day >= from).GroupBy(s => s.Day).Any(d => d.Sum(s => s.Size) > day)
                || u.Any(s => s.Day >= from && u.Where(o => o.Day.Year == s.Day.Year && o.Day.Month == s.Day.Month).Sum(o => o.Size) > month));
            seen.Add(expected);
            var body = $$$"""{"reason":"r","default":{"perFile":{{{file}}},"perDay":{{{day}}},"perMonth":{{{month}}}}}""";
            var effect = await OkAsync(c.JsonAsync(HttpMethod.Put, Path + "?dryRun=true", body));

            Assert.Equal((4, expected), (effect.GetProperty("members").GetInt32(), effect.GetProperty("wouldHaveMetCap").GetInt32()));
            Assert.StartsWith($"{expected} of 4 members would have met this cap in the last 28 days.", effect.GetProperty("effect").GetString(), StringComparison.Ordinal);
        }
        Assert.True(seen.Count > 1, "The caps must differ in whom they meet.");
        Assert.Equal(0, (await OkAsync(c.GetAsync(Path))).GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task A_change_is_audited_with_before_and_after_and_taken_back_within_ten_minutes_only()
    {
        var c = await CommunityAsync();
        var first = (await SetAsync(c)).GetProperty("version").GetInt64();
        Portal.Clock.Advance(TimeSpan.FromMinutes(20));
        var second = await SetAsync(c, """{"reason":"Tighter","default":{"perFile":10}}""");
        Assert.NotEqual(JsonValueKind.Null, second.GetProperty("undoUntil").ValueKind);
        Assert.False((await CheckAsync(c, "user=bob&group=chess&meter=uploaded&amount=11")).GetProperty("allowed").GetBoolean());
        Assert.Equal(HttpStatusCode.Conflict, (await c.JsonAsync(HttpMethod.Post, $"{Path}/{first}/undo", "")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await c.JsonAsync(HttpMethod.Put, Path, $$"""{"reason":"Late","version":{{first}}}""")).Status);

        var again = await OkAsync(c.JsonAsync(HttpMethod.Post, $"{Path}/{second.GetProperty("version").GetInt64()}/undo", ""));
        Assert.Equal((first, "100"), (again.GetProperty("version").GetInt64(), again.GetProperty("default").GetProperty("perFile").GetString()));
        Assert.True((await CheckAsync(c, "user=bob&group=chess&meter=uploaded&amount=11")).GetProperty("allowed").GetBoolean());
        Assert.Equal(HttpStatusCode.Conflict, (await c.JsonAsync(HttpMethod.Post, $"{Path}/{first}/undo", "")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await c.JsonAsync(HttpMethod.Post, $"{Path}/{second.GetProperty("version").GetInt64()}/undo", "")).Status);

        var audit = (await OkAsync(c.GetAsync("api/v1/audit?limit=50"))).GetProperty("items").EnumerateArray().Where(a => a.GetProperty("action").GetString()!.StartsWith("group.policy", StringComparison.Ordinal)).ToList();
        Assert.Equal(["group.policy.undone", "group.policy.set", "group.policy.set"], audit.Select(a => a.GetProperty("action").GetString()));
        Assert.Contains("1000", audit[1].GetProperty("before").ToString(), StringComparison.Ordinal);
        Assert.Contains("\"perFile\"", audit[1].GetProperty("after").ToString(), StringComparison.Ordinal);
        Assert.Equal("Tighter", audit[1].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task The_first_policy_taken_back_leaves_none()
    {
        var c = await CommunityAsync();
        var set = await SetAsync(c);
        var undone = await OkAsync(c.JsonAsync(HttpMethod.Post, $"{Path}/{set.GetProperty("version").GetInt64()}/undo", ""));

        Assert.Equal(0, undone.GetProperty("version").GetInt32());
        Assert.Equal("unlimited", Of(await CheckAsync(c, "user=bob&group=chess&meter=uploaded&amount=999")).Source);
    }

    [Fact]
    public async Task Every_fault_is_named_and_nothing_is_set()
    {
        var c = await CommunityAsync();
        var refused = await c.JsonAsync(HttpMethod.Put, Path, """
            {"reason":" ","default":{"perFile":0,"perWeek":3},"roles":{"boss":{"perDay":1},"admin":7},"members":{"stranger":{"perFile":20,"perDay":10},"bob":{"perMonth":"many"}},"rights":{"upload":"guest"},"caps":1}
            """);

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(
            ["- caps unknown", "- default.perFile out_of_range", "- default.perWeek unknown", "- members.bob.perMonth not_a_number", "- members.stranger unknown", "- members.stranger.perFile out_of_order", "- reason required", "- rights.upload unknown", "- roles.admin not_an_object", "- roles.boss unknown"],
            refused.Faults.Order(StringComparer.Ordinal));
        Assert.Equal(0, (await OkAsync(c.GetAsync(Path))).GetProperty("version").GetInt32());
        Assert.Equal(HttpStatusCode.NotFound, (await c.GetAsync("api/v1/groups/nobodys/policy")).Status);
    }

    [Fact]
    public async Task Only_its_owner_and_admins_may_read_or_set_it_and_the_store_itself_refuses_a_foreign_manager()
    {
        var c = await CommunityAsync();
        await OkAsync(c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/go", """{"name":"Go","ownerKey":"foreign"}"""));
        foreach (var user in new[] { "foreign", "bob", "gus", "nobody" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await AsAsync(c, user, HttpMethod.Get, Path)).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await AsAsync(c, user, HttpMethod.Put, Path, Caps)).Status);
        }
        foreach (var user in new[] { "olga", "adam" }) Assert.Equal(HttpStatusCode.OK, (await AsAsync(c, user, HttpMethod.Put, Path, Caps)).Status);
        var set = (await AsAsync(c, "adam", HttpMethod.Get, Path)).Json;
        Assert.Equal("user:adam", set.GetProperty("setBy").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await AsAsync(c, "foreign", HttpMethod.Post, $"{Path}/{set.GetProperty("version").GetInt64()}/undo")).Status);

        var store = Portal.Services.GetRequiredService<GroupPolicyStore>();
        var foreign = new PolicyEditor(new Infrastructure.Audit.Actor("foreign@example.org", Portal.Now), "foreign");
        Assert.Equal(PolicyOutcome.Refused, (await store.SetAsync(c.Id, "chess", Domain.Controls.GroupPolicy.Empty, "mine", null, foreign, Cancel)).Outcome);
        Assert.Equal(PolicyOutcome.Refused, await store.UndoAsync(c.Id, "chess", set.GetProperty("version").GetInt64(), foreign, Cancel));
        var tenant = await Portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, Cancel);
        Assert.Null(await Portal.Services.GetRequiredService<GroupPolicyReports>().ReadAsync(tenant, "chess", "foreign", Cancel));
        Assert.Equal(set.GetProperty("version").GetInt64(), (await OkAsync(c.GetAsync(Path))).GetProperty("version").GetInt64());
    }

    [Fact]
    public async Task A_renamed_group_keeps_its_policy_and_an_erased_member_leaves_no_name_in_it()
    {
        var c = await CommunityAsync();
        await SetAsync(c);
        await OkAsync(c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/checkers", """{"name":"Checkers","oldKey":"chess"}"""));
        Assert.Equal((false, "50", "0", "50", "memberCap"), Of(await CheckAsync(c, "user=cai&group=checkers&meter=uploaded&amount=51")));
        Assert.Equal("memberCap", Of(await CheckAsync(c, "user=cai&group=chess&meter=uploaded&amount=51")).Source);

        using (var erased = await c.Http.DeleteAsync(new Uri("api/v1/directory/users/cai", UriKind.Relative), Cancel)) Assert.True(erased.IsSuccessStatusCode);
        var left = await OkAsync(c.GetAsync("api/v1/groups/checkers/policy"));
        Assert.StartsWith("erased-", Assert.Single(left.GetProperty("members").EnumerateObject()).Name, StringComparison.Ordinal);
    }
}
