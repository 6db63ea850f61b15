using Microsoft.EntityFrameworkCore;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;

namespace OpenMeet.Insights.Infrastructure.Community;

/// <summary>What is asked about a group.</summary>
/// <param name="Group">Any of its slugs.</param>
/// <param name="Days">The days, seen from today on the group's clock; days to come are left out.</param>
/// <param name="Organisers">Whether acts of who runs the group count.</param>
public sealed record CommunityQuestion(string Group, Func<LocalDate, DayWindow> Days, bool Organisers = true)
{
    /// <summary>The days that have begun.</summary>
    internal DayWindow WindowOf(GroupHistory history)
    {
        var asked = Days(history.Today);
        return asked.To <= history.Today ? asked : new DayWindow(LocalDate.Min(asked.From, history.Today), history.Today);
    }
}

/// <summary>About whom and when the figures of a page are.</summary>
/// <param name="Group">The group's present slug.</param>
/// <param name="Name">Its name.</param>
/// <param name="Zone">Its time zone, in which days end.</param>
/// <param name="ReadAt">What is later is not in them.</param>
/// <param name="Window">The days.</param>
/// <param name="Organisers">Whether acts of who runs the group count.</param>
public sealed record CommunityFrame(string Group, string Name, DateTimeZone Zone, Instant ReadAt, DayWindow Window, bool Organisers)
{
    /// <summary>Today on the group's clock.</summary>
    public LocalDate Today => ReadAt.InZone(Zone).Date;

    internal static CommunityFrame Of(CommunityReading reading, CommunityQuestion question) =>
        new(reading.Key, reading.Name, reading.Whole.Zone, reading.Whole.ReadAt, question.WindowOf(reading.Whole), question.Organisers);
}

/// <summary>Events of frozen days (older than 48 h) that were told or taken back later.</summary>
/// <param name="On">The day on which they were.</param>
/// <param name="Told">Events that came late.</param>
/// <param name="Voided">Events that were voided.</param>
/// <param name="From">The earliest day that they are about.</param>
/// <param name="To">The latest.</param>
public sealed record Revision(LocalDate On, int Told, int Voided, LocalDate From, LocalDate To);

/// <summary>A group over a window and over the one it is compared with.</summary>
/// <param name="Frame">About whom and when.</param>
/// <param name="Now">The window.</param>
/// <param name="Before">As many days before, weekdays matched.</param>
/// <param name="Flows">Participation of five windows, oldest first, the last one this.</param>
/// <param name="ActiveDaily">For each day of the window, people who took part in as many days up to it.</param>
/// <param name="WeeklyDaily">For each day, A7 / A28; null where nobody took part in 28 days.</param>
/// <param name="Recorded">Attendance of each recorded event in order.</param>
/// <param name="Next">The next event to come; null for none.</param>
/// <param name="Expected">How many are expected there.</param>
/// <param name="Tenure">Active people by how long they have been members: under 4 weeks, under 13, under 52, longer, no members.</param>
/// <param name="Revisions">Newest first.</param>
public sealed record CommunityPeriod(
    CommunityFrame Frame, PeriodFigures Now, PeriodFigures Before, IReadOnlyList<(DayWindow Window, ParticipationFlow Flow)> Flows, IReadOnlyList<int> ActiveDaily,
    IReadOnlyList<decimal?> WeeklyDaily, IReadOnlyList<decimal> Recorded, Gathering? Next, ExpectedAttendance? Expected, IReadOnlyList<(string Name, int? People)> Tenure, IReadOnlyList<Revision> Revisions);

/// <summary>How a group does: every figure over a window, against the one before.</summary>
public sealed class PeriodReports(CommunityHistories histories, NpgsqlDataSource dataSource)
{
    private const int Windows = 5;
    private const int MostRevisions = 5;

