using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Directory;

/// <summary>
/// Keeps memberships as the events tell them, in order of event times whatever order they came in: the persons that an event touches are
/// read again, with what the directory was told where that is newer.
/// </summary>
internal static class MembershipFromEvents
{
    /// <summary>The roles that a person may have in a group.</summary>
    public static IReadOnlyList<string> Roles { get; } = ["owner", "admin", "moderator", "member", "guest"];

    private const string Joined = "group.member.joined";
    private const string Left = "group.member.left";
    private const string RoleChanged = "group.member.role.changed";

    /// <summary>Works out again whom these events are about, after they were stored or voided.</summary>
    public static async Task ApplyAsync(NpgsqlConnection connection, int tenantId, IReadOnlyList<UsageEvent> events, CancellationToken cancel)
    {
        var pairs = events.Where(e => e.Type is Joined or Left or RoleChanged && e.Group is not null && (e.Text("user") ?? e.Subject) is not null)
            .Select(e => (Group: e.Group!, User: e.Text("user") ?? e.Subject!)).Distinct().ToArray();
        if (pairs.Length > 0) await DeriveAsync(connection, tenantId, pairs, cancel);
    }

    /// <summary>Works out again what holds for persons in groups; a group is named by any of its slugs.</summary>
    public static async Task DeriveAsync(NpgsqlConnection connection, int tenantId, IReadOnlyCollection<(string Group, string User)> pairs, CancellationToken cancel)
    {
        await TenantLock.DirectoryAsync(connection, tenantId);
        var states = new Dictionary<(string, string), State>();
        await using (var select = new NpgsqlCommand("""
            WITH slugs AS (
                SELECT DISTINCT coalesce(s.key, u.grp) AS present, u.usr FROM unnest($2::text[], $3::text[]) u(grp, usr)
                LEFT JOIN group_slug s ON s.tenant_id = $1 AND s.old_key = u.grp),
            named AS (
                SELECT present AS grp, present FROM slugs UNION SELECT s.old_key, s.key FROM group_slug s JOIN slugs ON s.key = slugs.present WHERE s.tenant_id = $1),
            told AS (
                SELECT n.present, coalesce(l.event->'data'->>'user', l.subject) AS usr, l.type, l.time, l.source, l.id, l.event->'data'->>'role' AS role
                FROM ledger l JOIN named n ON n.grp = l.grp
                WHERE l.tenant_id = $1 AND l.type IN ('group.member.joined', 'group.member.left', 'group.member.role.changed') AND l.voided_at IS NULL)
            SELECT slugs.present, slugs.usr, m.described_at, m.described_role, t.type, t.time, t.role
            FROM slugs LEFT JOIN told t USING (present, usr)
            LEFT JOIN membership m ON m.tenant_id = $1 AND m.group_key = slugs.present AND m.user_key = slugs.usr
            ORDER BY t.time, t.source, t.id
            """, connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = pairs.Select(p => p.Group).ToArray() }, new() { Value = pairs.Select(p => p.User).ToArray() } },
        })
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                var pair = (rows.GetString(0), rows.GetString(1));
                if (!states.TryGetValue(pair, out var state))
                {
                    states[pair] = state = new State
                    {
                        DescribedAt = rows.IsDBNull(2) ? null : rows.GetFieldValue<Instant>(2),
                        DescribedRole = rows.IsDBNull(3) ? null : rows.GetString(3),
                    };
                }
                if (rows.IsDBNull(4)) continue;
                state.Take(rows.GetFieldValue<Instant>(5), rows.GetString(4) != Left, rows.IsDBNull(6) ? null : rows.GetString(6));
            }
        }
        foreach (var state in states.Values) state.TakeDescription();
        await WriteAsync(connection, tenantId, states, cancel);
    }

    private static async Task WriteAsync(NpgsqlConnection connection, int tenantId, Dictionary<(string Group, string User), State> states, CancellationToken cancel)
    {
        var (known, gone) = (states.Where(s => s.Value.Role is not null).ToArray(), states.Where(s => s.Value.Role is null).Select(s => s.Key).ToArray());
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            INSERT INTO membership AS m (tenant_id, group_key, user_key, role, since, until)
            SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[])
            ON CONFLICT (tenant_id, group_key, user_key) DO UPDATE SET role = excluded.role, since = excluded.since, until = excluded.until
            """)
        {
            Parameters =
            {
                new() { Value = tenantId }, new() { Value = Array.ConvertAll(known, s => s.Key.Group) }, new() { Value = Array.ConvertAll(known, s => s.Key.User) },
                new() { Value = Array.ConvertAll(known, s => s.Value.Role!) },
                new() { Value = Array.ConvertAll(known, s => s.Value.Since), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                new() { Value = Array.ConvertAll(known, s => s.Value.Until), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            "DELETE FROM membership m USING unnest($2::text[], $3::text[]) u(grp, usr) WHERE m.tenant_id = $1 AND m.group_key = u.grp AND m.user_key = u.usr")
        {
            Parameters = { new() { Value = tenantId }, new() { Value = Array.ConvertAll(gone, p => p.Group) }, new() { Value = Array.ConvertAll(gone, p => p.User) } },
        });
        await batch.ExecuteNonQueryAsync(cancel);
    }

    // What holds after each thing that was told, in time order; the description comes after the events of its own instant.
    private sealed class State
    {
        private bool _described;

        public string? Role { get; private set; }
        public Instant Since { get; private set; }
        public Instant? Until { get; private set; }
        public Instant? DescribedAt { get; init; }
        public string? DescribedRole { get; init; }

        public void Take(Instant at, bool isMember, string? role)
        {
            if (DescribedAt < at) TakeDescription();
            Change(at, isMember, role is not null && Roles.Contains(role) ? role : null);
        }

        public void TakeDescription()
        {
            if (_described || DescribedAt is not { } at) return;
            _described = true;
            Change(at, DescribedRole is not null, DescribedRole);
        }

        private void Change(Instant at, bool isMember, string? role)
        {
            var returns = isMember && Until is not null;
            if (Role is null || returns) Since = at;
            Role = role ?? (returns ? "member" : Role) ?? "member";
            if (isMember) Until = null;
            else Until ??= at;
        }
    }
}
