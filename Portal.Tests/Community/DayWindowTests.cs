using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Community;

namespace OpenMeet.Insights.Tests.Community;

public sealed class DayWindowTests
{
    [Fact]
    public void What_a_window_is_compared_with_has_its_length_and_weekdays_and_does_not_touch_it() =>
        Gen.Select(Gen.Int[0, 3_000], Gen.Int[1, 400]).Sample((start, days) =>
        {
            var window = DayWindow.Ending(new LocalDate(2026, 1, 1).PlusDays(start), days);
            Assert.Equal(days, window.Length);
            Assert.Equal((days, window.From.DayOfWeek), (window.Matched.Length, window.Matched.From.DayOfWeek));
            Assert.True(window.Matched.To < window.From);
            Assert.Equal(window.From, window.Before.To.PlusDays(1));
            if (days % 7 == 0) Assert.Equal(window.Before, window.Matched);
        });

    [Fact]
    public void Its_days_end_at_the_zones_midnight_also_where_the_clock_changes()
    {
        // 1 November 2026 has 25 hours in New York.
        var range = new DayWindow(new LocalDate(2026, 11, 1), new LocalDate(2026, 11, 1)).In(Sample.Zone);
        Assert.Equal((Instant.FromUtc(2026, 11, 1, 4, 0), Instant.FromUtc(2026, 11, 2, 5, 0)), (range.From, range.To));
    }
}
