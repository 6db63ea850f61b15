using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Portal.Tests.Support;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace OpenMeet.Insights.Portal.Tests.Support;

/// <summary>
/// The PostgreSQL of a test run: one of its own in a temporary folder, or the one that the variable INSIGHTS_TEST_POSTGRES names by a
/// connection string of a user who may create databases. Where tables are spread (Insights__Database__Distributed, which the portals read too)
/// that is the coordinator of a Citus cluster; each database has servers of its own there, namely those of the one that is named.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private const string FolderPrefix = "insights-tests-";

    /// <summary>Whether tables are spread in this run.</summary>
    public static bool IsDistributed { get; } = Environment.GetEnvironmentVariable("Insights__Database__Distributed") == "true";

    private readonly SemaphoreSlim copying = new(1);
    private readonly List<string> databases = [];
    private readonly string folder = Path.Combine(Path.GetTempPath(), FolderPrefix + RandomNumberGenerator.GetHexString(8, lowercase: true));
    private EmbeddedPostgres? own;
    private string connectionString = "";
    private IReadOnlyList<(string Host, int Port, bool IsCoordinator)> nodes = [];

    /// <summary>Starts the server, unless one is given.</summary>
    public async ValueTask InitializeAsync()
    {
        connectionString = Environment.GetEnvironmentVariable("INSIGHTS_TEST_POSTGRES") ?? "";
        if (connectionString.Length == 0)
        {
            RemoveWhatKilledRunsLeft();
            own = await EmbeddedPostgres.StartAsync(folder, null, Checkout.Root, NullLogger.Instance, CancellationToken.None, durable: false);
            connectionString = own.ConnectionString;
        }

        if (IsDistributed)
        {
            nodes = await NodesAsync();
        }
    }

    /// <summary>Makes a database that nobody else uses and answers its connection string.</summary>
    /// <param name="template">The connection string of a database to copy, which nobody may be connected to; null for an empty one.</param>
    public async Task<string> CreateDatabaseAsync(string? template = null)
    {
        var name = "test_" + RandomNumberGenerator.GetHexString(12, lowercase: true);
        if (IsDistributed)
        {
            // A copy would have the original's rows on the other servers: a portal makes its tables anew instead.
            return await CreateDistributedAsync(name);
        }

        var copy = template is null ? "" : $" template \"{new NpgsqlConnectionStringBuilder(template).Database}\" strategy file_copy";
        await copying.WaitAsync();
        try
        {
            if (template is not null)
            {
                await using var pooled = new NpgsqlConnection(template);
                NpgsqlConnection.ClearPool(pooled);
            }

            await ExecuteAsync($"create database {name}{copy}");
            databases.Add(name);
        }
        finally
        {
            copying.Release();
        }

        return new NpgsqlConnectionStringBuilder(connectionString) { Database = name, MaxPoolSize = 20, IncludeErrorDetail = true }.ConnectionString;
    }

    /// <summary>Removes the databases, and the server with all its files where it is the run's own.</summary>
    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (own is not null)
        {
            await own.DisposeAsync();
            System.IO.Directory.Delete(folder, recursive: true);
        }
        else
        {
            foreach (var name in databases)
            {
                await ExecuteAsync($"drop database if exists {name} with (force)");
                foreach (var (host, port, _) in nodes.Where(n => !n.IsCoordinator))
                {
                    await ExecuteAsync($"drop database if exists {name} with (force)", At(host, port));
                }
            }
        }

        copying.Dispose();
    }

    private async Task<string> CreateDistributedAsync(string name)
    {
        var database = new NpgsqlConnectionStringBuilder(connectionString) { Database = name, MaxPoolSize = 20, IncludeErrorDetail = true, Options = "-c citus.shard_count=4" }.ConnectionString;
        // One at a time: a new server of any database is told of the roles, which all databases share.
        await copying.WaitAsync();
        try
        {
            databases.Add(name);
            foreach (var server in nodes.Where(n => !n.IsCoordinator).Select(w => At(w.Host, w.Port)).Append(connectionString))
            {
                await ExecuteAsync($"create database {name}", server);
                await ExecuteAsync("create extension citus", new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString);
            }

            foreach (var (host, port, isCoordinator) in nodes.OrderByDescending(n => n.IsCoordinator))
            {
                await ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"select {(isCoordinator ? "citus_set_coordinator_host" : "citus_add_node")}('{host}', {port})"), database);
            }
        }
        finally
        {
            copying.Release();
        }

        return database;
    }

    private async Task<IReadOnlyList<(string Host, int Port, bool IsCoordinator)>> NodesAsync()
    {
        var found = new List<(string, int, bool)>();
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var select = new NpgsqlCommand("select nodename, nodeport, groupid = 0 from pg_dist_node where noderole = 'primary'", connection);
        await using var rows = await select.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            found.Add((rows.GetString(0), rows.GetInt32(1), rows.GetBoolean(2)));
        }

        return found;
    }

    private string At(string host, int port) => new NpgsqlConnectionStringBuilder(connectionString) { Host = host, Port = port }.ConnectionString;

    private async Task ExecuteAsync(string sql, string? database = null)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database ?? connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static void RemoveWhatKilledRunsLeft()
    {
        foreach (var old in System.IO.Directory.GetDirectories(Path.GetTempPath(), FolderPrefix + "*"))
        {
            try
            {
                using (new FileStream(Path.Combine(old, "postgres.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                {
                    var left = Path.Combine(old, "postgres", "postmaster.pid");
                    if (File.Exists(left) && int.TryParse(File.ReadLines(left).First(), CultureInfo.InvariantCulture, out var number))
                    {
                        using var server = Process.GetProcessById(number);
                        if (server.ProcessName == "postgres")
                        {
                            server.Kill(entireProcessTree: true);
                        }
                    }
                }

                System.IO.Directory.Delete(old, recursive: true);
            }
            catch (Exception cause) when (cause is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
            {
                // a run that is going on, or another user's
            }
        }
    }
}
