using System.Globalization;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Community;

/// <summary>A group with everything that was told about its community.</summary>
/// <param name="Key">Its present slug.</param>
/// <param name="Name">Its name.</param>
/// <param name="Slugs">All slugs that events may name, the present one first.</param>
/// <param name="Whole">Everybody's acts.</param>
/// <param name="Organisers">Who helps to run it now.</param>
public sealed record CommunityReading(string Key, string Name, IReadOnlyList<string> Slugs, GroupHistory Whole, IReadOnlySet<string> Organisers)
{
    /// <summary>The population that is asked about: everybody, or everybody but the organisers.</summary>
    public GroupHistory With(bool organisers) => organisers ? Whole : Whole.Without(Organisers);
}

/// <summary>Reads groups from the ledger and the directory, in one state of the database: what every figure of a community comes from.</summary>
public sealed class CommunityHistories(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <summary>The event types that tell something about a community.</summary>
    internal static readonly string[] Types =
    [
        "message.sent", "media.shared", "file.uploaded", "event.created", "event.updated", "event.deleted", "event.rsvp.added", "event.attendee.cancelled", "event.attendee.status.changed", "user.visited",
    ];

    private const string ActsSql = """
        SELECT l.grp, l.subject, l.time, l.type, l.id, d.event, d.reply_to, d."user", d.status, d.starts_at, d.ends_at, d.capacity
        FROM ledger l LEFT JOIN LATERAL json_to_record(CASE WHEN l.type NOT IN ('file.uploaded', 'user.visited') AND json_typeof(l.event->'data') = 'object' THEN l.event->'data' END)
            AS d(event text, reply_to text, "user" text, status text, starts_at text, ends_at text, capacity text) ON true
        WHERE l.tenant_id = $1 AND l.grp = ANY($2) AND l.type = ANY($3) AND l.time <= $4 AND l.voided_at IS NULL
        ORDER BY l.time, l.source, l.id
        """;

    private static readonly string[] TookPart = [.. DefaultMeters.All.Single(m => m.Slug == "active_members").Sources.Select(s => s.EventType)];

    private const string ActiveSql = """
        SELECT grp, subject FROM ledger
        WHERE tenant_id = $1 AND grp = ANY($2) AND type = ANY($3) AND time >= $4 AND time < $5 AND subject IS NOT NULL AND voided_at IS NULL GROUP BY 1, 2
        """;

    private const string StaysSql = """SELECT group_key, user_key, role, "from", until FROM membership_stay WHERE tenant_id = $1 AND group_key = ANY($2) AND "from" <= $3""";

    /// <summary>One group by any of its slugs; null for an unknown one.</summary>
    public async Task<CommunityReading?> GroupAsync(Tenant tenant, string slug, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var key = await Pricing.UsageReports.PresentGroupAsync(db, tenant.Id, slug, cancel);
        return (await ReadAsync(db, tenant, [key], cancel)).SingleOrDefault();
    }

    /// <summary>Several groups by their present slugs, or all; by name.</summary>
    public async Task<IReadOnlyList<CommunityReading>> GroupsAsync(Tenant tenant, IReadOnlyCollection<string>? keys, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        return await ReadAsync(db, tenant, keys, cancel);
    }

    private async Task<IReadOnlyList<CommunityReading>> ReadAsync(InsightsDbContext db, Tenant tenant, IReadOnlyCollection<string>? keys, CancellationToken cancel)
    {
        var now = Rfc3339.ToMicroseconds(Instant.FromDateTimeOffset(time.GetUtcNow()));
        var groups = await db.DirectoryGroups.AsNoTracking().Where(g => g.TenantId == tenant.Id && (keys == null || keys.Contains(g.Key))).OrderBy(g => g.Name ?? g.Key).ToListAsync(cancel);
        var former = (await db.GroupSlugs.AsNoTracking().Where(s => s.TenantId == tenant.Id).ToListAsync(cancel)).ToLookup(s => s.Key, s => s.OldKey, StringComparer.Ordinal);
        var building = groups.ToDictionary(g => g.Key, g => new HistoryBuilder(ZoneOf(g, tenant, now), now), StringComparer.Ordinal);
        var bySlug = groups.SelectMany(g => former[g.Key].Append(g.Key).Select(s => (Slug: s, g.Key))).ToDictionary(s => s.Slug, s => building[s.Key], StringComparer.Ordinal);
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        await StaysAsync(snapshot.Connection, tenant.Id, building, now, cancel);
        await ActsAsync(snapshot.Connection, tenant.Id, bySlug, now, cancel);
        return
        [
            .. groups.Select(g =>
            {
                var history = building[g.Key].Build();
                return new CommunityReading(g.Key, g.Name ?? g.Key, [g.Key, .. former[g.Key].Order(StringComparer.Ordinal)], history, history.Members.Organisers(now));
            }),
        ];
    }

    /// <summary>Who took part in each group between two instants: the people of the meter active_members.</summary>
    internal async Task<IReadOnlyDictionary<string, IReadOnlySet<string>>> ActiveAsync(int tenantId, IReadOnlyList<CommunityReading> groups, TimeRange range, CancellationToken cancel)
    {
        var people = groups.ToDictionary(g => g.Key, _ => new HashSet<string>(StringComparer.Ordinal), StringComparer.Ordinal);
        var bySlug = groups.SelectMany(g => g.Slugs.Select(s => (Slug: s, g.Key))).ToDictionary(s => s.Slug, s => people[s.Key], StringComparer.Ordinal);
        await using var select = dataSource.CreateCommand(ActiveSql);
        select.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = tenantId }, new() { Value = bySlug.Keys.ToArray() }, new() { Value = TookPart }, SqlValue.Time(range.From), SqlValue.Time(range.To) });
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel)) bySlug[rows.GetString(0)].Add(rows.GetString(1));
        return people.ToDictionary(p => p.Key, p => (IReadOnlySet<string>)p.Value, StringComparer.Ordinal);
    }

    /// <summary>The zone in which a group's days end: its own, else the billing zone.</summary>
    // A group has one clock; a billing zone may change.
    internal static DateTimeZone ZoneOf(DirectoryGroup group, Tenant tenant, Instant now) => (group.TimeZone is { } id ? DateTimeZoneProviders.Tzdb.GetZoneOrNull(id) : null) ?? tenant.TermsAt(now).Zone;

    private static async Task StaysAsync(NpgsqlConnection connection, int tenantId, Dictionary<string, HistoryBuilder> groups, Instant now, CancellationToken cancel)
    {
        await using var select = new NpgsqlCommand(StaysSql, connection) { Parameters = { new() { Value = tenantId }, new() { Value = groups.Keys.ToArray() }, SqlValue.Time(now) } };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
            groups[rows.GetString(0)].Stays.Add(new MemberStay(rows.GetString(1), rows.GetString(2), rows.GetFieldValue<Instant>(3), rows.IsDBNull(4) ? null : rows.GetFieldValue<Instant>(4)));
    }

    private static async Task ActsAsync(NpgsqlConnection connection, int tenantId, Dictionary<string, HistoryBuilder> bySlug, Instant now, CancellationToken cancel)
    {
        await using var select = new NpgsqlCommand(ActsSql, connection) { Parameters = { new() { Value = tenantId }, new() { Value = bySlug.Keys.ToArray() }, new() { Value = Types }, SqlValue.Time(now) } };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        string? Text(int column) => rows.IsDBNull(column) ? null : rows.GetString(column);
        Instant? At(int column) => Text(column) is { } text && Rfc3339.TryParse(text, out var at) ? at : null;
        while (await rows.ReadAsync(cancel))
        {
            int? capacity = int.TryParse(Text(11), NumberStyles.None, CultureInfo.InvariantCulture, out var places) ? places : null;
            bySlug[rows.GetString(0)].Add(Text(1), rows.GetFieldValue<Instant>(2), rows.GetString(3), rows.GetString(4), Text(5), Text(6), Text(7), Text(8), At(9), At(10), capacity);
        }
    }

    private sealed class HistoryBuilder(DateTimeZone zone, Instant now)
    {
        private readonly List<(string, LocalDate, ActionStep)> _days = [];
        private readonly List<AttendanceFact> _facts = [];
        private readonly List<ChatMessage> _messages = [];
        private readonly List<Contribution> _contributions = [];
        private bool _visits;

        public List<MemberStay> Stays { get; } = [];

        public void Add(
            string? subject, Instant at, string type, string id, string? gathering, string? replyTo, string? user, string? status, Instant? starts, Instant? ends, int? capacity)
        {
            if (type == "user.visited") _visits = true;
            if (type == "message.sent") _messages.Add(new ChatMessage(id, subject, at, gathering, replyTo));
            var answers = type is "event.rsvp.added" or "event.attendee.status.changed" or "event.attendee.cancelled";
            if (gathering is not null && (answers || type is "event.created" or "event.updated" or "event.deleted"))
                _facts.Add(new AttendanceFact(gathering, at, type, answers ? user ?? subject : null, status, starts, ends, capacity));
            if (StepOf(type) is { } step && subject is not null) _days.Add((subject, at.InZone(zone).Date, step));
            if (KindOf(type, status) is { } kind && (kind is ContributionKind.CheckIn or ContributionKind.Answer ? user ?? subject : subject) is { } who) _contributions.Add(new Contribution(who, at, kind));
        }

        public GroupHistory Build() =>
            new(zone, now, new MemberBook(Stays), ActivityCalendar.Of(_days), Gathering.Read(_facts), _messages, _contributions, _visits);

        private static ActionStep? StepOf(string type) => type switch
        {
            "message.sent" or "media.shared" or "file.uploaded" or "event.created" => ActionStep.Contributed,
            "event.rsvp.added" or "event.attendee.status.changed" => ActionStep.TookPart,
            "user.visited" => ActionStep.Visited,
            _ => null,
        };

        private static ContributionKind? KindOf(string type, string? status) => type switch
        {
            "message.sent" => ContributionKind.Message,
            "media.shared" or "file.uploaded" => ContributionKind.Upload,
            "event.created" => ContributionKind.Event,
            "event.rsvp.added" => ContributionKind.Answer,
            "event.attendee.status.changed" when status == "attended" => ContributionKind.CheckIn,
            _ => null,
        };
    }
}
