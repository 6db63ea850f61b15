using Npgsql;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>A table whose rows are spread over the servers of a cluster.</summary>
/// <param name="Name">The table.</param>
/// <param name="Column">What says on which server a row is.</param>
/// <param name="With">The table whose rows of the same value are on the same server; null for the first of its kind.</param>
internal sealed record DistributedTable(string Name, string Column, string? With);

/// <summary>
/// The tables that grow with every event, spread over several servers by Citus: events by their own key, sums by whose they are. What people
/// decide, and the histories of files, stay together on the server that portals are connected to. How to grow: docs/scale.md.
/// </summary>
internal static class DistributedTables
{
    /// <summary>All of them, in the order of their making.</summary>
    public static readonly IReadOnlyList<DistributedTable> All =
    [
        new("event_identity", "key", null), new("ledger", "key", "event_identity"),
        new("rollup_hour", "key", null), new("rollup_day", "key", "rollup_hour"), new("rollup_month", "key", "rollup_hour"),
    ];

    /// <summary>Whether the program's database is spread. Said once at the start, since statements are made once.</summary>
    public static bool IsOn { get; private set; }

    /// <summary>
    /// Ends a subquery that the planner must not turn into a plain join. On a cluster it would fetch the subquery's rows from all servers first,
    /// so there the planner is left to itself.
    /// </summary>
    public static string Fence => IsOn ? "" : "OFFSET 0";

    /// <summary>Spreads what is not spread yet, with all rows in it.</summary>
    /// <param name="connection">Outside a transaction; nobody else starts meanwhile.</param>
    /// <param name="isWanted">What the settings say. Nothing that is spread is brought together again.</param>
    /// <param name="cancel">Ends it; the tables are as before.</param>
    /// <exception cref="StartupException">The settings and the database do not agree.</exception>
    public static async Task ApplyAsync(NpgsqlConnection connection, bool isWanted, CancellationToken cancel)
    {
        var spread = await SpreadAsync(connection, cancel);
        if (!isWanted)
        {
            if (spread.Count > 0) throw new StartupException("The database is spread over several servers: start the portal with Insights:Database:Distributed=true.");
            return;
        }
        try
        {
            await ExecuteAsync(connection, "CREATE EXTENSION IF NOT EXISTS citus", cancel);
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            foreach (var table in All.Where(t => !spread.Contains(t.Name)))
            {
                await ExecuteAsync(connection, "SELECT create_distributed_table($1::text::regclass, $2, colocate_with => $3)", cancel, table.Name, table.Column, table.With ?? "none");
                // The rows that were here before are on their servers now.
                await ExecuteAsync(connection, "SELECT truncate_local_data_after_distributing_table($1::text::regclass)", cancel, table.Name);
            }
            await transaction.CommitAsync(cancel);
        }
        catch (PostgresException e)
        {
            throw new StartupException($"Insights:Database:Distributed: the tables cannot be spread: {e.MessageText.TrimEnd('.')}. What the server needs is in docs/scale.md.", e);
        }
        IsOn = true;
    }

    private static async Task<HashSet<string>> SpreadAsync(NpgsqlConnection connection, CancellationToken cancel)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        await using (var has = new NpgsqlCommand("SELECT to_regclass('pg_dist_partition') IS NOT NULL", connection))
            if (await has.ExecuteScalarAsync(cancel) is false) return names;
        await using var select = new NpgsqlCommand("SELECT c.relname::text FROM pg_dist_partition p JOIN pg_class c ON c.oid = p.logicalrelid WHERE p.partmethod = 'h'", connection);
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) names.Add(rows.GetString(0));
        return names;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancel, params string[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var value in values) command.Parameters.Add(new NpgsqlParameter { Value = value });
        await command.ExecuteNonQueryAsync(cancel);
    }
}
