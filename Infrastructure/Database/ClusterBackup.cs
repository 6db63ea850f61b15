using System.Globalization;
using System.Runtime.Versioning;
using System.Text.Json;
using Npgsql;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>
/// The files of an embedded server as one packed archive, taken while it runs: a base backup, for servers whose version of
/// <c>pg_dump</c> is not here. Two archives of tar, one behind the other: the files as they were read, then the log that makes them whole.
/// </summary>
/// <param name="Postgres">The major version of PostgreSQL that made the files, and that alone can read them.</param>
/// <param name="Migrations">The steps that made the tables.</param>
internal sealed record ClusterBackup(string Postgres, IReadOnlyList<string> Migrations)
{
    private const string Description = "insights-backup.json";
    private const string Password = "insights.password";

    // What a server makes for itself at every start, or writes for people only; pg_control and the log come last.
    private static readonly string[] s_left =
    [
        "postmaster.pid", "postmaster.opts", "backup_label", "tablespace_map", "start.log", "log/*", "pg_wal/*", "pg_replslot/*", "pg_dynshmem/*", "pg_notify/*",
        "pg_serial/*", "pg_snapshots/*", "pg_stat_tmp/*", "pg_subtrans/*", "*/pgsql_tmp*", "global/pg_control",
    ];

    /// <summary>Whether a file begins as those that <see cref="WriteAsync"/> writes.</summary>
    public static bool IsOne(string file)
    {
        using var stream = File.OpenRead(file);
        return stream.ReadByte() == 0x1F && stream.ReadByte() == 0x8B;
    }

    /// <summary>Writes a running server's files into a file that is there and empty.</summary>
    /// <param name="connection">To the server, as its superuser.</param>
    /// <param name="file">Where to.</param>
    /// <param name="cancel">Ends it; the server is as before.</param>
    /// <exception cref="BackupException">It cannot be done.</exception>
    [UnsupportedOSPlatform("windows")]
    public static async Task WriteAsync(NpgsqlConnection connection, string file, CancellationToken cancel)
    {
        var cluster = (string)(await AskAsync(connection, "SHOW data_directory", cancel))!;
        var aside = file + ".files";
        System.IO.Directory.CreateDirectory(aside, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            var migrations = (string[])(await AskAsync(connection, "SELECT array_agg(migration_id::text ORDER BY migration_id) FROM \"__EFMigrationsHistory\"", cancel))!;
            var made = new ClusterBackup(connection.PostgreSqlVersion.Major.ToString(CultureInfo.InvariantCulture), migrations);
            await File.WriteAllTextAsync(Path.Combine(aside, Description), JsonSerializer.Serialize(made), cancel);
            File.Copy(cluster + ".password", Path.Combine(aside, Password));

            // The slot keeps the log until the session ends; while the backup is open every page goes into the log whole, so one that is read half-written is mended by it.
            await AskAsync(connection, "SELECT pg_create_physical_replication_slot('insights_backup_' || pg_backend_pid(), true, true)", cancel);
            var first = (string)(await AskAsync(connection, "SELECT pg_walfile_name(pg_backup_start('insights', true))", cancel))!;
            await PackAsync(file, ["--warning=no-file-changed", "--warning=no-file-removed", "--ignore-failed-read", "--directory", aside, Description, "--directory", cluster, .. s_left.Select(l => "--exclude=./" + l), "."], cancel);
            await using (var stop = new NpgsqlCommand("SELECT pg_walfile_name(lsn), labelfile, spcmapfile FROM pg_backup_stop(false)", connection) { CommandTimeout = 0 })
            await using (var rows = await stop.ExecuteReaderAsync(cancel))
            {
                await rows.ReadAsync(cancel);
                var last = rows.GetString(0);
                await File.WriteAllTextAsync(Path.Combine(aside, "backup_label"), rows.GetString(1), cancel);
                if (rows.GetString(2).Length > 0) throw new BackupException("The database keeps files in tablespaces outside its folder: install pg_dump of its version and try again.");
                string[] log = [.. System.IO.Directory.EnumerateFiles(Path.Combine(cluster, "pg_wal")).Select(f => Path.GetFileName(f)!)
                    .Where(f => f.Length == first.Length && string.CompareOrdinal(f, first) >= 0 && string.CompareOrdinal(f, last) <= 0).Order(StringComparer.Ordinal).Select(f => "./pg_wal/" + f)];
                await PackAsync(Path.Combine(aside, "log"), ["--warning=no-file-changed", "--directory", aside, "backup_label", Password, "--directory", cluster, "./global/pg_control", .. log], cancel);
            }
            await using var whole = new FileStream(file, FileMode.Append);
            await using var tail = File.OpenRead(Path.Combine(aside, "log"));
            await tail.CopyToAsync(whole, cancel);
        }
        finally
        {
            System.IO.Directory.Delete(aside, recursive: true);
        }
    }

