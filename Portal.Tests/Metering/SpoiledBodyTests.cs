using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using CsCheck;
using Microsoft.AspNetCore.Http;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Portal.Metering;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Metering;

/// <summary>
/// Whatever is sent, the answer is one of the contract's, takes bounded time and memory, and a refused request leaves nothing behind.
/// A failure names its seed, which <c>CsCheck_Seed</c> repeats. Many more than usual:
/// <c>INSIGHTS_TEST_SPOILED_BODIES=10000000 ./test --filter-class '*SpoiledBodyTests'</c>.
/// </summary>
public sealed class SpoiledBodyTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private const int MaxBatch = 100;
    private static readonly int Bodies = int.TryParse(Environment.GetEnvironmentVariable("INSIGHTS_TEST_SPOILED_BODIES"), out var asked) ? asked : 100_000;
    private static readonly Instant Now = Instant.FromUtc(2025, 6, 1, 0, 0);
    private static readonly IngestLimits Limits = new(MaxBatch, 1_000_000, new EventReader(65_536, Duration.FromHours(1)));

    [Fact]
    public async Task In_process_every_spoiled_body_is_read_or_refused_within_its_means()
    {
        var (taken, refused, faulty, most) = (0, 0, 0, 0.0);
        var gate = new Lock();
        var watch = Stopwatch.StartNew();
        await SpoiledBody.Any.SampleAsync(
            async body =>
            {
                var (bytes, unpacked) = body.Make();
                var before = GC.GetAllocatedBytesForCurrentThread();
                var (sent, events, faults) = await ReadAsync(body, bytes);
                var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                // A request's own buffers, and for each byte what JSON, text and hash are made of.
                Assert.InRange(allocated, 0, 400_000 + (100L * unpacked));
                lock (gate)
                {
                    if (sent.Refusal is not null) refused++;
                    else if (faults.Count > 0) faulty++;
                    else taken++;
                    most = Math.Max(most, (double)allocated / (4_000 + unpacked));
                }
                if (sent.Refusal is { } refusal) Assert.Contains(refusal.Status, (int[])[400, 413, 415]);
                Assert.All(faults, f => Assert.True(f.Code.Length > 0 && f.Detail.Length > 0));
                foreach (var e in events) CheckTaken(e);
            },
            iter: Bodies, print: b => b.ToString());
        TestContext.Current.TestOutputHelper!.WriteLine($"{taken} taken, {faulty} with faults, {refused} refused in {watch.Elapsed}; at most {most:0.0} bytes a byte");
        // The bodies reach all three ends, and none is a corner.
        Assert.All((int[])[taken, faulty, refused], n => Assert.InRange(n, Bodies / 20, Bodies));
    }

    [Fact]
    public async Task Over_HTTP_no_spoiled_body_breaks_the_portal_and_none_that_is_refused_leaves_an_event()
    {
        var community = await portal.NewCommunityAsync();
        await using var database = NpgsqlDataSource.Create(portal.ConnectionString);
        await using var count = database.CreateCommand($"SELECT count(*) FROM ledger WHERE tenant_id = {community.Id}");
        var (stored, answers) = (0L, new Dictionary<HttpStatusCode, int>());
        await SpoiledBody.Any.SampleAsync(
            async body =>
            {
                var answer = await community.PostAsync("api/v1/events" + (body.Number % 5 == 0 ? "?partial=true" : ""), body.ContentType, body.Make().Bytes, [.. body.Headers]);
                Assert.Contains((int)answer.Status, (int[])[200, 400, 409, 413, 415]);
                answers[answer.Status] = answers.GetValueOrDefault(answer.Status) + 1;
                var accepted = answer.Status == HttpStatusCode.OK ? answer.Accepted : 0;
                var now = (long)(await count.ExecuteScalarAsync())!;
                Assert.Equal(stored + accepted, now);
                stored = now;
            },
            iter: Math.Max(2_000, Bodies / 50), threads: 1, print: b => b.ToString());
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join(", ", answers.OrderBy(a => a.Key).Select(a => $"{(int)a.Key}: {a.Value}")) + $"; {stored} stored");
        Assert.InRange(stored, 500, long.MaxValue);
        Assert.Equal(stored, await community.RecountAsync());
        Assert.Equal(HttpStatusCode.OK, (await community.GetAsync("api/v1/meters/uploaded/query?from=2025-03-01T00:00:00Z&to=2025-04-01T00:00:00Z")).Status);
    }

    /// <summary>Small bodies of very many events, and of one whose reading would be much larger than itself.</summary>
    public static TheoryData<string> Inflating => ["array", "lines", "blank lines", "names", "zipped"];

    [Theory]
    [MemberData(nameof(Inflating))]
    public async Task What_would_grow_in_the_reading_does_not(string what)
    {
        var (type, text) = what switch
        {
            "array" => ("application/json", "[" + string.Join(",", Enumerable.Repeat("1", 450_000)) + "]"),
            "lines" => ("application/x-ndjson", string.Concat(Enumerable.Repeat("1\n", 450_000))),
            "blank lines" => ("application/x-ndjson", new string('\n', 900_000)),
            "names" => ("application/json", "[" + string.Join(",", Enumerable.Repeat(LongName(), 15)) + "]"),
            _ => ("application/json", new string(' ', 50_000_000)),
        };
        var bytes = Encoding.UTF8.GetBytes(text);
        var request = Request(type, what == "zipped" ? Zip(bytes) : bytes, what == "zipped" ? [("Content-Encoding", "gzip")] : []);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        var (sent, events, faults) = await ReadAsync(request);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        TestContext.Current.TestOutputHelper!.WriteLine($"{what}: {bytes.Length} bytes, {allocated} allocated, {watch.ElapsedMilliseconds} ms, {sent.Refusal?.Detail} {faults.Count}");
        Assert.InRange(allocated, 0, 30_000_000);
        Assert.Empty(events.Where(_ => what != "names"));
    }

    [Theory]
    [InlineData(62, "ok")]
    [InlineData(63, "- data too_deep")]
    [InlineData(511, "- data too_deep")]
    [InlineData(512, "-  malformed")]
    public async Task Binary_mode_takes_data_as_deep_as_the_structured_one(int levels, string expected)
    {
        var community = await portal.NewCommunityAsync();
        var answer = await community.PostAsync(
            "api/v1/events", "application/json", Encoding.UTF8.GetBytes("{\"a\":" + new string('[', levels) + new string(']', levels) + "}"), Binary("deep"));
        Assert.Equal(expected == "ok" ? HttpStatusCode.OK : HttpStatusCode.BadRequest, answer.Status);
        if (expected != "ok") Assert.Equal([expected], answer.Faults);
    }

    [Theory]
    [InlineData("""{"a":"\ud800"}""", "- data.a bad_text")]
    [InlineData("""{"\udc00":1}""", "- data bad_text")]
    [InlineData("""{"a":{"b":"\u0000"}}""", "- data.a.b null_character")]
    public async Task Binary_mode_names_bad_text_as_the_structured_one(string data, string fault)
    {
        var community = await portal.NewCommunityAsync();
        var answer = await community.PostAsync("api/v1/events", "application/json", Encoding.UTF8.GetBytes(data), Binary("text"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal([fault], answer.Faults);
    }

    private static (string, string)[] Binary(string id) => [("ce-specversion", "1.0"), ("ce-id", id), ("ce-source", "/binary"), ("ce-type", "user.visited")];

    private static Task<(EventBody Body, List<UsageEvent> Events, List<InputFault> Faults)> ReadAsync(SpoiledBody body, byte[] bytes) =>
        ReadAsync(Request(body.ContentType, bytes, body.Headers));

    // As the endpoint reads.
    private static async Task<(EventBody Body, List<UsageEvent> Events, List<InputFault> Faults)> ReadAsync(HttpRequest request)
    {
        var (events, faults) = (new List<UsageEvent>(), new List<InputFault>());
        var body = await EventBody.ReadAsync(request, Limits);
        Assert.True(body.Refusal is null || body.Events.Count == 0);
        Assert.InRange(body.Events.Count, 0, MaxBatch);
        for (var i = 0; i < body.Events.Count; i++)
        {
            var (known, sent) = (faults.Count, body.Events[i]);
            if (sent.Fault is { } fault) faults.Add(fault);
            else if (Limits.Reader.Read(sent.Json, sent.Bytes, Now, i, faults) is { } e) events.Add(e);
            Assert.Equal(i + 1, events.Count + faults.Select(f => f.Index).Distinct().Count(x => x is not null) + body.Events.Take(i + 1).Count(s => s.Fault is not null));
            Assert.True(faults.Count >= known);
        }
        return (body, events, faults);
    }

    private static HttpRequest Request(string contentType, byte[] bytes, IEnumerable<(string Name, string Value)> headers)
    {
        var request = new DefaultHttpContext().Request;
        request.ContentType = contentType;
        request.ContentLength = bytes.Length;
        foreach (var (name, value) in headers) request.Headers[name] = value;
        request.Body = new MemoryStream(bytes);
        return request;
    }

    // What is taken can be stored, and read again it is the same event.
    private static void CheckTaken(UsageEvent e)
    {
        var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(e.Json.Span);
        using var json = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = EventReader.MaxDepth });
        Assert.DoesNotContain('\0', Texts(json.RootElement).SelectMany(t => t));
        Assert.All((string?[])[e.Id, e.Source, e.Type, e.Subject ?? "-", e.Group ?? "-"], k => Assert.InRange(k!.EnumerateRunes().Count(), 1, EventCatalogue.KeyLength));
        Assert.InRange(e.Time, Instant.FromUtc(1, 12, 31, 0, 0), Now + Duration.FromHours(1));
        var faults = new List<InputFault>();
        var again = Limits.Reader.Read(json.RootElement, e.Json.Length, e.Time, null, faults);
        Assert.Empty(faults);
        Assert.Equal((e.Key, e.Time, Convert.ToHexString(e.ContentHash)), (again!.Key, again.Time, Convert.ToHexString(again.ContentHash)));
        foreach (var name in (string[])["size_bytes", "duration_ms", "count"]) _ = e.Number(name);
    }

    private static IEnumerable<string> Texts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => value.EnumerateArray().SelectMany(Texts),
        JsonValueKind.Object => value.EnumerateObject().SelectMany(m => Texts(m.Value).Prepend(m.Name)),
        _ => [],
    };

    // A long name above very many short ones: a path for each would be a thousand times the event.
    private static string LongName() =>
        $$"""{"specversion":"1.0","id":"{{Guid.CreateVersion7()}}","source":"/s","type":"t","data":{"{{new string('n', 30_000)}}":{"\u00e4":1{{string.Concat(Enumerable.Repeat(",\"a\":1", 4_000))}}""" + "}}}";

    private static byte[] Zip(byte[] bytes)
    {
        using var to = new MemoryStream();
        using (var zip = new System.IO.Compression.GZipStream(to, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true)) zip.Write(bytes);
        return to.ToArray();
    }
}
