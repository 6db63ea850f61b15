using System.Net;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Pricing;

public sealed class PlanImpactTests(PortalWithClock portal) : IClassFixture<PortalWithClock>
{
    [Fact]
    public async Task A_draft_is_replayed_on_the_own_history_of_who_is_on_the_plan()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync([.. Enumerable.Range(1, 9).Select(i => A.Message("ann", at: $"2025-10-0{i}T00:00:00Z")), A.Message("bob", at: "2025-10-01T00:00:00Z"), A.Message("cleo", at: "2025-10-01T00:00:00Z")]);
        await OkAsync(c, HttpMethod.Post, "plans", """{"key":"club","name":"Club","currency":"USD","fee":"3.00","items":[]}""");
        await OkAsync(c, HttpMethod.Post, "plans/club/publish", """{"effective":"2025-01-01T00:00:00Z"}""");
        foreach (var user in (string[])["ann", "bob"]) await OkAsync(c, HttpMethod.Put, $"accounts/user/{user}/plan", """{"plan":"club","effective":"2025-01-01T00:00:00Z"}""");
        Assert.Equal(HttpStatusCode.Conflict, (await c.JsonAsync(HttpMethod.Post, "api/v1/plans/club/impact", "{}")).Status);
        await OkAsync(c, HttpMethod.Put, "plans/club", """
            {"key":"club","name":"Club","currency":"USD","fee":"1.00","items":[{"meter":"messages","included":5,"limit":8,"limitKind":"hard","price":{"model":"per_unit","unitPrice":"2.00"}}]}
            """);

        var impact = (await c.JsonAsync(HttpMethod.Post, "api/v1/plans/club/impact", """{"months":2}""")).Json;

        Assert.Equal(["2025-09", "2025-10"], impact.GetProperty("months").EnumerateArray().Select(m => m.GetString()));
        Assert.Equal(["user:ann 6.00 10.00 4.00 messages 9 8 hard", "user:bob 6.00 2.00 -4.00 "], impact.GetProperty("items").EnumerateArray().Select(i =>
            $"{i.GetProperty("account")} {i.GetProperty("now")} {i.GetProperty("draft")} {i.GetProperty("difference")} "
            + string.Join(",", i.GetProperty("crosses").EnumerateArray().Select(x => $"{x.GetProperty("meter")} {x.GetProperty("used")} {x.GetProperty("limit")} {x.GetProperty("limitKind")}"))));
        Assert.Equal(("12.00", "12.00", 1, 1), (impact.GetProperty("totals").GetProperty("now").GetString(), impact.GetProperty("totals").GetProperty("draft").GetString(),
            impact.GetProperty("payMore").GetInt32(), impact.GetProperty("crossLimit").GetInt32()));
        Assert.Equal(HttpStatusCode.BadRequest, (await c.JsonAsync(HttpMethod.Post, "api/v1/plans/club/impact", """{"months":13}""")).Status);
    }

    private static async Task OkAsync(TestCommunity c, HttpMethod method, string path, string body)
    {
        var answer = await c.JsonAsync(method, "api/v1/" + path, body);
        Assert.True((int)answer.Status is 200 or 201, answer.Text);
    }
}
