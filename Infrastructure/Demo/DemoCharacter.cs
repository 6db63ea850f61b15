using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Demo;

/// <summary>
/// Gatherings that a group repeats. Turnout is the share of members who answer yes, CheckIn the share of gatherings
/// with attendance taken.
/// </summary>
internal sealed record DemoSeries(
    string Title, IsoDayOfWeek Day, int EveryWeeks, double Hour, int Capacity, double Turnout, double CheckIn, bool HostChecksIn = false);

/// <summary>What sets one group apart: its size, its talk, its files and its gatherings. Rates are a day's, at full size.</summary>
internal sealed record DemoCharacter(
    string Key, string Name, string Owner, string OwnerName, string TimeZone, int FoundedDay, int Members,
    double Messages, double Files, double VideoShare, double DocumentShare, double AnonymousCalls, IReadOnlyList<DemoSeries> Series)
{
    /// <summary>The group that is about to reach its storage limit.</summary>
    public const string TrailRunners = "trail-runners";

    /// <summary>The group that pays for far more than it uses.</summary>
    public const string BoardGameNights = "board-game-nights";

    /// <summary>The group whose owner says that the question is wrong.</summary>
    public const string Disputed = "louisville-makers";

    /// <summary>The group whose owner does not want to be asked for a while.</summary>
    public const string Snoozed = "code-and-coffee";

    /// <summary>The group that is on the plan that fits it.</summary>
    public const string Fitting = "riverside-book-circle";

    private const string NewYork = "America/New_York";
    private const int QuietFromDay = 105;

    public static IReadOnlyList<DemoCharacter> All { get; } =
    [
        new("louisville-makers", "Louisville Makers", "june-callahan", "June Callahan", "America/Kentucky/Louisville", 0, 125,
            8, 2.2, 0.13, 0.25, 1.7,
            [
                new("open-workshop", IsoDayOfWeek.Tuesday, 1, 18.5, 30, 0.22, 0.92),
                new("saturday-build", IsoDayOfWeek.Saturday, 3, 10, 40, 0.26, 0.9),
            ]),
        new(BoardGameNights, "Board Game Nights", "oleg-manager", "Oleg Petrenko", NewYork, 1, 42,
            7, 3.6, 0.05, 0.1, 0.5,
            [new("friday-table", IsoDayOfWeek.Friday, 1, 19, 24, 0.34, 0.85)]),
        new(TrailRunners, "Trail Runners", "oleg-manager", "Oleg Petrenko", NewYork, 2, 98,
            6.5, 0, 0.5, 0, 1.2,
            [
                new("saturday-loop", IsoDayOfWeek.Saturday, 1, 8, 40, 0.28, 0.95),
                new("midweek-hills", IsoDayOfWeek.Wednesday, 1, 18.25, 20, 0.17, 0.85),
            ]),
        new("riverside-book-circle", "Riverside Book Circle", "priya-nair", "Priya Nair", NewYork, 12, 46,
            10, 0.25, 0, 0.7, 0.5,
            [new("thursday-reading", IsoDayOfWeek.Thursday, 2, 19, 18, 0.33, 0.9, HostChecksIn: true)]),
        new("language-exchange", "Language Exchange", "tomas-eriksen", "Tomas Eriksen", NewYork, 20, 72,
            4.5, 0.3, 0.02, 0.4, 1.0,
            [new("wednesday-tables", IsoDayOfWeek.Wednesday, 1, 18.5, 35, 0.25, 0.1)]),
        new("code-and-coffee", "Code and Coffee", "devon-marsh", "Devon Marsh", NewYork, 35, 68,
            7, 0.4, 0.03, 0.6, 2.2,
            [new("morning-session", IsoDayOfWeek.Saturday, 2, 9, 25, 0.32, 0.88)]),
        new("neighborhood-garden", "Neighborhood Garden", "lucia-ortega", "Lucia Ortega", NewYork, 70, 52,
            4, 0.8, 0.03, 0.15, 0.5,
            [new("sunday-beds", IsoDayOfWeek.Sunday, 1, 10, 30, 0.34, 0.8)]),
        new("new-in-town", "New in Town", "sam-whitfield", "Sam Whitfield", NewYork, 235, 64,
            7, 0.7, 0.03, 0.05, 1.4,
            [new("welcome-evening", IsoDayOfWeek.Thursday, 1, 18.5, 30, 0.33, 0.9)]),
    ];

    /// <summary>How lively the group itself is on a day of the year: 1 is its usual self.</summary>
    public double Mood(int day, LocalDate date) => Key switch
    {
        BoardGameNights => day < QuietFromDay ? 1 : 0.05,
        "neighborhood-garden" => date.Month is >= 4 and <= 9 ? 1.25 : date.Month is 3 or 10 ? 0.7 : 0.2,
        _ => 1,
    };
}
