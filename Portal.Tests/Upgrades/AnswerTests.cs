using System.Net;
using System.Text;
using System.Text.Json;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Upgrades;

/// <summary>Answers to asks over HTTP: what they silence, for how long, and whose they are.</summary>
public sealed class AnswerTests(AskPortal portal) : IClassFixture<AskPortal>
{
    private static async Task<JsonElement> NewestAsync(TestCommunity c) => (await AskPortal.SendAsync(c, HttpMethod.Get, "upgrade-decisions?account=group:g")).GetProperty("items")[0];

    private static async Task<string> AskedAsync(TestCommunity c)
    {
        var newest = await NewestAsync(c);
        Assert.True(newest.GetProperty("asked").GetBoolean(), newest.GetProperty("sentences").GetRawText());
        return newest.GetProperty("id").GetString()!;
    }

    private static Task<JsonElement> AnswerAsync(TestCommunity c, string id, string body, HttpStatusCode? expected = null) =>
        AskPortal.SendAsync(c, HttpMethod.Post, $"upgrade-decisions/{id}/response", body, expected);

    private static string[] Faults(JsonElement problem) => [.. problem.GetProperty("errors").EnumerateArray().Select(e => $"{e.GetProperty("path").GetString()} {e.GetProperty("code").GetString()}")];

    [Theory]
    [InlineData("""{"response":"snooze"}""", "until required")]
    [InlineData("""{"response":"snooze","until":"2025-11-01T00:00:00Z"}""", "until in_the_past")]
    [InlineData("""{"response":"snooze","until":"soon"}""", "until not_a_time")]
    [InlineData("""{"response":"snooze","until":"never","reason":"price"}""", "reason not_for_this")]
    [InlineData("""{"response":"dismiss","until":"never"}""", "until not_for_this")]
    [InlineData("""{"response":"dispute"}""", "text required")]
    [InlineData("""{"response":"dispute","text":"No","reason":"mood"}""", "reason unknown")]
    [InlineData("""{"response":"snooze","until":"never","account":"group:other"}""", "account other_account")]
    [InlineData("""{"response":"later"}""", "response unknown")]
    public async Task An_answer_that_cannot_be_meant_is_refused_and_stores_nothing(string body, string fault)
    {
        var c = await portal.NewGrowingAsync();
        var id = await AskedAsync(c);
        Assert.Equal([fault], Faults(await AnswerAsync(c, id, body, HttpStatusCode.BadRequest)));
        Assert.Equal(id, await AskedAsync(c));
        Assert.Equal(0, (await NewestAsync(c)).GetProperty("responses").GetArrayLength());
    }

