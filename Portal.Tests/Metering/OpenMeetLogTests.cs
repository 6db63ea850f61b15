using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Metering;

/// <summary>The OpenMeet API's own log, as its logger writes it.</summary>
public sealed class OpenMeetLogTests(RunningPortal portal, PostgresServer server) : IClassFixture<RunningPortal>
{
    private const string Path = "api/v1/import/openmeet-log";

    [Fact]
    public async Task A_line_of_the_logger_with_its_colours_is_a_request_of_the_group_by_its_user()
    {
        var c = await portal.NewCommunityAsync();
        Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, "api/v1/directory/users/ann-x1", """{"name":"Ann","numericId":7}""")).Status);
        var answer = await SendAsync(c, Line("/api/groups/l%C3%A4ufer/events", user: 7, ms: 12) + "\r\n" + Line("/api/events/picnic", user: 9, ms: 30) + "\n"
            + Line("/api/calendar/groups/trail/calendar.ics", ms: 5) + "\n" + Line("/api/groups/me", ms: 1) + "\n" + Line("/api/groups/trail", ms: 2, type: "http_request_error", status: 404));

        Assert.Equal((HttpStatusCode.OK, """{"accepted":5,"duplicates":0,"skipped":0,"rejected":[],"rejectedLines":0}"""), (answer.Status, answer.Text));
        var events = (await c.GetAsync("api/v1/events")).Json.EnumerateArray().Select(e => e.GetProperty("event")).ToDictionary(e => e.GetProperty("data").GetProperty("path").GetString()!);
        Assert.Equal(("ann-x1", "läufer", 12), (Subject(events["/api/groups/l%C3%A4ufer/events"]), Group(events["/api/groups/l%C3%A4ufer/events"]), events["/api/groups/l%C3%A4ufer/events"].GetProperty("data").GetProperty("duration_ms").GetInt32()));
        Assert.Equal(("9", null), (Subject(events["/api/events/picnic"]), Group(events["/api/events/picnic"])));
        Assert.Equal((null, "trail"), (Subject(events["/api/calendar/groups/trail/calendar.ics"]), Group(events["/api/calendar/groups/trail/calendar.ics"])));
        Assert.Null(Group(events["/api/groups/me"]));
        Assert.Equal("50", await c.ValueAsync("api_time", ""));
        Assert.Equal("1", await c.ValueAsync("api_calls", "filterGroupBy[status]=404"));
        Assert.Equal(5, await c.RecountAsync());
    }

    [Fact]
    public async Task Sent_again_in_whole_or_in_pieces_plain_or_packed_it_counts_once()
    {
        var c = await portal.NewCommunityAsync();
        // Two requests that are the same to the millisecond are two.
        var lines = Enumerable.Range(0, 40).Select(i => Line("/api/groups/trail", ms: i / 2)).ToArray();
        var whole = string.Join('\n', lines);
        Assert.Equal("40 0", Counts(await SendAsync(c, whole)));
        Assert.Equal("0 40", Counts(await SendAsync(c, whole)));
        Assert.Equal("0 40", Counts(await SendAsync(c, Gzip(whole), ("Content-Encoding", "gzip"))));
        Assert.Equal("0 10", Counts(await SendAsync(c, string.Join('\n', lines[20..30]))));

        // Nor if a user's slug became known meanwhile.
        var by = Line("/api/groups/trail", user: 7);
        Assert.Equal("1 0", Counts(await SendAsync(c, by)));
        await c.JsonAsync(HttpMethod.Put, "api/v1/directory/users/ann-x1", """{"name":"Ann","numericId":7}""");
        Assert.Equal("0 1", Counts(await SendAsync(c, by)));
        Assert.Equal(41, await c.RecountAsync());
    }

    [Fact]
    public async Task Of_a_log_of_several_tenants_the_lines_of_one_can_be_taken()
    {
        var c = await portal.NewCommunityAsync();
        var log = Line("/api/groups/a", tenant: "\"one\"") + "\n" + Line("/api/groups/b", tenant: "\"two\"") + "\n" + Line("/api/groups/c", tenant: "1") + "\n" + Line("/api/groups/d", tenant: "null");
        Assert.Equal("1 0 3", Counts(await SendAsync(c, log, query: "?tenant=two"), "skipped"));
        Assert.Equal("1 0 3", Counts(await SendAsync(c, log, query: "?tenant=1"), "skipped"));
        Assert.Equal("2 2 0", Counts(await SendAsync(c, log), "skipped"));
    }

    [Fact]
    public async Task What_is_no_request_is_skipped_and_what_is_no_event_is_told_with_its_line()
    {
        var c = await portal.NewCommunityAsync();
        byte[] log =
        [
            .. Bytes("\n[STARTUP] 2026-01-01 - Bootstrap starting\n{\n{\"type\":\"audit\"}\n[1]{}\n" + new string('x', 300_000) + "\n"), 0xff, (byte)'{', 0xfe, (byte)'\n',
            .. Bytes(Line("/api/groups/good", ms: 1) + "\n" + Line("/api/bad").Replace("\"duration_ms\":3", "\"duration_ms\":\"slow\"", StringComparison.Ordinal) + "\n"
                + Line("/api/later").Replace("\"2026-", "\"2996-", StringComparison.Ordinal) + "\n" + Line("/api/null/\\u0000") + "\n" + Line("/api/half/\\ud800") + "\n" + Line("/api/long/" + new string('y', 70_000)) + "\n"),
        ];
        var answer = await SendAsync(c, log);
        Assert.Equal("1 0 7", Counts(answer, "skipped"));
        Assert.Equal(["8 data.duration_ms not_a_number", "9 time in_the_future", "10 data.path null_character", "11 data.path bad_text"], answer.Faults);
        Assert.Equal(4, answer.Json.GetProperty("rejectedLines").GetInt32());
        Assert.Equal(1, await c.RecountAsync());
    }

    [Fact]
    public async Task A_body_that_is_no_gzip_is_said_and_one_that_breaks_off_can_be_sent_again()
    {
        var c = await portal.NewCommunityAsync();
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(c, Bytes("no gzip"), ("Content-Encoding", "gzip"))).Status);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await SendAsync(c, Bytes("{}"), ("Content-Encoding", "br"))).Status);

        var log = string.Join('\n', Enumerable.Range(0, 25_000).Select(i => Line("/api/groups/trail", ms: i)));
        var broken = Gzip(log);
        broken.AsSpan(broken.Length / 2, 4_000).Fill(0xff);
        var answer = await SendAsync(c, broken, ("Content-Encoding", "gzip"));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("sent again they count once", answer.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        var stored = await c.RecountAsync();
        Assert.InRange(stored, 0, 24_999);
        Assert.Equal($"{25_000 - stored} {stored}", Counts(await SendAsync(c, log)));
    }

    /// <summary>As Fluent Bit sends it: the object alone, written again.</summary>
    [Fact]
    public async Task A_line_that_a_shipper_has_read_is_taken_too()
    {
        var c = await portal.NewCommunityAsync();
        const string Lines = """
            {"event":"http_request","timestamp":"2026-03-01T10:00:00.000Z","method":"GET","path":"/api/groups/trail","status":200,"duration_ms":3,"area":"groups","tenant_id":"t","user_id":null}
            {"event":"http_request","timestamp":"2026-03-01T10:00:00.001Z","method":"GET","path":"/api/groups/trail","status":200,"duration_ms":4,"area":"groups","tenant_id":"t","user_id":7}

            """;
        Assert.Equal("2 0 0", Counts(await SendAsync(c, Lines, ("Content-Type", "application/x-ndjson")), "skipped"));
        Assert.Equal("2", await c.ValueAsync("api_calls", "filterGroupBy[group]=trail"));
    }

    [Fact]
    public void A_line_is_remembered_for_so_many_others_and_no_longer()
    {
        var log = new OpenMeetLog(new Dictionary<long, string>());
        string Id(string line) => JsonDocument.Parse(log.Read(Bytes(line))!).RootElement.GetProperty("id").GetString()!.Split('-')[1];
        void Others(int from, int count)
        {
            for (var i = from; i < from + count; i++) Assert.Equal("1", Id($"{{\"event\":\"http_request\",\"timestamp\":\"{i}\"}}"));
        }
        var line = Line("/api/groups/trail");
        Assert.Equal(["1", "2"], new[] { Id(line), Id(line) });
        Others(0, OpenMeetLog.Remembered);
        Assert.Equal("3", Id(line));
        Others(OpenMeetLog.Remembered, 2 * OpenMeetLog.Remembered);
        Assert.Equal("1", Id(line));
    }

    [Fact]
    public async Task A_log_of_any_size_takes_no_more_memory()
    {
        using var process = await PortalProcess.StartAsync(await RunningPortal.CreateDatabaseAsync(server));
        await SendStreamAsync(process, 64);
        // From here on the system notes the most that the process has in memory.
        await File.WriteAllTextAsync($"/proc/{process.Id}/clear_refs", "5", TestContext.Current.CancellationToken);
        var before = MemoryOf(process, "VmRSS");
        var answer = await SendStreamAsync(process, 256);
        var grown = MemoryOf(process, "VmHWM") - before;

        Assert.True(answer.GetProperty("accepted").GetInt32() > 4_000, answer.GetRawText());
        Assert.True(answer.GetProperty("skipped").GetInt32() > 900_000, answer.GetRawText());
        Assert.True(grown < 192, $"The portal grew by {grown} MB while it took in 256 MB.");
    }

    // What OpenMeet's log mostly is, and a request now and then.
    private static async Task<JsonElement> SendStreamAsync(PortalProcess process, int megabytes)
    {
        using var content = new Streamed(async body =>
        {
            var piece = new StringBuilder();
            for (long sent = 0, line = 0; sent < megabytes * 1_048_576L;)
            {
                piece.Clear();
                for (var i = 0; i < 200; i++, line++) piece.Append("\u001b[32m[Nest] 1  - \u001b[39m03/01/2026, 10:00:00 AM \u001b[32m    LOG\u001b[39m [TypeORM] query ").Append(line).Append(' ', 160).Append('\n');
                piece.Append(Line("/api/groups/trail", ms: (int)(line % 1000), second: (int)(line / 200))).Append('\n');
                var bytes = Bytes(piece.ToString());
                await body.WriteAsync(bytes, TestContext.Current.CancellationToken);
                sent += bytes.Length;
            }
        });
        using var answer = await process.Client.PostAsync(Path, content, TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }

    private static long MemoryOf(PortalProcess process, string what) => long.Parse(
        File.ReadLines($"/proc/{process.Id}/status").Single(l => l.StartsWith(what + ":", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^2].Trim('\t'),
        CultureInfo.InvariantCulture) / 1024;

    // Nest's ConsoleLogger: a coloured prefix, the message, and the end of its colour.
    private static string Line(string path, int? user = null, int ms = 3, string tenant = "\"t\"", string type = "http_request", int status = 200, int second = 0) =>
        $"\u001b[32m[Nest] 1  - \u001b[39m03/01/2026, 10:00:00 AM \u001b[32m    LOG\u001b[39m \u001b[38;5;3m[RequestCounterInterceptor] \u001b[39m\u001b[32m{{\"event\":\"{type}\",\"timestamp\":\"{new DateTime(2026, 1, 1).AddSeconds(second):s}.123Z\",\"method\":\"GET\",\"path\":\"{path}\",\"status\":{status},\"duration_ms\":{ms},\"area\":\"groups\",\"tenant_id\":{tenant},\"user_id\":{user?.ToString(CultureInfo.InvariantCulture) ?? "null"}}}\u001b[39m";

    private static Task<Answer> SendAsync(TestCommunity c, string log, params (string, string)[] headers) => c.PostAsync(Path, "text/plain", Bytes(log), headers);

    private static Task<Answer> SendAsync(TestCommunity c, string log, string query) => c.PostAsync(Path + query, "text/plain", Bytes(log));

    private static Task<Answer> SendAsync(TestCommunity c, byte[] log, params (string, string)[] headers) => c.PostAsync(Path, "text/plain", log, headers);

    private static string Counts(Answer answer, params string[] more) =>
        answer.Status == HttpStatusCode.OK ? string.Join(' ', ((string[])["accepted", "duplicates", .. more]).Select(n => answer.Json.GetProperty(n).GetRawText())) : answer.Text;

    private static string? Subject(JsonElement e) => e.TryGetProperty("subject", out var subject) ? subject.GetString() : null;

    private static string? Group(JsonElement e) => e.GetProperty("data").TryGetProperty("group", out var group) ? group.GetString() : null;

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Gzip(string text)
    {
        using var to = new MemoryStream();
        using (var zip = new GZipStream(to, CompressionLevel.Fastest, leaveOpen: true)) zip.Write(Bytes(text));
        return to.ToArray();
    }

    private sealed class Streamed(Func<Stream, Task> write) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => write(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
