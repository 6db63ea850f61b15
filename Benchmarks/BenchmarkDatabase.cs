using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>A PostgreSQL of this run alone, as durable as the portal's own, in a temporary folder that goes with it.</summary>
internal sealed class BenchmarkDatabase : IAsyncDisposable
{
    private readonly string _folder;
    private readonly EmbeddedPostgres _server;
    private int _databases;

    private BenchmarkDatabase(string folder, EmbeddedPostgres server) => (_folder, _server) = (folder, server);

    public static async Task<BenchmarkDatabase> StartAsync(CancellationToken cancel)
    {
        var folder = Path.Combine(Path.GetTempPath(), "insights-bench-" + RandomNumberGenerator.GetHexString(8, lowercase: true));
        var database = new BenchmarkDatabase(folder, await EmbeddedPostgres.StartAsync(folder, null, Checkout.Root, NullLogger.Instance, cancel));
        try
        {
            foreach (var setting in (string[])["fsync", "synchronous_commit", "full_page_writes"])
            {
                var value = await database.AskAsync("SHOW " + setting);
                if (value != "on") throw new EmbeddedPostgresException($"{setting} is {value}: figures would not be those of a durable server.");
            }
        }
        catch
        {
            await database.DisposeAsync();
            throw;
        }
        return database;
    }

    /// <summary>The name of a new, empty database, as connection string.</summary>
    public async Task<string> CreateAsync(CancellationToken cancel)
    {
        var name = "bench" + ++_databases;
        await using var connection = new NpgsqlConnection(_server.ConnectionString);
        await connection.OpenAsync(cancel);
        await using var create = new NpgsqlCommand("CREATE DATABASE " + name, connection);
        await create.ExecuteNonQueryAsync(cancel);
        return new NpgsqlConnectionStringBuilder(_server.ConnectionString) { Database = name }.ConnectionString;
    }

    public Task<string> VersionAsync() => AskAsync("SHOW server_version");

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        await _server.DisposeAsync();
        // Below a folder that the server's user cannot enter, the cluster lies elsewhere.
        if (Directory.ResolveLinkTarget(Path.Combine(_folder, "postgres"), returnFinalTarget: true) is { } elsewhere) elsewhere.Delete();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> AskAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_server.ConnectionString);
        await connection.OpenAsync();
        await using var ask = new NpgsqlCommand(sql, connection);
        return (string)(await ask.ExecuteScalarAsync())!;
    }
}
