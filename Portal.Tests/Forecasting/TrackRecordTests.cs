using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;

namespace OpenMeet.Insights.Tests.Forecasting;

public sealed class TrackRecordTests
{
    private static readonly LocalDate Sunday = new(2026, 11, 22);

    private static MadeForecast Made(int weeksAgo, decimal p50, decimal? actual, bool backtested = false) => new(
        Sunday.PlusWeeks(-weeksAgo), Sunday.PlusWeeks(-weeksAgo).PlusDays(28), p50 - 10, p50, p50 + 10, actual, backtested);

    [Fact]
    public void It_says_how_many_held_and_how_far_off_the_middle_was()
    {
        var record = TrackRecord.Of([Made(9, 100, 100), Made(8, 100, 110), Made(7, 104, 100), Made(6, 102, 100), Made(5, 100, 200)], isLevel: true);

        // Off by 0, 9.09, 4, 2 and 50 %: the median is 4 %.
        Assert.Equal((true, 4, 0.04m), (record.IsKnown, record.Within, record.MedianError));
        Assert.Equal("Of its last 5 forecasts 28 days ahead, 4 held within the 80 % range; median error 4 %.", record.Sentence());
    }

    [Fact]
    public void With_too_few_facts_it_says_so_and_never_0_percent()
    {
        var record = TrackRecord.Of([Made(6, 100, 100), Made(5, 100, 100), Made(1, 100, null)], isLevel: true);

        Assert.Equal((false, (int?)null, (decimal?)null), (record.IsKnown, record.Within, record.MedianError));
        Assert.Equal("No track record yet: 2 of 5 forecasts have met their day.", record.Sentence());
        Assert.Equal("No track record yet: 0 of 5 forecasts have met their day.", TrackRecord.Of([], isLevel: false).Sentence());
    }

    [Fact]
    public void Of_a_level_one_night_a_week_counts_of_a_flow_the_thirds_of_a_month()
    {
        var nights = Enumerable.Range(0, 100).Select(d => Sunday.PlusDays(-d)).ToList();

        Assert.All(nights.Where(d => TrackRecord.Counts(d, isLevel: true)), d => Assert.Equal(IsoDayOfWeek.Sunday, d.DayOfWeek));
        Assert.Equal([new(2026, 11, 20), new(2026, 11, 10), new(2026, 10, 20), new(2026, 10, 10)], nights.Where(d => TrackRecord.Counts(d, isLevel: false)).Take(4));
    }

    [Fact]
    public void Only_the_last_twelve_are_looked_back_on_newest_first()
    {
        var record = TrackRecord.Of(Enumerable.Range(0, 30).Select(w => Made(w + 4, 100, w, backtested: w > 5)), isLevel: true);

        Assert.Equal(Enumerable.Range(0, 12).Select(w => (decimal?)w), record.Known.Select(f => f.Actual));
        Assert.Equal(6, record.Backtested);
    }

    [Fact]
    public void A_fact_of_nothing_lies_within_or_not_and_has_no_error_in_percent()
    {
        var made = new MadeForecast(Sunday, Sunday.PlusDays(28), 0, 3, 10, 0, false);

        Assert.Equal((true, (decimal?)null), (made.IsWithin, made.Error));
    }
}
