using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Metering;

namespace OpenMeet.Insights.Infrastructure.Directory;

/// <summary>
/// Keeps memberships as the events tell them, in order of event times whatever order they came in: the persons that an event touches are
/// read again, with what the directory was told.
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
                SELECT n.present, coalesce(l.event->'data'->>'user', l.subject) AS usr, l.type <> 'group.member.left' AS is_member, l.time, 0 AS turn, l.source, l.id, l.event->'data'->>'role' AS role
                FROM ledger l JOIN named n ON n.grp = l.grp
                WHERE l.tenant_id = $1 AND l.type IN ('group.member.joined', 'group.member.left', 'group.member.role.changed') AND l.voided_at IS NULL
                UNION ALL
                SELECT d.group_key, d.user_key, d.role IS NOT NULL, d.at, 1, '', '', d.role
                FROM membership_description d JOIN slugs s ON s.present = d.group_key AND s.usr = d.user_key WHERE d.tenant_id = $1)
            SELECT slugs.present, slugs.usr, t.is_member, t.time, t.role
            FROM slugs LEFT JOIN told t USING (present, usr)
            ORDER BY t.time, t.turn, t.source, t.id
            """, connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = pairs.Select(p => p.Group).ToArray() }, new() { Value = pairs.Select(p => p.User).ToArray() } },
        })
        await using (var rows = await select.ExecuteReaderAsync(cancel))
        {
            while (await rows.ReadAsync(cancel))
            {
                var pair = (rows.GetString(0), rows.GetString(1));
                if (!states.TryGetValue(pair, out var state)) states[pair] = state = new State();
                if (rows.IsDBNull(2)) continue;
                state.Take(rows.GetFieldValue<Instant>(3), rows.GetBoolean(2), rows.IsDBNull(4) ? null : rows.GetString(4));
            }
        }
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
        var stays = states.SelectMany(s => s.Value.Stays.Select(stay => (s.Key.Group, s.Key.User, Stay: stay))).ToArray();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            "DELETE FROM membership_stay m USING unnest($2::text[], $3::text[]) u(grp, usr) WHERE m.tenant_id = $1 AND m.group_key = u.grp AND m.user_key = u.usr")
        {
            Parameters = { new() { Value = tenantId }, new() { Value = states.Keys.Select(p => p.Group).ToArray() }, new() { Value = states.Keys.Select(p => p.User).ToArray() } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("""
            INSERT INTO membership_stay (tenant_id, group_key, user_key, role, "from", until)
            SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[])
            """)
        {
            Parameters =
            {
                new() { Value = tenantId }, new() { Value = Array.ConvertAll(stays, s => s.Group) }, new() { Value = Array.ConvertAll(stays, s => s.User) },
                new() { Value = Array.ConvertAll(stays, s => s.Stay.Role) },
                new() { Value = Array.ConvertAll(stays, s => s.Stay.From), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                new() { Value = Array.ConvertAll(stays, s => s.Stay.Until), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
            },
        });
        await batch.ExecuteNonQueryAsync(cancel);
    }

    private sealed record Stay(string Role, Instant From, Instant? Until);

    // What holds after each thing that was told, in time order; a description comes after the events of its own instant.
    private sealed class State
    {
        private readonly List<Stay> _stays = [];

        public string? Role { get; private set; }
        public Instant Since { get; private set; }
        public Instant? Until { get; private set; }

        /// <summary>Stretches of one role, in order; those without a length are none.</summary>
        public IEnumerable<Stay> Stays => _stays.Where(s => s.Until is null || s.Until > s.From);

        public void Take(Instant at, bool isMember, string? told)
        {
            var returns = isMember && Until is not null;
            if (Role is null || returns) Since = at;
            var role = told is not null && Roles.Contains(told) ? told : null;
            Role = role ?? (returns ? "member" : Role) ?? "member";
            if (isMember) Until = null;
            else Until ??= at;

            var open = _stays.Count > 0 && _stays[^1].Until is null ? _stays[^1] : null;
            if (open is not null && (!isMember || open.Role != Role)) _stays[^1] = open with { Until = at };
            if (isMember && open?.Role != Role) _stays.Add(new Stay(Role, at, null));
        }
    }
}
