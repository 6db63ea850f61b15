using System.Net;
using System.Text.Json;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Quotas;

/// <summary>Limits of single accounts over HTTP: refused, previewed, replaced, taken back, ended.</summary>
public sealed class OverrideTests(PortalWithClock portal) : IClassFixture<PortalWithClock>
{
    private const string Path = "api/v1/quotas/overrides";

    private static string Body(long limit, string more = "\"permanent\":true", string limitKind = "hard") =>
        $$"""{"kind":"user","key":"ann","meter":"storage","limit":"{{limit}}","limitKind":"{{limitKind}}","reason":"Festival",{{more}}}""";

    private static async Task<JsonElement> OkAsync(Task<Answer> asked, HttpStatusCode expected = HttpStatusCode.OK)
    {
        var answer = await asked;
        Assert.True(answer.Status == expected, answer.Text);
        return answer.Json;
    }

    private static Task<JsonElement> SetAsync(TestCommunity c, long limit, string more = "\"permanent\":true") => OkAsync(c.JsonAsync(HttpMethod.Post, Path, Body(limit, more)), HttpStatusCode.Created);

    private static async Task<string?> LimitAsync(TestCommunity c) => (await OkAsync(c.GetAsync("api/v1/quotas/check?user=ann&meter=storage"))).GetProperty("limit").GetString();

