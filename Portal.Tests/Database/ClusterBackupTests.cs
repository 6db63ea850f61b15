using System.Net.Http.Json;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Portal.Tests.Database;

/// <summary>The files of an embedded server, packed while it runs and put up elsewhere: npm's PostgreSQL, which brings no pg_dump.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ClusterBackupTests : IDisposable
{
    private static readonly string s_programs = PostgresBinaries.Folders(null, Checkout.Root).First();
    private readonly string folder = System.IO.Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "insights-cluster-" + RandomNumberGenerator.GetHexString(8, lowercase: true))).FullName;

    public void Dispose() => System.IO.Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Packed_while_events_come_in_it_holds_all_that_were_answered_before_and_counts_the_same()
    {
        Assert.False(File.Exists(Path.Combine(s_programs, "pg_dump")), "npm's package has pg_dump now: docs/backup.md and decision 20 say otherwise.");
        var (home, file) = (Path.Combine(folder, "home"), Path.Combine(folder, "insights.backup"));
        int before, sent = 0;
        var batches = BackupTests.Filled.Sent.Chunk(100).ToArray();
        using (var portal = await PortalProcess.StartAsync("", "--Insights:DataDirectory=" + home, "--Insights:Postgres:Binaries=" + s_programs))
        {
            for (; sent < 20; sent++) await SendAsync(portal, batches[sent]);
            before = sent;
            var backup = BackupTests.RunAsync(Settings(home), "backup", file);
            while (!backup.IsCompleted && sent < batches.Length) await SendAsync(portal, batches[sent++]);
            var said = await backup;
            Assert.Equal((0, ""), (said.Code, said.Errors));
            Assert.Contains("written in", said.Output, StringComparison.Ordinal);
            Assert.InRange(sent, before + 1, batches.Length);
        }
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(["home", "insights.backup"], System.IO.Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order());

        var elsewhere = Path.Combine(folder, "elsewhere");
        var restored = await BackupTests.RunAsync(Settings(elsewhere), "restore", file);
        Assert.Equal((0, ""), (restored.Code, restored.Errors));
        var recount = await BackupTests.RunAsync(Settings(elsewhere), "recount");
        var counted = Regex.Match(recount.Output, @"^default: (\d+) events counted again, [1-9]\d* rows compared, 0 differ\s*$");
        Assert.True(counted.Success, recount.Output + recount.Errors);
        var events = int.Parse(counted.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(events, before * 100, sent * 100);

        // It is a whole portal: what it holds it knows, what came later it takes.
        using (var portal = await PortalProcess.StartAsync("", "--Insights:DataDirectory=" + elsewhere, "--Insights:Postgres:Binaries=" + s_programs))
        {
            var (accepted, duplicates) = (0, 0);
            foreach (var batch in batches[..sent])
            {
                var answer = await SendAsync(portal, batch);
                (accepted, duplicates) = (accepted + answer.Accepted, duplicates + answer.Duplicates);
            }
            Assert.Equal(((sent * 100) - events, events), (accepted, duplicates));
        }

        var again = await BackupTests.RunAsync(Settings(elsewhere), "restore", file);
        Assert.Equal((1, $"The data folder {elsewhere} holds a database already. A backup goes only into a data folder that is not there yet (Insights__DataDirectory)."), (again.Code, again.Errors.Trim()));
        var external = await BackupTests.RunAsync(new Dictionary<string, string> { ["ConnectionStrings__Insights"] = "Host=127.0.0.1;Port=1" }, "restore", file);
        Assert.Equal(1, external.Code);
        Assert.StartsWith($"{file} holds the files of an embedded server: it goes into a data folder ", external.Errors, StringComparison.Ordinal);

        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        foreach (var part in (double[])[0.01, 0.5, 0.999])
        {
            var cut = Path.Combine(folder, "cut.backup");
            await File.WriteAllBytesAsync(cut, bytes[..(int)(bytes.Length * part)], TestContext.Current.CancellationToken);
            var fresh = Path.Combine(folder, "fresh");
            var refused = await BackupTests.RunAsync(Settings(fresh), "restore", cut);
            Assert.Equal(1, refused.Code);
            Assert.Matches($"^{Regex.Escape(cut)} (is not whole|cannot be read) \\(.+\\): .*[Tt]ake another backup\\.\\s*$", refused.Errors);
            Assert.False(System.IO.Directory.Exists(fresh));
        }
    }

    [Fact]
    public async Task Files_of_another_major_version_and_of_a_newer_portal_are_refused()
    {
        var old = await PackAsync(new ClusterBackup("9", ["20261124202727_Initial"]));
        var refused = await BackupTests.RunAsync(Settings(Path.Combine(folder, "data")), "restore", old);
        Assert.Equal(1, refused.Code);
        Assert.Matches(@"^The database was made by PostgreSQL 9 and only PostgreSQL \d+ is here; nothing was changed\. ", refused.Errors);

        var newer = await PackAsync(new ClusterBackup("18", ["20261124202727_Initial", "29991231235959_Teleporting"]));
        refused = await BackupTests.RunAsync(Settings(Path.Combine(folder, "data")), "restore", newer);
        Assert.Equal((1, $"{newer} was written by a newer portal (its tables are at 29991231235959_Teleporting): bring this portal up to date first."), (refused.Code, refused.Errors.Trim()));

        var letter = Path.Combine(folder, "letter.gz");
        await using (var packed = new System.IO.Compression.GZipStream(File.Create(letter), System.IO.Compression.CompressionLevel.Fastest))
            await packed.WriteAsync("Dear Ann"u8.ToArray(), TestContext.Current.CancellationToken);
        refused = await BackupTests.RunAsync(Settings(Path.Combine(folder, "data")), "restore", letter);
        Assert.Equal(1, refused.Code);
        Assert.Matches($@"^{Regex.Escape(letter)} (cannot be read|is no backup)", refused.Errors);
    }

    private async Task<string> PackAsync(ClusterBackup description)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "insights-backup.json"), JsonSerializer.Serialize(description));
        await File.WriteAllTextAsync(Path.Combine(folder, "backup_label"), "");
        var file = Path.Combine(folder, $"of-{description.Postgres}.backup");
        Assert.True((await ServerAccount.Own.RunAsync("tar", ["--create", "--gzip", "--file=" + file, "--directory", folder, "insights-backup.json", "backup_label"], CancellationToken.None)).Succeeded);
        return file;
    }

    private static Dictionary<string, string> Settings(string data) => new() { ["Insights__DataDirectory"] = data, ["Insights__Postgres__Binaries"] = s_programs };

    private static async Task<(int Accepted, int Duplicates)> SendAsync(PortalProcess portal, IEnumerable<string> batch)
    {
        using var answer = await portal.Client.PostAsync("api/v1/events", BackupTests.Filled.Body(batch));
        var json = (await answer.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.True(answer.IsSuccessStatusCode, json.ToJsonString());
        return (json["accepted"]!.GetValue<int>(), json["duplicates"]!.GetValue<int>());
    }
}
