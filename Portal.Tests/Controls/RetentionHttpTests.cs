using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Controls;

/// <summary>How long a group's files are kept, over HTTP: what is due, what is pinned, and what is not handed over. Today is 20 November 2025 in New York.</summary>
public sealed class RetentionHttpTests(AlertPortal portal) : ControlsHttp(portal), IClassFixture<AlertPortal>
{
    private const string Due = "api/v1/groups/chess/retention/due";
    private const string Pins = "api/v1/groups/chess/retention/pins";
    private const string Times = """{"photo":{"months":12,"after":"event"},"video":{"months":"6"},"other":{"months":24}}""";

    private static string Policy(string kinds = Times, bool on = true, bool hold = false) =>
        $$$"""{"reason":"Storage fills up","retention":{"on":{{{(on ? "true" : "false")}}},"legalHold":{{{(hold ? "true" : "false")}}},"kinds":{{{kinds}}}}}""";

    private static Task<JsonElement> SetAsync(TestCommunity c, string body) => OkAsync(c.JsonAsync(HttpMethod.Put, Path, body));

    private static string[] FilesOf(JsonElement due) => [.. due.GetProperty("items").EnumerateArray().Select(f => f.GetProperty("file").GetString()!)];

    private async Task<TestCommunity> WithFilesAsync()
    {
        var c = await CommunityAsync();
        await c.StoreAsync(
            A.Event("event.created", "olga", "2024-09-01T12:00:00Z", null, ("event", "picnic"), ("group", "chess"), ("starts_at", "2025-08-20T18:00:00Z")),
            A.Event("event.created", "olga", "2024-09-01T12:00:00Z", null, ("event", "long-ago"), ("group", "chess"), ("starts_at", "2024-10-02T18:00:00Z"), ("ends_at", "2024-10-25T18:00:00Z")),
            A.Upload("bob", 500, "old-photo", "chess", "photo", "2024-10-20T12:00:00Z"),
            A.Event("file.uploaded", "bob", "2024-10-20T12:00:00Z", null, ("file", "picnic-photo"), ("size_bytes", 300), ("group", "chess"), ("kind", "photo"), ("event", "picnic")),
            A.Event("file.uploaded", "bob", "2024-10-01T12:00:00Z", null, ("file", "event-photo"), ("size_bytes", 350), ("group", "chess"), ("kind", "photo"), ("event", "long-ago")),
            A.Upload("bob", 200, "new-photo", "chess", "photo", "2025-09-20T12:00:00Z"),
            A.Upload("cai", 400, "old-video", "chess", "video", "2025-04-20T12:00:00Z"),
            A.Upload("cai", 100, "paper", "chess", null, "2023-05-20T12:00:00Z"),
            A.Upload("cai", 90, "young-paper", "chess", "document", "2024-05-20T12:00:00Z"),
            A.Upload("bob", 999, "attached-late", null, "photo", "2024-03-20T12:00:00Z"), A.Attachment("bob", "attached-late", "chess", 999, "2025-10-20T12:00:00Z"),
            A.Upload("bob", 50, "gone", "chess", "photo", "2024-09-20T12:00:00Z"), A.Deletion("bob", 50, "gone", "chess", "photo", "2024-12-20T12:00:00Z"),
            A.Upload("bob", 70, "replaced", "chess", "photo", "2024-02-20T12:00:00Z"), A.Upload("bob", 75, "replaced", "chess", "photo", "2025-10-20T12:00:00Z"),
            A.Upload("bob", 800, "logo", "chess", "photo", "2024-01-20T12:00:00Z"),
            A.Upload("bob", 5000, "foreign", "other", "photo", "2024-01-20T12:00:00Z"));
        await OkAsync(c.JsonAsync(HttpMethod.Put, Pins + "/logo", """{"reason":"our logo"}"""));
        return c;
    }

    [Fact]
    public async Task The_dry_run_says_what_is_freed_by_kind_and_saves_nothing()
    {
        var c = await WithFilesAsync();
        var preview = (await SetPreviewAsync(c, Policy())).GetProperty("retention");

        Assert.Equal((4, "1350", "2023-05-20"), (preview.GetProperty("files").GetInt32(), preview.GetProperty("bytes").GetString(), preview.GetProperty("oldest").GetString()));
        Assert.Equal("frees 1 kB, 4 files, the oldest of 2023-05-20; 14 days in the bin; the owner is told", preview.GetProperty("effect").GetString());
        Assert.Equal(["photo 2 850", "video 1 400", " 1 100"], preview.GetProperty("byKind").EnumerateArray().Select(k => $"{k.GetProperty("kind").GetString()} {k.GetProperty("files").GetInt32()} {k.GetProperty("bytes").GetString()}"));
        // Counted from the upload, the photos of the picnic are due as well.
        Assert.Equal(5, (await SetPreviewAsync(c, Policy(Times.Replace("event", "upload", StringComparison.Ordinal)))).GetProperty("retention").GetProperty("files").GetInt32());
        Assert.Equal(0, (await SetPreviewAsync(c, Policy(hold: true))).GetProperty("retention").GetProperty("files").GetInt32());
        Assert.Equal((0, "off"), ((await OkAsync(c.GetAsync(Path))).GetProperty("version").GetInt32(), (await OkAsync(c.GetAsync(Due))).GetProperty("heldBy").GetString()));

        Task<JsonElement> SetPreviewAsync(TestCommunity of, string body) => OkAsync(of.JsonAsync(HttpMethod.Put, Path + "?dryRun=true", body));
    }

