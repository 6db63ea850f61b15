using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Directory;

/// <summary>Who did it, wherever that is noted beside the audit log: an erased person's surrogate takes the place.</summary>
internal static class ErasedActs
{
    // Every column that says by whom, of whatever table there is; the parts of a table are changed with it.
    private const string Columns = """
        SELECT c.table_name::text, c.column_name::text FROM information_schema.columns c JOIN information_schema.columns t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
        WHERE c.table_schema = current_schema() AND c.column_name LIKE '%\_by' AND c.data_type = 'text' AND t.column_name = 'tenant_id'
          AND NOT EXISTS (SELECT FROM pg_class p WHERE p.oid = format('%I.%I', c.table_schema, c.table_name)::regclass AND p.relispartition)
        ORDER BY 1, 2
        """;

    /// <summary>Puts the surrogate in the place of any of a person's names.</summary>
    public static async Task RenameAsync(NpgsqlConnection connection, int tenantId, string[] names, string surrogate, CancellationToken cancel)
    {
        var columns = new List<(string Table, string Column)>();
        await using (var select = new NpgsqlCommand(Columns, connection))
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel)) columns.Add((rows.GetString(0), rows.GetString(1)));
        }
        foreach (var (table, column) in columns)
        {
            await using var update = new NpgsqlCommand($"UPDATE {table} SET {column} = $1 WHERE tenant_id = $2 AND {column} = ANY($3)", connection)
            {
                Parameters = { new() { Value = surrogate }, new() { Value = tenantId }, SqlValue.Texts(names) },
            };
            await update.ExecuteNonQueryAsync(cancel);
        }
    }
}