    private async Task<TestCommunity> CommunityAsync()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Upload("ann", 7_800_000_000, file: "a", at: "2025-11-10T10:00:00Z"));
        return c;
    }

    [Theory]
    [InlineData("\"expiresAt\":null", "expiresAt required")]
    [InlineData("\"permanent\":false", "expiresAt required")]
    [InlineData("\"expiresAt\":\"2026-01-01T00:00:00Z\",\"permanent\":true", "permanent ambiguous")]
    [InlineData("\"expiresAt\":\"2025-11-01T00:00:00Z\"", "expiresAt in_the_past")]
    public async Task An_end_or_permanent_is_required_and_never_both(string more, string fault)
    {
        var c = await CommunityAsync();
        var refused = await c.JsonAsync(HttpMethod.Post, Path, Body(1_000, more));

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(["- " + fault], refused.Faults);
    }

    [Fact]
    public async Task Without_a_reason_nothing_is_set_and_every_fault_is_named()
    {
        var c = await CommunityAsync();
        var refused = await c.JsonAsync(HttpMethod.Post, Path, """{"kind":"team","key":"ann","meter":"storage","limit":"-1","limitKind":"hard","reason":" ","permanent":true}""");

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(["kind", "limit", "reason"], refused.Json.GetProperty("errors").EnumerateArray().Select(e => e.GetProperty("path").GetString()).Order());
        Assert.Empty((await OkAsync(c.GetAsync(Path))).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task A_dry_run_says_who_would_be_over_and_saves_nothing()
    {
        var c = await CommunityAsync();
        var effect = await OkAsync(c.JsonAsync(HttpMethod.Post, Path + "?dryRun=true", Body(5_000_000_000)));
        var roomy = await OkAsync(c.JsonAsync(HttpMethod.Post, Path + "?dryRun=true", Body(10_000_000_000, limitKind: "soft")));

        Assert.Equal("Now 7.8 GB used: 1 account would be over by 2.8 GB. New use is refused at once; reading, exporting and deleting go on.", effect.GetProperty("effect").GetString());
        Assert.Equal((1, "2800000000", "unlimited"), (effect.GetProperty("accountsOver").GetInt32(), effect.GetProperty("overBy").GetString(), effect.GetProperty("fallsBackTo").GetProperty("source").GetString()));
        Assert.Equal("Now 7.8 GB used: no account would be over; 2.2 GB remain.", roomy.GetProperty("effect").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await c.JsonAsync(HttpMethod.Post, Path + "?dryRun=perhaps", Body(1))).Status);
        Assert.Null(await LimitAsync(c));
        Assert.Empty((await OkAsync(c.GetAsync(Path))).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task A_limit_below_the_use_of_now_is_allowed_and_blocks()
    {
        var c = await CommunityAsync();
        await SetAsync(c, 5_000_000_000);
        var check = await OkAsync(c.GetAsync("api/v1/quotas/check?user=ann&meter=storage"));

        Assert.Equal((false, "blocked", "-2800000000"), (check.GetProperty("allowed").GetBoolean(), check.GetProperty("state").GetString(), check.GetProperty("remaining").GetString()));
    }

    [Fact]
    public async Task A_newer_one_takes_the_place_of_the_one_before_and_ending_it_leads_back_to_the_plan()
    {
        var c = await CommunityAsync();
        var first = await SetAsync(c, 10_000);
        var second = await SetAsync(c, 20_000);
        Assert.Equal("20000", await LimitAsync(c));
        Assert.NotNull((await OkAsync(c.GetAsync($"{Path}/{first.GetProperty("id")}"))).GetProperty("endedAt").GetString());

        await OkEndAsync(c, second);
        Assert.Null(await LimitAsync(c));
    }

    [Fact]
    public async Task What_was_set_is_taken_back_within_ten_minutes_and_what_it_replaced_holds_again()
    {
        var c = await CommunityAsync();
        await SetAsync(c, 10_000);
        portal.Clock.Advance(TimeSpan.FromHours(1));
        var second = await SetAsync(c, 20_000);
        portal.Clock.Advance(TimeSpan.FromMinutes(10));

        var undone = await OkAsync(c.JsonAsync(HttpMethod.Post, $"{Path}/{second.GetProperty("id")}/undo", "{}"));

        Assert.NotNull(undone.GetProperty("endedAt").GetString());
        Assert.Equal("10000", await LimitAsync(c));
        var audit = (await c.GetAsync("api/v1/audit")).Text;
        Assert.Contains("override.set.undone", audit, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_ended_goes_on_when_it_is_taken_back_and_after_ten_minutes_it_is_too_late()
    {
        var c = await CommunityAsync();
        var made = await SetAsync(c, 10_000);
        portal.Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(HttpStatusCode.Conflict, (await c.JsonAsync(HttpMethod.Post, $"{Path}/{made.GetProperty("id")}/undo", "{}")).Status);
        Assert.Equal("10000", await LimitAsync(c));

        await OkEndAsync(c, made);
        await OkAsync(c.JsonAsync(HttpMethod.Post, $"{Path}/{made.GetProperty("id")}/undo", "{}"));
        Assert.Equal("10000", await LimitAsync(c));

        await OkEndAsync(c, made);
        portal.Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(HttpStatusCode.Conflict, (await c.JsonAsync(HttpMethod.Post, $"{Path}/{made.GetProperty("id")}/undo", "{}")).Status);
        Assert.Null(await LimitAsync(c));
        Assert.Equal(HttpStatusCode.NotFound, (await c.JsonAsync(HttpMethod.Post, $"{Path}/999999/undo", "{}")).Status);
    }

    [Fact]
    public async Task One_that_a_newer_one_replaced_cannot_be_taken_back()
    {
        var c = await CommunityAsync();
        var first = await SetAsync(c, 10_000);
        await SetAsync(c, 20_000);

        Assert.Equal(HttpStatusCode.Conflict, (await c.JsonAsync(HttpMethod.Post, $"{Path}/{first.GetProperty("id")}/undo", "{}")).Status);
        Assert.Equal("20000", await LimitAsync(c));
    }

    [Fact]
    public async Task One_that_ends_within_two_weeks_is_marked_and_expires_by_itself()
    {
        var c = await CommunityAsync();
        var now = portal.Clock.GetUtcNow();
        var soon = await SetAsync(c, 10_000, $"\"expiresAt\":\"{now.AddDays(14):yyyy-MM-ddTHH:mm:ssZ}\"");
        var later = await OkAsync(c.JsonAsync(HttpMethod.Post, Path, Body(10_000, $"\"expiresAt\":\"{now.AddDays(15):yyyy-MM-ddTHH:mm:ssZ}\"").Replace("storage", "messages", StringComparison.Ordinal)), HttpStatusCode.Created);

        Assert.Equal((true, false), (soon.GetProperty("endsSoon").GetBoolean(), later.GetProperty("endsSoon").GetBoolean()));
        Assert.Equal("10000", await LimitAsync(c));
        portal.Clock.Advance(TimeSpan.FromDays(14));
        Assert.Null(await LimitAsync(c));
    }

    private static async Task OkEndAsync(TestCommunity c, JsonElement made)
    {
        using var ended = await c.Http.DeleteAsync(new Uri($"{Path}/{made.GetProperty("id")}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NoContent, ended.StatusCode);
    }
}