    [Fact]
    public async Task The_due_list_is_paged_largest_first_and_a_deletion_by_OpenMeet_leaves_it()
    {
        var c = await WithFilesAsync();
        await SetAsync(c, Policy());
        var first = await OkAsync(c.GetAsync(Due + "?limit=3"));
        var second = await OkAsync(c.GetAsync($"{Due}?limit=3&cursor={first.GetProperty("nextCursor").GetString()}"));

        Assert.Equal(["old-photo", "old-video", "event-photo"], FilesOf(first));
        Assert.Equal(["paper"], FilesOf(second));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("nextCursor").ValueKind);
        Assert.Equal((true, 4, "1350", 14, true), (first.GetProperty("on").GetBoolean(), first.GetProperty("files").GetInt32(), first.GetProperty("bytes").GetString(), first.GetProperty("binDays").GetInt32(), first.GetProperty("ownerTold").GetBoolean()));
        Assert.Equal("""{"file":"event-photo","kind":"photo","bytes":"350","uploadedBy":"bob","since":"2024-10-01T12:00:00Z","after":"event","event":"long-ago","dueOn":"2025-10-25"}""", first.GetProperty("items")[2].GetRawText());
        Assert.Equal(("upload", JsonValueKind.Null, "2025-10-20"), (first.GetProperty("items")[0].GetProperty("after").GetString(), first.GetProperty("items")[0].GetProperty("event").ValueKind, first.GetProperty("items")[0].GetProperty("dueOn").GetString()));

