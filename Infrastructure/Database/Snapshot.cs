using System.Data;
using Npgsql;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>One state of the database, read by several statements: figures that belong together agree with each other.</summary>
public sealed class Snapshot : IAsyncDisposable
{
    private readonly NpgsqlTransaction _transaction;

    private Snapshot(NpgsqlConnection connection, NpgsqlTransaction transaction) => (Connection, _transaction) = (connection, transaction);

    /// <summary>The connection to read through.</summary>
    public NpgsqlConnection Connection { get; }

    /// <summary>Takes the state of now: everything that was answered before is in it.</summary>
    public static async Task<Snapshot> OpenAsync(NpgsqlDataSource dataSource, CancellationToken cancel)
    {
        var connection = await dataSource.OpenConnectionAsync(cancel);
        try
        {
            return new Snapshot(connection, await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }
}
