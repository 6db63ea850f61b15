using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Audit;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>A backup that was written.</summary>
/// <param name="File">Its full path.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Database">What it is of, as messages say it.</param>
/// <param name="Took">How long it took.</param>
public sealed record WrittenBackup(string File, long Bytes, string Database, TimeSpan Took);

/// <summary>A database that was made of a backup.</summary>
/// <param name="Database">Which, as messages say it.</param>
/// <param name="Events">The stored events in it.</param>
/// <param name="Migrations">Steps that brought its tables up to this build.</param>
/// <param name="Took">How long it took.</param>
public sealed record RestoredBackup(string Database, long Events, int Migrations, TimeSpan Took);

/// <summary>
/// The whole database as one file, and an empty database made whole by such a file, with PostgreSQL's own pg_dump and pg_restore. Where
/// no pg_dump fits an embedded server, its files are packed instead (<see cref="ClusterBackup"/>).
/// </summary>
public sealed class DatabaseBackup
{
    private const string History = "__EFMigrationsHistory";

    /// <summary>What every file of pg_dump's custom format begins with.</summary>
    private static readonly byte[] Mark = [.. "PGDMP"u8];

    private readonly string _connectionString;
    private readonly IReadOnlyList<string> _folders;
    private readonly bool _isEmbedded;

    internal DatabaseBackup(string connectionString, IReadOnlyList<string> folders, bool isEmbedded = false) =>
        (_connectionString, _folders, _isEmbedded) = (connectionString, folders, isEmbedded);

    /// <summary>Backups of the database that a connection string names.</summary>
    /// <param name="connectionString">How to reach the database.</param>
    /// <param name="binariesSetting">The bin folder of a PostgreSQL; others are looked at too.</param>
    /// <param name="checkoutRoot">What the setting is relative to.</param>
    /// <param name="isEmbedded">Whether the server is the portal's own: then its files may be packed.</param>
    public static DatabaseBackup Of(string connectionString, string? binariesSetting, string checkoutRoot, bool isEmbedded) =>
        OperatingSystem.IsWindows()
            ? throw new BackupException("Backups are not made on Windows: use pg_dump --format=custom.")
            : new DatabaseBackup(connectionString, [.. PostgresBinaries.Folders(binariesSetting, checkoutRoot), .. PostgresBinaries.Folders(null, checkoutRoot)], isEmbedded);

    /// <summary>Looks at a file before anything is touched. True where it holds an embedded server's files: a new data folder begins with them.</summary>
    /// <exception cref="BackupException">It is not there, no backup, or of a newer portal.</exception>
    public static async Task<bool> HoldsServerFilesAsync(string file, CancellationToken cancel)
    {
        file = Path.GetFullPath(file);
        if (!File.Exists(file)) throw new BackupException($"There is no file {file}.");
        if (IsDump(file)) return false;
        if (!ClusterBackup.IsOne(file)) throw new BackupException($"{file} is no backup: it does not begin as what ./insights backup writes.");
        await using var pool = InsightsDatabase.BuildDataSource("Host=none");
        await using var db = Context(pool);
        RefuseForeign(file, (await ClusterBackup.ReadAsync(file, cancel)).Migrations, [.. db.Database.GetMigrations()]);
        return true;
    }

