using NodaTime;
using OpenMeet.Insights.Domain.Alerts;

namespace OpenMeet.Insights.Tests.Alerts;

public sealed class QuietHoursTests
{
    private static readonly DateTimeZone Berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
    private static readonly QuietHours Night = new(new LocalTime(22, 0), new LocalTime(7, 0), Berlin);

    private static Instant At(int month, int day, int hour, int minute = 0) => new LocalDateTime(2026, month, day, hour, minute).InZoneLeniently(Berlin).ToInstant();

    [Fact]
    public void Over_midnight_they_end_in_the_morning()
    {
        Assert.Equal(At(11, 24, 7), Night.EndAt(At(11, 23, 22)));
        Assert.Equal(At(11, 24, 7), Night.EndAt(At(11, 23, 23, 59)));
        Assert.Equal(At(11, 24, 7), Night.EndAt(At(11, 24, 6, 59)));
        Assert.Null(Night.EndAt(At(11, 24, 7)));
        Assert.Null(Night.EndAt(At(11, 23, 21, 59)));
    }

    [Fact]
    public void Within_a_day_they_end_on_that_day()
    {
        var noon = new QuietHours(new LocalTime(12, 0), new LocalTime(14, 0), Berlin);
        Assert.Equal(At(11, 23, 14), noon.EndAt(At(11, 23, 12)));
        Assert.Null(noon.EndAt(At(11, 23, 14)));
        Assert.Null(new QuietHours(new LocalTime(12, 0), new LocalTime(12, 0), Berlin).EndAt(At(11, 23, 12)));
    }

    [Fact]
    public void The_night_of_a_changed_clock_ends_at_seven_too()
    {
        Assert.Equal(Instant.FromUtc(2026, 3, 29, 5, 0), Night.EndAt(Instant.FromUtc(2026, 3, 28, 23, 0)));
        Assert.Equal(Instant.FromUtc(2026, 10, 25, 6, 0), Night.EndAt(Instant.FromUtc(2026, 10, 24, 22, 0)));
        // An end that the clock jumps over comes when it would have come.
        var gap = new QuietHours(new LocalTime(0, 0), new LocalTime(2, 30), Berlin);
        Assert.Equal(Instant.FromUtc(2026, 3, 29, 1, 30), gap.EndAt(Instant.FromUtc(2026, 3, 29, 0, 30)));
    }
}
