using System.Globalization;
using System.Text.Json.Nodes;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Audit;

/// <summary>Takes a person out of the audit log without breaking it: what was done and when stays, who it was goes.</summary>
internal static class AuditErasure
{
    // Of what the person did, the actor goes; of what was done to the person, all that was said goes too.
    private const string Empty = """
        WITH about AS (
            SELECT a.id, a.actor = ANY($2) AS by, a.target = ANY($2) OR starts_with(a.target, 'user:' || $4 || ' ') OR right(a.target, length($4) + 6) = ' user:' || $4
                OR jsonb_path_exists(jsonb_build_array(a.before, a.after), '$.** ? (@ == $key || @ == $account)', p.person)
                OR jsonb_path_exists(jsonb_build_array(a.before, a.after), '$.** ? (@.type() == "object").keyvalue() ? (@.key == $key || @.key == $account)', p.person) AS it
            FROM audit_entry AS a, (SELECT jsonb_build_object('key', $4, 'account', 'user:' || $4)) AS p (person)
            WHERE a.tenant_id = $1 AND a.action <> $5)
        UPDATE audit_entry AS e SET actor = CASE WHEN b.by THEN $3 ELSE e.actor END,
            target = CASE WHEN b.it THEN CASE WHEN e.target = ANY($2) THEN $3 ELSE replace(e.target, 'user:' || $4, $3) END ELSE e.target END,
            before = CASE WHEN b.it THEN NULL ELSE e.before END, after = CASE WHEN b.it THEN NULL ELSE e.after END, reason = CASE WHEN b.it THEN NULL ELSE e.reason END
        FROM about AS b WHERE e.tenant_id = $1 AND e.id = b.id AND (b.by OR b.it)
        RETURNING e.id, encode(audit_content(e, NULL), 'hex')
        """;

    /// <summary>Empties every line that names the person, and answers what the line that notes the erasure says of them.</summary>
    /// <param name="connection">In the erasure's own transaction.</param>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="user">The person's key.</param>
    /// <param name="names">The names under which the person acted.</param>
    /// <param name="surrogate">What takes their place, as an account.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task<JsonObject> RunAsync(NpgsqlConnection connection, int tenantId, string user, string[] names, string surrogate, CancellationToken cancel)
    {
        await ExecuteAsync(connection, "SELECT set_config('insights.audit_erasure', 'on', true)", cancel);
        var lines = new JsonObject();
        await using (var empty = new NpgsqlCommand(Empty, connection) { Parameters = { new() { Value = tenantId }, SqlValue.Texts(names), new() { Value = surrogate }, new() { Value = user, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text }, new() { Value = AuditChain.Erased } } })
        await using (var rows = await empty.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel)) lines[rows.GetInt64(0).ToString(CultureInfo.InvariantCulture)] = rows.GetString(1);
        }
        await using (var unsalt = new NpgsqlCommand("UPDATE audit_link AS l SET salt = NULL WHERE l.tenant_id = $1 AND l.entry_id = ANY($2)", connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = lines.Select(l => long.Parse(l.Key, CultureInfo.InvariantCulture)).ToArray() } },
        })
        {
            await unsalt.ExecuteNonQueryAsync(cancel);
        }
        await ExecuteAsync(connection, "SELECT set_config('insights.audit_erasure', 'off', true)", cancel);
        return new JsonObject { ["lines"] = lines };
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }
}
