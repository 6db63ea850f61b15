using System.Net;
using System.Text.Json;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Storage;

/// <summary>What is odd about stored bytes, over HTTP: each anomaly with the events that caused it.</summary>
public sealed class AnomalyTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private static async Task<JsonElement> ListAsync(TestCommunity c, string query = "")
    {
        var answer = await c.GetAsync("api/v1/anomalies" + query);
        Assert.True(answer.Status == HttpStatusCode.OK, answer.Text);
        return answer.Json;
    }

    private static string Brief(JsonElement item) => string.Join(' ',
        item.GetProperty("kind").GetString(), item.GetProperty("carrier").GetString(), item.GetProperty("file").GetString() ?? "-", item.GetProperty("at").GetString(), item.GetProperty("until").GetString() ?? "-",
        item.GetProperty("level").GetString(), item.GetProperty("namedSize").GetString() ?? "-", string.Join(',', item.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("id").GetString() + e.GetProperty("bytes").GetString())));

    private static async Task<string[]> BriefsAsync(TestCommunity c, string query = "") => [.. (await ListAsync(c, query)).GetProperty("items").EnumerateArray().Select(Brief)];

    [Fact]
    public async Task A_level_below_zero_names_the_events_that_took_it_there_and_ends_when_it_is_back()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(
            A.Upload("ann", 100, at: "2025-11-01T00:00:00Z"), A.Change("ann", -150, at: "2025-11-02T00:00:00Z", id: "down"), A.Change("ann", 10, at: "2025-11-03T00:00:00Z"),
            A.Change("ann", -30, at: "2025-11-04T00:00:00Z", id: "more"), A.Upload("ann", 500, at: "2025-11-05T00:00:00Z"), A.Change("ann", -1, at: "2025-11-06T00:00:00Z"),
            A.Deletion("bob", 7, file: "never-seen", group: "g", at: "2025-11-07T00:00:00Z", id: "gone"));
        Assert.Equal(
            [
                "level_below_zero group:g never-seen 2025-11-07T00:00:00Z - -7 - gone-7",
                "level_below_zero user:ann - 2025-11-02T00:00:00Z 2025-11-05T00:00:00Z -70 - down-150,more-30",
            ],
            await BriefsAsync(c));

        // A voided event has no effect, so nothing is odd any more.
        await c.VoidAsync(A.Source, "down");
        await c.VoidAsync(A.Source, "gone");
        Assert.Empty(await BriefsAsync(c));
    }

    [Fact]
    public async Task An_attachment_is_held_against_its_files_own_level_at_that_instant()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(
            A.Upload("ann", 300, file: "f", at: "2025-11-11T00:00:00Z"), A.Upload("ann", 20, file: "f", at: "2025-11-12T00:00:00Z"), A.Attachment("ann", "f", "g", 300, "2025-11-13T00:00:00Z", "wrong"),
            A.Deletion("ann", 20, file: "f", at: "2025-11-14T00:00:00Z"), A.Attachment("ann", "f", "h", 300, "2025-11-15T00:00:00Z", "right"), A.Attachment("ann", "f", "i", null, "2025-11-16T00:00:00Z", "silent"),
            A.Attachment("bob", "unknown", "g", 5, "2025-11-17T00:00:00Z", "early"));
        Assert.Equal(
            ["attached_size_differs group:g unknown 2025-11-17T00:00:00Z - 0 5 early5", "attached_size_differs group:g f 2025-11-13T00:00:00Z - 320 300 wrong300"],
            await BriefsAsync(c));

        // A late upload makes the early attachment right.
        await c.StoreAsync(A.Upload("bob", 5, file: "unknown", at: "2025-11-16T12:00:00Z"));
        Assert.DoesNotContain(await BriefsAsync(c), a => a.Contains("unknown", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_renamed_groups_slugs_are_one_carrier()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Change("ann", 100, "old", at: "2025-11-01T00:00:00Z"), A.Change("ann", -60, "new", at: "2025-11-02T00:00:00Z"));
        Assert.Single(await BriefsAsync(c));
        await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/new", """{"oldKey":"old"}""");
        Assert.Empty(await BriefsAsync(c));
    }

    [Fact]
    public async Task Pages_follow_each_other_without_gap_or_repetition_also_at_one_instant()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync([.. Enumerable.Range(0, 7).Select(i => A.Change("u" + i, -1, at: "2025-11-02T00:00:00Z"))]);
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await ListAsync(c, "?limit=3" + (cursor is null ? "" : "&cursor=" + cursor));
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("carrier").GetString()!));
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(0, 7).Select(i => "user:u" + i), seen.Order(StringComparer.Ordinal));
        Assert.Equal(["- cursor malformed", "- limit out_of_range"], (await c.GetAsync("api/v1/anomalies?cursor=no!&limit=0")).Faults.Order());
    }

    [Fact]
    public async Task It_needs_the_scope_of_administrators()
    {
        var c = await portal.NewCommunityAsync();
        using var reader = portal.Client(await portal.NewKeyAsync(c.Id, null, "read"), c.Key);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.GetAsync(new Uri("api/v1/anomalies", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
    }
}
