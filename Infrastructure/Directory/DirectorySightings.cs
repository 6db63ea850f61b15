using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Directory;

/// <summary>Users and groups that nobody described are known from the first thing that names them.</summary>
internal static class DirectorySightings
{
    /// <summary>Notes whom an event or a description names. Keys are taken in order, so that two writers never wait for each other.</summary>
    public static async Task SeeAsync(
        NpgsqlConnection connection, int tenantId, IEnumerable<string> users, IEnumerable<string> groups, Instant now, CancellationToken cancel)
    {
        var (userKeys, groupKeys) = (Sorted(users), Sorted(groups));
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            INSERT INTO directory_user (tenant_id, key, shadow, seen_at) SELECT $1, key, false, $3 FROM unnest($2::text[]) AS u(key)
            WHERE NOT EXISTS (SELECT FROM directory_user d WHERE d.tenant_id = $1 AND d.key = u.key) ON CONFLICT DO NOTHING
            """) { Parameters = { new() { Value = tenantId }, new() { Value = userKeys }, new() { Value = now, NpgsqlDbType = NpgsqlDbType.TimestampTz } } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            INSERT INTO directory_group (tenant_id, key, seen_at) SELECT $1, key, $3 FROM unnest($2::text[]) AS u(key)
            WHERE NOT EXISTS (SELECT FROM directory_group d WHERE d.tenant_id = $1 AND d.key = u.key)
              AND NOT EXISTS (SELECT FROM group_slug s WHERE s.tenant_id = $1 AND s.old_key = u.key) ON CONFLICT DO NOTHING
            """) { Parameters = { new() { Value = tenantId }, new() { Value = groupKeys }, new() { Value = now, NpgsqlDbType = NpgsqlDbType.TimestampTz } } });
        await batch.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Takes names from <c>user.created</c> and <c>group.created</c> where nobody gave one.</summary>
    public static async Task NameAsync(NpgsqlConnection connection, int tenantId, IReadOnlyList<UsageEvent> events)
    {
        var users = Names(events, "user.created", e => e.Text("user") ?? e.Subject);
        var groups = Names(events, "group.created", e => e.Group);
        if (users.Count + groups.Count == 0) return;
        await TenantLock.DirectoryAsync(connection, tenantId);
        foreach (var (table, names) in new[] { ("directory_user", users), ("directory_group", groups) })
        {
            await using var update = new NpgsqlCommand(
                $"UPDATE {table} d SET name = u.name FROM unnest($2::text[], $3::text[]) AS u(key, name) WHERE d.tenant_id = $1 AND d.key = u.key AND d.name IS NULL", connection)
            {
                Parameters = { new() { Value = tenantId }, new() { Value = names.Keys.ToArray() }, new() { Value = names.Values.ToArray() } },
            };
            await update.ExecuteNonQueryAsync();
        }
    }

    private static Dictionary<string, string> Names(IReadOnlyList<UsageEvent> events, string type, Func<UsageEvent, string?> key)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var e in events.Where(e => e.Type == type))
        {
            if (key(e) is { } named && e.Text("name") is { Length: > 0 and <= 1000 } name) names.TryAdd(named, name);
        }
        return names;
    }

    private static string[] Sorted(IEnumerable<string> keys) => [.. keys.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}