    [Theory]
    [InlineData("""{"response":"snooze","until":"2025-12-20T00:00:00Z"}""")]
    [InlineData("""{"response":"snooze","until":"90%"}""")]
    [InlineData("""{"response":"snooze","until":"limit"}""")]
    [InlineData("""{"response":"snooze","until":"never"}""")]
    [InlineData("""{"response":"dismiss"}""")]
    [InlineData("""{"response":"dispute","reason":"forecast","text":"It was a festival."}""")]
    public async Task An_answer_silences_the_question_at_once_and_taken_back_it_is_asked_again(string body)
    {
        var c = await portal.NewGrowingAsync();
        var id = await AskedAsync(c);
        Assert.False((await AnswerAsync(c, id, body)).GetProperty("asked").GetBoolean());
        var newest = await NewestAsync(c);
        Assert.False(newest.GetProperty("asked").GetBoolean());
        Assert.Equal("stay", newest.GetProperty("verdict").GetProperty("kind").GetString());
        Assert.Equal(id, newest.GetProperty("standing")[0].GetProperty("decision").GetString());

        await AskPortal.SendAsync(c, HttpMethod.Delete, $"upgrade-decisions/{id}/response");
        await AskedAsync(c);
        await AskPortal.SendAsync(c, HttpMethod.Delete, $"upgrade-decisions/{id}/response", expected: HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_snooze_until_nine_tenths_ends_with_them()
    {
        var c = await portal.NewGrowingAsync();
        await AnswerAsync(c, await AskedAsync(c), """{"response":"snooze","until":"90%"}""");
        Assert.False((await NewestAsync(c)).GetProperty("asked").GetBoolean());
        await c.StoreAsync(A.Change("ann", 1_800_000_000, group: "g", at: "2025-11-20T11:00:00Z"));
        await AskPortal.SendAsync(c, HttpMethod.Post, "upgrade-decisions", """{"account":"group:g"}""", HttpStatusCode.Created);
        await AskedAsync(c);
    }

    [Fact]
    public async Task A_dispute_is_answered_by_a_person_and_the_account_reads_it()
    {
        var c = await portal.NewGrowingAsync();
        var id = await AskedAsync(c);
        await AnswerAsync(c, id, """{"response":"dispute","reason":"data","text":"These files are gone."}""");
        var open = Assert.Single((await AskPortal.SendAsync(c, HttpMethod.Get, "upgrade-disputes?state=open")).GetProperty("items").EnumerateArray());
        // Thursday and five working days.
        Assert.Equal(("2025-11-27", "data", id, "group:g"), (
            open.GetProperty("answerBy").GetString(), open.GetProperty("reason").GetString(), open.GetProperty("decision").GetString(), open.GetProperty("account").GetString()));
        var dispute = open.GetProperty("id").GetInt64();

        Assert.Equal(["outcome required", "text required"], Faults(await AskPortal.SendAsync(c, HttpMethod.Post, $"upgrade-disputes/{dispute}/answer", "{}", HttpStatusCode.BadRequest)));
        var answered = await AskPortal.SendAsync(c, HttpMethod.Post, $"upgrade-disputes/{dispute}/answer", """{"outcome":"notUpheld","text":"They are still stored."}""");
        Assert.Equal("notUpheld", answered.GetProperty("state").GetString());
        await AskPortal.SendAsync(c, HttpMethod.Post, $"upgrade-disputes/{dispute}/answer", """{"outcome":"upheld","text":"Again"}""", HttpStatusCode.Conflict);
        await AskPortal.SendAsync(c, HttpMethod.Post, "upgrade-disputes/999999/answer", """{"outcome":"upheld","text":"None"}""", HttpStatusCode.NotFound);
        // Answered and not upheld: the rule decides again.
        var again = await AskedAsync(c);
        Assert.NotEqual(id, again);

        await AnswerAsync(c, again, """{"response":"dispute","text":"They are gone now."}""");
        var second = (await AskPortal.SendAsync(c, HttpMethod.Get, "upgrade-disputes?state=open")).GetProperty("items")[0].GetProperty("id").GetInt64();
        await AskPortal.SendAsync(c, HttpMethod.Post, $"upgrade-disputes/{second}/answer", """{"outcome":"upheld","text":"You are right."}""");
        Assert.False((await NewestAsync(c)).GetProperty("asked").GetBoolean());
        Assert.Equal(1, (await AskPortal.SendAsync(c, HttpMethod.Get, "upgrade-funnel")).GetProperty("stages").GetProperty("dispute_upheld").GetInt32());
    }

    [Fact]
    public async Task Nobody_answers_for_another_account_and_the_attempt_is_kept()
    {
        var c = await portal.NewGrowingAsync();
        await AskPortal.SendAsync(c, HttpMethod.Put, "directory/users/bob", """{"name":"Bob"}""");
        await AskPortal.SendAsync(c, HttpMethod.Put, "directory/groups/g/members/bob", """{"role":"admin"}""");
        var id = await AskedAsync(c);
        using var body = new StringContent("""{"response":"snooze","until":"never"}""", Encoding.UTF8, "application/json");
        using var refused = await portal.As("bob", c).PostAsync($"api/v1/upgrade-decisions/{id}/response", body, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("another account", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(id, await AskedAsync(c));
        var line = Assert.Single((await AskPortal.SendAsync(c, HttpMethod.Get, "audit?action=decision.refused")).GetProperty("items").EnumerateArray());
        Assert.Equal(("user:bob", "group:g"), (line.GetProperty("actor").GetString(), line.GetProperty("target").GetString()));

        using var own = new StringContent("""{"response":"snooze","until":"never"}""", Encoding.UTF8, "application/json");
        using var taken = await portal.As("ann", c).PostAsync($"api/v1/upgrade-decisions/{id}/response", own, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);
    }

    [Fact]
    public async Task A_stage_is_counted_once_for_each_ask()
    {
        var c = await portal.NewGrowingAsync();
        async Task<(int Eligible, int Shown, int Snoozed)> FunnelAsync()
        {
            var stages = (await AskPortal.SendAsync(c, HttpMethod.Get, "upgrade-funnel?days=30")).GetProperty("stages");
            return (stages.GetProperty("eligible").GetInt32(), stages.GetProperty("shown").GetInt32(), stages.GetProperty("snoozed").GetInt32());
        }
        var id = await AskedAsync(c);
        Assert.Equal((1, 0, 0), await FunnelAsync());
        for (var i = 0; i < 3; i++)
        {
            using var seen = await portal.As("ann", c).GetAsync("api/v1/upgrade-decisions?account=group:g", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, seen.StatusCode);
        }
        await AskPortal.SendAsync(c, HttpMethod.Post, "upgrade-decisions", """{"account":"group:g"}""", HttpStatusCode.Created);
        Assert.Equal((1, 1, 0), await FunnelAsync());
        for (var i = 0; i < 2; i++) await AnswerAsync(c, id, """{"response":"snooze","until":"90%"}""");
        Assert.Equal((1, 1, 1), await FunnelAsync());
        using var metrics = await portal.Client().GetAsync("metrics", TestContext.Current.CancellationToken);
        Assert.Contains("openmeet_insights_upgrade_prompts_total{stage=\"eligible\"}", await metrics.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
