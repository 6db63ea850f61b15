using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Upgrades;

/// <summary>Versions of the rule: drafted, tried beside the live one, let ask, and switched off.</summary>
public sealed class RuleVersionTests(AskPortal portal) : IClassFixture<AskPortal>
{
    private static Task<JsonElement> GetAsync(TestCommunity c, string path) => AskPortal.SendAsync(c, HttpMethod.Get, path);

    private static Task<JsonElement> MoveAsync(TestCommunity c, int version, string state, HttpStatusCode? expected = null) =>
        AskPortal.SendAsync(c, HttpMethod.Post, $"upgrade-rules/{version}/state", $$"""{"state":"{{state}}","reason":"for the test"}""", expected);

    private static async Task<JsonElement> NewestAsync(TestCommunity c) => (await GetAsync(c, "upgrade-decisions?account=group:g")).GetProperty("items")[0];

    [Fact]
    public async Task A_version_goes_from_draft_through_the_shadow_to_live_and_every_step_is_kept()
    {
        var c = await portal.NewGrowingAsync();
        var first = Assert.Single((await GetAsync(c, "upgrade-rules")).GetProperty("items").EnumerateArray());
        Assert.Equal((1, "live", 45), (first.GetProperty("version").GetInt32(), first.GetProperty("state").GetString(), first.GetProperty("terms").GetProperty("nearDays").GetInt32()));

        var draft = await AskPortal.SendAsync(c, HttpMethod.Post, "upgrade-rules", """{"nearDays":20,"note":"Asks later"}""", HttpStatusCode.Created);
        Assert.Equal((2, "draft", 20, 180), (draft.GetProperty("version").GetInt32(), draft.GetProperty("state").GetString(), draft.GetProperty("terms").GetProperty("nearDays").GetInt32(), draft.GetProperty("terms").GetProperty("solvedDays").GetInt32()));
        // Asked again, the draft is replaced and no other opened.
        Assert.Equal(2, (await AskPortal.SendAsync(c, HttpMethod.Post, "upgrade-rules", """{"nearDays":21}""", HttpStatusCode.Created)).GetProperty("version").GetInt32());
        await MoveAsync(c, 2, "live", HttpStatusCode.Conflict);

        Assert.True((await NewestAsync(c)).GetProperty("asked").GetBoolean());
        await MoveAsync(c, 2, "shadow");
        await AskPortal.SendAsync(c, HttpMethod.Post, "upgrade-decisions", """{"account":"group:g"}""", HttpStatusCode.Created);
        var shadow = await GetAsync(c, "upgrade-rules/2");
        Assert.Equal((1, 0), (shadow.GetProperty("lastDay").GetProperty("decided").GetInt32(), shadow.GetProperty("lastDay").GetProperty("asked").GetInt32()));
        Assert.Equal("group:g", shadow.GetProperty("lastDay").GetProperty("fewer")[0].GetString());
        Assert.True((await NewestAsync(c)).GetProperty("asked").GetBoolean());

        await MoveAsync(c, 2, "live");
        Assert.Equal("off", (await GetAsync(c, "upgrade-rules/1")).GetProperty("state").GetString());
        var newest = await NewestAsync(c);
        Assert.Equal((false, 2, 21), (newest.GetProperty("asked").GetBoolean(), newest.GetProperty("ruleVersion").GetInt32(), newest.GetProperty("terms").GetProperty("nearDays").GetInt32()));
        var actions = (await GetAsync(c, "audit?limit=50")).GetProperty("items").EnumerateArray().Select(a => a.GetProperty("action").GetString()).Where(a => a!.StartsWith("rule.", StringComparison.Ordinal));
        Assert.Equal(["rule.live", "rule.off", "rule.shadow", "rule.drafted", "rule.drafted"], actions);
    }

    [Fact]
    public async Task Switched_off_it_asks_nobody_at_once_and_on_again_it_asks()
    {
        var c = await portal.NewGrowingAsync();
        Assert.True((await NewestAsync(c)).GetProperty("asked").GetBoolean());
        await MoveAsync(c, 1, "off");
        Assert.Null(await portal.Get<UpgradeDecisions>().AskedAsync(c.Id, "group:g", CancellationToken.None));
        var newest = await NewestAsync(c);
        Assert.Equal((false, "Nothing is asked: the rule is switched off."), (newest.GetProperty("asked").GetBoolean(), newest.GetProperty("sentences")[0].GetString()));
        await MoveAsync(c, 1, "live");
        Assert.True((await NewestAsync(c)).GetProperty("asked").GetBoolean());
    }

