using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;

namespace OpenMeet.Insights.Infrastructure.Community;

/// <summary>What one member did in a range.</summary>
public sealed record MemberActivity(string User, string Name, string? Role, long Messages, long Files, long Rsvps, Instant? LastSeen);

/// <summary>What a group's members did over a range.</summary>
/// <param name="Group">Its present slug.</param>
/// <param name="Name">Its name.</param>
/// <param name="Members">Members at the range's end, or now where that lies ahead, guests left out; null where nothing is known of that time.</param>
/// <param name="Active">People who took part: the meter active_members.</param>
/// <param name="Joined">Joins in the range.</param>
/// <param name="Left">Leaves in the range.</param>
/// <param name="Visitors">People who came to the group's pages; null where no visit was ever recorded in the range.</param>
/// <param name="Messages">Chat messages.</param>
/// <param name="Rsvps">Answers to events.</param>
/// <param name="Flow">How the active people came to be there.</param>
/// <param name="Weekly">Mean of A7 / A28 over the range's days; null where nobody took part.</param>
/// <param name="Attendance">Over recorded events.</param>
/// <param name="Daily">People who took part, day by day.</param>
/// <param name="People">Everybody who did something or is a member, most active first.</param>
public sealed record GroupCommunity(
    string Group, string Name, int? Members, int Active, int Joined, int Left, int? Visitors, long Messages, long Rsvps, ParticipationFlow Flow, decimal? Weekly, Attendance Attendance,
    IReadOnlyList<(LocalDate Day, int People)> Daily, IReadOnlyList<MemberActivity> People);

/// <summary>What the members of a group do, counted from the events that name the group.</summary>
public sealed class CommunityReports(IDbContextFactory<InsightsDbContext> contexts, NpgsqlDataSource dataSource, DirectoryReports directory, TimeProvider time)
{
    private static readonly string[] TookPart =
        [.. DefaultMeters.All.Single(m => m.Slug == "active_members").Sources.Select(s => s.EventType)];

    private const string DaysSql = """
        SELECT subject, (time AT TIME ZONE $5)::date FROM ledger
        WHERE tenant_id = $1 AND grp = ANY($2) AND type = ANY($3) AND time < $4 AND subject IS NOT NULL AND voided_at IS NULL GROUP BY 1, 2
        """;

    private const string PeopleSql = """
        SELECT subject, count(*) FILTER (WHERE type = 'message.sent'), count(*) FILTER (WHERE type = 'file.uploaded'), count(*) FILTER (WHERE type = 'event.rsvp.added'), max(time),
               count(*) FILTER (WHERE type = 'group.member.joined'), count(*) FILTER (WHERE type = 'group.member.left'), bool_or(type = 'user.visited')
        FROM ledger WHERE tenant_id = $1 AND grp = ANY($2) AND time >= $3 AND time < $4 AND voided_at IS NULL GROUP BY 1
        """;

    // All of the past: people answer long before an event starts.
    private const string AttendanceSql = """
        SELECT event->'data'->>'event', time, type, CASE WHEN type LIKE 'event.rsvp.%' OR type LIKE 'event.attendee.%' THEN coalesce(event->'data'->>'user', subject) END,
               event->'data'->>'status', event->'data'->>'starts_at'
        FROM ledger WHERE tenant_id = $1 AND grp = ANY($2) AND time < $3 AND voided_at IS NULL AND event->'data'->>'event' IS NOT NULL
          AND type IN ('event.created', 'event.updated', 'event.deleted', 'event.rsvp.added', 'event.attendee.status.changed', 'event.attendee.cancelled')
        ORDER BY time, source, id
        """;

