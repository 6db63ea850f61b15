using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>
/// A PostgreSQL server of the portal's own, for a start without anything installed. It listens on the loopback address only, keeps its
/// files in <c>postgres</c> below the data folder, and stops with the portal. After the connection string nothing tells it from any other server.
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    private const string Database = "insights";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RetryFor = TimeSpan.FromSeconds(60);

    /// <summary>Somebody took the port between the search and the start; processes of a killed server have not noticed yet that they shall end.</summary>
    private static readonly string[] Passing = ["Address already in use", "pre-existing shared memory block"];

    private static readonly string[] Grave = [" WARNING:", " FATAL:", " PANIC:"];

    private readonly List<FileStream> locks;
    private readonly ServerAccount account;
    private readonly ServerFolders folders;
    private readonly PostgresBinaries binaries;
    private readonly ILogger logger;
    private readonly SemaphoreSlim oneAtATime = new(1);
    private int stopped;

    private EmbeddedPostgres(
        List<FileStream> locks, ServerAccount account, ServerFolders folders, PostgresBinaries binaries, ILogger logger) =>
        (this.locks, this.account, this.folders, this.binaries, this.logger) = (locks, account, folders, binaries, logger);

    /// <summary>How to reach the database <c>insights</c> as the server's superuser.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>
    /// Starts the server of a data folder, made anew where there is none; one that a killed portal left behind is taken over.
    /// </summary>
    /// <param name="dataDirectory">Holds the server's files; relative to <paramref name="checkoutRoot"/>.</param>
    /// <param name="binariesSetting">The bin folder of a PostgreSQL server; null to look for one.</param>
    /// <param name="checkoutRoot">Where npm's packages are.</param>
    /// <param name="logger">Told what happens.</param>
    /// <param name="cancellation">Ends the start; nothing stays locked.</param>
    /// <param name="durable">False only for data that may be lost when the machine fails: tests.</param>
    /// <param name="backup">A file of a server's files that was looked through, with which a data folder that is not there yet begins; null to begin empty.</param>
    /// <exception cref="EmbeddedPostgresException">It cannot run, for the reason that the message says.</exception>
    /// <exception cref="BackupException">The backup will not do, or there is a database already.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(
        string dataDirectory, string? binariesSetting, string checkoutRoot, ILogger logger, CancellationToken cancellation, bool durable = true, string? backup = null)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new EmbeddedPostgresException("The embedded PostgreSQL does not run on Windows: set ConnectionStrings:Insights to a server.");
        }

        dataDirectory = Path.GetFullPath(dataDirectory, checkoutRoot);
        var locks = new List<FileStream>();
        EmbeddedPostgres? server = null;
        try
        {
            OpenFolder(dataDirectory);
            // the server's process is known by this path: one folder has one name
            dataDirectory = (await ServerAccount.Own.RunAsync("readlink", ["-f", dataDirectory], cancellation)).Output.TrimEnd('\n');
            locks.Add(Lock(Path.Combine(dataDirectory, "postgres.lock"), dataDirectory));
            var account = await ServerAccount.ChooseAsync(Path.Combine(dataDirectory, "postgres"), cancellation);
            var folders = await ServerFolders.PlaceAsync(dataDirectory, account, logger, cancellation);
            if (folders.AreElsewhere)
            {
                // a copy of the data folder may hold a link to the same cluster
                locks.Add(Lock(folders.Cluster + ".lock", dataDirectory));
            }

            if (System.IO.Directory.Exists(folders.Cluster))
            {
                await account.OwnAsync(folders.Cluster, cancellation);
            }

            var made = Path.Combine(folders.Cluster, "PG_VERSION");
            var major = File.Exists(made) ? (await File.ReadAllTextAsync(made, cancellation)).Trim() : null;
            if (backup is not null)
            {
                if (major is not null) throw new BackupException($"The data folder {dataDirectory} holds a database already. A backup goes only into a data folder that is not there yet (Insights__DataDirectory).");
                major = (await ClusterBackup.DescribeAsync(backup, cancellation))?.Postgres ?? throw new BackupException($"{backup} does not say which PostgreSQL it is of.");
            }

            var binaries = await PostgresBinaries.FindAsync(binariesSetting, checkoutRoot, folders.Copies, major, account, cancellation);
            server = new EmbeddedPostgres(locks, account, folders, binaries, logger);
            if (major is null || backup is not null)
            {
                await server.CreateClusterAsync(durable, backup, cancellation);
            }

            await server.RunAsync(durable, cancellation);
            return server;
        }
        catch (Exception cause)
        {
            if (server is not null)
            {
                await server.DisposeAsync();
            }

            locks.ForEach(file => file.Dispose());
            if (cause is UnauthorizedAccessException or IOException)
            {
                throw new EmbeddedPostgresException($"The data folder {dataDirectory} cannot be used: {cause.Message}", cause);
            }

            throw;
        }
    }

    /// <summary>How to reach the server that another portal runs on a data folder, for tools beside it; null where none runs.</summary>
    /// <param name="dataDirectory">The data folder; relative to <paramref name="checkoutRoot"/>.</param>
    /// <param name="checkoutRoot">What the folder is relative to.</param>
    public static async Task<string?> FindRunningAsync(string dataDirectory, string checkoutRoot)
    {
        var place = new DirectoryInfo(Path.GetFullPath(Path.Combine(dataDirectory, "postgres"), checkoutRoot));
        if (!place.Exists) return null;
        var cluster = (place.ResolveLinkTarget(returnFinalTarget: true) ?? place).FullName;
        if (OperatingSystem.IsWindows() || RunningServer.Find(cluster) is not { Port: > 0 } running || !File.Exists(cluster + ".password")) return null;
        return Describe(running.Port, (await File.ReadAllTextAsync(cluster + ".password")).Trim());
    }

    /// <summary>Stops the server, waits until its files are whole, and lets another portal have the data folder.</summary>
    public async ValueTask DisposeAsync()
    {
        if (OperatingSystem.IsWindows() || Interlocked.Exchange(ref stopped, 1) == 1)
        {
            return;
        }

        await oneAtATime.WaitAsync();
        await StopAsync();
        locks.ForEach(file => file.Dispose());
        oneAtATime.Dispose();
    }

    /// <summary>
    /// Starts the server again, where it was, if it has ended without being told to: when its disk was full, or when the system
    /// ended it for want of memory. Whether it did.
    /// </summary>
    /// <exception cref="EmbeddedPostgresException">It does not start, for the reason that the message says.</exception>
    public async Task<bool> ReviveAsync(CancellationToken cancellation)
    {
        if (OperatingSystem.IsWindows()) return false;
        await oneAtATime.WaitAsync(cancellation);
        try
        {
            if (Volatile.Read(ref stopped) == 1 || RunningServer.Find(folders.Cluster) is not null) return false;
            RunningServer.ClearStale(folders.Cluster);
            await LaunchAsync(new NpgsqlConnectionStringBuilder(ConnectionString).Port, cancellation);
            return true;
        }
        catch (Exception cause) when (cause is UnauthorizedAccessException or IOException)
        {
            throw new EmbeddedPostgresException($"The data folder {folders.Cluster} cannot be used: {cause.Message}", cause);
        }
        finally
        {
            oneAtATime.Release();
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static void OpenFolder(string dataDirectory)
    {
        if (!System.IO.Directory.Exists(dataDirectory))
        {
            System.IO.Directory.CreateDirectory(dataDirectory);
            File.SetUnixFileMode(dataDirectory, ServerFolders.OpenFolder);
        }
    }

    private static FileStream Lock(string path, string dataDirectory)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException cause) when (File.Exists(path))
        {
            throw new EmbeddedPostgresException(
                $"Another portal is running on the data folder {dataDirectory}: stop it first, or set Insights:DataDirectory to another folder.", cause);
        }
    }

    /// <summary>Made under another name and renamed when whole, so that a start that was killed leaves nothing half made.</summary>
    [UnsupportedOSPlatform("windows")]
    private async Task CreateClusterAsync(bool durable, string? backup, CancellationToken cancellation)
    {
        var unfinished = folders.Cluster + ".new";
        if (System.IO.Directory.Exists(unfinished))
        {
            System.IO.Directory.Delete(unfinished, recursive: true);
        }

        if (System.IO.Directory.Exists(folders.Cluster) && System.IO.Directory.EnumerateFileSystemEntries(folders.Cluster).Any())
        {
            throw new EmbeddedPostgresException($"{folders.Cluster} is no database and is not empty: move it away.");
        }

        logger.LogInformation("Making a PostgreSQL {Version} database in {Folder}", binaries.Version, folders.Cluster);
        System.IO.Directory.CreateDirectory(unfinished);
        if (backup is null) await InitialiseAsync(unfinished, durable, cancellation);
        else await UnpackAsync(backup, unfinished, cancellation);

        if (System.IO.Directory.Exists(folders.Cluster))
        {
            System.IO.Directory.Delete(folders.Cluster);
        }

        System.IO.Directory.Move(unfinished, folders.Cluster);
    }

    [UnsupportedOSPlatform("windows")]
    private async Task InitialiseAsync(string unfinished, bool durable, CancellationToken cancellation)
    {
        await WriteAsync(folders.Password, RandomNumberGenerator.GetHexString(32, lowercase: true) + "\n", ServerFolders.OwnFile, cancellation);
        await account.OwnAsync(unfinished, cancellation);
        var made = await account.RunAsync(
            binaries.Program("initdb"),
            [
                "-D", unfinished, "-U", Database, "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", "--pwfile=" + folders.Password,
                "--no-instructions", .. durable ? (string[])[] : ["--no-sync"],
            ],
            cancellation);
        if (!made.Succeeded)
        {
            throw new EmbeddedPostgresException($"PostgreSQL could not make a database in {folders.Cluster}: {made.LastWords}");
        }

        // What an administrator sets with ALTER SYSTEM is read after this and wins.
        await File.AppendAllTextAsync(Path.Combine(unfinished, "postgresql.conf"), "\ninclude_if_exists = 'insights.conf'\n", cancellation);
    }

    [UnsupportedOSPlatform("windows")]
    private async Task UnpackAsync(string backup, string unfinished, CancellationToken cancellation)
    {
        await ClusterBackup.UnpackAsync(backup, unfinished, folders.Password, cancellation);
        File.SetUnixFileMode(unfinished, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await account.OwnAsync(folders.Password, cancellation);
        await account.OwnAsync(unfinished, cancellation);
    }

    [UnsupportedOSPlatform("windows")]
    private async Task RunAsync(bool durable, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        var password = (await File.ReadAllTextAsync(folders.Password, cancellation)).Trim();
        if (!await AdoptAsync(password, cancellation))
        {
            await WriteAsync(Path.Combine(folders.Cluster, "insights.conf"), Settings(durable), ServerFolders.OpenFile, cancellation);
            ConnectionString = Describe(await LaunchAsync(null, cancellation), password);
            logger.LogInformation(
                "PostgreSQL {Version} runs after {Milliseconds} ms; its data is in {Folder}",
                binaries.Version, watch.ElapsedMilliseconds, folders.Cluster);
        }

        await using var connection = new NpgsqlConnection(With(ConnectionString, "postgres"));
        await connection.OpenAsync(cancellation);
        await using var ask = new NpgsqlCommand("select 1 from pg_database where datname = $1", connection)
        {
            Parameters = { new() { Value = Database } },
        };
        if (await ask.ExecuteScalarAsync(cancellation) is null)
        {
            await using var create = new NpgsqlCommand($"create database {Database}", connection);
            await create.ExecuteNonQueryAsync(cancellation);
        }
    }

    /// <summary>Takes over a server that still runs on this cluster; one of other programs, or one that does not answer, is stopped instead.</summary>
    [UnsupportedOSPlatform("windows")]
    private async Task<bool> AdoptAsync(string password, CancellationToken cancellation)
    {
        var running = RunningServer.Find(folders.Cluster);
        if (running is null)
        {
            RunningServer.ClearStale(folders.Cluster);
            return false;
        }

        if (running.Program == binaries.Program("postgres"))
        {
            for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience && RunningServer.Find(folders.Cluster) is { } now;)
            {
                ConnectionString = now.Port == 0 ? "" : Describe(now.Port, password);
                if (ConnectionString.Length > 0 && await AnswersAsync(cancellation))
                {
                    logger.LogInformation("Took over the PostgreSQL server that a portal left running on {Folder}", folders.Cluster);
                    return true;
                }

                await Task.Delay(100, cancellation);
            }
        }

        logger.LogInformation("Stopping the PostgreSQL server that a portal left running on {Folder}", folders.Cluster);
        await StopAsync();
        return false;
    }

    /// <summary>Starts the server on a port, or on a free one, and answers which.</summary>
    [UnsupportedOSPlatform("windows")]
    private async Task<int> LaunchAsync(int? wanted, CancellationToken cancellation)
    {
        var log = Path.Combine(folders.Cluster, "start.log");
        for (var watch = Stopwatch.StartNew(); ;)
        {
            var port = wanted ?? FreePort();
            var since = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            await WriteAsync(log, "", ServerFolders.OwnFile, cancellation);
            var start = await account.RunAsync(
                binaries.Program("pg_ctl"),
                ["start", "-D", folders.Cluster, "-l", log, "-w", "-t", $"{Patience.TotalSeconds:0}", "-o", $"-p {port}"],
                cancellation);
            if (start.Succeeded)
            {
                return port;
            }

            var reason = Reason(log, since) ?? start.LastWords;
            if (watch.Elapsed > RetryFor || !Passing.Any(passing => reason.Contains(passing, StringComparison.Ordinal)))
            {
                throw new EmbeddedPostgresException($"PostgreSQL does not start on {folders.Cluster}: {reason}");
            }

            await Task.Delay(200, cancellation);
        }
    }

    /// <summary>What the server said to its own start, before its log collector ran or after.</summary>
    private static string? Reason(string log, string since)
    {
        var collected = new DirectoryInfo(Path.Combine(Path.GetDirectoryName(log)!, "log"));
        var newest = collected.Exists ? collected.EnumerateFiles().MaxBy(file => file.LastWriteTimeUtc) : null;
        var early = File.ReadAllLines(log);
        var late = newest is null ? [] : File.ReadLines(newest.FullName).Where(line => string.CompareOrdinal(line, since) >= 0);
        string[] said = [.. early.Concat(late).Where(line => Grave.Any(grave => line.Contains(grave, StringComparison.Ordinal)))];
        return said.Length > 0
            ? string.Join("; ", said.Select(line => line[(line.IndexOf(":  ", StringComparison.Ordinal) + 3)..]))
            : early.Length > 0 ? string.Join(' ', early) : null;
    }

    [UnsupportedOSPlatform("windows")]
    private async Task StopAsync()
    {
        NpgsqlConnection.ClearAllPools();
        foreach (var mode in (string[])["fast", "immediate"])
        {
            if (RunningServer.Find(folders.Cluster) is null)
            {
                return;
            }

            var stop = await account.RunAsync(
                binaries.Program("pg_ctl"), ["stop", "-D", folders.Cluster, "-m", mode, "-w", "-t", "60"], CancellationToken.None);
            if (stop.Succeeded)
            {
                logger.LogInformation("PostgreSQL has stopped");
                return;
            }

            logger.LogWarning("PostgreSQL did not stop ({Mode}): {Reason}", mode, stop.LastWords);
        }
    }

    [UnsupportedOSPlatform("windows")]
    private async Task<bool> AnswersAsync(CancellationToken cancellation)
    {
        try
        {
            await using var connection = new NpgsqlConnection(With(ConnectionString, "postgres"));
            await connection.OpenAsync(cancellation);
            return true;
        }
        catch (PostgresException cause) when (cause.SqlState is PostgresErrorCodes.InvalidPassword)
        {
            throw new EmbeddedPostgresException($"The password in {folders.Password} is not that of the database in {folders.Cluster}.", cause);
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>Durability is left whole; the rest suits a small machine that the portal shares.</summary>
    private static string Settings(bool durable) => $"""
        # Written by the portal at every start. Change settings with ALTER SYSTEM instead.
        listen_addresses = '127.0.0.1'
        unix_socket_directories = ''
        max_connections = 200
        max_locks_per_transaction = 256
        timezone = 'UTC'
        log_timezone = 'UTC'
        shared_buffers = '256MB'
        effective_cache_size = '1GB'
        work_mem = '16MB'
        maintenance_work_mem = '128MB'
        random_page_cost = 1.1
        jit = off
        fsync = {(durable ? "on" : "off")}
        synchronous_commit = {(durable ? "on" : "off")}
        full_page_writes = {(durable ? "on" : "off")}
        wal_compression = on
        wal_buffers = '16MB'
        max_wal_size = '2GB'
        checkpoint_timeout = '15min'
        logging_collector = on
        log_filename = 'postgresql-%a.log'
        log_rotation_age = '1d'
        log_truncate_on_rotation = on
        log_checkpoints = off

        """;

    private static string Describe(int port, string password) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Username = Database,
        Password = password,
        Database = Database,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ConnectionString;

    private static string With(string connectionString, string database) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Database = database, Pooling = false, Timeout = 5 }.ConnectionString;

    /// <summary>A port of the loopback address that nobody listens on now.</summary>
    internal static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    [UnsupportedOSPlatform("windows")]
    private async Task WriteAsync(string path, string text, UnixFileMode mode, CancellationToken cancellation)
    {
        File.Delete(path);
        var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = mode };
        await using (var file = new FileStream(path, create))
        await using (var writer = new StreamWriter(file))
        {
            await writer.WriteAsync(text.AsMemory(), cancellation);
        }

        await account.OwnAsync(path, cancellation);
    }
}
