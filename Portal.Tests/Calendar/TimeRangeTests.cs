using NodaTime;
using OpenMeet.Insights.Domain.Calendar;

namespace OpenMeet.Insights.Tests.Calendar;

public sealed class TimeRangeTests
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 11, 16, 12, 0);

    [Fact]
    public void It_holds_its_start_and_not_its_end()
    {
        var hour = new TimeRange(Noon, Noon + Duration.FromHours(1));

        Assert.True(hour.Contains(hour.From));
        Assert.False(hour.Contains(hour.To));
        Assert.True(hour.Contains(hour.To - Duration.FromTicks(10)));
    }

    [Fact]
    public void Its_seconds_are_exact_to_the_microsecond() =>
        Assert.Equal(2_592_000.000001m, new TimeRange(Noon, Noon + Duration.FromDays(30) + Duration.FromTicks(10)).Seconds);

    [Fact]
    public void Ranges_that_only_touch_share_no_time()
    {
        var first = new TimeRange(Noon, Noon + Duration.FromHours(2));
        var next = new TimeRange(first.To, first.To + Duration.FromHours(2));
        var across = new TimeRange(Noon + Duration.FromHours(1), Noon + Duration.FromHours(3));

        Assert.Null(first.Intersect(next));
        Assert.Equal(new TimeRange(across.From, first.To), first.Intersect(across));
        Assert.Equal(first.Intersect(across), across.Intersect(first));
    }

    [Fact]
    public void It_may_be_empty_but_not_end_before_it_begins()
    {
        Assert.Equal(0m, new TimeRange(Noon, Noon).Seconds);
        Assert.Throws<ArgumentOutOfRangeException>(() => new TimeRange(Noon, Noon - Duration.Epsilon));
    }
}
