using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Metering;

public sealed class MeterQueryTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private const string Year = "from=2025-01-01T00:00:00Z&to=2026-01-01T00:00:00Z";

    [Theory]
    [InlineData("COUNT", "5")]
    [InlineData("SUM", "16.5")]
    [InlineData("MIN", "-3")]
    [InlineData("MAX", "12.5")]
    [InlineData("AVG", "3.3")]
    [InlineData("UNIQUE_COUNT", "4")]
    [InlineData("LATEST", "7")]
    public async Task Every_aggregation_has_its_value_from_rollups_from_the_ledger_and_off_the_hour(string aggregation, string expected)
    {
        var community = await portal.NewCommunityAsync();
        await MakeAsync(community, aggregation);
        await community.StoreAsync(
            Reading(12.5m, "2025-03-01T10:00:00Z"), Reading(-3, "2025-03-01T10:59:59.999999Z", area: "b"), Reading(0, "2025-03-01T11:30:00Z"),
            Reading(0, "2025-03-02T00:00:00Z", by: "bob"), Reading(7, "2025-03-31T23:00:00Z", by: "bob", area: "b"),
            Reading(1000, "2025-04-01T00:00:00Z"), Reading(1000, "2025-02-28T23:59:59.999999Z"));

        Assert.Equal(expected, await community.ValueAsync("m", "from=2025-03-01T00:00:00Z&to=2025-04-01T00:00:00Z"));
        Assert.Equal(expected, await community.ValueAsync("m", "from=2025-03-01T00:00:00Z&to=2025-04-01T00:00:00Z&filterGroupBy[area]=a&filterGroupBy[area]=b"));
        Assert.Equal(expected, await community.ValueAsync("m", "from=2025-03-01T09:59:01.5Z&to=2025-03-31T23:00:00.000001Z"));
        var (row, empty) = ((await community.QueryAsync("m", "from=2025-05-01T00:00:00Z&to=2025-06-01T00:00:00Z"))[0], aggregation is "COUNT" or "SUM");
        Assert.Equal(empty ? ("0", "0") : (null, "null"), (row.Exact, row.Value));
    }

    [Fact]
    public async Task A_mean_has_twelve_decimals_rounded_half_away_from_zero()
    {
        var community = await portal.NewCommunityAsync();
        await MakeAsync(community, "AVG");
        await community.StoreAsync(
            Reading(1, "2025-03-01T10:00:00Z"), Reading(1, "2025-03-01T11:00:00Z"), Reading(0, "2025-03-01T12:00:00Z"),
            Reading(-1, "2025-04-01T10:00:00Z"), Reading(-1, "2025-04-01T11:00:00Z"), Reading(0, "2025-04-01T12:00:00Z"));
        Assert.Equal(["0.666666666667", "-0.666666666667"],
            (await community.QueryAsync("m", "from=2025-03-01T00:00:00Z&to=2025-05-01T00:00:00Z&windowSize=MONTH")).Select(r => r.Exact));
    }

    [Fact]
    public async Task The_latest_of_one_instant_is_the_one_with_the_greatest_id_and_late_arrivals_do_not_win()
    {
        var community = await portal.NewCommunityAsync();
        await MakeAsync(community, "LATEST");
        await community.StoreAsync(Reading(1, "2025-03-02T00:00:00Z", id: "b"), Reading(2, "2025-03-02T00:00:00Z", id: "a"));
        await community.StoreAsync(Reading(3, "2025-03-01T00:00:00Z", id: "z"));
        Assert.Equal("1", await community.ValueAsync("m", Year));
    }

    [Fact]
    public async Task Sums_are_exact_where_doubles_are_not()
    {
        var community = await portal.NewCommunityAsync();
        await MakeAsync(community, "SUM");
        await community.StoreAsync([.. Enumerable.Range(0, 30).Select(i => Reading(i % 3 == 0 ? 999_999_999_999_999.999999m : 0.1m, $"2025-03-01T{i % 24:00}:00:00Z"))]);
        var row = Assert.Single(await community.QueryAsync("m", Year));
        Assert.Equal("10000000000000001.99999", row.Exact);
        Assert.Equal(row.Exact, row.Value);
    }

    [Theory]
    [InlineData("0.5")]
    [InlineData("0.9")]
    [InlineData("0.95")]
    [InlineData("0.99")]
    [InlineData(null)]
    public async Task A_percentile_is_within_one_percent_of_the_exact_one(string? quantile)
    {
        var community = await portal.NewCommunityAsync();
        var random = new Random(11);
        var values = Enumerable.Range(0, 1500).Select(_ => Math.Round((decimal)Math.Exp(random.NextDouble() * 12) / 100m, 3)).ToArray();
        await community.StoreAsync([.. values.Select((v, i) => A.Request("ann", v, at: $"2025-03-{(i % 28) + 1:00}T{i % 24:00}:00:00Z"))]);

        var q = double.Parse(quantile ?? "0.95", CultureInfo.InvariantCulture);
        var exact = values.Order().ElementAt((int)Math.Ceiling(q * values.Length) - 1);
        var told = decimal.Parse((await community.ValueAsync("api_latency", Year + (quantile is null ? "" : "&quantile=" + quantile)))!, NumberStyles.Float, CultureInfo.InvariantCulture);
        Assert.InRange(told / exact, 0.99m, 1.01m);
    }

    [Fact]
    public async Task Storage_is_the_integral_of_the_level_for_any_window_and_windows_add_up()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(
            A.Upload("ann", 500_000_000, file: "a", at: "2025-11-11T00:00:00Z"), A.Deletion("ann", 200_000_000, file: "a", at: "2025-11-21T00:00:00Z"));
        const string November = "from=2025-11-01T00:00:00Z&to=2025-12-01T00:00:00Z";

        Assert.Equal("691200000000000", await community.ValueAsync("storage", November));
        foreach (var parts in (string[])["&windowSize=DAY", "&windowSize=HOUR", "&windowSize=DAY&windowTimeZone=Asia/Kolkata", "&windowSize=DAY&windowTimeZone=America/New_York", "&groupBy=kind", "&groupBy=subject", "&groupBy=group&windowSize=DAY"])
            Assert.Equal(691_200_000_000_000m, (await community.QueryAsync("storage", November + parts)).Sum(r => Number(r.Exact)));
        Assert.Equal(["691200000000000", "777600000000000"], (await community.QueryAsync("storage", "from=2025-11-01T00:00:00Z&to=2025-12-31T00:00:00Z&windowSize=MONTH")).Select(r => r.Exact));
        Assert.Equal("210000000000", await community.ValueAsync("storage", "from=2025-11-20T23:55:00Z&to=2025-11-21T00:03:20Z"));
        Assert.Equal("210000000000", await community.ValueAsync("storage", "from=2025-11-20T23:55:00Z&to=2025-11-21T00:03:20Z&filterGroupBy[subject]=ann"));
    }

    [Fact]
    public async Task A_meter_query_of_storage_is_about_who_acted_and_attachment_does_not_move_it()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(
            A.Upload("ann", 300, file: "f", at: "2025-11-11T00:00:00Z"), A.Attachment("oleg", "f", "g", 300, at: "2025-11-21T00:00:00Z"),
            A.Deletion("bob", 300, file: "f", at: "2025-11-26T00:00:00Z"));
        var rows = await community.QueryAsync("storage", "from=2025-11-01T00:00:00Z&to=2025-12-01T00:00:00Z&groupBy=subject");

        Assert.Equal([("ann", 300m * 20 * 86_400), ("bob", -300m * 5 * 86_400)], rows.Select(r => (r.Subject!, Number(r.Exact))));
        Assert.Equal([(null, 300m * 15 * 86_400)],
            (await community.QueryAsync("storage", "from=2025-11-01T00:00:00Z&to=2025-12-01T00:00:00Z&groupBy=group")).Select(r => (r.GroupBy["group"], Number(r.Exact))));
        await community.RecountAsync();
    }

    [Theory]
    [InlineData("UTC", "2025-03-09T00:00:00Z", "2025-03-10T00:00:00Z", 24)]
    [InlineData("America/New_York", "2025-03-09T05:00:00Z", "2025-03-10T04:00:00Z", 23)]
    [InlineData("America/New_York", "2025-11-02T04:00:00Z", "2025-11-03T05:00:00Z", 25)]
    [InlineData("America/New_York", "2025-11-03T05:00:00Z", "2025-11-04T05:00:00Z", 24)]
    [InlineData("Asia/Kolkata", "2025-03-08T18:30:00Z", "2025-03-09T18:30:00Z", 24)]
    [InlineData("Africa/Cairo", "2025-04-24T22:00:00Z", "2025-04-25T21:00:00Z", 23)]
    public async Task A_day_is_a_calendar_day_of_the_zone(string zone, string from, string to, int hours)
    {
        var community = await portal.NewCommunityAsync();
        var start = DateTimeOffset.Parse(from, CultureInfo.InvariantCulture);
        await community.StoreAsync([.. Enumerable.Range(-1, hours + 2).Select(h => A.Request("ann", 1, area: "x", at: Text(start.AddHours(h))))]);

        var days = await community.QueryAsync("api_calls", $"from={Text(start.AddDays(-2))}&to={Text(start.AddDays(3))}&windowSize=DAY&windowTimeZone={zone}");
        var day = Assert.Single(days, d => d.From == from);
        Assert.Equal((to, hours.ToString(CultureInfo.InvariantCulture)), (day.To, day.Exact));
        Assert.Equal(day, day with { Exact = (await community.ValueAsync("api_calls", $"from={from}&to={to}&groupBy=area")) });
        AssertTouching(days, Text(start.AddDays(-2)), Text(start.AddDays(3)));
    }

    [Theory]
    [InlineData("HOUR", "UTC", "2025-03-01T00:20:00Z", "2025-03-01T03:10:00Z", "00:20 01:00 02:00 03:00")]
    [InlineData("HOUR", "Asia/Kolkata", "2025-03-01T00:20:00Z", "2025-03-01T02:40:00Z", "00:20 00:30 01:30 02:30")]
    [InlineData("HOUR", "America/New_York", "2025-11-02T04:30:00Z", "2025-11-02T08:00:00Z", "04:30 05:00 06:00 07:00")]
    [InlineData("MINUTE", "UTC", "2025-03-01T00:20:30Z", "2025-03-01T00:23:00Z", "00:20 00:21 00:22")]
    [InlineData("DAY", "UTC", "2025-03-01T00:20:00Z", "2025-03-02T00:00:00.000001Z", "00:20 00:00")]
    [InlineData("MONTH", "America/New_York", "2025-02-01T00:00:00Z", "2025-05-01T00:00:00Z", "00:00 05:00 05:00 04:00")]
    [InlineData("MONTH", "UTC", "2024-02-29T12:00:00Z", "2024-04-01T00:00:00Z", "12:00 00:00")]
    public async Task Windows_are_cut_by_the_zones_clock_and_at_both_ends_and_empty_ones_are_there(string size, string zone, string from, string to, string starts)
    {
        var community = await portal.NewCommunityAsync();
        var rows = await community.QueryAsync("messages", $"from={from}&to={to}&windowSize={size}&windowTimeZone={zone}");
        Assert.Equal(starts.Split(' '), rows.Select(r => r.From[11..16]));
        AssertTouching(rows, from, to);
        Assert.All(rows, r => Assert.Equal("0", r.Exact));
    }

    [Fact]
    public async Task From_and_to_are_half_open_to_the_microsecond()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync([.. new[] { "09:59:59.999999", "10:00:00", "10:17:00", "12:42:59.999999", "12:43:00" }.Select(t => A.Request("ann", 1, area: "x", at: $"2025-03-01T{t}Z"))]);
        Assert.Equal("3", await community.ValueAsync("api_calls", "from=2025-03-01T10:00:00Z&to=2025-03-01T12:43:00Z"));
        Assert.Equal("2", await community.ValueAsync("api_calls", "from=2025-03-01T10:00:00.000001Z&to=2025-03-01T12:43:00Z"));
        Assert.Equal("4", await community.ValueAsync("api_calls", "from=2025-03-01T10:00:00Z&to=2025-03-01T12:43:00.000001Z&groupBy=area"));
        Assert.Equal("1", await community.ValueAsync("api_calls", "from=2025-03-01T10:05:00Z&to=2025-03-01T10:20:00Z"));
    }

    [Fact]
    public async Task Without_from_and_to_everything_is_asked()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(A.Message("ann", at: "2020-02-03T04:05:06Z"), A.Message("ann"));
        var row = Assert.Single(await community.QueryAsync("messages", ""));
        Assert.Equal(("2", "2020-02-03T04:05:06Z"), (row.Exact, row.From));
        Assert.Equal("0", await community.ValueAsync("rsvps", ""));
    }

    [Fact]
    public async Task Series_are_those_that_occur_in_order_with_their_windows_filled()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(
            A.Request("ann", 5, "events", "GET", 200, group: "g", at: "2025-03-01T00:00:00Z"), A.Request("bob", 7, "events", "POST", 201, at: "2025-03-03T00:00:00Z"),
            A.Request(null, 11, "groups", "GET", 200, group: "g", at: "2025-03-03T00:00:00Z"), A.Request("ann", 13, at: "2025-03-02T00:00:00Z"));
        const string Days = "from=2025-03-01T00:00:00Z&to=2025-03-04T00:00:00Z";

        Assert.Equal(["-:0,13,0", "events:5,0,7", "groups:0,0,11"], await SeriesAsync("&groupBy=area&windowSize=DAY", r => r.GroupBy["area"]));
        Assert.Equal(["-:0,0,11", "ann:5,13,0", "bob:0,0,7"], await SeriesAsync("&groupBy=subject&windowSize=DAY", r => r.Subject));
        Assert.Equal(["-:0,13,7", "g:5,0,11"], await SeriesAsync("&groupBy=group&windowSize=DAY", r => r.GroupBy["group"]));
        Assert.Equal(["-/-:13", "GET/200:16", "POST/201:7"], await SeriesAsync("&groupBy=method&groupBy=status", r => $"{r.GroupBy["method"] ?? "-"}/{r.GroupBy["status"] ?? "-"}"));
        Assert.Equal(["ann/-:13", "ann/g:5"], await SeriesAsync("&groupBy=subject&groupBy=group&subject=ann", r => $"{r.Subject}/{r.GroupBy["group"] ?? "-"}"));
        Assert.Empty(await community.QueryAsync("api_time", Days + "&groupBy=area&subject=nobody"));

        async Task<string[]> SeriesAsync(string query, Func<MeterAnswerRow, string?> name) =>
            [.. (await community.QueryAsync("api_time", Days + query)).GroupBy(name).Select(s => $"{s.Key ?? "-"}:{string.Join(',', s.Select(r => r.Exact))}")];
    }

    [Fact]
    public async Task Filters_and_subjects_narrow_and_one_subject_is_named_in_the_rows()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(
            A.Request("ann", 1, "events", "GET", 200, group: "g", at: "2025-03-01T00:00:00Z"), A.Request("bob", 10, "events", "POST", 201, group: "h", at: "2025-03-01T00:00:00Z"),
            A.Request("carl", 100, "groups", "GET", 404, group: "g", at: "2025-03-01T00:00:00Z"), A.Request("ann", 1000, "groups", "GET", 200, at: "2025-03-01T00:00:00Z"));

        Assert.Equal("1011", await community.ValueAsync("api_time", Year + "&subject=ann&subject=bob"));
        Assert.Equal("101", await community.ValueAsync("api_time", Year + "&filterGroupBy[group]=g"));
        Assert.Equal("111", await community.ValueAsync("api_time", Year + "&filterGroupBy[group]=g&filterGroupBy[group]=h"));
        Assert.Equal("1", await community.ValueAsync("api_time", Year + "&filterGroupBy[area]=events&filterGroupBy[method]=GET"));
        Assert.Equal("1001", await community.ValueAsync("api_time", Year + "&filterGroupBy[status]=200"));
        Assert.Equal("1", await community.ValueAsync("api_time", Year + "&subject=ann&filterGroupBy[group]=g"));
        Assert.Equal("0", await community.ValueAsync("api_time", Year + "&subject=Ann"));
        var row = Assert.Single(await community.QueryAsync("api_time", Year + "&subject=ann"));
        Assert.Equal(("ann", "1001"), (row.Subject, row.Exact));
    }

    [Fact]
    public async Task A_body_asks_the_same_as_parameters()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync([.. Enumerable.Range(0, 60).Select(i => A.Request(i % 3 == 0 ? "ann" : "bob", i, i % 2 == 0 ? "a" : "b", "GET", 200 + (i % 5), group: i % 4 == 0 ? "g" : null, at: $"2025-03-{(i % 20) + 1:00}T{i % 24:00}:{i:00}:00Z"))]);
        (string Query, string Body)[] pairs =
        [
            ("from=2025-03-02T00:00:00Z&to=2025-03-20T00:10:00Z", """{"from":"2025-03-02T00:00:00Z","to":"2025-03-20T00:10:00Z"}"""),
            (Year + "&windowSize=MONTH&windowTimeZone=Asia/Kolkata&groupBy=area&groupBy=subject",
                """{"from":"2025-01-01T00:00:00Z","to":"2026-01-01T00:00:00Z","windowSize":"MONTH","windowTimeZone":"Asia/Kolkata","groupBy":["area","subject"]}"""),
            (Year + "&subject=ann&filterGroupBy[area]=a&filterGroupBy[status]=200&filterGroupBy[status]=202",
                """{"from":"2025-01-01T00:00:00Z","to":"2026-01-01T00:00:00Z","subject":["ann"],"filterGroupBy":{"area":["a"],"status":["200","202"]}}"""),
        ];
        foreach (var (query, body) in pairs)
        {
            var (asked, posted) = (await community.GetAsync("api/v1/meters/api_time/query?" + query), await community.JsonAsync(HttpMethod.Post, "api/v1/meters/api_time/query", body));
            Assert.Equal(HttpStatusCode.OK, posted.Status);
            Assert.Equal(asked.Text, posted.Text);
            Assert.Contains(MeterAnswerRow.ReadAll(posted.Json), r => r.Exact != "0");
        }
    }

    [Fact]
    public async Task Comma_separated_values_have_the_same_rows()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(
            A.Request("ann", 1.25m, "ev,ents", at: "2025-03-01T00:00:00Z"), A.Request("bob", -2, "=SUM(A1)", at: "2025-04-01T00:00:00Z"), A.Request("bob", 4, "\"q\"", at: "2025-03-01T00:00:00Z"));
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/v1/meters/api_time/query?from=2025-03-01T00:00:00Z&to=2025-05-01T00:00:00Z&windowSize=MONTH&groupBy=area&groupBy=subject");
        request.Headers.Accept.ParseAdd("text/csv");
        using var response = await community.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal("text/csv", response.Content.Headers.ContentType?.MediaType);
        var lines = (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("window_start,window_end,subject,area,value", lines[0]);
        Assert.Equal(7, lines.Length);
        Assert.Contains("2025-03-01T00:00:00Z,2025-04-01T00:00:00Z,ann,\"ev,ents\",1.25", lines);
        Assert.Contains("2025-04-01T00:00:00Z,2025-05-01T00:00:00Z,ann,\"ev,ents\",0", lines);
        Assert.Contains("2025-03-01T00:00:00Z,2025-04-01T00:00:00Z,bob,\"\"\"q\"\"\",4", lines);
        // a spreadsheet must not take a value of a dimension for a formula
        Assert.DoesNotContain(lines, l => l.Contains(",=", StringComparison.Ordinal) || l.Contains("\"=", StringComparison.Ordinal));
        Assert.Contains(",-2", string.Join("|", lines.Where(l => l.Contains("SUM", StringComparison.Ordinal))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rollups_and_ledger_answer_the_same_for_every_meter()
    {
        var community = await portal.NewCommunityAsync();
        var random = new Random(5);
        await community.StoreAsync([.. Enumerable.Range(0, 400).Select(i => Random(random, i))]);
        await community.VoidAsync(A.Source, "x17");
        await community.VoidAsync(A.Source, "x250");
        await community.RecountAsync();

        (string Meter, string Dimension)[] meters = [("api_calls", "area"), ("api_time", "method"), ("egress", "area"), ("uploaded", "kind"), ("files", "kind"), ("storage", "kind")];
        string[] ranges =
        [
            "from=2025-03-01T00:00:00Z&to=2025-04-01T00:00:00Z", "from=2025-03-03T07:21:09.5Z&to=2025-03-25T18:59:59.999999Z", "from=2025-03-10T10:10:00Z&to=2025-03-10T10:50:00Z",
            "from=2025-03-10T10:10:00Z&to=2025-03-10T11:50:00Z", "from=2025-03-05T12:00:00Z&to=2025-03-20T00:30:00Z&windowSize=DAY", "from=2025-03-01T00:00:00Z&to=2025-04-01T00:00:00Z&windowSize=DAY&windowTimeZone=America/New_York",
            "from=2025-03-05T12:15:00Z&to=2025-03-08T00:30:00Z&windowSize=HOUR&windowTimeZone=Asia/Kolkata",
        ];
        foreach (var (meter, dimension) in meters)
        {
            var anything = 0m;
            foreach (var range in ranges)
            {
                var rolled = ByWindow(await community.QueryAsync(meter, range));
                anything += rolled.Values.Sum(Math.Abs);
                foreach (var series in (string[])[dimension, "subject", "group", "subject&groupBy=group"])
                {
                    var read = ByWindow(await community.QueryAsync(meter, range + "&groupBy=" + series));
                    foreach (var (window, value) in rolled)
                        Assert.True(value == read.GetValueOrDefault(window), $"{meter} {range} by {series}: {value} in all, {read.GetValueOrDefault(window)} over series, at {window}");
                }
                var (one, other) = (await community.QueryAsync(meter, range + "&subject=ann"), await community.QueryAsync(meter, range + "&subject=ann&groupBy=" + dimension));
                Assert.Equal(ByWindow(one).Where(w => w.Value != 0), ByWindow(other).Where(w => w.Value != 0));
            }
            Assert.NotEqual(0, anything);
        }

        static SortedDictionary<string, decimal> ByWindow(IReadOnlyList<MeterAnswerRow> rows) =>
            new(rows.GroupBy(r => r.From).ToDictionary(w => w.Key, w => w.Sum(r => Number(r.Exact))), StringComparer.Ordinal);

        static JsonObject Random(Random random, int i)
        {
            var at = $"2025-03-{random.Next(1, 32):00}T{random.Next(24):00}:{random.Next(60):00}:{random.Next(60):00}.{random.Next(1_000_000):000000}Z";
            var by = random.Next(5) switch { 0 => null, 1 => "bob", _ => "ann" };
            var group = random.Next(3) switch { 0 => "g", 1 => "h", _ => null };
            var kind = random.Next(3) switch { 0 => "image", 1 => "video", _ => null };
            return random.Next(4) switch
            {
                0 => A.Upload(by, random.Next(1, 1_000_000), file: "f" + random.Next(40), group: group, kind: kind, at: at, id: "x" + i),
                1 => A.Deletion(by, random.Next(1, 1_000), file: "f" + random.Next(40), group: group, kind: kind, at: at, id: "x" + i),
                2 => A.Change(by, random.Next(-500, 900), group, kind, at, "x" + i),
                _ => A.Request(by, random.Next(1, 9_000) / 8m, random.Next(2) == 0 ? "events" : null, random.Next(2) == 0 ? "GET" : "POST", 200, random.Next(3) == 0 ? null : 77, group, at, "x" + i),
            };
        }
    }

    [Fact]
    public async Task A_meter_made_later_counts_stored_events_with_its_factors_and_filters()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(
            A.Upload("ann", 2_000_000, kind: "image", at: "2025-03-01T00:00:00Z"), A.Upload("ann", 5_000_000, kind: "video", at: "2025-03-01T01:00:00Z"),
            A.Deletion("bob", 500_000, kind: "image", at: "2025-03-02T01:00:00Z"), A.Upload("ann", 8_000_000, kind: "image", at: "2025-03-05T01:00:00Z", id: "gone"));
        await community.VoidAsync(A.Source, "gone");

        var made = await community.JsonAsync(HttpMethod.Post, "api/v1/meters", """
            {"slug":"image_mb","name":"Images","unit":"MB","aggregation":"SUM","groupBy":{"who":"$.uploader"},"sources":[
              {"eventType":"file.uploaded","valueProperty":"$.size_bytes","factor":"0.000001","filter":{"$.kind":"image"}},
              {"eventType":"file.deleted","valueProperty":"$.size_bytes","factor":-0.000001,"filter":{"kind":"image"}}]}
            """);
        Assert.Equal((HttpStatusCode.Created, "ready"), (made.Status, made.Json.GetProperty("state").GetString()));
        Assert.Equal("1.5", await community.ValueAsync("image_mb", Year));
        Assert.Equal(["2", "-0.5"], (await community.QueryAsync("image_mb", Year + "&groupBy=subject")).Select(r => r.Exact));

        await community.StoreAsync(A.Upload("ann", 1_000_000, kind: "image", at: "2025-03-09T00:00:00Z"));
        Assert.Equal("2.5", await community.ValueAsync("image_mb", Year));
        Assert.Equal("2.5", await community.ValueAsync("image_mb", Year + "&groupBy=who"));
        await community.RecountAsync();
    }

    [Fact]
    public async Task A_new_meter_needs_little_shows_as_the_wire_says_and_a_known_slug_is_409()
    {
        var community = await portal.NewCommunityAsync();
        var made = await community.JsonAsync(HttpMethod.Post, "api/v1/meters", """{"slug":"posts","aggregation":"COUNT","eventType":"post.written"}""");
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.Equal("""{"slug":"posts","name":"posts","description":"","unit":"","aggregation":"COUNT","eventType":"post.written","groupBy":{},"state":"ready"}""", WithoutId(made.Json));
        Assert.Equal(HttpStatusCode.Conflict, (await community.JsonAsync(HttpMethod.Post, "api/v1/meters", """{"slug":"posts","aggregation":"COUNT","eventType":"other"}""")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await community.JsonAsync(HttpMethod.Post, "api/v1/meters", """{"slug":"storage","aggregation":"COUNT","eventType":"other"}""")).Status);

        Assert.Equal(made.Json.GetRawText(), (await community.GetAsync("api/v1/meters/posts")).Json.GetRawText());
        var all = (await community.GetAsync("api/v1/meters")).Json.EnumerateArray().Select(m => m.GetProperty("slug").GetString()!).ToArray();
        Assert.Equal([.. DefaultMeters.All.Select(m => m.Slug), "posts"], all);
        Assert.Equal("""{"slug":"api_time","name":"API time","description":"Time the API worked","unit":"ms","aggregation":"SUM","eventType":"api.request","valueProperty":"$.duration_ms","groupBy":{"area":"$.area","method":"$.method","status":"$.status"},"state":"ready"}""",
            WithoutId((await community.GetAsync("api/v1/meters/api_time")).Json), ignoreCase: false);

        static string WithoutId(JsonElement meter)
        {
            var json = JsonObject.Create(meter)!;
            Assert.True(json.Remove("id"));
            return json.ToJsonString();
        }
    }

    [Theory]
    [InlineData("{}", "slug required", "aggregation required", "eventType required")]
    [InlineData("""{"slug":"Wat er","aggregation":"COUNT","eventType":"x"}""", "slug malformed")]
    [InlineData("""{"slug":"","aggregation":"COUNT","eventType":"x"}""", "slug malformed")]
    [InlineData("""{"slug":"w","aggregation":"sum","eventType":"x","valueProperty":"$.v"}""", "aggregation unknown")]
    [InlineData("""{"slug":"w","aggregation":"SUM","eventType":"x"}""", "valueProperty required")]
    [InlineData("""{"slug":"w","aggregation":"SUM","eventType":"","valueProperty":"$.v"}""", "eventType required")]
    [InlineData("""{"slug":"w","aggregation":"SUM","eventType":"x","valueProperty":"v"}""", "valueProperty malformed")]
    [InlineData("""{"slug":"w","aggregation":"SUM","eventType":"x","valueProperty":"$..v"}""", "valueProperty malformed")]
    [InlineData("""{"slug":"w","aggregation":"SUM","eventType":"x","valueProperty":"subject"}""", "valueProperty malformed")]
    [InlineData("""{"slug":"w","aggregation":"SUM","sources":[]}""", "sources malformed")]
    [InlineData("""{"slug":"w","aggregation":"SUM","sources":[{"eventType":"x"},7]}""", "sources[0].valueProperty required", "sources[1] not_an_object")]
    [InlineData("""{"slug":"w","aggregation":"COUNT","sources":[{"eventType":"x","factor":"two","filter":[]}]}""", "sources[0].factor not_a_number", "sources[0].filter not_an_object")]
    [InlineData("""{"slug":"w","aggregation":"COUNT","eventType":"x","groupBy":{"area":"area","Bad name":"$.x"}}""", "groupBy.area malformed", "groupBy.Bad name malformed")]
    [InlineData("""{"slug":"w","aggregation":"COUNT","eventType":"x","groupBy":["area"]}""", "groupBy not_an_object")]
    [InlineData("""{"slug":7,"aggregation":"COUNT","eventType":"x"}""", "slug not_a_string", "slug required")]
    [InlineData("[]", " not_an_object")]
    [InlineData("{", " malformed")]
    public async Task A_meter_that_cannot_be_made_is_400_with_every_fault(string body, params string[] faults)
    {
        var community = await portal.NewCommunityAsync();
        var answer = await community.JsonAsync(HttpMethod.Post, "api/v1/meters", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(faults.Select(f => "- " + f), answer.Faults);
    }

    [Fact]
    public async Task Put_changes_what_it_names_leaves_the_rest_and_counts_again()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(A.Event("tea.drunk", "ann", "2025-03-01T00:00:00Z", null, ("cups", 3), ("pots", 1), ("kind", "green")), A.Event("tea.drunk", "bob", "2025-03-01T05:00:00Z", null, ("cups", 4), ("pots", 2)));
        await community.JsonAsync(HttpMethod.Post, "api/v1/meters", """{"slug":"tea","name":"Tea","unit":"cups","description":"Drunk","aggregation":"SUM","eventType":"tea.drunk","valueProperty":"$.cups","groupBy":{"kind":"$.kind"}}""");

        var named = await community.JsonAsync(HttpMethod.Put, "api/v1/meters/tea", """{"name":"Green tea"}""");
        Assert.Equal((HttpStatusCode.OK, "Green tea", "cups", "Drunk"), (named.Status, Text(named, "name"), Text(named, "unit"), Text(named, "description")));
        Assert.Equal("7", await community.ValueAsync("tea", Year));
        Assert.Equal("3", await community.ValueAsync("tea", Year + "&filterGroupBy[kind]=green"));

        var other = await community.JsonAsync(HttpMethod.Put, "api/v1/meters/tea", """{"valueProperty":"$.pots","groupBy":{}}""");
        Assert.Equal(("tea.drunk", "$.pots"), (Text(other, "eventType"), Text(other, "valueProperty")));
        Assert.Equal("3", await community.ValueAsync("tea", Year));
        Assert.Equal(["- groupBy unknown_dimension"], (await community.GetAsync("api/v1/meters/tea/query?groupBy=kind")).Faults);
        await community.JsonAsync(HttpMethod.Put, "api/v1/meters/tea", """{"aggregation":"MAX"}""");
        Assert.Equal("2", await community.ValueAsync("tea", Year));
        await community.RecountAsync();

        static string? Text(Answer answer, string name) => answer.Json.GetProperty(name).GetString();
    }

    [Fact]
    public async Task Put_of_an_event_type_leaves_the_factor_and_the_filter()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(
            A.Event("tea.drunk", "ann", "2025-03-01T00:00:00Z", null, ("cups", 3)), A.Event("coffee.drunk", "ann", "2025-03-01T00:00:00Z", null, ("cups", 4), ("kind", "black")),
            A.Event("coffee.drunk", "ann", "2025-03-01T00:00:00Z", null, ("cups", 100), ("kind", "decaf")));
        await community.JsonAsync(HttpMethod.Post, "api/v1/meters", """{"slug":"debt","aggregation":"SUM","sources":[{"eventType":"tea.drunk","valueProperty":"$.cups","factor":"-2","filter":{"kind":"black"}}]}""");
        Assert.Equal(HttpStatusCode.OK, (await community.JsonAsync(HttpMethod.Put, "api/v1/meters/debt", """{"eventType":"coffee.drunk"}""")).Status);
        Assert.Equal("-8", await community.ValueAsync("debt", Year));
    }

    [Fact]
    public async Task A_meter_that_is_sent_back_as_it_was_read_stays_as_it_is()
    {
        var community = await portal.NewCommunityAsync();
        foreach (var meter in (await community.GetAsync("api/v1/meters")).Json.EnumerateArray())
        {
            var again = await community.JsonAsync(HttpMethod.Put, "api/v1/meters/" + meter.GetProperty("slug").GetString(), meter.GetRawText());
            Assert.True(again.Status == HttpStatusCode.OK, again.Text);
            Assert.Equal(meter.GetRawText(), again.Json.GetRawText());
        }
    }

    [Theory]
    [InlineData("""{"slug":"other"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"aggregation":"SOME"}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"aggregation":"SUM"}""", HttpStatusCode.BadRequest)]
    [InlineData("""[]""", HttpStatusCode.BadRequest)]
    public async Task Put_of_what_cannot_be_is_refused_and_changes_nothing(string body, HttpStatusCode status)
    {
        var community = await portal.NewCommunityAsync();
        await community.JsonAsync(HttpMethod.Post, "api/v1/meters", """{"slug":"posts","aggregation":"COUNT","eventType":"post.written"}""");
        var before = (await community.GetAsync("api/v1/meters/posts")).Text;
        Assert.Equal(status, (await community.JsonAsync(HttpMethod.Put, "api/v1/meters/posts", body)).Status);
        Assert.Equal(before, (await community.GetAsync("api/v1/meters/posts")).Text);
    }

    [Fact]
    public async Task Delete_archives_an_own_meter_frees_its_slug_and_default_meters_stay()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(A.Event("post.written", "ann", "2025-03-01T00:00:00Z"), A.Event("page.written", "ann", "2025-03-01T00:00:00Z"), A.Event("page.written", "ann", "2025-03-01T00:00:00Z"));
        await community.JsonAsync(HttpMethod.Post, "api/v1/meters", """{"slug":"posts","aggregation":"COUNT","eventType":"post.written"}""");

        Assert.Equal(HttpStatusCode.NoContent, await DeleteAsync("posts"));
        Assert.Equal(HttpStatusCode.NotFound, await DeleteAsync("posts"));
        Assert.Equal(HttpStatusCode.NotFound, (await community.GetAsync("api/v1/meters/posts/query")).Status);
        Assert.DoesNotContain("posts", (await community.GetAsync("api/v1/meters")).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await community.JsonAsync(HttpMethod.Post, "api/v1/meters", """{"slug":"posts","aggregation":"COUNT","eventType":"page.written"}""")).Status);
        Assert.Equal("2", await community.ValueAsync("posts", Year));
        Assert.Equal(HttpStatusCode.Conflict, await DeleteAsync("storage"));
        Assert.Equal("0", await community.ValueAsync("storage", Year));
        await community.RecountAsync();

        async Task<HttpStatusCode> DeleteAsync(string slug)
        {
            using var response = await community.Http.DeleteAsync("api/v1/meters/" + slug, TestContext.Current.CancellationToken);
            return response.StatusCode;
        }
    }

    [Theory]
    [InlineData("windowSize=WEEK", "windowSize unknown_window")]
    [InlineData("windowSize=1", "windowSize unknown_window")]
    [InlineData("windowSize=HOUR,DAY", "windowSize unknown_window")]
    [InlineData("windowSize=%2B1", "windowSize unknown_window")]
    [InlineData("windowTimeZone=Mars/Olympus", "windowTimeZone unknown_zone")]
    [InlineData("groupBy=colour", "groupBy unknown_dimension")]
    [InlineData("filterGroupBy[colour]=red", "filterGroupBy[colour] unknown_dimension")]
    [InlineData("from=monday", "from not_a_time")]
    [InlineData("to=2025-13-01T00:00:00Z", "to not_a_time")]
    [InlineData("from=2025-02-01T00:00:00Z&to=2025-02-01T00:00:00Z", "to out_of_order")]
    [InlineData("from=2025-03-01T00:00:00Z&to=2025-02-01T00:00:00Z", "to out_of_order")]
    [InlineData("from=1990-01-01T00:00:00Z&to=2025-02-01T00:00:00Z&windowSize=MINUTE", "windowSize too_many_windows")]
    [InlineData("quantile=0.42", "quantile unknown_quantile")]
    [InlineData("windowSize=WEEK&windowTimeZone=Mars&groupBy=colour&from=x", "from not_a_time", "windowSize unknown_window", "windowTimeZone unknown_zone", "groupBy unknown_dimension")]
    public async Task A_query_that_makes_no_sense_is_400_with_every_fault(string query, params string[] faults)
    {
        var community = await portal.NewCommunityAsync();
        var answer = await community.GetAsync("api/v1/meters/api_latency/query?" + query);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(faults.Select(f => "- " + f).Order(), answer.Faults.Order());
    }

    [Theory]
    [InlineData("""{"groupBy":"area"}""", HttpStatusCode.OK)]
    [InlineData("""{"groupBy":[7]}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"subject":{}}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"filterGroupBy":{"area":[1]}}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"from":true}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"windowSize":["DAY"]}""", HttpStatusCode.BadRequest)]
    [InlineData("""[]""", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    public async Task A_body_that_makes_no_sense_is_400(string body, HttpStatusCode status)
    {
        var community = await portal.NewCommunityAsync();
        Assert.Equal(status, (await community.JsonAsync(HttpMethod.Post, "api/v1/meters/api_latency/query", body)).Status);
    }

    [Fact]
    public async Task An_unknown_meter_is_404_everywhere()
    {
        var community = await portal.NewCommunityAsync();
        foreach (var path in (string[])["", "/query", "/group-by/area/values"])
            Assert.Equal(HttpStatusCode.NotFound, (await community.GetAsync("api/v1/meters/nothing" + path)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await community.JsonAsync(HttpMethod.Put, "api/v1/meters/nothing", "{}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await community.JsonAsync(HttpMethod.Post, "api/v1/meters/nothing/query", "{}")).Status);
    }

    [Fact]
    public async Task The_values_of_a_dimension_are_a_bare_array()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(
            A.Request("ann", 1, "users", "GET", 404, group: "g", at: "2025-03-01T00:00:00Z"), A.Request("bob", 1, "events", "GET", 200, at: "2025-04-01T00:00:00Z"), A.Request("bob", 1, at: "2025-04-01T00:00:00Z"));

        Assert.Equal("""["events","users"]""", (await community.GetAsync("api/v1/meters/api_calls/group-by/area/values")).Text);
        Assert.Equal("""["200","404"]""", (await community.GetAsync("api/v1/meters/api_calls/group-by/status/values")).Text);
        Assert.Equal("""["g"]""", (await community.GetAsync("api/v1/meters/api_calls/group-by/group/values")).Text);
        Assert.Equal("""["events"]""", (await community.GetAsync("api/v1/meters/api_calls/group-by/area/values?from=2025-03-02T00:00:00Z&to=2025-05-01T00:00:00Z")).Text);
        Assert.Equal(["- dimension unknown_dimension"], (await community.GetAsync("api/v1/meters/api_calls/group-by/colour/values")).Faults);
    }

    [Fact]
    public async Task Meters_are_read_with_read_changed_with_admin_and_belong_to_their_tenant()
    {
        var community = await portal.NewCommunityAsync();
        await community.JsonAsync(HttpMethod.Post, "api/v1/meters", """{"slug":"own","aggregation":"COUNT","eventType":"x"}""");
        var other = await portal.NewCommunityAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync("api/v1/meters/own")).Status);

        var reader = portal.Client(await portal.NewKeyAsync(null, null, "read"), community.Key);
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.OK, (await reader.GetAsync("api/v1/meters/own/query", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.PutAsync("api/v1/meters/own", content, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.PostAsync("api/v1/meters", content, TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await reader.DeleteAsync("api/v1/meters/own", TestContext.Current.CancellationToken)).StatusCode);
        var sender = portal.Client(await portal.NewKeyAsync(null, null, "ingest"), community.Key);
        Assert.Equal(HttpStatusCode.Forbidden, (await sender.GetAsync("api/v1/meters/own/query", TestContext.Current.CancellationToken)).StatusCode);
    }

    private static async Task MakeAsync(TestCommunity community, string aggregation)
    {
        var made = await community.JsonAsync(HttpMethod.Post, "api/v1/meters",
            $$$"""{"slug":"m","aggregation":"{{{aggregation}}}","eventType":"reading.taken","valueProperty":"$.value","groupBy":{"area":"$.area"}}""");
        Assert.Equal(HttpStatusCode.Created, made.Status);
    }

    private static JsonObject Reading(decimal value, string at, string by = "ann", string area = "a", string? id = null) =>
        A.Event("reading.taken", by, at, id, ("value", value), ("area", area));

    private static decimal Number(string? exact) => decimal.Parse(exact ?? "0", CultureInfo.InvariantCulture);

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static void AssertTouching(IReadOnlyList<MeterAnswerRow> rows, string from, string to)
    {
        Assert.Equal((from, to), (rows[0].From, rows[^1].To));
        Assert.Equal(rows.Skip(1).Select(r => r.From), rows.SkipLast(1).Select(r => r.To));
    }
}