    /// <summary>Reads a file to its end and answers what it is of.</summary>
    /// <exception cref="BackupException">It is cut, damaged, or of something else.</exception>
    public static async Task<ClusterBackup> ReadAsync(string file, CancellationToken cancel)
    {
        var listed = await TarAsync(["--list", "--gzip", "--ignore-zeros", "--file=" + file], cancel);
        var names = listed.Output.Split('\n');
        if (names[0] == Description && listed.Succeeded && names.Contains("backup_label") && await DescribeAsync(file, cancel) is { } backup) return backup;
        throw new BackupException(names[0] == Description
            ? $"{file} is not whole ({(listed.Succeeded ? "its end is missing" : listed.LastWords)}): take another backup."
            : listed.Succeeded ? $"{file} is no backup: it does not begin as what ./insights backup writes." : $"{file} cannot be read ({listed.LastWords}): it is cut or damaged. Take another backup.");
    }

    /// <summary>What a file is of, by its first member; null where it does not say.</summary>
    public static async Task<ClusterBackup?> DescribeAsync(string file, CancellationToken cancel)
    {
        var description = await TarAsync(["--extract", "--gzip", "--occurrence=1", "--to-stdout", "--file=" + file, Description], cancel);
        return description.Succeeded ? JsonSerializer.Deserialize<ClusterBackup>(description.Output) : null;
    }

    /// <summary>Puts the files where a server can be started on them.</summary>
    /// <param name="file">What <see cref="WriteAsync"/> wrote.</param>
    /// <param name="cluster">An empty folder.</param>
    /// <param name="password">Where the superuser's password goes.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="BackupException">They do not fit there.</exception>
    public static async Task UnpackAsync(string file, string cluster, string password, CancellationToken cancel)
    {
        var unpacked = await TarAsync(["--extract", "--gzip", "--ignore-zeros", "--no-same-owner", "--file=" + file, "--directory", cluster], cancel);
        if (!unpacked.Succeeded) throw new BackupException($"{file} could not be unpacked into {cluster}: {unpacked.LastWords}");
        File.Delete(Path.Combine(cluster, Description));
        File.Move(Path.Combine(cluster, Password), password, overwrite: true);
    }

    // 1 is "a file changed as we read it", which is foreseen; a file that is gone was dropped, and the log says so.
    private static async Task PackAsync(string file, IEnumerable<string> arguments, CancellationToken cancel)
    {
        var packed = await TarAsync(["--create", "--gzip", "--numeric-owner", "--file=" + file, .. arguments], cancel);
        if (packed.ExitCode is not (0 or 1)) throw new BackupException($"The database's files could not be packed: {packed.LastWords}");
    }

    private static Task<CommandResult> TarAsync(IEnumerable<string> arguments, CancellationToken cancel) => ServerAccount.Own.RunAsync("tar", arguments, cancel);

    private static async Task<object?> AskAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var ask = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        return await ask.ExecuteScalarAsync(cancel);
    }
}