    [Fact]
    public async Task Thresholds_that_make_no_sense_are_all_named_and_nothing_is_drafted()
    {
        var c = await portal.NewCommunityAsync();
        var answer = await c.JsonAsync(HttpMethod.Post, "api/v1/upgrade-rules", """{"nearDays":0,"habitCycles":4,"sureError":"2","savingNeeded":-1}""");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(["- nearDays out_of_range", "- habitCycles out_of_range", "- sureError out_of_range", "- savingNeeded out_of_range"], answer.Faults);
        Assert.Single((await GetAsync(c, "upgrade-rules")).GetProperty("items").EnumerateArray());
        await AskPortal.SendAsync(c, HttpMethod.Post, "upgrade-rules", """{"nearDays":"4.5"}""", HttpStatusCode.BadRequest);
        await MoveAsync(c, 9, "off", HttpStatusCode.NotFound);
        using var reader = portal.Client(await portal.NewKeyAsync(null, null, "read"), c.Key);
        foreach (var path in (string[])["upgrade-rules", "upgrade-disputes", "upgrade-funnel"])
        {
            using var refused = await reader.GetAsync("api/v1/" + path, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }
        using var drafted = await reader.PostAsJsonAsync("api/v1/upgrade-rules", new { nearDays = 30 }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, drafted.StatusCode);
    }

    [Fact]
    public async Task A_replay_says_for_each_month_whom_a_version_would_have_asked_and_whether_that_was_right()
    {
        // 3 GB at the start of October and 150 MB a day: 10 GB are reached in the middle of November.
        var c = await portal.NewGrowingAsync(150_000_000);
        await AskPortal.SendAsync(c, HttpMethod.Post, "upgrade-rules/1/replay", expected: HttpStatusCode.Accepted);
        var tenant = await portal.TenantAsync(c);
        Assert.NotEqual(0, await portal.Get<RuleReplays>().RunAsync(tenant, TimeSpan.Zero, CancellationToken.None));
        Assert.Equal(0, await portal.Get<RuleReplays>().RunAsync(tenant, TimeSpan.FromMinutes(10), CancellationToken.None));
        var months = (await GetAsync(c, "upgrade-rules/1")).GetProperty("replay").EnumerateArray().ToList();
        Assert.Equal(["2025-11", "2025-10", "2025-09", "2025-08", "2025-07", "2025-06"], months.Select(m => m.GetProperty("month").GetString()));
        Assert.All(months, m => Assert.Equal("done", m.GetProperty("state").GetString()));
        Assert.Equal([1, 1, 0, 0, 0, 0], months.Select(m => m.GetProperty("accounts").GetInt32()));
        // On 1 October the limit is 37 days away, on 1 November 6: it is met on 7 November.
        Assert.Equal([1, 1, 0, 0, 0, 0], months.Select(m => m.GetProperty("asked").GetInt32()));
        Assert.Equal([1, 1], months.Take(2).Select(m => m.GetProperty("proofs").GetProperty("right").GetInt32()));
        Assert.Equal("society", months[1].GetProperty("asks")[0].GetProperty("plan").GetString());
    }

    [Fact]
    public async Task An_account_whose_limit_was_set_by_hand_since_is_left_out_and_said_so()
    {
        var c = await portal.NewGrowingAsync();
        await AskPortal.SendAsync(c, HttpMethod.Post, "quotas/overrides", """{"kind":"group","key":"g","meter":"storage","limit":"12000000000","limitKind":"hard","reason":"agreed","permanent":true}""");
        await AskPortal.SendAsync(c, HttpMethod.Post, "upgrade-rules/1/replay", expected: HttpStatusCode.Accepted);
        await portal.Get<RuleReplays>().RunAsync(await portal.TenantAsync(c), TimeSpan.FromMinutes(10), CancellationToken.None);
        var november = (await GetAsync(c, "upgrade-rules/1")).GetProperty("replay")[0];
        Assert.Equal((0, 1), (november.GetProperty("accounts").GetInt32(), november.GetProperty("skipped").GetInt32()));
    }
}
