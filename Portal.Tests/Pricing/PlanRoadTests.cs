using System.Net;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Tests.Support;
using OpenMeet.Insights.Tests.Upgrades;

namespace OpenMeet.Insights.Tests.Pricing;

/// <summary>The road to another plan: ten minutes to take a change back, and what always works.</summary>
public sealed class PlanRoadTests(AskPortal portal) : IClassFixture<AskPortal>
{
    private const string Account = "group:g";

    private Actor Ann => new("ann@example.org", portal.Now);

    private async Task<PlanAssignment> TakeAsync(TestCommunity c, string plan) =>
        (await portal.Get<PlanStore>().AssignAsync(await portal.TenantAsync(c), Account, plan, null, portal.Now, Ann, "chosen", CancellationToken.None))!;

    private Task<string?> WithdrawAsync(TestCommunity c, long change) => portal.Get<PlanWithdrawal>().WithdrawAsync(c.Id, Account, change, Ann, CancellationToken.None);

    private static async Task<string?> PlanAsync(TestCommunity c) => (await AskPortal.SendAsync(c, HttpMethod.Get, "groups/g/statement?period=2025-11")).GetProperty("plan").GetString();

    [Fact]
    public async Task A_change_can_be_taken_back_for_ten_minutes_and_is_then_as_if_never_made()
    {
        var c = await portal.NewGrowingAsync();
        var before = await AskPortal.SendAsync(c, HttpMethod.Get, "groups/g/statement?period=2025-11");
        var change = await TakeAsync(c, "society");
        Assert.Equal("society", await PlanAsync(c));
        Assert.Equal(change.Id, (await portal.Get<PlanWithdrawal>().OpenAsync(c.Id, Account, portal.Now, CancellationToken.None))!.Value.Change.Id);
        portal.Clock.Advance(TimeSpan.FromMinutes(9));
        Assert.Null(await WithdrawAsync(c, change.Id));
        Assert.Equal(before.GetRawText(), (await AskPortal.SendAsync(c, HttpMethod.Get, "groups/g/statement?period=2025-11")).GetRawText());
        Assert.Contains("already", await WithdrawAsync(c, change.Id), StringComparison.Ordinal);
        var line = Assert.Single((await AskPortal.SendAsync(c, HttpMethod.Get, "audit?action=plan.withdrawn")).GetProperty("items").EnumerateArray());
        Assert.Equal(Account, line.GetProperty("target").GetString());

        var late = await TakeAsync(c, "society");
        portal.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Null(await portal.Get<PlanWithdrawal>().OpenAsync(c.Id, Account, portal.Now, CancellationToken.None));
        Assert.Contains("Ten minutes are over", await WithdrawAsync(c, late.Id), StringComparison.Ordinal);
        Assert.Equal("society", await PlanAsync(c));
    }

    [Fact]
    public async Task A_change_on_which_something_stands_is_not_taken_back()
    {
        var c = await portal.NewGrowingAsync();
        var first = await TakeAsync(c, "society");
        portal.Clock.Advance(TimeSpan.FromMinutes(1));
        await TakeAsync(c, "starter");
        Assert.Contains("changed again", await WithdrawAsync(c, first.Id), StringComparison.Ordinal);

        var other = await portal.NewGrowingAsync();
        var taken = await TakeAsync(other, "society");
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        var reserved = await AskPortal.SendAsync(other, HttpMethod.Post, "quotas/reservations", """{"group":"g","meter":"storage","amount":"1000000","ttlSeconds":300}""", HttpStatusCode.Created);
        Assert.Contains("still running", await WithdrawAsync(other, taken.Id), StringComparison.Ordinal);
        await AskPortal.SendAsync(other, HttpMethod.Delete, "quotas/reservations/" + reserved.GetProperty("id").GetString());
        Assert.Null(await WithdrawAsync(other, taken.Id));
    }

    [Fact]
    public async Task At_a_hard_limit_reading_exporting_and_deleting_work_and_only_what_adds_is_refused()
    {
        var c = await portal.NewGrowingAsync(130_000_000);
        var check = await AskPortal.SendAsync(c, HttpMethod.Get, "quotas/check?group=g&meter=storage&amount=1");
        Assert.Equal((false, "blocked"), (check.GetProperty("allowed").GetBoolean(), check.GetProperty("state").GetString()));
        foreach (var path in (string[])["groups/g/usage", "groups/g/costs", "groups/g/statement", "events?group=g", "upgrade-decisions?account=group:g", "meters/storage/query?from=2025-11-01T00:00:00Z&to=2025-11-20T00:00:00Z"])
            await AskPortal.SendAsync(c, HttpMethod.Get, path);
        using var export = new HttpRequestMessage(HttpMethod.Get, "api/v1/meters/storage/query?from=2025-11-01T00:00:00Z&to=2025-11-20T00:00:00Z&windowSize=DAY");
        export.Headers.Accept.ParseAdd("text/csv");
        using var csv = await c.Http.SendAsync(export, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.OK, "text/csv"), (csv.StatusCode, csv.Content.Headers.ContentType?.MediaType));
        var at = portal.Now.ToDateTimeOffset().ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        await c.StoreAsync([.. Enumerable.Range(0, 10).Select(n => A.Deletion("ann", 130_000_000, file: $"f{n}", group: "g", at: at))]);
        Assert.True((await AskPortal.SendAsync(c, HttpMethod.Get, "quotas/check?group=g&meter=storage&amount=1")).GetProperty("allowed").GetBoolean());
    }
}
