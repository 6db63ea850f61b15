using NodaTime;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Portal.Community;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Tests.Community;

/// <summary>A group as views get it, and small histories as the figures get them.</summary>
internal static class Sample
{
    public static readonly DateTimeZone Zone = DateTimeZoneProviders.Tzdb["America/New_York"];

    /// <summary>28 days up to 28 November 2026, read on the 29th at noon in New York.</summary>
    public static readonly CommunityFrame Frame = new("chess", "Chess", Zone, Instant.FromUtc(2026, 11, 29, 17, 0), new DayWindow(new LocalDate(2026, 11, 1), new LocalDate(2026, 11, 28)), true);

    public static readonly CommunityState State = new(new PageState(RangeChoice.Parse("28d")));

    public static readonly GatheringFigures Gatherings = new(new Attendance(10, 7, 1, 2, 3), new PartOf(12, 80), 2, 1, new PartOf(15, 40), new PartOf(4, 8), 9, 6, 8);

    public static readonly PeriodFigures Figures = new(
        Frame.Window, new MemberFlow(40, 2, 1, 41), 12, 9, 5, 2, 6, 9, new MeanRatio(0.5m, 27, 1), new MeanRatio(0.2m, 27, 1), new ParticipationFlow(2, 6, 1, 3), new PartOf(9, 13), Gatherings, 30,
        new FirstReplies(3, Duration.FromMinutes(130), Duration.FromHours(11), []), new PartOf(25, 40), new Concentration(40, 12, 30, 38, 2, 12));

    /// <summary>Acts of people on days: "ann 1 5 9" is Ann on 1, 5 and 9 November 2026.</summary>
    public static ActivityCalendar Days(params string[] people) => ActivityCalendar.Of(people.SelectMany(p =>
    {
        var words = p.Split(' ');
        return words.Skip(1).Select(d => (words[0], Day(int.Parse(d, System.Globalization.CultureInfo.InvariantCulture)), ActionStep.TookPart));
    }));

    /// <summary>A day of November 2026; 0 and less lie before it.</summary>
    public static LocalDate Day(int day) => new LocalDate(2026, 11, 1).PlusDays(day - 1);

    public static Instant At(int day, int hour = 12, int minute = 0) => Day(day).At(new LocalTime(hour, minute)).InUtc().ToInstant();

    /// <summary>A group of nobody, to which tests add what they are about; read on the given day at noon UTC.</summary>
    public static GroupHistory History(int readOn, MemberBook? members = null, ActivityCalendar? activity = null, IReadOnlyList<Gathering>? gatherings = null, IReadOnlyList<ChatMessage>? messages = null, IReadOnlyList<Contribution>? contributions = null) =>
        new(DateTimeZone.Utc, At(readOn), members ?? new MemberBook([]), activity ?? ActivityCalendar.Of([]), gatherings ?? [], messages ?? [], contributions ?? [], true);

    /// <summary>An event with people by name.</summary>
    public static Gathering Event(string key, int day, string yes, string came, int? capacity = null, int published = -20) => new(
        key, At(published), At(day, 18), null, capacity, Set(yes), Set(""), Set(came), 0);

    public static IReadOnlySet<string> Set(string names) => names.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);
}
