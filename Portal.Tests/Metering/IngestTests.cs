using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Metering;

public sealed class IngestTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private const string One = "application/cloudevents+json";
    private const string Batch = "application/cloudevents-batch+json";
    private const string Lines = "application/x-ndjson";

    [Theory]
    [InlineData(One, false, 1)]
    [InlineData("application/cloudevents+json; charset=utf-8", false, 1)]
    [InlineData("Application/CloudEvents+JSON", false, 1)]
    [InlineData(Batch, true, 2)]
    [InlineData("application/cloudevents-batch+json;charset=\"UTF-8\"", true, 2)]
    [InlineData("application/json", false, 1)]
    [InlineData("application/json; charset=utf-8", true, 2)]
    public async Task Every_media_type_is_taken_with_its_parameters_plain_and_packed(string mediaType, bool asArray, int events)
    {
        foreach (var packed in (bool[])[false, true])
        {
            var community = await portal.NewCommunityAsync();
            var body = asArray ? $"[{A.Message("ann")},{A.Message("bob")}]" : A.Message("ann").ToJsonString();
            var answer = packed
                ? await community.PostAsync("api/v1/events", mediaType, Gzip(body), ("Content-Encoding", "gzip"))
                : await community.PostAsync("api/v1/events", mediaType, Bytes(body));

            Assert.Equal(HttpStatusCode.OK, answer.Status);
            Assert.Equal($$"""{"accepted":{{events}},"duplicates":0,"rejected":[]}""", answer.Text);
            Assert.Equal(events, (await community.IdsAsync()).Length);
        }
    }

    [Fact]
    public async Task Lines_may_be_blank_end_in_any_way_and_come_packed()
    {
        var community = await portal.NewCommunityAsync();
        var body = $"\n{Line("ann")}\r\n\r\n   \t\n{Line("bob")}\n\n{Line("carl")}";

        Assert.Equal(3, (await community.PostAsync("api/v1/events", Lines + "; charset=utf-8", Bytes(body))).Accepted);
        Assert.Equal(3, (await community.PostAsync("api/v1/events", Lines, Gzip(body), ("Content-Encoding", "gzip"))).Duplicates);
    }

    [Theory]
    [InlineData(Batch, "[]")]
    [InlineData(Lines, "")]
    [InlineData(Lines, "\n \n")]
    public async Task Nothing_is_a_batch_too(string mediaType, string body)
    {
        var community = await portal.NewCommunityAsync();
        Assert.Equal("""{"accepted":0,"duplicates":0,"rejected":[]}""", (await community.PostAsync("api/v1/events", mediaType, Bytes(body))).Text);
    }

    [Fact]
    public async Task In_binary_mode_the_headers_are_the_event_and_the_body_is_its_data()
    {
        var community = await portal.NewCommunityAsync();
        var answer = await community.PostAsync("api/v1/events", "application/json; charset=utf-8", Bytes("""{"group":"läufer","size_bytes":12}"""),
            ("ce-specversion", "1.0"), ("ce-id", "b 1%25"), ("ce-source", "/binary"), ("ce-type", "file.uploaded"), ("ce-subject", "%C3%A4nne"),
            ("ce-time", "2025-03-01T12:00:00Z"));

        Assert.Equal(1, answer.Accepted);
        var stored = Assert.Single((await community.GetAsync("api/v1/events?group=l%C3%A4ufer&subject=%C3%A4nne")).Json.EnumerateArray().ToArray()).GetProperty("event");
        Assert.Equal("b 1%", stored.GetProperty("id").GetString());
        Assert.Equal("2025-03-01T12:00:00Z", stored.GetProperty("time").GetString());
        Assert.Equal("12", await community.ValueAsync("uploaded", "from=2025-03-01T00:00:00Z&to=2025-03-02T00:00:00Z"));
    }

    [Fact]
    public async Task Binary_mode_takes_an_event_without_data_and_a_packed_one_and_names_what_is_missing()
    {
        var community = await portal.NewCommunityAsync();
        (string, string)[] headers = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/binary"), ("ce-type", "user.visited")];

        Assert.Equal(1, (await community.PostAsync("api/v1/events", "application/json", [], headers)).Accepted);
        Assert.Equal(1, (await community.PostAsync("api/v1/events", "application/json", Gzip("{}"),
            [.. headers[..1], ("ce-id", "2"), .. headers[2..], ("Content-Encoding", "gzip")])).Accepted);

        var missing = await community.PostAsync("api/v1/events", "application/json", Bytes("{}"), ("ce-specversion", "1.0"), ("ce-id", "3"));
        Assert.Equal(HttpStatusCode.BadRequest, missing.Status);
        Assert.Equal(["- source required", "- type required"], missing.Faults);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await community.PostAsync("api/v1/events", "text/plain", Bytes("hello"), headers)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await community.PostAsync("api/v1/events", "application/json", Bytes("{"), headers)).Status);
    }

    [Theory]
    [InlineData("text/plain", null)]
    [InlineData("application/xml", null)]
    [InlineData("application/cloudevents+xml", null)]
    [InlineData("multipart/form-data; boundary=x", null)]
    [InlineData("", null)]
    [InlineData("application/json", "br")]
    [InlineData("application/json", "deflate")]
    public async Task What_is_not_understood_is_415(string mediaType, string? encoding)
    {
        var community = await portal.NewCommunityAsync();
        var answer = await community.PostAsync("api/v1/events", mediaType, Bytes(A.Message("ann").ToJsonString()), encoding is null ? [] : [("Content-Encoding", encoding)]);
        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.Empty(await community.IdsAsync());
    }

    [Theory]
    [InlineData(One, "[]")]
    [InlineData(Batch, "{}")]
    [InlineData("application/json", "")]
    [InlineData("application/json", "{\"id\":")]
    [InlineData("application/json", "{} {}")]
    [InlineData("application/json", "[{},]")]
    [InlineData(One, "nonsense")]
    public async Task A_body_that_is_no_event_is_400(string mediaType, string body)
    {
        var community = await portal.NewCommunityAsync();
        var answer = await community.PostAsync("api/v1/events", mediaType, Bytes(body));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(["-  malformed"], answer.Faults);
    }

    [Fact]
    public async Task What_claims_to_be_packed_and_is_not_is_400()
    {
        var community = await portal.NewCommunityAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await community.PostAsync("api/v1/events", "application/json", Bytes("{}"), ("Content-Encoding", "gzip"))).Status);
        var half = Gzip(A.Message("ann").ToJsonString())[..^12];
        Assert.Equal(HttpStatusCode.BadRequest, (await community.PostAsync("api/v1/events", "application/json", half, ("Content-Encoding", "gzip"))).Status);
    }

    [Theory]
    [InlineData("""{"source":"/s","type":"t","specversion":"1.0"}""", "id required")]
    [InlineData("""{"id":"1","type":"t","specversion":"1.0"}""", "source required")]
    [InlineData("""{"id":"1","source":"/s","specversion":"1.0"}""", "type required")]
    [InlineData("""{"id":"1","source":"/s","type":"t"}""", "specversion required")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"0.3"}""", "specversion unsupported")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":1.0}""", "specversion unsupported")]
    [InlineData("""{"id":"","source":"/s","type":"t","specversion":"1.0"}""", "id empty")]
    [InlineData("""{"id":"1","source":"","type":"t","specversion":"1.0"}""", "source empty")]
    [InlineData("""{"id":"1","source":"/s","type":"","specversion":"1.0"}""", "type empty")]
    [InlineData("""{"id":null,"source":"/s","type":"t","specversion":"1.0"}""", "id required")]
    [InlineData("""{"id":7,"source":"/s","type":"t","specversion":"1.0"}""", "id not_a_string")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","subject":7}""", "subject not_a_string")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","subject":""}""", "subject empty")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","data":[]}""", "data not_an_object")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","data":"{}"}""", "data not_an_object")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","data_base64":"e30="}""", "data_base64 unsupported")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","data":{"group":7}}""", "data.group not_a_string")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","data":{"event":""}}""", "data.event empty")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","data":{"user":{}}}""", "data.user not_a_string")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","time":"yesterday"}""", "time not_a_time")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","time":"2025-02-30T00:00:00Z"}""", "time not_a_time")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","time":"2025-02-03"}""", "time not_a_time")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","time":"2025-02-03T00:00:00"}""", "time not_a_time")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","time":1738540800}""", "time not_a_time")]
    [InlineData("""{"id":"1","source":"/s","type":"t\u0000","specversion":"1.0"}""", "type null_character")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","data":{"a":{"b":"\u0000"}}}""", "data.a.b null_character")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","data":{"a\u0000":1}}""", "data null_character")]
    [InlineData("""{"id":"\ud800","source":"/s","type":"t","specversion":"1.0"}""", "id bad_text")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","data":{"a":["x","\udc00\ud800"]}}""", "data.a bad_text")]
    [InlineData("""{"id":"1","source":"/s","type":"t","specversion":"1.0","data":{"\udfff":1}}""", "data bad_text")]
    [InlineData("[]", " not_an_object")]
    [InlineData("7", " not_an_object")]
    [InlineData("null", " not_an_object")]
    public async Task A_faulty_event_is_refused_with_its_place_in_the_batch(string json, string fault)
    {
        var community = await portal.NewCommunityAsync();
        var good = A.Message("ann");
        var answer = await community.PostAsync("api/v1/events", Batch, Bytes($"[{good},{json}]"));

        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.Equal(["1 " + fault], answer.Faults);
        Assert.Empty(await community.IdsAsync());
    }

    [Fact]
    public async Task Every_fault_of_every_event_is_named_and_the_problem_has_the_form_of_rfc_9457()
    {
        var community = await portal.NewCommunityAsync();
        var answer = await community.PostAsync("api/v1/events", Batch, Bytes(
            $$$"""[{"id":"","type":7,"data":{"group":""}},{{{A.Message("ann")}}},{"id":"2","source":"/s","type":"db.operation","specversion":"1.0","data":{"count":"x","duration_ms":true}}]"""));

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(
            [
                "0 id empty", "0 source required", "0 type not_a_string", "0 specversion required", "0 data.group empty",
                "2 data.count not_a_number", "2 data.duration_ms not_a_number",
            ], answer.Faults);
        Assert.Equal(400, answer.Json.GetProperty("status").GetInt32());
        Assert.Equal("Bad Request", answer.Json.GetProperty("title").GetString());
        Assert.Equal("/api/v1/events", answer.Json.GetProperty("instance").GetString());
        Assert.StartsWith("urn:", answer.Json.GetProperty("type").GetString(), StringComparison.Ordinal);
        Assert.Contains("7", answer.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.All(answer.Json.GetProperty("errors").EnumerateArray(), e => Assert.NotEmpty(e.GetProperty("detail").GetString()!));
    }

    [Fact]
    public async Task The_numbers_of_the_catalogue_must_be_numbers_within_bounds()
    {
        var community = await portal.NewCommunityAsync();
        foreach (var (type, members) in EventCatalogue.Numbers)
        {
            foreach (var member in members)
            {
                foreach (var bad in (string[])["\"x\"", "\"\"", "true", "{}", "[1]", "1000000000000000.000001", "-1e16", "0.0000001", "\"NaN\"", "\"Infinity\"", "\"+1\"", "\" 1\""])
                {
                    var refused = await community.SendTextAsync(Written(bad));
                    Assert.True(refused.Status == HttpStatusCode.BadRequest, $"{type} {member} {bad}");
                    Assert.Equal([$"- data.{member} not_a_number"], refused.Faults);
                }
                foreach (var good in (string[])["null", "0", "-12.5", "1e15", "-1e15", "\"12.500000\"", "0.000001", "1.0000000"])
                    Assert.True((await community.SendTextAsync(Written(good))).Accepted == 1, $"{type} {member} {good}");

                string Written(string value) => $$$"""{"id":"{{{Guid.CreateVersion7()}}}","source":"/s","type":"{{{type}}}","specversion":"1.0","subject":"ann","time":"2025-01-01T00:00:00Z","data":{"{{{member}}}":{{{value}}}}}""";
            }
        }
        await community.RecountAsync();
    }

    [Theory]
    [InlineData("id")]
    [InlineData("source")]
    [InlineData("type")]
    [InlineData("subject")]
    public async Task Names_have_at_most_255_characters_whatever_the_characters(string member)
    {
        var community = await portal.NewCommunityAsync();
        var e = A.Message("ann");
        e[member] = string.Concat(Enumerable.Repeat("\U0001F600", 255));
        await community.StoreAsync(e);
        e[member] = new string('x', 256);
        Assert.Equal([$"- {member} too_long"], (await community.SendTextAsync(e.ToJsonString())).Faults);
    }

    [Fact]
    public async Task Bad_utf8_is_refused_in_a_body_and_in_a_line()
    {
        var community = await portal.NewCommunityAsync();
        byte[] bad = [.. Bytes("""{"id":"1","source":"/s","type":"t","specversion":"1.0","subject":" """), 0xC3, 0x28, .. Bytes("\"}")];

        Assert.Equal(HttpStatusCode.BadRequest, (await community.PostAsync("api/v1/events", One, bad)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await community.PostAsync("api/v1/events", Batch, [(byte)'[', .. bad, (byte)']'])).Status);
        var lines = await community.PostAsync("api/v1/events", Lines, [.. Bytes(Line("ann") + "\n\n"), .. bad, .. Bytes("\nnonsense\n")]);
        Assert.Equal(["1  bad_text", "2  malformed"], lines.Faults);
        Assert.Empty(await community.IdsAsync());
    }

    [Fact]
    public async Task A_byte_order_mark_is_passed_over()
    {
        var community = await portal.NewCommunityAsync();
        Assert.Equal(1, (await community.PostAsync("api/v1/events", One, [0xEF, 0xBB, 0xBF, .. Bytes(A.Message("ann").ToJsonString())])).Accepted);
    }

    [Theory]
    [InlineData(62, null)]
    [InlineData(63, "- data too_deep")]
    [InlineData(300, "- data too_deep")]
    [InlineData(20_000, "-  malformed")]
    public async Task More_than_64_levels_are_refused(int arrays, string? fault)
    {
        var community = await portal.NewCommunityAsync();
        var answer = await community.SendTextAsync(
            $$$"""{"id":"1","source":"/s","type":"t","specversion":"1.0","data":{"x":{{{new string('[', arrays)}}}{{{new string(']', arrays)}}}}}""");
        if (fault is null) Assert.Equal(1, answer.Accepted);
        else Assert.Equal([fault], answer.Faults);
    }

    [Fact]
    public async Task A_batch_with_an_invalid_event_stores_nothing_and_partial_stores_the_good_ones()
    {
        var community = await portal.NewCommunityAsync();
        JsonObject[] events = [A.Message("ann", id: "good-1"), A.Message("ann", id: ""), A.Message("bob", id: "good-2"), A.Request("ann", id: "bad")];
        events[3]["data"]!["duration_ms"] = "long";

        var whole = await community.SendAsync(events);
        Assert.Equal(HttpStatusCode.BadRequest, whole.Status);
        Assert.Equal(["1 id empty", "3 data.duration_ms not_a_number"], whole.Faults);
        Assert.Empty(await community.IdsAsync());

        var part = await community.SendAsync(events, "?partial=true");
        Assert.Equal((HttpStatusCode.OK, 2, 0), (part.Status, part.Accepted, part.Duplicates));
        Assert.Equal(["1 id empty", "3 data.duration_ms not_a_number"], part.Faults);
        Assert.Equal(["good-1", "good-2"], (await community.IdsAsync()).Order());
        Assert.Equal(2, (await community.SendAsync(events, "?partial=true")).Duplicates);
    }

    [Fact]
    public async Task A_conflict_keeps_the_whole_batch_out_and_partial_only_the_conflicting_event()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(A.Upload("ann", 100, id: "known", at: "2025-01-01T00:00:00Z"));
        JsonObject[] events =
        [
            A.Upload("ann", 1, id: "new-1", at: "2025-01-01T00:00:00Z"), A.Upload("ann", 200, id: "known", at: "2025-01-01T00:00:00Z"),
            A.Upload("ann", 2, id: "new-2", at: "2025-01-01T00:00:00Z"),
        ];

        var whole = await community.SendAsync(events);
        Assert.Equal(HttpStatusCode.Conflict, whole.Status);
        Assert.Equal(["1 id conflict"], whole.Faults);
        Assert.Equal(["known"], await community.IdsAsync());

        var part = await community.SendAsync(events, "?partial=true");
        Assert.Equal((HttpStatusCode.OK, 2, 0), (part.Status, part.Accepted, part.Duplicates));
        Assert.Equal(["1 id conflict"], part.Faults);
        Assert.Equal("103", await community.ValueAsync("uploaded", "from=2025-01-01T00:00:00Z&to=2025-01-02T00:00:00Z"));
        Assert.Equal(3, await community.RecountAsync());
    }

    [Fact]
    public async Task Partial_names_faults_and_conflicts_in_the_order_of_the_batch()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(A.Message("ann", id: "known", at: "2025-01-01T00:00:00Z"));
        var answer = await community.PostAsync("api/v1/events?partial=true", Lines,
            Bytes($"{Line("bob", "known")}\nnonsense\n\n{Line("bob", "new")}\n{Line("carl", "known")}\n[]\n"));

        Assert.Equal((1, 0), (answer.Accepted, answer.Duplicates));
        Assert.Equal(["0 id conflict", "1  malformed", "3 id conflict", "4  not_an_object"], answer.Faults);
    }

    [Fact]
    public async Task The_same_identity_twice_in_a_batch_is_as_if_sent_apart()
    {
        var community = await portal.NewCommunityAsync();
        var first = A.Upload("ann", 100, id: "twice", at: "2025-01-01T00:00:00Z");
        var other = A.Upload("ann", 101, id: "twice", at: "2025-01-01T00:00:00Z");

        var conflict = await community.SendAsync([first, other]);
        Assert.Equal(HttpStatusCode.Conflict, conflict.Status);
        Assert.Equal(["1 id conflict"], conflict.Faults);
        Assert.Empty(await community.IdsAsync());

        var same = await community.SendAsync([first, first, first]);
        Assert.Equal((1, 2), (same.Accepted, same.Duplicates));
        var part = await community.SendAsync([other, first], "?partial=true");
        Assert.Equal((0, 1), (part.Accepted, part.Duplicates));
        Assert.Equal(["0 id conflict"], part.Faults);
        Assert.Equal("100", await community.ValueAsync("uploaded", "from=2025-01-01T00:00:00Z&to=2025-01-02T00:00:00Z"));
    }

    [Theory]
    [InlineData("""{"data":{"size_bytes":1,"kind":"a"}}""", """{"data":{"kind":"a","size_bytes":1}}""")]
    [InlineData("""{"data":{"size_bytes":1}}""", """{"data":{"size_bytes":1.0}}""")]
    [InlineData("""{"data":{"size_bytes":100}}""", """{"data":{"size_bytes":1E+2}}""")]
    [InlineData("""{"data":{"x":0}}""", """{"data":{"x":-0.0e5}}""")]
    [InlineData("""{"data":{"size_bytes":1}}""", """{"data":{"size_bytes":1,"group":null}}""")]
    [InlineData("""{"data":null,"subject":null,"time":null}""", """{}""")]
    [InlineData("""{"subject":"anna"}""", """{"subject":"\u0061nna"}""")]
    [InlineData("""{"data":{"x":[1,{"b":2,"a":1}]}}""", """{"data":{"x":[1.0,{"a":1,"b":2}]}}""")]
    [InlineData("{}", "{}")]
    public async Task Equal_as_json_values_is_a_duplicate(string first, string second)
    {
        var community = await portal.NewCommunityAsync();
        Assert.Equal(1, (await community.SendTextAsync(With(first))).Accepted);
        var again = await community.SendTextAsync(With(second));
        Assert.Equal((HttpStatusCode.OK, 0, 1), (again.Status, again.Accepted, again.Duplicates));
    }

    [Theory]
    [InlineData("""{"data":{"size_bytes":1}}""", """{"data":{"size_bytes":2}}""")]
    [InlineData("""{"data":{"size_bytes":1}}""", """{"data":{"size_bytes":"1"}}""")]
    [InlineData("""{"data":{"x":12345678901234567890}}""", """{"data":{"x":12345678901234567891}}""")]
    [InlineData("""{"data":{"x":1e400}}""", """{"data":{"x":1e401}}""")]
    [InlineData("""{"data":{"x":[1,2]}}""", """{"data":{"x":[2,1]}}""")]
    [InlineData("""{"subject":"ann"}""", """{"subject":"Ann"}""")]
    [InlineData("""{"subject":"ann"}""", "{}")]
    [InlineData("""{"time":"2025-01-01T00:00:00Z"}""", "{}")]
    [InlineData("""{"data":{}}""", "{}")]
    [InlineData("""{"extension":"a"}""", """{"extension":"b"}""")]
    public async Task Other_content_is_a_conflict_and_the_first_one_stands(string first, string second)
    {
        var community = await portal.NewCommunityAsync();
        Assert.Equal(1, (await community.SendTextAsync(With(first))).Accepted);
        var listed = (await community.GetAsync("api/v1/events")).Text;

        var other = await community.SendTextAsync(With(second));
        Assert.Equal(HttpStatusCode.Conflict, other.Status);
        Assert.Equal(["- id conflict"], other.Faults);
        Assert.Equal(listed, (await community.GetAsync("api/v1/events")).Text);
    }

    [Fact]
    public async Task An_identity_is_source_and_id_compared_by_case_within_a_tenant()
    {
        var (one, other) = (await portal.NewCommunityAsync(), await portal.NewCommunityAsync());
        JsonObject[] events = [A.Message("ann", id: "x"), A.Message("ann", id: "X"), A.Message("bob", id: "x")];
        events[2]["source"] = "/Test";

        Assert.Equal(3, (await one.SendAsync(events)).Accepted);
        Assert.Equal(3, (await other.SendAsync(events)).Accepted);
        Assert.Equal(2, (await one.GetAsync("api/v1/events?subject=ann")).Json.GetArrayLength());
        Assert.Equal(0, (await one.GetAsync("api/v1/events?subject=Ann")).Json.GetArrayLength());
    }

    [Fact]
    public async Task Sent_from_many_connections_at_once_an_event_counts_once()
    {
        var community = await portal.NewCommunityAsync();
        var batch = Enumerable.Range(0, 40).Select(i => A.Upload("ann", 10, file: "f" + (i % 7), at: "2025-01-01T00:00:00Z")).ToArray();

        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(n => community.SendAsync(n % 2 == 0 ? batch : batch.Reverse())));

        Assert.All(answers, a => Assert.Equal((HttpStatusCode.OK, 40), (a.Status, a.Accepted + a.Duplicates)));
        Assert.Equal(40, answers.Sum(a => a.Accepted));
        Assert.Equal("400", await community.ValueAsync("uploaded", "from=2025-01-01T00:00:00Z&to=2025-01-02T00:00:00Z"));
        Assert.Equal(40, await community.RecountAsync());
    }

    [Fact]
    public async Task Of_conflicting_events_sent_at_once_exactly_one_stands()
    {
        var community = await portal.NewCommunityAsync();
        var answers = await Task.WhenAll(Enumerable.Range(1, 10).Select(n => community.SendAsync(
            [A.Upload("ann", n, id: "same", at: "2025-01-01T00:00:00Z"), A.Upload("ann", 100, id: "own-" + n, at: "2025-01-01T00:00:00Z")])));

        Assert.Single(answers, a => a.Status == HttpStatusCode.OK);
        Assert.Equal(9, answers.Count(a => a.Status == HttpStatusCode.Conflict));
        Assert.Equal(2, (await community.IdsAsync()).Length);
        Assert.Equal(2, await community.RecountAsync());
    }

    [Fact]
    public async Task Time_has_an_offset_and_is_cut_to_microseconds()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(
            A.Message("ann", at: "2025-11-11T00:00:00.1234569Z"), A.Message("ann", at: "2025-11-11T02:00:00.123456999+02:00"),
            A.Message("ann", at: "2025-11-10t23:30:00.12345600-00:30"), A.Message("ann", at: "2025-11-11T00:00:00.123457z"));

        Assert.Equal("3", await community.ValueAsync("messages", "from=2025-11-11T00:00:00.123456Z&to=2025-11-11T00:00:00.123457Z"));
        Assert.Equal("1", await community.ValueAsync("messages", "from=2025-11-11T00:00:00.123457Z&to=2025-11-11T00:00:00.123458Z"));
    }

    [Fact]
    public async Task Without_a_time_the_arrival_counts_and_is_shown()
    {
        var community = await portal.NewCommunityAsync();
        var before = TimeProvider.System.GetUtcNow();
        await community.StoreAsync(A.Message("ann", id: "untimed"));

        var stored = Assert.Single((await community.GetAsync("api/v1/events")).Json.EnumerateArray().ToArray());
        var time = stored.GetProperty("event").GetProperty("time").GetDateTimeOffset();
        Assert.InRange(time, before.AddMilliseconds(-1), TimeProvider.System.GetUtcNow());
        Assert.Equal(1, (await community.SendAsync([A.Message("ann", id: "untimed")])).Duplicates);
    }

    [Fact]
    public async Task Events_of_any_age_are_stored_and_of_the_next_hour_but_not_later_ones()
    {
        var community = await portal.NewCommunityAsync();
        var now = TimeProvider.System.GetUtcNow();
        await community.StoreAsync(A.Message("ann", at: "1970-01-01T00:00:00Z"), A.Message("ann", at: "1066-10-14T09:00:00Z"), A.Message("ann", at: Text(now.AddMinutes(59))));

        var late = await community.SendAsync([A.Message("ann", at: Text(now.AddMinutes(62)))]);
        Assert.Equal(HttpStatusCode.BadRequest, late.Status);
        Assert.Equal(["0 time in_the_future"], late.Faults);

        static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task One_event_has_at_most_65536_bytes()
    {
        var community = await portal.NewCommunityAsync();
        var frame = """{"id":"big","source":"/s","type":"t","specversion":"1.0","data":{"x":""}}""";
        string Sized(int bytes) => frame.Replace("\"x\":\"\"", $"\"x\":\"{new string('x', bytes - frame.Length)}\"", StringComparison.Ordinal);

        Assert.Equal(1, (await community.SendTextAsync(Sized(65_536))).Accepted);
        var large = await community.SendTextAsync(Sized(65_537));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.Status);
        Assert.Equal(["-  too_large"], large.Faults);
        var part = await community.PostAsync("api/v1/events?partial=true", Batch, Bytes($"[{Sized(65_537)},{A.Message("ann")}]"));
        Assert.Equal(1, part.Accepted);
        Assert.Equal(["0  too_large"], part.Faults);
    }

    [Theory]
    [InlineData(Batch)]
    [InlineData(Lines)]
    public async Task A_batch_has_at_most_10000_events(string mediaType)
    {
        var community = await portal.NewCommunityAsync();
        Assert.Equal(10_000, (await community.PostAsync("api/v1/events", mediaType, Many(10_000))).Accepted);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await community.PostAsync("api/v1/events", mediaType, Many(10_001))).Status);
        Assert.Equal("10000", await community.ValueAsync("messages", "from=2025-01-01T00:00:00Z&to=2025-01-02T00:00:00Z"));

        byte[] Many(int count)
        {
            var events = Enumerable.Range(0, count).Select(i => $$"""{"id":"{{i}}","source":"/s","type":"message.sent","specversion":"1.0","time":"2025-01-01T00:00:00Z"}""");
            return Bytes(mediaType == Lines ? string.Join('\n', events) : "[" + string.Join(',', events) + "]");
        }
    }

    [Fact]
    public async Task The_limit_of_a_body_counts_unpacked_bytes()
    {
        var community = await portal.NewCommunityAsync();
        var blank = new string(' ', 16_777_216 - 2);
        Assert.Equal(0, (await community.PostAsync("api/v1/events", Batch, Gzip("[" + blank + "]"), ("Content-Encoding", "gzip"))).Accepted);
        var large = await community.PostAsync("api/v1/events", Batch, Gzip("[ " + blank + "]"), ("Content-Encoding", "gzip"));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "application/problem+json"), (large.Status, large.MediaType));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Too_large_reaches_a_client_that_sends_everything_before_it_listens(bool lengthKnown)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, portal.Address.Port, TestContext.Current.CancellationToken);
        await using var stream = socket.GetStream();
        stream.ReadTimeout = 30_000;
        const int Chunk = 1 << 20, Chunks = 24;
        await stream.WriteAsync(Bytes(
            $"POST /api/v1/events HTTP/1.1\r\nHost: portal\r\nAuthorization: Bearer {RunningPortal.Key}\r\nContent-Type: {Batch}\r\n" +
            (lengthKnown ? $"Content-Length: {Chunk * Chunks}\r\n\r\n" : "Transfer-Encoding: chunked\r\n\r\n")), TestContext.Current.CancellationToken);
        var chunk = Bytes(new string(' ', Chunk));
        for (var i = 0; i < Chunks; i++)
        {
            if (!lengthKnown) await stream.WriteAsync(Bytes($"{Chunk:x}\r\n"), TestContext.Current.CancellationToken);
            await stream.WriteAsync(chunk, TestContext.Current.CancellationToken);
            if (!lengthKnown) await stream.WriteAsync("\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        }
        if (!lengthKnown) await stream.WriteAsync("0\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        using var reader = new StreamReader(stream, Encoding.UTF8);
        Assert.Equal("HTTP/1.1 413 Payload Too Large", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Too_large_is_told_before_the_body_is_sent()
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, portal.Address.Port, TestContext.Current.CancellationToken);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Bytes(
            $"POST /api/v1/events HTTP/1.1\r\nHost: portal\r\nAuthorization: Bearer {RunningPortal.Key}\r\nContent-Type: {Batch}\r\nContent-Length: 900000000\r\n\r\n["),
            TestContext.Current.CancellationToken);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        Assert.Equal("HTTP/1.1 413 Payload Too Large", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Unknown_types_are_stored_and_a_later_meter_counts_them()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(
            A.Event("garden.watered", "ann", "2025-01-01T00:00:00Z", null, ("litres", 2.5m)), A.Event("garden.watered", "bob", "2025-01-01T00:30:00Z", null, ("litres", "4")),
            A.Event("garden.watered", "bob", "2025-01-01T00:40:00Z", "broken", ("litres", "a lot")), A.Event("garden.watered", "bob", "2025-01-01T00:50:00Z"));

        Assert.Equal(HttpStatusCode.Created, (await community.JsonAsync(HttpMethod.Post, "api/v1/meters",
            """{"slug":"water","aggregation":"SUM","eventType":"garden.watered","valueProperty":"$.litres"}""")).Status);
        Assert.Equal("6.5", await community.ValueAsync("water", "from=2025-01-01T00:00:00Z&to=2025-01-02T00:00:00Z"));
        Assert.Equal(4, await community.RecountAsync());
    }

    [Fact]
    public async Task A_value_that_an_own_meter_cannot_use_is_stored_skipped_and_marked()
    {
        var community = await portal.NewCommunityAsync();
        await community.JsonAsync(HttpMethod.Post, "api/v1/meters", """{"slug":"water","aggregation":"SUM","eventType":"garden.watered","valueProperty":"$.litres"}""");
        await community.StoreAsync(
            A.Event("garden.watered", "ann", "2025-01-01T00:00:00Z", "good", ("litres", 2)), A.Event("garden.watered", "ann", "2025-01-01T00:00:01Z", "absent"),
            A.Event("garden.watered", "ann", "2025-01-01T00:00:02Z", "text", ("litres", "a lot")), A.Event("garden.watered", "ann", "2025-01-01T00:00:03Z", "fine", ("litres", 0.0000001m)));

        var marked = (await community.GetAsync("api/v1/events")).Json.EnumerateArray()
            .ToDictionary(e => e.GetProperty("event").GetProperty("id").GetString()!, e => e.TryGetProperty("validationError", out var error) ? error.GetString() : null);
        Assert.Null(marked["good"]);
        Assert.Null(marked["absent"]);
        Assert.Contains("water", marked["text"], StringComparison.Ordinal);
        Assert.Contains("$.litres", marked["fine"], StringComparison.Ordinal);
        Assert.Equal("2", await community.ValueAsync("water", "from=2025-01-01T00:00:00Z&to=2025-01-02T00:00:00Z"));
        await community.RecountAsync();
    }

    [Fact]
    public async Task Users_and_groups_that_events_name_are_seen()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(A.Message("ann", "g1"), A.Event("group.member.joined", "bob", null, null, ("group", "g2"), ("user", "carl")), A.Message("ann", "g1"));

        await using var database = NpgsqlDataSource.Create(portal.ConnectionString);
        await using var select = database.CreateCommand($"""
            SELECT (SELECT string_agg(key, ' ' ORDER BY key) FROM directory_user WHERE tenant_id = {community.Id}) || ' / ' ||
                   (SELECT string_agg(key, ' ' ORDER BY key) FROM directory_group WHERE tenant_id = {community.Id})
            """);
        Assert.Equal("ann bob carl / g1 g2", await select.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Without_a_good_key_nothing_is_taken()
    {
        var expired = await portal.NewKeyAsync(null, Instant.FromUtc(2025, 1, 1, 0, 0), "ingest");
        foreach (var key in (string[])["", "omi_unknown", expired])
        {
            using var content = new StringContent(A.Message("ann").ToJsonString(), Encoding.UTF8, One);
            using var response = await portal.Client(key).PostAsync("api/v1/events", content, TestContext.Current.CancellationToken);
            Assert.Equal((HttpStatusCode.Unauthorized, "application/problem+json"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        }
    }

    [Theory]
    [InlineData("POST", "api/v1/events", "ingest")]
    [InlineData("GET", "api/v1/events", "read")]
    [InlineData("POST", "api/v1/events/void", "admin")]
    public async Task A_key_needs_the_scope(string method, string path, string scope)
    {
        var others = new[] { "ingest", "read", "quota", "directory", "admin" }.Where(s => s != scope).ToArray();
        Assert.Equal(HttpStatusCode.Forbidden, await CallAsync(others));
        Assert.NotEqual(HttpStatusCode.Forbidden, await CallAsync([scope]));

        async Task<HttpStatusCode> CallAsync(string[] scopes)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            if (method == "POST") request.Content = new StringContent("[]", Encoding.UTF8, Batch);
            using var response = await portal.Client(await portal.NewKeyAsync(null, null, scopes)).SendAsync(request, TestContext.Current.CancellationToken);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task An_unknown_tenant_and_another_tenant_of_a_bound_key_are_404()
    {
        var (own, other) = (await portal.NewCommunityAsync(), await portal.NewCommunityAsync());
        var bound = await portal.NewKeyAsync(own.Id, null, "ingest", "read");

        Assert.Equal(HttpStatusCode.NotFound, await SendAsync(RunningPortal.Key, "nowhere"));
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync(bound, other.Key));
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync(bound, "default"));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(bound, own.Key));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(bound, null));
        Assert.Equal(2, (await own.IdsAsync()).Length);
        Assert.Empty(await other.IdsAsync());

        async Task<HttpStatusCode> SendAsync(string key, string? tenant)
        {
            using var content = new StringContent(A.Message("ann").ToJsonString(), Encoding.UTF8, One);
            using var response = await portal.Client(key, tenant).PostAsync("api/v1/events", content, TestContext.Current.CancellationToken);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task A_voided_event_counts_nowhere_stays_readable_and_resent_is_a_duplicate()
    {
        var community = await portal.NewCommunityAsync();
        var gone = A.Upload("ann", 700, file: "f", group: "g", at: "2025-01-01T00:10:00Z", id: "gone");
        await community.StoreAsync(gone, A.Upload("ann", 50, file: "h", group: "g", at: "2025-01-01T00:20:00Z", id: "stays"));

        var first = await community.VoidAsync(A.Source, "gone", "sent by mistake");
        var second = await community.VoidAsync(A.Source, "gone", "another reason");

        Assert.Equal(HttpStatusCode.OK, first.Status);
        Assert.Equal(first, second);
        Assert.Equal("sent by mistake", first.Json.GetProperty("reason").GetString());
        const string Day = "from=2025-01-01T00:00:00Z&to=2025-01-02T00:00:00Z";
        Assert.Equal("50", await community.ValueAsync("uploaded", Day));
        Assert.Equal("1", await community.ValueAsync("files", Day));
        Assert.Equal("1", await community.ValueAsync("files", Day + "&groupBy=kind"));
        Assert.Equal("1", await community.ValueAsync("active_members", Day));
        Assert.Equal((50m * 23 * 3600 + 50 * 40 * 60).ToString(CultureInfo.InvariantCulture), await community.ValueAsync("storage", Day));
        var shown = (await community.GetAsync("api/v1/events")).Json.EnumerateArray().Single(e => e.GetProperty("event").GetProperty("id").GetString() == "gone");
        Assert.Equal("sent by mistake", shown.GetProperty("voided").GetProperty("reason").GetString());

        var again = await community.SendAsync([gone]);
        Assert.Equal((0, 1), (again.Accepted, again.Duplicates));
        Assert.Equal("50", await community.ValueAsync("uploaded", Day));
        Assert.Equal(1, await community.RecountAsync());
    }

    [Fact]
    public async Task Voiding_an_unknown_event_is_404_and_a_body_without_members_names_them()
    {
        var community = await portal.NewCommunityAsync();
        await community.StoreAsync(A.Message("ann", id: "known"));
        Assert.Equal(HttpStatusCode.NotFound, (await community.VoidAsync(A.Source, "unknown")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await community.VoidAsync(A.Source, "KNOWN")).Status);
        var empty = await community.JsonAsync(HttpMethod.Post, "api/v1/events/void", """{"source":7}""");
        Assert.Equal(["- source required", "- id required", "- reason required"], empty.Faults);
        Assert.Equal(HttpStatusCode.BadRequest, (await community.JsonAsync(HttpMethod.Post, "api/v1/events/void", "{")).Status);
    }

    [Fact]
    public async Task Voiding_the_greatest_and_the_least_brings_back_the_next_ones()
    {
        var community = await portal.NewCommunityAsync();
        foreach (var aggregation in (string[])["MIN", "MAX"])
        {
            await community.JsonAsync(HttpMethod.Post, "api/v1/meters",
                $$"""{"slug":"{{aggregation.ToLowerInvariant()}}","aggregation":"{{aggregation}}","eventType":"api.request","valueProperty":"$.duration_ms"}""");
        }
        await community.StoreAsync([.. Enumerable.Range(1, 5).Select(i => A.Request("ann", i, at: $"2025-01-01T00:0{i}:00Z", id: $"r{i}"))]);
        await community.VoidAsync(A.Source, "r5");
        await community.VoidAsync(A.Source, "r1");

        const string Day = "from=2025-01-01T00:00:00Z&to=2025-01-02T00:00:00Z";
        Assert.Equal(("2", "4"), (await community.ValueAsync("min", Day), await community.ValueAsync("max", Day)));
        Assert.Equal(3, await community.RecountAsync());
    }

    [Fact]
    public async Task Stored_events_are_listed_newest_first_by_time_source_and_id()
    {
        var community = await portal.NewCommunityAsync();
        JsonObject[] events =
        [
            A.Message("ann", "g", "2025-01-01T00:00:00Z", "b"), A.Message("bob", "g", "2025-01-01T00:00:00Z", "a"), A.Message("ann", null, "2025-01-02T00:00:00Z", "c"),
            A.Upload("ann", 1, group: "h", at: "2025-01-03T00:00:00Z", id: "d"), A.Message("ann", "g", "2025-01-01T00:00:00Z", "z"),
        ];
        events[4]["source"] = "/sooner";
        await community.StoreAsync(events);

        Assert.Equal(["d", "c", "b", "a", "z"], await community.IdsAsync());
        Assert.Equal(["d", "c"], await community.IdsAsync("?limit=2"));
        Assert.Equal(["d", "c", "b", "z"], await community.IdsAsync("?subject=ann"));
        Assert.Equal(["b", "z"], await community.IdsAsync("?subject=ann&group=g"));
        Assert.Equal(["d"], await community.IdsAsync("?type=file.uploaded"));
        Assert.Equal(["d", "c"], await community.IdsAsync("?type=file.uploaded&type=message.sent&limit=2"));
        Assert.Equal(["c"], await community.IdsAsync("?from=2025-01-02T00:00:00Z&to=2025-01-03T00:00:00Z"));
        Assert.Equal(["b", "a", "z"], await community.IdsAsync("?to=2025-01-02T00:00:00Z"));
        Assert.Equal(["d"], await community.IdsAsync("?from=2025-01-02T00:00:00.000001Z"));
        Assert.Empty(await community.IdsAsync("?type=nothing"));
    }

    [Fact]
    public async Task The_list_is_an_array_of_events_as_sent_and_has_100_and_at_most_1000()
    {
        var community = await portal.NewCommunityAsync();
        var sent = A.Message("ann", "g", "2025-06-01T00:00:00Z", "sent");
        sent["colour"] = "blue";
        await community.StoreAsync([sent, .. Enumerable.Range(0, 120).Select(i => A.Message("ann", at: "2025-01-01T00:00:00Z"))]);

        var all = (await community.GetAsync("api/v1/events")).Json;
        Assert.Equal(100, all.GetArrayLength());
        Assert.True(JsonNode.DeepEquals(sent, JsonNode.Parse(all[0].GetProperty("event").GetRawText())));
        Assert.Equal(["event", "ingestedAt", "storedAt"], all[0].EnumerateObject().Select(m => m.Name));
        Assert.Equal(121, (await community.IdsAsync("?limit=1000")).Length);
        foreach (var bad in (string[])["0", "1001", "-1", "x", "1.5"])
            Assert.Equal(["- limit out_of_range"], (await community.GetAsync("api/v1/events?limit=" + bad)).Faults);
        Assert.Equal(["- from not_a_time", "- to not_a_time"], (await community.GetAsync("api/v1/events?from=monday&to=friday")).Faults);
    }

    private static string Line(string by, string? id = null) => A.Message(by, id: id).ToJsonString();

    private static string With(string members)
    {
        const string Frame = """{"id":"1","source":"/s","type":"note.written","specversion":"1.0" """;
        return members == "{}" ? Frame + "}" : Frame + "," + members[1..];
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest)) gzip.Write(Bytes(text));
        return packed.ToArray();
    }
}
