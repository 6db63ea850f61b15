using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using NodaTime.Text;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Metering;

/// <summary>Days and months behind the hours: read where they stand, right whatever comes late, and counted again.</summary>
public sealed class RollupTiersTests(PortalWithoutJobs portal) : IClassFixture<PortalWithoutJobs>
{
    private const string Year = "from=2025-01-01T00:00:00Z&to=2026-01-01T00:00:00Z";

    [Theory]
    [InlineData("2025-03-01T00:00Z", "2025-07-01T00:00Z", null, "hour 03-01T00..07-01T00")]
    [InlineData("2025-03-01T00:00Z", "2025-07-01T00:00Z", "2025-05-10T00:00Z", "month 03-01T00..05-01T00, day 05-01T00..05-10T00, hour 05-10T00..07-01T00")]
    [InlineData("2025-03-02T05:00Z", "2025-06-03T02:00Z", "2025-12-01T00:00Z", "hour 03-02T05..03-03T00, day 03-03T00..04-01T00, month 04-01T00..06-01T00, day 06-01T00..06-03T00, hour 06-03T00..06-03T02")]
    [InlineData("2025-03-02T05:00Z", "2025-03-02T09:00Z", "2025-12-01T00:00Z", "hour 03-02T05..03-02T09")]
    [InlineData("2025-03-02T05:00Z", "2025-03-04T01:00Z", "2025-12-01T00:00Z", "hour 03-02T05..03-03T00, day 03-03T00..03-04T00, hour 03-04T00..03-04T01")]
    [InlineData("2025-01-31T00:00Z", "2025-02-02T00:00Z", "2025-12-01T00:00Z", "day 01-31T00..02-02T00")]
    public void A_range_is_cut_into_the_longest_spans_that_stand(string from, string to, string? until, string expected) =>
        Assert.Equal(expected, Text(RollupSlices.Cover([Meter(until)], At(from), At(to))));

    [Fact]
    public void Windows_off_the_days_are_read_from_hours_and_neighbours_become_one()
    {
        Instant[] halfDays = [.. Enumerable.Range(0, 8).Select(i => At("2025-03-01T00:00Z") + Duration.FromHours(12 * i))];
        Assert.Equal("hour 03-01T00..03-05T00", Text(RollupSlices.Cover([Meter("2025-12-01T00:00Z")], At("2025-03-01T00:00Z"), At("2025-03-05T00:00Z"), halfDays)));
        Instant[] days = [.. Enumerable.Range(0, 31).Select(i => At("2025-03-01T00:00Z") + Duration.FromDays(i))];
        Assert.Equal("day 03-01T00..04-01T00", Text(RollupSlices.Cover([Meter("2025-12-01T00:00Z")], At("2025-03-01T00:00Z"), At("2025-04-01T00:00Z"), days)));
    }

