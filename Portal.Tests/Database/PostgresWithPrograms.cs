using System.Runtime.Versioning;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Portal.Tests.Database;

/// <summary>
/// A PostgreSQL that has its client programs beside it, as an administrator's has: npm's package, which other tests use, brings none.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class PostgresWithPrograms : IAsyncLifetime
{
    private readonly string folder = Path.Combine(Path.GetTempPath(), "insights-backups-" + RandomNumberGenerator.GetHexString(8, lowercase: true));
    private EmbeddedPostgres? server;

    /// <summary>The programs' folder.</summary>
    public string Programs { get; } =
        PostgresBinaries.Folders(null, Checkout.Root).FirstOrDefault(f => ((string[])["postgres", "initdb", "pg_ctl", "pg_dump", "pg_restore"]).All(p => File.Exists(Path.Combine(f, p))))
        ?? throw new InvalidOperationException("The tests of backups need a PostgreSQL with its client programs: apt-get install postgresql");

    /// <summary>A folder for backups.</summary>
    public string Backups => Path.Combine(folder, "backups");

    public async ValueTask InitializeAsync()
    {
        System.IO.Directory.CreateDirectory(Backups);
        server = await EmbeddedPostgres.StartAsync(Path.Combine(folder, "data"), Programs, Checkout.Root, NullLogger.Instance, CancellationToken.None, durable: false);
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null) await server.DisposeAsync();
        System.IO.Directory.Delete(folder, recursive: true);
    }

    /// <summary>A new, empty database of the server.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = "db_" + RandomNumberGenerator.GetHexString(12, lowercase: true);
        await ExecuteAsync(server!.ConnectionString, "CREATE DATABASE " + name);
        return new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>A data folder that is not there yet.</summary>
    public string NewDataFolder() => Path.Combine(folder, "data-" + RandomNumberGenerator.GetHexString(8, lowercase: true));

    /// <summary>Runs a statement and answers its first value.</summary>
    public static async Task<object?> ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
