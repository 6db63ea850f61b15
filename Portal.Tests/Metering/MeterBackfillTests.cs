using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Metering;

/// <summary>Meters that are made or changed after their events were stored.</summary>
public sealed class MeterBackfillTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private const string Range = "from=2025-10-01T00:00:00Z&to=2025-11-01T00:00:00Z";

    [Fact]
    public async Task A_new_meter_counts_from_the_first_event_and_one_without_events_is_ready_at_once()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(Score("ann", 5), Score("bob", 7));
        var made = await c.JsonAsync(HttpMethod.Post, "api/v1/meters", """{"slug":"scores","aggregation":"SUM","eventType":"game.scored","valueProperty":"$.points"}""");
        Assert.Equal((HttpStatusCode.Created, "ready"), (made.Status, made.Json.GetProperty("state").GetString()));
        Assert.Equal("12", await c.ValueAsync("scores", Range));
        var empty = await c.JsonAsync(HttpMethod.Post, "api/v1/meters", """{"slug":"nothing","aggregation":"COUNT","eventType":"never.sent"}""");
        Assert.Equal("ready", empty.Json.GetProperty("state").GetString());
        await c.RecountAsync();
    }

    [Fact]
    public async Task A_changed_meter_keeps_its_number_and_is_counted_anew()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(Score("ann", 5), Score("bob", 7));
        var made = await c.JsonAsync(HttpMethod.Post, "api/v1/meters", """{"slug":"scores","aggregation":"SUM","eventType":"game.scored","valueProperty":"$.points"}""");
        var changed = await c.JsonAsync(HttpMethod.Put, "api/v1/meters/scores", """{"sources":[{"eventType":"game.scored","valueProperty":"$.points","factor":"-2"},{"eventType":"message.sent","valueProperty":"$.n"}]}""");
        Assert.Equal((HttpStatusCode.OK, "ready"), (changed.Status, changed.Json.GetProperty("state").GetString()));
        Assert.Equal(made.Json.GetProperty("id").GetString(), changed.Json.GetProperty("id").GetString());
        Assert.Equal("-24", await c.ValueAsync("scores", Range));
        await c.StoreAsync(Score("ann", 1));
        Assert.Equal("-26", await c.ValueAsync("scores", Range));
        await c.RecountAsync();
    }

    [Fact]
    public async Task While_it_is_counted_piece_by_piece_events_that_come_or_go_count_once()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync([.. Enumerable.Range(1, 20).Select(i => Score("ann", i, day: i, id: "s" + i.ToString(CultureInfo.InvariantCulture)))]);
        await c.JsonAsync(HttpMethod.Post, "api/v1/meters", """{"slug":"scores","aggregation":"SUM","eventType":"game.scored","valueProperty":"$.points"}""");
        await c.JsonAsync(HttpMethod.Post, "api/v1/meters", """{"slug":"best","aggregation":"MAX","eventType":"game.scored","valueProperty":"$.points"}""");
        // The portal's own turn would count to the end what is to stand half-way.
        var counting = portal.Services.GetRequiredService<MeterBackfill>();
        await counting.StopAsync(TestContext.Current.CancellationToken);
        foreach (var slug in (string[])["scores", "best"]) await HalfWayAsync(c, slug);

        // Before the position, behind it, and taken back on both sides.
        await c.StoreAsync(Score("ann", 100, day: 3), Score("ann", 1_000, day: 15));
        await c.VoidAsync(A.Source, "s4");
        await c.VoidAsync(A.Source, "s10");
        await c.VoidAsync(A.Source, "s16");
        var answer = (await c.GetAsync("api/v1/users/ann/usage?period=2025-10")).Json.GetProperty("carried").EnumerateArray().ToDictionary(r => r.GetProperty("meter").GetString()!);
        Assert.Null(answer["scores"].GetProperty("value").GetString());
        var shown = (await c.GetAsync("api/v1/meters/scores")).Json;
        Assert.Equal(("backfilling", 0.5m), (shown.GetProperty("state").GetString(), shown.GetProperty("progress").GetDecimal()));
        await c.RecountAsync();

        await counting.RunAsync(c.Id, "scores", TimeSpan.MaxValue, CancellationToken.None);
        await counting.RunAsync(c.Id, "best", TimeSpan.MaxValue, CancellationToken.None);
        await counting.StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal("ready", (await c.GetAsync("api/v1/meters/scores")).Json.GetProperty("state").GetString());
        Assert.Equal(((20 * 21 / 2) + 1_100 - 4 - 10 - 16).ToString(CultureInfo.InvariantCulture), await c.ValueAsync("scores", Range));
        Assert.Equal("1000", await c.ValueAsync("best", Range));
        await c.RecountAsync();
    }

    [Fact]
    public async Task Every_default_meter_counted_again_is_what_it_was()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(
            A.Upload("ann", 300, file: "f", at: "2025-10-02T00:00:00Z"), A.Attachment("oleg", "f", "g", at: "2025-10-04T00:00:00Z"), A.Snapshot("zoe", 70, at: "2025-10-05T10:00:00Z"),
            A.Request("ann", 12.5m, "groups", "GET", 200, 1_000, "g", "2025-10-03T00:00:00Z"), A.Message("ann", "g", "2025-10-03T00:00:00Z"), A.Event("email.sent", "ann", "2025-10-03T00:00:00Z", null, ("count", 3)));
        var meters = (await c.GetAsync("api/v1/meters")).Json.EnumerateArray().Select(m => m.GetProperty("slug").GetString()!).ToList();
        var before = await AllAsync();
        foreach (var meter in meters) Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Post, $"api/v1/meters/{meter}/backfill", "{}")).Status);
        Assert.Equal(before, await AllAsync());
        await c.RecountAsync();

        async Task<List<string>> AllAsync()
        {
            var all = new List<string>();
            foreach (var meter in meters) all.Add($"{meter} {await c.ValueAsync(meter, Range)}");
            foreach (var account in (string[])["users/ann", "users/zoe", "groups/g"]) all.Add((await c.GetAsync($"api/v1/{account}/usage?period=2025-10")).Json.GetProperty("meters").GetRawText());
            return all;
        }
    }

    [Fact]
    public async Task Values_that_are_no_numbers_are_skipped_and_marked_also_where_the_meter_came_later()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(Score("ann", 5), A.Event("game.scored", "bob", "2025-10-02T00:00:00Z", "bad", ("points", "many")));
        await c.JsonAsync(HttpMethod.Post, "api/v1/meters", """{"slug":"scores","aggregation":"SUM","eventType":"game.scored","valueProperty":"$.points"}""");
        Assert.Equal("5", await c.ValueAsync("scores", Range));
        var bad = (await c.GetAsync("api/v1/events?subject=bob")).Json.EnumerateArray().Single();
        Assert.Contains("scores", bad.GetProperty("validationError").GetString(), StringComparison.Ordinal);
    }

    private static JsonObject Score(string by, int points, int day = 1, string? id = null) =>
        A.Event("game.scored", by, string.Create(CultureInfo.InvariantCulture, $"2025-10-{day:00}T00:00:00Z"), id, ("points", points));

    // As if the portal had been killed after the tenth event.
    private async Task HalfWayAsync(TestCommunity c, string slug)
    {
        await using var half = portal.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("""
            WITH m AS (UPDATE meter SET counted_at = NULL, position_time = '2025-10-10T00:00:00Z', position_key = 'ffffffff-ffff-ffff-ffff-ffffffffffff', counted_events = 10, total_events = 20
                       WHERE tenant_id = $1 AND slug = $2 AND archived_at IS NULL RETURNING id),
                 t AS (UPDATE tenant SET catalog_version = catalog_version + 1 WHERE id = $1)
            DELETE FROM rollup_hour r USING m WHERE r.tenant_id = $1 AND r.meter_id = m.id AND r.hour > '2025-10-10T00:00:00Z'
            """);
        half.Parameters.Add(new NpgsqlParameter { Value = c.Id });
        half.Parameters.Add(new NpgsqlParameter { Value = slug });
        await half.ExecuteNonQueryAsync();
    }
}