    [Fact]
    public async Task Answers_are_the_same_before_and_after_and_come_from_months()
    {
        var c = await portal.NewCommunityAsync();
        var random = new Random(5);
        await c.StoreAsync([.. Enumerable.Range(0, 400).Select(i => A.Request(
            "u" + random.Next(5), random.Next(1, 900), "Events", "GET", 200, random.Next(1_000_000), "g" + random.Next(3), Rfc3339.Format(At("2025-01-05T00:30Z") + Duration.FromMinutes(random.Next(480_000)))))]);
        await c.StoreAsync([.. Enumerable.Range(0, 60).Select(i => A.Upload("u" + random.Next(5), random.Next(1_000_000), $"f{i}", "g" + random.Next(3), "photo", Rfc3339.Format(At("2025-01-05T00:30Z") + Duration.FromMinutes(random.Next(480_000)))))]);
        string[] questions =
        [
            $"api_time/query?{Year}&groupBy=group&windowSize=MONTH", $"api_time/query?{Year}&groupBy=subject", $"storage/query?{Year}&windowSize=MONTH&windowTimeZone=Asia/Kolkata",
            "storage/query?from=2025-04-11T10:20:00Z&to=2025-09-03T04:05:00Z&groupBy=group", "egress/query?from=2025-02-11T10:20:00Z&to=2025-09-03T04:05:00Z&windowSize=DAY&windowTimeZone=Europe/Berlin",
        ];
        var before = await Task.WhenAll(questions.Select(q => c.GetAsync("api/v1/meters/" + q)));
        Assert.True(await c.TierAsync() > 10);
        var after = await Task.WhenAll(questions.Select(q => c.GetAsync("api/v1/meters/" + q)));
        Assert.Equal(before.Select(b => b.Text), after.Select(a => a.Text));
        Assert.Equal(0, await c.TierAsync());

        // What the answer comes from: with another number in the month, the year has another sum.
        await ExecuteAsync("UPDATE rollup_month SET sum = sum + 7000000 WHERE tenant_id = $1 AND scope = 2 AND key = 'g1' AND month = '2025-05-01T00:00:00Z'", c.Id);
        Assert.NotEqual(after[0].Text, (await c.GetAsync("api/v1/meters/" + questions[0])).Text);
        var recount = await portal.Services.GetRequiredService<Recount>().RunAsync(c.Id, TestContext.Current.CancellationToken);
        Assert.NotEmpty(recount.Differences);
        Assert.All(recount.Differences, d => Assert.Contains("Group 'g1' month 2025-05-01T00:00:00Z", d, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Late_events_and_voids_of_the_least_and_greatest_change_the_month_too()
    {
        var c = await portal.NewCommunityAsync();
        foreach (var aggregation in (string[])["MIN", "MAX", "AVG"])
        {
            var body = new JsonObject { ["slug"] = "time_" + aggregation.ToLowerInvariant(), ["aggregation"] = aggregation, ["eventType"] = "api.request", ["valueProperty"] = "$.duration_ms" };
            Assert.Equal(System.Net.HttpStatusCode.Created, (await c.JsonAsync(HttpMethod.Post, "api/v1/meters", body.ToJsonString())).Status);
        }
        await c.StoreAsync(
            A.Request("ann", 40, at: "2025-02-03T10:15:00Z", id: "a"), A.Request("ann", 10, at: "2025-02-03T10:20:00Z", id: "least"), A.Request("ann", 90, at: "2025-02-20T01:00:00Z", id: "most"),
            A.Request("ann", 50, at: "2025-06-03T01:00:00Z", id: "later"));
        await c.TierAsync();
        Assert.Equal(("10", "90", "47.5"), await AskAsync());

        await c.StoreAsync(A.Request("ann", 5, at: "2025-02-11T01:00:00Z", id: "late"), A.Request("ann", 95, at: "2025-02-11T01:30:00Z", id: "late too"));
        Assert.Equal(("5", "95", "48.333333333333"), await AskAsync());
        foreach (var id in (string[])["late", "late too", "least", "most"]) Assert.Equal(System.Net.HttpStatusCode.OK, (await c.VoidAsync(A.Source, id)).Status);
        Assert.Equal(("40", "50", "45"), await AskAsync());
        await c.RecountAsync();

        async Task<(string?, string?, string?)> AskAsync() => (await c.ValueAsync("time_min", Year), await c.ValueAsync("time_max", Year), await c.ValueAsync("time_avg", Year));
    }

    [Fact]
    public async Task An_erased_person_and_a_new_policy_keep_days_and_months_right()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(A.Upload("ann", 500, "f", "g", at: "2025-02-03T10:15:00Z"), A.Request("ann", 40, group: "g", at: "2025-02-03T10:15:00Z"), A.Request("bob", 60, at: "2025-04-03T10:15:00Z"));
        await c.TierAsync();
        Assert.Equal(System.Net.HttpStatusCode.NoContent, (await c.JsonAsync(HttpMethod.Delete, "api/v1/directory/users/ann", "")).Status);
        await c.RecountAsync();
        Assert.Equal("100", await c.ValueAsync("api_time", Year));
        Assert.Empty(await c.QueryAsync("api_time", Year + "&subject=ann&groupBy=subject"));
    }

    private static StoredMeter Meter(string? until) => new(7, DefaultMeters.All[0], true) { TieredUntil = until is null ? null : At(until) };

    private static Instant At(string text) => InstantPattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm'Z'").Parse(text).Value;

    private static string Text(IEnumerable<RollupSlice> slices)
    {
        var pattern = InstantPattern.CreateWithInvariantCulture("MM-dd'T'HH");
        return string.Join(", ", slices.Select(s => $"{s.Tier} {pattern.Format(s.From)}..{pattern.Format(s.To)}"));
    }

    private async Task ExecuteAsync(string sql, int tenant)
    {
        await using var command = portal.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter { Value = tenant });
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