    /// <summary>A group's community over a range; null for an unknown group.</summary>
    public async Task<GroupCommunity?> GroupAsync(Tenant tenant, string slug, TimeRange range, CancellationToken cancel)
    {
        await using var db = await contexts.CreateDbContextAsync(cancel);
        var group = await UsageReports.PresentGroupAsync(db, tenant.Id, slug, cancel);
        if (await db.DirectoryGroups.AsNoTracking().SingleOrDefaultAsync(g => g.TenantId == tenant.Id && g.Key == group, cancel) is not { } known) return null;
        // Days end at the billing zone's midnight, as those of every other figure do.
        var zone = tenant.Zone;
        var slugs = (await AccountBook.ReadAsync(db, tenant, cancel)).SlugsOf(group).ToArray();
        var until = Instant.Min(range.To, Instant.FromDateTimeOffset(time.GetUtcNow()));
        await using var snapshot = await Snapshot.OpenAsync(dataSource, cancel);
        var days = await DaysAsync(snapshot.Connection, tenant.Id, slugs, range.To, zone, cancel);
        var activity = await ActivityAsync(snapshot.Connection, tenant.Id, slugs, range, cancel);
        var attendance = await AttendanceAsync(snapshot.Connection, tenant.Id, slugs, range.From, until, cancel);

        var first = range.From.InZone(zone).Date;
        var last = (until > range.From ? until - Duration.FromTicks(10) : range.From).InZone(zone).Date;
        var sets = days.Values.ToList();
        var daily = new List<(LocalDate, int)>();
        for (var day = first; day <= last; day = day.PlusDays(1)) daily.Add((day, sets.Count(p => p.Contains(day))));
        var members = await directory.MembersAsync(tenant.Id, group, cancel);
        var then = await directory.MembersAtAsync(tenant.Id, group, until, cancel);
        var roles = members.ToDictionary(m => m.User, m => m, StringComparer.Ordinal);
        var names = await directory.UserNamesAsync(tenant.Id, cancel);
        var people = activity.People.Keys.Union(roles.Keys)
            .Select(user => activity.People.GetValueOrDefault(user, new MemberActivity(user, user, null, 0, 0, 0, null)) with { Name = names.GetValueOrDefault(user, user), Role = roles.TryGetValue(user, out var m) ? m.Role : null })
            .OrderByDescending(p => p.Messages + p.Files + p.Rsvps).ThenBy(p => p.Name, StringComparer.Ordinal).ToList();
        var flow = ParticipationFlow.Of(sets, first, last);
        return new GroupCommunity(
            group, known.Name ?? group, then?.Count(m => m.Role != "guest"), flow.Active, activity.Joined, activity.Left, activity.Visitors > 0 ? activity.Visitors : null,
            activity.Messages, activity.Rsvps, flow,
            Stickiness.Weekly(sets, first, last), attendance, daily, people);
    }

    private static async Task<Dictionary<string, HashSet<LocalDate>>> DaysAsync(
        NpgsqlConnection connection, int tenantId, string[] slugs, Instant until, DateTimeZone zone, CancellationToken cancel)
    {
        var days = new Dictionary<string, HashSet<LocalDate>>(StringComparer.Ordinal);
        await using var select = new NpgsqlCommand(DaysSql, connection)
        {
            Parameters = { new() { Value = tenantId }, new() { Value = slugs }, new() { Value = TookPart }, SqlValue.Time(until), new() { Value = zone.Id } },
        };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            if (!days.TryGetValue(rows.GetString(0), out var own)) days[rows.GetString(0)] = own = [];
            own.Add(rows.GetFieldValue<LocalDate>(1));
        }
        return days;
    }

    // Totals count every event, as the meters do; people are those with a key.
    private sealed record Activity(Dictionary<string, MemberActivity> People, int Joined, int Left, int Visitors, long Messages, long Rsvps);

    private static async Task<Activity> ActivityAsync(NpgsqlConnection connection, int tenantId, string[] slugs, TimeRange range, CancellationToken cancel)
    {
        var people = new Dictionary<string, MemberActivity>(StringComparer.Ordinal);
        var (joined, left, visitors, messages, rsvps) = (0L, 0L, 0, 0L, 0L);
        await using var select = new NpgsqlCommand(PeopleSql, connection) { Parameters = { new() { Value = tenantId }, new() { Value = slugs }, SqlValue.Time(range.From), SqlValue.Time(range.To) } };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            messages += rows.GetInt64(1);
            rsvps += rows.GetInt64(3);
            joined += rows.GetInt64(5);
            left += rows.GetInt64(6);
            if (rows.IsDBNull(0)) continue;
            var user = rows.GetString(0);
            if (rows.GetBoolean(7)) visitors++;
            people[user] = new MemberActivity(user, user, null, rows.GetInt64(1), rows.GetInt64(2), rows.GetInt64(3), rows.GetFieldValue<Instant>(4));
        }
        return new Activity(people, (int)joined, (int)left, visitors, messages, rsvps);
    }

    private static async Task<Attendance> AttendanceAsync(NpgsqlConnection connection, int tenantId, string[] slugs, Instant from, Instant until, CancellationToken cancel)
    {
        var facts = new List<AttendanceFact>();
        await using var select = new NpgsqlCommand(AttendanceSql, connection) { Parameters = { new() { Value = tenantId }, new() { Value = slugs }, SqlValue.Time(until) } };
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            Instant? starts = !rows.IsDBNull(5) && Rfc3339.TryParse(rows.GetString(5), out var at) ? at : null;
            facts.Add(new AttendanceFact(
                rows.GetString(0), rows.GetFieldValue<Instant>(1), rows.GetString(2), rows.IsDBNull(3) ? null : rows.GetString(3), rows.IsDBNull(4) ? null : rows.GetString(4), starts));
        }
        return Attendance.Of(facts, from, until);
    }
}