    /// <summary>
    /// Writes all tables, as they are at one instant, into a file that only its owner can read; portals may go on writing meanwhile. A
    /// backup of the same name is replaced when the new one is whole.
    /// </summary>
    /// <exception cref="BackupException">It cannot be done; what was there before is still there.</exception>
    public async Task<WrittenBackup> WriteAsync(string file, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        file = Path.GetFullPath(file);
        if (System.IO.Directory.Exists(file)) throw new BackupException($"{file} is a folder: name a file in it.");
        if (File.Exists(file) && !IsDump(file) && !ClusterBackup.IsOne(file)) throw new BackupException($"{file} is there already and is no backup: name another file.");
        await using var connection = await OpenAsync(cancel);
        if (!(await ContentsAsync(connection, cancel)).Contains(History))
            throw new BackupException($"The {Name(connection)} holds no portal's tables: there is nothing to back up.");
        var dump = await DumpAsync(connection.PostgreSqlVersion.Major, cancel);
        var unfinished = $"{file}.{Environment.ProcessId}.unfinished";
        try
        {
            var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) create.UnixCreateMode = ServerFolders.OwnFile;
            await new FileStream(unfinished, create).DisposeAsync();
            if (dump is null && !OperatingSystem.IsWindows()) await ClusterBackup.WriteAsync(connection, unfinished, cancel);
            else if (dump is not null && await dump.RunAsync(["--format=custom", "--no-owner", "--no-privileges", "--no-password", "--file=" + unfinished], Settings(connection), cancel) is { Succeeded: false } failed)
                throw new BackupException($"pg_dump could not back up the {Name(connection)}: {Reason(failed)}");
            File.Move(unfinished, file, overwrite: true);
            return new WrittenBackup(file, new FileInfo(file).Length, Name(connection), watch.Elapsed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"{file} cannot be written: {e.Message}", e);
        }
        finally
        {
            if (File.Exists(unfinished)) File.Delete(unfinished);
        }
    }

    /// <summary>Fills an empty database from a file, all or nothing, and brings its tables up to this build.</summary>
    /// <param name="file">What <see cref="WriteAsync"/> wrote, by this build or an older one.</param>
    /// <param name="actor">Who does it, for the audit log.</param>
    /// <param name="cancel">Ends it; the database is then as empty as it was.</param>
    /// <exception cref="BackupException">The file or the database will not do; the database is as empty as it was.</exception>
    public async Task<RestoredBackup> RestoreAsync(string file, Actor actor, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        file = Path.GetFullPath(file);
        if (!File.Exists(file)) throw new BackupException($"There is no file {file}.");
        if (!IsDump(file)) throw new BackupException($"{file} is no backup: it does not begin as what ./insights backup writes.");
        await using var connection = await OpenAsync(cancel);
        // Portals that start now wait here until the connection closes, and then find a database that is whole.
        await ExecuteAsync(connection, "SELECT pg_advisory_lock(hashtextextended('insights.startup', 0))", cancel);
        await RefuseUsedAsync(connection, cancel);
        await using var pool = InsightsDatabase.BuildDataSource(_connectionString);
        await using var db = Context(pool);
        var restore = await ReaderAsync(file, connection.PostgreSqlVersion.Major, [.. db.Database.GetMigrations()], cancel);
        string[] into = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-password", "--dbname=" + Quoted(connection.Database), file];
        var made = await restore.RunAsync(into, Settings(connection), cancel);
        if (!made.Succeeded) throw new BackupException($"pg_restore could not fill the {Name(connection)}, which is as empty as before: {Reason(made)}");
        return await FinishAsync(connection, db, file, actor, watch, cancel);
    }

    /// <summary>Brings the tables of a server that was just started on the files of a backup up to this build, and notes where they came from.</summary>
    /// <exception cref="BackupException">The server does not answer.</exception>
    public async Task<RestoredBackup> TakeOverAsync(string file, Actor actor, CancellationToken cancel)
    {
        var watch = Stopwatch.StartNew();
        await using var connection = await OpenAsync(cancel);
        await using var pool = InsightsDatabase.BuildDataSource(_connectionString);
        await using var db = Context(pool);
        return await FinishAsync(connection, db, file, actor, watch, cancel);
    }

    private static async Task<RestoredBackup> FinishAsync(NpgsqlConnection connection, InsightsDbContext db, string file, Actor actor, Stopwatch watch, CancellationToken cancel)
    {
        var steps = (await db.Database.GetPendingMigrationsAsync(cancel)).Count();
        await db.Database.MigrateAsync(cancel);
        foreach (var tenant in await db.Tenants.Select(t => t.Id).ToListAsync(cancel))
            db.Note(tenant, actor, "database.restored", "database:" + connection.Database, null, new JsonObject { ["file"] = Path.GetFileName(file) });
        await db.SaveChangesAsync(cancel);
        // The planner knows nothing of tables that were just filled.
        await ExecuteAsync(connection, "ANALYZE", cancel);
        return new RestoredBackup(Name(connection), await CountAsync(connection, cancel), steps, watch.Elapsed);
    }

    // Null where the server is the portal's own and no program fits it: npm's package brings none.
    private async Task<DumpProgram?> DumpAsync(int serverMajor, CancellationToken cancel)
    {
        try
        {
            return (await DumpProgram.FindAsync("pg_dump", _folders, serverMajor, cancel))[0];
        }
        catch (BackupException) when (_isEmbedded)
        {
            return null;
        }
    }

    // Everything that stands in the way is named at once.
    private static async Task RefuseUsedAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var faults = new List<string>();
        if (await ContentsAsync(connection, cancel) is { Count: > 0 } tables)
        {
            var stored = tables.Contains("ledger") ? await CountAsync(connection, cancel) : 0;
            var events = stored == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", with {stored:N0} stored events");
            var more = tables.Count > 5 ? ", ..." : "";
            faults.Add($"The {Name(connection)} is not empty: it holds {tables.Count} {(tables.Count == 1 ? "table" : "tables")} ({string.Join(", ", tables.Take(5))}{more}){events}. "
                + "A backup goes only into an empty database: one just made by createdb, or that of a data folder that is not there yet (Insights__DataDirectory).");
        }
        await using var ask = new NpgsqlCommand(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()", connection)
        { Parameters = { new() { Value = InsightsDatabase.ApplicationName } } };
        if ((long)(await ask.ExecuteScalarAsync(cancel))! > 0)
            faults.Add($"A portal is running on the {Name(connection)}: stop it, restore, and start it again.");
        if (faults.Count > 0) throw new BackupException(string.Join(" ", faults));
    }

    // The first program that reads the file from its beginning to its end; before anything is written.
    private async Task<DumpProgram> ReaderAsync(string file, int serverMajor, string[] known, CancellationToken cancel)
    {
        CommandResult? failed = null;
        foreach (var restore in await DumpProgram.FindAsync("pg_restore", _folders, serverMajor, cancel))
        {
            var history = await restore.RunAsync(["--data-only", "--table=" + History, "--file=-", file], null, cancel);
            if (history.Succeeded)
            {
                // COPY public."__EFMigrationsHistory" (...) FROM stdin; one line a migration; \.
                string[] steps = [.. history.Output.Split('\n').SkipWhile(l => !l.StartsWith("COPY ", StringComparison.Ordinal)).Skip(1).TakeWhile(l => l != "\\.").Select(l => l.Split('\t')[0])];
                RefuseForeign(file, steps, known);
                var whole = await restore.RunAsync(["--file=/dev/null", file], null, cancel);
                return whole.Succeeded ? restore : throw new BackupException($"{file} is not whole ({Reason(whole)}): take another backup.");
            }
            failed ??= history;
        }
        throw new BackupException($"{file} cannot be read ({Reason(failed!)}): " + (failed!.Error.Contains("unsupported version", StringComparison.Ordinal)
            ? "it was written by a newer pg_dump. Install the client programs of that PostgreSQL, or put a folder that has them into PATH."
            : "it is cut or damaged. Take another backup."));
    }

    private static void RefuseForeign(string file, IReadOnlyList<string> steps, string[] known)
    {
        if (!steps.Contains(known[0])) throw new BackupException($"{file} is a dump of another program's database: it does not hold the portal's tables.");
        if (steps.Except(known).FirstOrDefault() is { } newer)
            throw new BackupException($"{file} was written by a newer portal (its tables are at {newer}): bring this portal up to date first.");
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancel)
    {
        // Not as a portal calls itself; not pooled, so that the lock goes with it.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_connectionString) { ApplicationName = "openmeet-insights backup", Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancel);
            return connection;
        }
        catch (NpgsqlException e)
        {
            await connection.DisposeAsync();
            throw new BackupException("The database cannot be reached: " + e.GetBaseException().Message, e);
        }
    }

    private static InsightsDbContext Context(NpgsqlDataSource pool)
    {
        var options = new DbContextOptionsBuilder<InsightsDbContext>();
        InsightsDatabase.Configure(options, pool);
        return new InsightsDbContext(options.Options);
    }

    // Names of tables and of what else keeps rows, in any schema; parts of a table are the table.
    private static async Task<IReadOnlyList<string>> ContentsAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var names = new List<string>();
        await using var select = new NpgsqlCommand("""
            SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
            ORDER BY c.relname
            """, connection);
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) names.Add(rows.GetString(0));
        return names;
    }

    private static async Task<long> CountAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        await using var count = new NpgsqlCommand("SELECT count(*) FROM ledger", connection) { CommandTimeout = 0 };
        return (long)(await count.ExecuteScalarAsync(cancel))!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(cancel);
    }

    // How libpq reaches what Npgsql has reached. What the connection string leaves out, both take from the same variables.
    private Dictionary<string, string> Settings(NpgsqlConnection connection)
    {
        var given = new NpgsqlConnectionStringBuilder(_connectionString);
        (string Name, string? Value)[] settings =
        [
            ("PGHOST", connection.Host), ("PGPORT", connection.Port.ToString(CultureInfo.InvariantCulture)), ("PGDATABASE", connection.Database),
            ("PGUSER", connection.UserName), ("PGPASSWORD", given.Password), ("PGPASSFILE", given.Passfile), ("PGOPTIONS", given.Options),
            ("PGSSLMODE", given.SslMode switch { SslMode.VerifyCA => "verify-ca", SslMode.VerifyFull => "verify-full", var mode => mode.ToString().ToLowerInvariant() }),
            ("PGSSLROOTCERT", given.RootCertificate), ("PGSSLCERT", given.SslCertificate), ("PGSSLKEY", given.SslKey), ("PGAPPNAME", "openmeet-insights backup"),
        ];
        return settings.Select(s => (s.Name, Value: s.Value ?? Environment.GetEnvironmentVariable(s.Name))).Where(s => !string.IsNullOrEmpty(s.Value)).ToDictionary(s => s.Name, s => s.Value!);
    }

    private static string Quoted(string database) => "dbname='" + database.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'";

    private static string Name(NpgsqlConnection connection) => $"database {connection.Database} on {connection.Host}";

    // The first error: what follows it is the statement.
    private static string Reason(CommandResult result)
    {
        const string Error = " error: ";
        var first = result.Error.Split('\n').FirstOrDefault(l => l.Contains(Error, StringComparison.Ordinal));
        return (first is null ? result.LastWords : first[(first.IndexOf(Error, StringComparison.Ordinal) + Error.Length)..]).Trim().TrimEnd('.');
    }

    private static bool IsDump(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            var first = new byte[Mark.Length];
            return stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false) == first.Length && first.AsSpan().SequenceEqual(Mark);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BackupException($"{file} cannot be read: {e.Message}", e);
        }
    }
}