    private const string RevisionsSql = """
        SELECT day, sum(told)::int, sum(voided)::int, min(about), max(about) FROM (
            SELECT (stored_at AT TIME ZONE $6)::date AS day, 1 AS told, 0 AS voided, (time AT TIME ZONE $6)::date AS about
            FROM ledger WHERE tenant_id = $1 AND grp = ANY($2) AND type = ANY($3) AND time >= $4 AND time < $5 AND stored_at > time + interval '48 hours'
            UNION ALL
            SELECT (voided_at AT TIME ZONE $6)::date, 0, 1, (time AT TIME ZONE $6)::date
            FROM ledger WHERE tenant_id = $1 AND grp = ANY($2) AND type = ANY($3) AND time >= $4 AND time < $5 AND voided_at > time + interval '48 hours') r
        GROUP BY day ORDER BY day DESC LIMIT $7
        """;

    /// <summary>A group's figures; null for an unknown group.</summary>
    public async Task<CommunityPeriod?> GroupAsync(Tenant tenant, CommunityQuestion question, CancellationToken cancel)
    {
        if (await histories.GroupAsync(tenant, question.Group, cancel) is not { } reading) return null;
        var (frame, history, whole) = (CommunityFrame.Of(reading, question), reading.With(question.Organisers), reading.Whole);
        var window = frame.Window;
        var flows = new List<(DayWindow, ParticipationFlow)>();
        for (var (w, i) = (window, 0); i < Windows; (w, i) = (w.Before, i + 1)) flows.Insert(0, (w, history.Activity.Flow(w)));
        var (weeks, months) = (history.Activity.Rolling(ActionStep.TookPart, 7, window), history.Activity.Rolling(ActionStep.TookPart, 28, window));
        var next = whole.Gatherings.FirstOrDefault(g => g.Starts > whole.ReadAt);
        return new CommunityPeriod(
            frame, PeriodFigures.Of(history, whole, window), PeriodFigures.Of(history, whole, window.Matched), flows, history.Activity.Rolling(ActionStep.TookPart, window.Length, window),
            [.. weeks.Select((w, i) => months[i] == 0 ? (decimal?)null : w / (decimal)months[i])],
            [.. whole.Held(window).Where(g => g is { IsRecorded: true, Yes.Count: > 0 }).Select(g => g.Attended / (decimal)g.Yes.Count)],
            next, next is null ? null : ExpectedAttendance.Of(whole.Gatherings, whole.ReadAt, next.Yes.Count), Tenure(history, window), await RevisionsAsync(tenant, reading, window, cancel));
    }

    private static IReadOnlyList<(string Name, int? People)> Tenure(GroupHistory history, DayWindow window)
    {
        var joined = history.Joins().ToDictionary(j => j.Who, j => j.Joined, StringComparer.Ordinal);
        var counts = new int[5];
        foreach (var who in history.Activity.Who(ActionStep.TookPart, window))
            counts[joined.TryGetValue(who, out var day) ? Period.DaysBetween(day, window.To) switch { < 28 => 0, < 91 => 1, < 364 => 2, _ => 3 } : 4]++;
        string[] names = ["under 4 weeks", "4 to 12 weeks", "13 to 51 weeks", "a year or longer", "no members"];
        return [.. names.Zip(SmallCells.Hide(counts))];
    }

    private async Task<IReadOnlyList<Revision>> RevisionsAsync(Tenant tenant, CommunityReading reading, DayWindow window, CancellationToken cancel)
    {
        var range = window.In(reading.Whole.Zone);
        var revisions = new List<Revision>();
        await using var select = dataSource.CreateCommand(RevisionsSql);
        select.Parameters.AddRange(new NpgsqlParameter[]
        {
            new() { Value = tenant.Id }, new() { Value = reading.Slugs.ToArray() }, new() { Value = CommunityHistories.Types }, SqlValue.Time(range.From), SqlValue.Time(range.To),
            new() { Value = reading.Whole.Zone.Id }, new() { Value = MostRevisions },
        });
        await using var rows = await select.ExecuteReaderAsync(cancel);
        while (await rows.ReadAsync(cancel))
            revisions.Add(new Revision(rows.GetFieldValue<LocalDate>(0), rows.GetInt32(1), rows.GetInt32(2), rows.GetFieldValue<LocalDate>(3), rows.GetFieldValue<LocalDate>(4)));
        return revisions;
    }
}