        await c.StoreAsync(A.Deletion(null, 400, "old-video", at: "2025-11-20T11:00:00Z"));
        Assert.Equal(["old-photo", "event-photo", "paper"], FilesOf(await OkAsync(c.GetAsync(Due))));
        await c.RecountAsync();
    }

    [Fact]
    public async Task Off_or_under_a_legal_hold_nothing_is_handed_over_and_a_caller_that_knows_nothing_of_it_does_not_end_it()
    {
        var c = await WithFilesAsync();
        await SetAsync(c, Policy(on: false));
        var off = await OkAsync(c.GetAsync(Due));
        Assert.Equal(("off", 0, 0), (off.GetProperty("heldBy").GetString(), off.GetProperty("files").GetInt32(), off.GetProperty("items").GetArrayLength()));
        var held = await SetAsync(c, Policy(hold: true));
        Assert.Equal("legalHold", (await OkAsync(c.GetAsync(Due))).GetProperty("heldBy").GetString());

        await SetAsync(c, """{"reason":"caps only","default":{"perFile":100}}""");
        var now = await OkAsync(c.GetAsync(Path));
        Assert.Equal(held.GetProperty("retention").GetRawText(), now.GetProperty("retention").GetRawText());
        Assert.Empty(FilesOf(await OkAsync(c.GetAsync(Due))));
        // Taken back, the version before holds again, with its retention.
        await OkAsync(c.JsonAsync(HttpMethod.Post, $"{Path}/{now.GetProperty("version").GetInt64()}/undo", ""));
        Assert.True((await OkAsync(c.GetAsync(Path))).GetProperty("retention").GetProperty("legalHold").GetBoolean());
        Assert.Contains("legalHold", (await OkAsync(c.GetAsync("api/v1/audit?limit=5"))).GetProperty("items")[0].GetProperty("after").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_due_on_its_day_in_the_groups_zone_and_not_before()
    {
        var c = await CommunityAsync();
        // 04:30 UTC on the 21st is still the 20th in New York, 05:30 is the 21st.
        await c.StoreAsync(A.Upload("bob", 1, "in-time", "chess", "photo", "2024-11-21T04:30:00Z"), A.Upload("bob", 2, "a-day-early", "chess", "photo", "2024-11-21T05:30:00Z"));
        await SetAsync(c, Policy("""{"photo":{"months":12}}"""));

        Assert.Equal(["in-time"], FilesOf(await OkAsync(c.GetAsync(Due))));
    }

    [Fact]
    public async Task A_pinned_file_is_never_due_and_both_ways_are_audited()
    {
        var c = await WithFilesAsync();
        await SetAsync(c, Policy());
        await OkAsync(c.JsonAsync(HttpMethod.Put, Pins + "/old-photo", """{"reason":"the first meeting"}"""));
        Assert.DoesNotContain("old-photo", FilesOf(await OkAsync(c.GetAsync(Due))));
        Assert.Equal(["old-photo 500 the first meeting", "logo 800 our logo"], (await OkAsync(c.GetAsync(Pins))).GetProperty("items").EnumerateArray().OrderBy(p => p.GetProperty("bytes").GetString(), StringComparer.Ordinal)
            .Select(p => $"{p.GetProperty("file").GetString()} {p.GetProperty("bytes").GetString()} {p.GetProperty("reason").GetString()}"));
        await OkAsync(c.JsonAsync(HttpMethod.Delete, Pins + "/old-photo", ""));
        Assert.Contains("old-photo", FilesOf(await OkAsync(c.GetAsync(Due))));

        Assert.Equal(HttpStatusCode.NotFound, (await c.JsonAsync(HttpMethod.Delete, Pins + "/old-photo", "")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await c.JsonAsync(HttpMethod.Put, Pins + "/foreign", """{"reason":"not ours"}""")).Status);
        Assert.Equal(["- reason required"], (await c.JsonAsync(HttpMethod.Put, Pins + "/old-photo", """{"reason":" "}""")).Faults);
        var audit = (await OkAsync(c.GetAsync("api/v1/audit?limit=3"))).GetProperty("items");
        Assert.Equal(("group.file.unpinned", "group.file.pinned", "the first meeting"), (audit[0].GetProperty("action").GetString(), audit[1].GetProperty("action").GetString(), audit[1].GetProperty("reason").GetString()));
    }

    [Fact]
    public async Task A_renamed_group_keeps_times_pins_and_the_files_of_both_slugs()
    {
        var c = await WithFilesAsync();
        await SetAsync(c, Policy());
        await OkAsync(c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/checkers", """{"name":"Checkers","oldKey":"chess"}"""));
        await c.StoreAsync(A.Upload("bob", 10, "under-the-new-slug", "checkers", "video", "2025-01-20T12:00:00Z"));

        Assert.Equal(["old-photo", "old-video", "event-photo", "paper", "under-the-new-slug"], FilesOf(await OkAsync(c.GetAsync("api/v1/groups/checkers/retention/due"))));
        Assert.Single((await OkAsync(c.GetAsync("api/v1/groups/checkers/retention/pins"))).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task Only_the_groups_owner_and_admins_read_the_list_or_pin()
    {
        var c = await WithFilesAsync();
        await OkAsync(c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/go", """{"name":"Go","ownerKey":"foreign"}"""));
        await SetAsync(c, Policy());
        foreach (var user in new[] { "foreign", "bob", "gus", "nobody" })
        {
            foreach (var path in new[] { Due, Pins }) Assert.Equal(HttpStatusCode.NotFound, (await AsAsync(c, user, HttpMethod.Get, path)).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await AsAsync(c, user, HttpMethod.Put, Pins + "/old-photo", """{"reason":"mine"}""")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await AsAsync(c, user, HttpMethod.Delete, Pins + "/logo")).Status);
        }
        foreach (var user in new[] { "olga", "adam" }) Assert.Equal(HttpStatusCode.OK, (await AsAsync(c, user, HttpMethod.Get, Due)).Status);
        var other = await Portal.NewCommunityAsync();
        foreach (var path in new[] { Due, Pins }) Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync(path)).Status);

        var pins = Portal.Services.GetRequiredService<FilePinStore>();
        var foreign = new PolicyEditor(new Actor("foreign@example.org", Portal.Now), "foreign");
        Assert.Equal(PolicyOutcome.Refused, await pins.PinAsync(c.Id, "chess", "old-photo", "mine", foreign, Cancel));
        Assert.Equal(PolicyOutcome.Refused, await pins.UnpinAsync(c.Id, "chess", "logo", foreign, Cancel));
        Assert.Single((await OkAsync(c.GetAsync(Pins))).GetProperty("items").EnumerateArray());
        foreach (var (user, status) in new[] { ("olga", HttpStatusCode.OK), ("bob", HttpStatusCode.Forbidden), ("foreign", HttpStatusCode.Forbidden) })
        {
            using var http = await Portal.SignInAsync(c, user);
            using var file = await http.GetAsync("groups/chess/controls/files.csv", Cancel);
            Assert.Equal(status, file.StatusCode);
            if (status == HttpStatusCode.OK) Assert.Equal(["file,kind,bytes,uploaded_by,came,counted_from,event,due_on", "old-photo,photo,500,bob,2024-10-20T12:00:00Z,upload,,2025-10-20"], (await file.Content.ReadAsStringAsync(Cancel)).Split("\r\n")[..2]);
        }
    }

    [Fact]
    public async Task Every_fault_is_named_and_nothing_is_set()
    {
        var c = await CommunityAsync();
        var refused = await c.JsonAsync(HttpMethod.Put, Path, """
            {"reason":"r","retention":{"on":"yes","bin":3,"kinds":{"photo":{"months":0},"video":{"months":1.5,"after":"party"},"other":{},"paper":7,"x":{"months":121,"weeks":3}}},"images":{"quality":101,"longestSide":20,"gray":true}}
            """);

        Assert.Equal(
            [
                "- images.gray unknown", "- images.longestSide out_of_range", "- images.on required", "- images.quality out_of_range", "- retention.bin unknown", "- retention.kinds.other.months required",
                "- retention.kinds.paper not_an_object", "- retention.kinds.photo.months out_of_range", "- retention.kinds.video.after unknown", "- retention.kinds.video.months out_of_range",
                "- retention.kinds.x.months out_of_range", "- retention.kinds.x.weeks unknown", "- retention.on not_a_flag",
            ],
            refused.Faults.Order(StringComparer.Ordinal));
        Assert.Equal(["- retention.kinds required"], (await c.JsonAsync(HttpMethod.Put, Path, """{"reason":"r","retention":{"on":true}}""")).Faults);
        foreach (var query in new[] { "limit=0", "limit=1001", "limit=x" }) Assert.Equal(["- limit out_of_range"], (await c.GetAsync($"{Due}?{query}")).Faults);
        foreach (var cursor in new[] { "!", "MTIz", "eCB5", new string('a', 3000) }) Assert.Equal(["- cursor malformed"], (await c.GetAsync($"{Due}?cursor={cursor}")).Faults);
        Assert.Equal(0, (await OkAsync(c.GetAsync(Path))).GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task The_image_default_is_given_and_its_saving_measured_only_where_uploads_tell_it()
    {
        var c = await CommunityAsync();
        var now = Portal.Clock.GetUtcNow().AddMinutes(-1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        Assert.Equal("""{"on":false,"quality":null,"longestSide":null}""", (await OkAsync(c.GetAsync(Path))).GetProperty("images").GetRawText());
        Assert.Equal(["- images.quality required"], (await c.JsonAsync(HttpMethod.Put, Path, """{"reason":"r","images":{"on":true}}""")).Faults);
        await SetAsync(c, """{"reason":"r","images":{"on":true,"quality":"80"}}""");
        Assert.Equal("""{"on":true,"quality":80,"longestSide":null}""", (await OkAsync(c.GetAsync(Path))).GetProperty("images").GetRawText());

        var reports = Portal.Services.GetRequiredService<ImageReports>();
        var tenant = await Portal.TenantAsync(c);
        await c.StoreAsync(A.Upload("bob", 40, group: "chess", at: now));
        Assert.Equal(new MeasuredSaving(1, 0, 0, 0), await reports.SavingAsync(tenant, "chess", Cancel));
        await c.StoreAsync(
            A.Event("file.uploaded", "bob", now, null, ("group", "chess"), ("size_bytes", 60), ("original_bytes", 100)), A.Event("media.shared", "bob", now, null, ("group", "chess"), ("size_bytes", 5), ("original_bytes", "5")),
            A.Event("file.uploaded", "bob", now, null, ("group", "chess"), ("size_bytes", 60), ("original_bytes", "many")), A.Event("file.uploaded", "bob", now, null, ("group", "other"), ("size_bytes", 1), ("original_bytes", 999)));
        var saving = await reports.SavingAsync(tenant, "chess", Cancel);
        Assert.Equal((4, 2, 105m, 40m), (saving.Uploads, saving.Told, saving.Original, saving.Saved));
    }

    [Fact]
    public async Task The_interface_describes_the_list_with_its_parameters()
    {
        using var answer = await Portal.Client("").GetAsync("openapi/v1.json", Cancel);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel));
        var list = document.RootElement.GetProperty("paths").GetProperty("/api/v1/groups/{key}/retention/due").GetProperty("get");

        Assert.Contains("OpenMeet reads this list and deletes the files", list.GetProperty("description").GetString(), StringComparison.Ordinal);
        Assert.Equal(["cursor", "key", "limit"], list.GetProperty("parameters").EnumerateArray().Where(p => p.GetProperty("in").GetString() != "header").Select(p => p.GetProperty("name").GetString()!).Order(StringComparer.Ordinal));
    }
}
