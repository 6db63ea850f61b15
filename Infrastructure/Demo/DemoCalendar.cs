using NodaTime;

namespace OpenMeet.Insights.Infrastructure.Demo;

/// <summary>The year's days in New York, and the rhythm of hours, weekdays and seasons.</summary>
internal sealed class DemoCalendar
{
    /// <summary>How many days after today are known, for what is announced.</summary>
    public const int DaysAhead = 16;

    private static readonly double[] Hours =
    [
        0.02, 0.01, 0.005, 0.005, 0.01, 0.05, 0.3, 0.7, 1, 0.9, 0.9, 1,
        1.2, 0.9, 0.8, 0.85, 0.9, 1.1, 1.4, 1.7, 1.8, 1.4, 0.6, 0.15,
    ];

    private static readonly double[] Weekdays = [0, 0.9, 1.05, 1.1, 1.05, 0.9, 1.15, 0.95];
    private static readonly double HoursTotal = Hours.Sum();

    private readonly DateTimeZone _zone = DateTimeZoneProviders.Tzdb["America/New_York"];
    private readonly LocalDate _first;
    private readonly Instant[] _noons;

    public DemoCalendar(Instant now)
    {
        Now = now;
        var month = now.InUtc().Date.With(DateAdjusters.StartOfMonth);
        Months = [.. Enumerable.Range(-12, 13).Select(offset => month.PlusMonths(offset))];
        Start = Months[0].AtStartOfDayInZone(DateTimeZone.Utc).ToInstant();
        _first = Start.InZone(_zone).Date.PlusDays(1);
        Days = Period.DaysBetween(_first, now.InZone(_zone).Date) + 1;
        _noons = [.. Enumerable.Range(0, Days + DaysAhead).Select(day => Date(day).At(LocalTime.Noon).InZoneLeniently(_zone).ToInstant())];
    }

    /// <summary>The first instant of the twelfth month before the current one (UTC).</summary>
    public Instant Start { get; }

    public Instant Now { get; }

    /// <summary>The first days of the twelve whole months and of the current one.</summary>
    public IReadOnlyList<LocalDate> Months { get; }

    /// <summary>How many local days the year has, today included; day 0 is the first that lies wholly in the year.</summary>
    public int Days { get; }

    public LocalDate Date(int day) => _first.PlusDays(day);

    public int DayOf(Instant time) => Period.DaysBetween(_first, time.InZone(_zone).Date);

    /// <summary>The instant of a local hour; days that change the clock count from their noon.</summary>
    public Instant At(int day, double hour) =>
        _noons[day] + Duration.FromMilliseconds((long)((hour - 12) * 3_600_000));

    /// <summary>A moment of the day as people use it: evenings are busy, nights are quiet.</summary>
    public Instant Moment(Random random, int day)
    {
        var left = random.NextDouble() * HoursTotal;
        var hour = 0;
        while (hour < 23 && left >= Hours[hour])
        {
            left -= Hours[hour++];
        }

        return At(day, hour + random.NextDouble());
    }

    /// <summary>The weekday's share; its mean over a week is about 1.</summary>
    public double Weekday(int day) => Weekdays[(int)Date(day).DayOfWeek];

    /// <summary>The season's share: slow over the turn of the year, slower in high summer.</summary>
    public double Season(int day)
    {
        var date = Date(day);
        return (date.Month, date.Day) switch
        {
            (12, >= 20) or (1, <= 3) => 0.45,
            (7, _) or (8, <= 20) => 0.78,
            _ => 1,
        };
    }
}
