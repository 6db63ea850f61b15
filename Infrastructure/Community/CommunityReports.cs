using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Community;

/// <summary>What one member did in a range.</summary>
public sealed record MemberActivity(string User, string Name, string? Role, long Messages, long Files, long Rsvps, Instant? LastSeen);

/// <summary>What a group's members did over a window.</summary>
/// <param name="Frame">About whom and when.</param>
/// <param name="Now">Its figures.</param>
/// <param name="Rsvps">Answers to events: the meter rsvps.</param>
/// <param name="Daily">People who took part, day by day.</param>
/// <param name="People">Everybody who did something or is a member, most active first.</param>
public sealed record GroupCommunity(CommunityFrame Frame, PeriodFigures Now, long Rsvps, IReadOnlyList<(LocalDate Day, int People)> Daily, IReadOnlyList<MemberActivity> People);

/// <summary>What the members of a group do, counted from the events that name the group.</summary>
public sealed class CommunityReports(CommunityHistories histories, NpgsqlDataSource dataSource, DirectoryReports directory)
{
    private const string PeopleSql = """
        SELECT subject, count(*) FILTER (WHERE type = 'message.sent'), count(*) FILTER (WHERE type = 'file.uploaded'), count(*) FILTER (WHERE type = 'event.rsvp.added'),
               CASE WHEN $3 >= coalesce((SELECT kept_from FROM ledger_kept), $3) THEN max(time) END
        FROM ledger WHERE tenant_id = $1 AND grp = ANY($2) AND time >= $3 AND time < $4 AND voided_at IS NULL GROUP BY 1
        """;

    /// <summary>A group's members over a window; null for an unknown group.</summary>
    public async Task<GroupCommunity?> GroupAsync(Tenant tenant, CommunityQuestion question, CancellationToken cancel)
    {
        if (await histories.GroupAsync(tenant, question.Group, cancel) is not { } reading) return null;
        var (frame, history) = (CommunityFrame.Of(reading, question), reading.With(question.Organisers));
        var window = frame.Window;
        var now = PeriodFigures.Of(history, reading.Whole, window);
        var (acts, rsvps) = await ActivityAsync(tenant.Id, reading.Slugs, window.In(frame.Zone), cancel);
        var roles = (await directory.MembersAsync(tenant.Id, reading.Key, cancel)).ToDictionary(m => m.User, m => m.Role, StringComparer.Ordinal);
        var names = await directory.UserNamesAsync(tenant.Id, cancel);
        var people = acts.Keys.Union(roles.Keys).Where(user => question.Organisers || !reading.Organisers.Contains(user))
            .Select(user => acts.GetValueOrDefault(user, new MemberActivity(user, user, null, 0, 0, 0, null)) with { Name = names.GetValueOrDefault(user, user), Role = roles.GetValueOrDefault(user) })
            .OrderByDescending(p => p.Messages + p.Files + p.Rsvps).ThenBy(p => p.Name, StringComparer.Ordinal).ToList();
        return new GroupCommunity(
            frame, now, rsvps, [.. window.Days.Zip(history.Activity.Rolling(ActionStep.TookPart, 1, window))], people);
    }

    // Totals count every answer, as the meter does; people are those with a key.
    private async Task<(Dictionary<string, MemberActivity> People, long Rsvps)> ActivityAsync(int tenantId, IReadOnlyList<string> slugs, TimeRange range, CancellationToken cancel)
    {
        var (people, rsvps) = (new Dictionary<string, MemberActivity>(StringComparer.Ordinal), 0L);
        await using var select = dataSource.CreateCommand(PeopleSql);
        select.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = tenantId }, new() { Value = slugs.ToArray() }, SqlValue.Time(range.From), SqlValue.Time(range.To) });
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
        {
            rsvps += rows.GetInt64(3);
            if (rows.IsDBNull(0)) continue;
            var user = rows.GetString(0);
            people[user] = new MemberActivity(user, user, null, rows.GetInt64(1), rows.GetInt64(2), rows.GetInt64(3), rows.IsDBNull(4) ? null : rows.GetFieldValue<Instant>(4));
        }
        return (people, rsvps);
    }
}
