using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Demo;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Portal.Tests.Database;

/// <summary>A portal's database in a file and back, over the program that administrators run.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class BackupTests(BackupTests.Filled filled) : IClassFixture<BackupTests.Filled>
{
    private static readonly Actor Tester = new("tester", Instant.FromUtc(2026, 1, 1, 0, 0));

    [Fact]
    public async Task A_restored_database_counts_the_same_and_answers_the_same()
    {
        var target = await filled.Server.CreateDatabaseAsync();
        var restored = await RunAsync(filled.Settings(target), "restore", filled.File);
        Assert.Equal((0, ""), (restored.Code, restored.Errors));
        Assert.Contains($"holds {Filled.Events:N0} events", restored.Output, StringComparison.Ordinal);

        var recount = await RunAsync(filled.Settings(target), "recount");
        Assert.Equal(0, recount.Code);
        Assert.Matches($@"^default: {Filled.Events} events counted again, [1-9]\d* rows compared, 0 differ\s*$", recount.Output);
        var month = await RunAsync(filled.Settings(target), "recount", "--tenant", "default", "--month", Filled.Month);
        Assert.Matches(@"^default: [1-9]\d* events counted again, [1-9]\d* rows compared, 0 differ\s*$", month.Output);
        var months = await RunAsync(filled.Settings(target), "ledger");
        Assert.Equal(Filled.Events, months.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Sum(l => int.Parse(l.Split(" events")[0].Split(' ')[^1], NumberStyles.AllowThousands, CultureInfo.InvariantCulture)));
        Assert.Matches($@"(?m)^{Filled.Month} +[1-9][\d,]* events +[1-9][\d,]* bytes", months.Output);
        using var portal = await PortalProcess.StartAsync(target);
        AssertSame(await Filled.AskAsync(portal.Client));
        Assert.Equal($"{Environment.UserName}, ./insights restore", await PostgresWithPrograms.ExecuteAsync(target, "SELECT actor FROM audit_entry WHERE action = 'database.restored'"));

        // It is a whole portal: it takes more events, and knows which it has.
        using var again = await portal.Client.PostAsync("api/v1/events", Filled.Body(Filled.Sent.Take(100)), TestContext.Current.CancellationToken);
        Assert.Equal(100, (await again.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken))!["duplicates"]!.GetValue<int>());
        using var more = await portal.Client.PostAsync("api/v1/events", Filled.Body([A.Message("ann").ToJsonString()]), TestContext.Current.CancellationToken);
        Assert.Equal(1, (await more.Content.ReadFromJsonAsync<JsonObject>(TestContext.Current.CancellationToken))!["accepted"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_data_folder_that_is_not_there_yet_is_made_of_a_backup_and_backed_up_again_without_a_portal()
    {
        var settings = new Dictionary<string, string> { ["Insights__DataDirectory"] = filled.Server.NewDataFolder(), ["Insights__Postgres__Binaries"] = filled.Server.Programs };
        var missing = await RunAsync(settings, "backup", filled.NewFile());
        Assert.Equal(1, missing.Code);
        Assert.StartsWith($"There is no database in {settings["Insights__DataDirectory"]}: ", missing.Errors, StringComparison.Ordinal);
        Assert.False(System.IO.Directory.Exists(settings["Insights__DataDirectory"]));

        Assert.Equal(0, (await RunAsync(settings, "restore", filled.File)).Code);
        Assert.Contains($"{Filled.Events} events counted again", (await RunAsync(settings, "recount")).Output, StringComparison.Ordinal);
        var second = filled.NewFile();
        Assert.Equal(0, (await RunAsync(settings, "backup", second)).Code);
        Assert.InRange(new FileInfo(second).Length, new FileInfo(filled.File).Length / 2, new FileInfo(filled.File).Length * 2);

        await using (await EmbeddedPostgres.StartAsync(settings["Insights__DataDirectory"], filled.Server.Programs, Checkout.Root, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, CancellationToken.None))
        {
            var busy = await RunAsync(settings, "restore", filled.File);
            Assert.Equal((1, $"Another portal is running on the data folder {settings["Insights__DataDirectory"]}: stop it first, or set Insights:DataDirectory to another folder."), (busy.Code, busy.Errors.Trim()));
            Assert.Equal(0, (await RunAsync(settings, "backup", second)).Code);
        }
    }

    [Fact]
    public async Task A_file_is_its_owners_alone_and_is_there_only_when_whole()
    {
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(filled.File));
        var folder = System.IO.Directory.CreateDirectory(filled.NewFile()).FullName;
        var file = Path.Combine(folder, "a.dump");
        var programs = Programs(folder, "pg_dump", $"""[ "$1" = --version ] && exec {filled.Server.Programs}/pg_dump --version; for a in "$@"; do case $a in --file=*) printf PGDMP >"{"${a#--file=}"}" ;; esac; done; echo 'pg_dump: error: the disk is full' >&2; exit 1""");
        var refused = await Assert.ThrowsAsync<BackupException>(() => new DatabaseBackup(filled.Database, [programs]).WriteAsync(file, CancellationToken.None));
        Assert.Equal($"pg_dump could not back up the database {Name(filled.Database)} on 127.0.0.1: the disk is full", refused.Message);
        Assert.Equal(["bin"], System.IO.Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName));

        await File.WriteAllTextAsync(file, "a letter", TestContext.Current.CancellationToken);
        refused = await Assert.ThrowsAsync<BackupException>(() => Backup(filled.Database).WriteAsync(file, CancellationToken.None));
        Assert.Equal($"{file} is there already and is no backup: name another file.", refused.Message);
        Assert.Equal("a letter", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        refused = await Assert.ThrowsAsync<BackupException>(() => Backup(filled.Database).WriteAsync(Path.Combine(folder, "nowhere", "a.dump"), CancellationToken.None));
        Assert.Contains("cannot be written", refused.Message, StringComparison.Ordinal);
        refused = await Assert.ThrowsAsync<BackupException>(() => Backup(filled.Database).WriteAsync(folder, CancellationToken.None));
        Assert.Equal($"{folder} is a folder: name a file in it.", refused.Message);

        var empty = await filled.Server.CreateDatabaseAsync();
        refused = await Assert.ThrowsAsync<BackupException>(() => Backup(empty).WriteAsync(filled.NewFile(), CancellationToken.None));
        Assert.Equal($"The database {Name(empty)} on 127.0.0.1 holds no portal's tables: there is nothing to back up.", refused.Message);
    }

    [Fact]
    public async Task The_password_is_in_no_argument_and_in_no_line()
    {
        var folder = System.IO.Directory.CreateDirectory(filled.NewFile()).FullName;
        var seen = Path.Combine(folder, "arguments");
        var programs = Programs(folder, "pg_dump", $"""echo "$@" >>{seen}; exec {filled.Server.Programs}/pg_dump "$@" """);
        Programs(folder, "pg_restore", $"""echo "$@" >>{seen}; exec {filled.Server.Programs}/pg_restore "$@" """);
        var target = await filled.Server.CreateDatabaseAsync();
        var password = new NpgsqlConnectionStringBuilder(target).Password!;
        var file = filled.NewFile();
        await new DatabaseBackup(filled.Database, [programs]).WriteAsync(file, CancellationToken.None);
        await new DatabaseBackup(target, [programs]).RestoreAsync(file, Tester, CancellationToken.None);
        var arguments = await File.ReadAllTextAsync(seen, TestContext.Current.CancellationToken);
        Assert.Contains("--single-transaction", arguments, StringComparison.Ordinal);
        Assert.DoesNotContain(password, arguments, StringComparison.Ordinal);
        Assert.DoesNotContain(password, filled.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_with_something_in_it_is_refused_by_what_is_in_it()
    {
        using (var portal = await PortalProcess.StartAsync(filled.Database))
        {
            var used = await RunAsync(filled.Settings(filled.Database), "restore", filled.File);
            Assert.Equal(1, used.Code);
            Assert.Matches(
                $@"^The database {Name(filled.Database)} on 127\.0\.0\.1 is not empty: it holds \d\d tables \(\w+, .+, \.\.\.\), with {Filled.Events:N0} stored events\. A backup goes only into an empty database: .+\. "
                + $@"A portal is running on the database {Name(filled.Database)} on 127\.0\.0\.1: stop it, restore, and start it again\.\s*$", used.Errors);
            AssertSame(await Filled.AskAsync(portal.Client));
        }

        var target = await filled.Server.CreateDatabaseAsync();
        await PostgresWithPrograms.ExecuteAsync(target, "CREATE TABLE letters (text text)");
        var refused = await RefusedAsync(target, filled.File);
        Assert.StartsWith($"The database {Name(target)} on 127.0.0.1 is not empty: it holds 1 table (letters). ", refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.6)]
    [InlineData(0.99)]
    public async Task A_cut_file_is_refused_and_leaves_the_database_empty(double part)
    {
        var file = filled.NewFile();
        var whole = await File.ReadAllBytesAsync(filled.File, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(file, whole[..(int)(whole.Length * part)], TestContext.Current.CancellationToken);
        Assert.Matches($"^{Regex.Escape(file)} (is not whole|cannot be read) \\(.+\\): .*[Tt]ake another backup\\.$", await RefusedEmptyAsync(file));
    }

    [Fact]
    public async Task A_foreign_file_is_refused_and_leaves_the_database_empty()
    {
        var letter = filled.NewFile();
        await File.WriteAllTextAsync(letter, "CREATE TABLE letters (text text);", TestContext.Current.CancellationToken);
        Assert.Equal($"{letter} is no backup: it does not begin as what ./insights backup writes.", await RefusedEmptyAsync(letter));
        Assert.Equal($"There is no file {letter}.gone.", await RefusedEmptyAsync(letter + ".gone"));

        var other = await filled.Server.CreateDatabaseAsync();
        await PostgresWithPrograms.ExecuteAsync(other, "CREATE TABLE letters (text text)");
        var dump = await DumpAsync(other);
        Assert.Equal($"{dump} is a dump of another program's database: it does not hold the portal's tables.", await RefusedEmptyAsync(dump));
    }

    [Fact]
    public async Task A_file_of_a_newer_portal_is_refused_and_leaves_the_database_empty()
    {
        var newer = await filled.Server.CreateDatabaseAsync();
        await Backup(newer).RestoreAsync(filled.File, Tester, CancellationToken.None);
        await PostgresWithPrograms.ExecuteAsync(newer, """INSERT INTO "__EFMigrationsHistory" VALUES ('29991231235959_Teleporting', '30.0.0')""");
        var dump = await DumpAsync(newer);
        Assert.Equal($"{dump} was written by a newer portal (its tables are at 29991231235959_Teleporting): bring this portal up to date first.", await RefusedEmptyAsync(dump));
    }

    [Fact]
    public async Task A_program_that_is_missing_or_too_old_is_named_with_what_to_install()
    {
        var folder = System.IO.Directory.CreateDirectory(filled.NewFile()).FullName;
        var major = (int)(await PostgresWithPrograms.ExecuteAsync(filled.Database, "SELECT current_setting('server_version_num')::int / 10000"))!;
        var none = await Assert.ThrowsAsync<BackupException>(() => new DatabaseBackup(filled.Database, [folder]).WriteAsync(filled.NewFile(), CancellationToken.None));
        Assert.StartsWith($"PostgreSQL's program pg_dump was not found. Install the client programs of PostgreSQL {major} (apt-get install postgresql-client-{major}; ", none.Message, StringComparison.Ordinal);

        var old = Programs(folder, "pg_dump", "echo 'pg_dump (PostgreSQL) 9.6.24'");
        var tooOld = await Assert.ThrowsAsync<BackupException>(() => new DatabaseBackup(filled.Database, [old]).WriteAsync(filled.NewFile(), CancellationToken.None));
        Assert.StartsWith($"The database runs on PostgreSQL {major}, and pg_dump is here only in version 9, which cannot read a newer server. Install ", tooOld.Message, StringComparison.Ordinal);

        // Of several the one of the server's own version is taken.
        var newer = Programs(System.IO.Directory.CreateDirectory(filled.NewFile()).FullName, "pg_dump", "echo 'pg_dump (PostgreSQL) 99.1'");
        Assert.Equal([major, 99], (await DumpProgram.FindAsync("pg_dump", [old, newer, filled.Server.Programs], major, CancellationToken.None)).Select(p => p.Major));
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_said_so()
    {
        var nowhere = new NpgsqlConnectionStringBuilder(filled.Database) { Port = 1 }.ConnectionString;
        Assert.StartsWith("The database cannot be reached: ", await RefusedAsync(nowhere, filled.File), StringComparison.Ordinal);
        var run = await RunAsync(filled.Settings(nowhere), "backup", filled.NewFile());
        Assert.Equal(1, run.Code);
        Assert.StartsWith("The database cannot be reached: ", run.Errors, StringComparison.Ordinal);
    }

    private void AssertSame(IReadOnlyDictionary<string, string> answers)
    {
        foreach (var (path, answer) in filled.Answers) Assert.Equal((path, answer), (path, answers[path]));
    }

    private DatabaseBackup Backup(string database) => new(database, [filled.Server.Programs]);

    private async Task<string> RefusedAsync(string database, string file) =>
        (await Assert.ThrowsAsync<BackupException>(() => Backup(database).RestoreAsync(file, Tester, CancellationToken.None))).Message;

    private async Task<string> RefusedEmptyAsync(string file)
    {
        var target = await filled.Server.CreateDatabaseAsync();
        var message = await RefusedAsync(target, file);
        Assert.Equal(0L, await PostgresWithPrograms.ExecuteAsync(target, "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"));
        return message;
    }

    private async Task<string> DumpAsync(string database)
    {
        var file = filled.NewFile();
        var of = new NpgsqlConnectionStringBuilder(database);
        using var dump = Process.Start(new ProcessStartInfo(Path.Combine(filled.Server.Programs, "pg_dump"), ["-Fc", "-h", of.Host!, "-p", $"{of.Port}", "-U", of.Username!, "-f", file, of.Database!]) { Environment = { ["PGPASSWORD"] = of.Password } })!;
        await dump.WaitForExitAsync();
        Assert.Equal(0, dump.ExitCode);
        return file;
    }

    // A program of PostgreSQL's in a folder of its own, played by a script.
    private static string Programs(string folder, string name, string script)
    {
        var bin = System.IO.Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName;
        File.WriteAllText(Path.Combine(bin, name), "#!/bin/bash\n" + script + "\n");
        File.SetUnixFileMode(Path.Combine(bin, name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return bin;
    }

    private static string Name(string database) => new NpgsqlConnectionStringBuilder(database).Database!;

    internal static async Task<(int Code, string Output, string Errors)> RunAsync(IReadOnlyDictionary<string, string> settings, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(PortalHost).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in settings) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>A database with the first weeks of the demo, a plan and a rate, and its backup, taken while the portal was running on it.</summary>
    public sealed class Filled : IAsyncLifetime
    {
        public const int Events = 6_000;

        private static readonly DemoCommunity Community = new(Instant.FromUtc(2026, 3, 1, 0, 0));
        private int files;

        /// <summary>What was sent, in order.</summary>
        public static IReadOnlyList<string> Sent { get; } = [.. Community.Events().Take(Events)];

        /// <summary>A month of theirs.</summary>
        public static string Month { get; } = JsonDocument.Parse(Sent[^1]).RootElement.GetProperty("time").GetString()![..7];

        public PostgresWithPrograms Server { get; } = new();

        /// <summary>The database, without a portal now.</summary>
        public string Database { get; private set; } = "";

        /// <summary>Its backup.</summary>
        public string File { get; private set; } = "";

        /// <summary>What the program said while it wrote the backup.</summary>
        public string Said { get; private set; } = "";

        /// <summary>What the portal answered, for all users and groups.</summary>
        public IReadOnlyDictionary<string, string> Answers { get; private set; } = new Dictionary<string, string>();

        public async ValueTask InitializeAsync()
        {
            await Server.InitializeAsync();
            Database = await Server.CreateDatabaseAsync();
            File = NewFile();
            using var portal = await PortalProcess.StartAsync(Database);
            foreach (var batch in Sent.Chunk(1_000))
            {
                using var answer = await portal.Client.PostAsync("api/v1/events", Body(batch));
                Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            }
            await SayAsync(portal.Client, "plans", """{"key":"club","name":"Club","currency":"USD","fee":"5.00","items":[{"meter":"api_calls","included":"100","price":{"model":"per_unit","unitPrice":"0.01"}}]}""");
            await SayAsync(portal.Client, "plans/club/publish", """{"effective":"2025-01-01T00:00:00Z"}""");
            await SayAsync(portal.Client, "rates", """{"meter":"storage","unitCost":"0.02","currency":"USD","from":"2025-01-01T00:00:00Z"}""");
            var backup = await RunAsync(Settings(Database), "backup", File);
            Assert.Equal((0, ""), (backup.Code, backup.Errors));
            Said = backup.Output;
            Answers = await AskAsync(portal.Client);
            Assert.InRange(Answers.Count, 20, 1_000);
        }

        public ValueTask DisposeAsync() => Server.DisposeAsync();

        /// <summary>How a program is told of a database.</summary>
        public Dictionary<string, string> Settings(string database) => new() { ["ConnectionStrings__Insights"] = database, ["Insights__Postgres__Binaries"] = Server.Programs };

        /// <summary>A name in the folder of backups that is not taken.</summary>
        public string NewFile() => Path.Combine(Server.Backups, $"insights-{Interlocked.Increment(ref files)}.dump");

        /// <summary>Events as a request.</summary>
        public static StringContent Body(IEnumerable<string> events) => new("[" + string.Join(',', events) + "]", Encoding.UTF8, "application/cloudevents-batch+json");

        /// <summary>The usage of everybody and every group, by address.</summary>
        public static async Task<IReadOnlyDictionary<string, string>> AskAsync(HttpClient client)
        {
            var roots = Sent.Select(e => JsonDocument.Parse(e).RootElement).ToArray();
            var users = roots.Select(r => r.TryGetProperty("subject", out var s) ? s.GetString() : null).OfType<string>().Distinct().Take(25).Select(u => "users/" + u);
            var groups = roots.Select(r => r.GetProperty("data").TryGetProperty("group", out var g) ? g.GetString() : null).OfType<string>().Distinct().Select(g => "groups/" + g);
            var answers = new Dictionary<string, string>();
            var range = $"from={Community.Start}&to={Community.Start + Duration.FromDays(60)}";
            foreach (var who in users.Concat(groups))
            {
                var path = $"api/v1/{who}/usage?{range}";
                var answer = JsonNode.Parse(await client.GetStringAsync(path))!.AsObject();
                Assert.True(answer.Remove("completeTo"), "The time of the answer is no figure.");
                answers[path] = answer.ToJsonString();
            }
            return answers;
        }

        private static async Task SayAsync(HttpClient client, string path, string json)
        {
            using var answer = await client.PostAsync("api/v1/" + path, new StringContent(json, Encoding.UTF8, "application/json"));
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        }
    }
}
