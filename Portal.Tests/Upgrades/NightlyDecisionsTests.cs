using System.Net;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Upgrades;

/// <summary>The night's work: who is decided about, in pieces, once a day; and what became of asks.</summary>
public sealed class NightlyDecisionsTests(AskPortal portal) : IClassFixture<AskPortal>
{
    private static async Task<int> StageAsync(TestCommunity c, string stage) => (await AskPortal.SendAsync(c, HttpMethod.Get, "upgrade-funnel?days=365")).GetProperty("stages").GetProperty(stage).GetInt32();

    private async Task<(int Made, int Left)> NightAsync(TestCommunity c, TimeSpan patience) =>
        await portal.Get<NightlyDecisions>().RunAsync(await portal.TenantAsync(c), patience, CancellationToken.None);

    [Fact]
    public async Task It_decides_about_whoever_has_a_plan_or_reaches_a_limit_once_a_day_and_goes_on_where_it_stopped()
    {
        var c = await portal.NewGrowingAsync();
        await AskPortal.SendAsync(c, HttpMethod.Put, "tenants/" + c.Key, """{"name":"A","defaultLimits":{"storage":{"limit":"1000000000","limitKind":"soft"}}}""");
        await c.StoreAsync(
            A.Upload("eve", 2_000_000_000, file: "large", at: "2025-10-10T00:00:00Z"), A.Upload("dan", 5_000_000, file: "small", at: "2025-10-10T00:00:00Z"));

        Assert.Equal(["group:g", "user:eve"], await portal.Get<DecisionAccounts>().ListAsync(await portal.TenantAsync(c), portal.Now, CancellationToken.None));
        Assert.Equal((0, 2), await NightAsync(c, TimeSpan.Zero));
        Assert.Equal((2, 0), await NightAsync(c, TimeSpan.FromMinutes(10)));
        Assert.Equal((0, 0), await NightAsync(c, TimeSpan.FromMinutes(10)));
        Assert.Single(await portal.Get<AskReports>().DecisionsAsync(c.Id, "group:g", 10, CancellationToken.None));

        portal.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal((2, 0), await NightAsync(c, TimeSpan.FromMinutes(10)));
        var asks = await portal.Get<AskReports>().AsksAsync(c.Id, "group:g", CancellationToken.None);
        // The same question two nights running is one ask.
        Assert.Equal(2, Assert.Single(asks).Decisions);
        Assert.Equal(1, await StageAsync(c, "eligible"));
    }

    [Fact]
    public async Task Room_that_was_made_counts_as_solved_without_paying_and_the_ask_is_over()
    {
        var c = await portal.NewGrowingAsync();
        await NightAsync(c, TimeSpan.FromMinutes(10));
        var today = portal.Now.ToDateTimeOffset();
        await c.StoreAsync([.. Enumerable.Range(0, 78).Select(n => A.Deletion("ann", 90_000_000, file: $"f{n}", group: "g", at: today.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture)))]);
        portal.Clock.Advance(TimeSpan.FromDays(1));
        await NightAsync(c, TimeSpan.FromMinutes(10));
        // The same night's follow-up, on the decision that was just made.
        Assert.Equal(1, await StageAsync(c, "solved_without_paying"));
        Assert.Equal(0, await StageAsync(c, "changed"));
        var ask = Assert.Single(await portal.Get<AskReports>().AsksAsync(c.Id, "group:g", CancellationToken.None));
        Assert.True(ask.IsOver);
        Assert.Contains(AskStage.Solved, ask.Stages.Keys);
    }

    [Fact]
    public async Task A_change_is_counted_whoever_makes_it_and_so_is_going_back()
    {
        var c = await portal.NewGrowingAsync();
        await NightAsync(c, TimeSpan.FromMinutes(10));
        portal.Clock.Advance(TimeSpan.FromHours(1));
        await AskPortal.SendAsync(c, HttpMethod.Put, "accounts/group/g/plan", """{"plan":"society","effective":"now"}""");
        portal.Clock.Advance(TimeSpan.FromDays(1));
        await NightAsync(c, TimeSpan.FromMinutes(10));
        Assert.Equal((1, 0, 0), (await StageAsync(c, "changed"), await StageAsync(c, "reverted"), await StageAsync(c, "kept_90_days")));
        await AskPortal.SendAsync(c, HttpMethod.Put, "accounts/group/g/plan", """{"plan":"club","effective":"now"}""");
        portal.Clock.Advance(TimeSpan.FromDays(91));
        await NightAsync(c, TimeSpan.FromMinutes(10));
        Assert.Equal((1, 1, 0), (await StageAsync(c, "changed"), await StageAsync(c, "reverted"), await StageAsync(c, "kept_90_days")));
    }

    [Fact]
    public async Task Who_pays_for_a_group_along_with_the_own_account_is_shown_what_a_plan_of_the_groups_own_would_take_away()
    {
        var c = await portal.NewGrowingAsync();
        await AskPortal.SendAsync(c, HttpMethod.Put, "directory/groups/choir", """{"name":"Choir","ownerKey":"ann"}""");
        await AskPortal.SendAsync(c, HttpMethod.Put, "accounts/user/ann/plan", """{"plan":"starter","effective":"2025-11-01T00:00:00Z"}""");
        await c.StoreAsync(A.Upload("ann", 3_000_000_000, file: "songs", group: "choir", at: "2025-11-10T00:00:00Z"), A.Upload("ann", 100_000_000, file: "own", at: "2025-11-10T00:00:00Z"));
        await AskPortal.SendAsync(c, HttpMethod.Post, "upgrade-decisions", """{"account":"user:ann"}""", HttpStatusCode.Created);
        var decision = (await AskPortal.SendAsync(c, HttpMethod.Get, "upgrade-decisions?account=user:ann")).GetProperty("items")[0];
        var way = Assert.Single(decision.GetProperty("remedies").EnumerateArray(), r => r.GetProperty("key").GetString() == "group-plan:choir");
        Assert.Equal("3000000000", way.GetProperty("effectBytes").GetString());
    }

    [Fact]
    public async Task Months_in_which_somebody_else_paid_are_no_cycles_of_the_accounts_own()
    {
        var c = await portal.NewGrowingAsync();
        await AskPortal.SendAsync(c, HttpMethod.Put, "directory/groups/choir", """{"name":"Choir","ownerKey":"ann"}""");
        await c.StoreAsync(A.Upload("ann", 3_000_000_000, file: "songs", group: "choir", at: "2025-08-10T00:00:00Z"));
        await AskPortal.SendAsync(c, HttpMethod.Put, "accounts/group/choir/plan", """{"plan":"club","effective":"2025-10-01T00:00:00Z"}""");
        await AskPortal.SendAsync(c, HttpMethod.Post, "upgrade-decisions", """{"account":"group:choir"}""", HttpStatusCode.Created);
        var decision = (await AskPortal.SendAsync(c, HttpMethod.Get, "upgrade-decisions?account=group:choir")).GetProperty("items")[0];
        Assert.Equal("2025-10", decision.GetProperty("cycles")[0].GetProperty("cycle").GetString());
    }
}
