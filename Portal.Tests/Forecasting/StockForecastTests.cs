using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;

namespace OpenMeet.Insights.Tests.Forecasting;

public sealed class StockForecastTests
{
    private static readonly LocalDate Today = new(2026, 11, 23);

    private static List<(LocalDate Day, decimal Level)> Levels(int days, Func<int, decimal> level) =>
        [.. Enumerable.Range(0, days).Select(i => (Today.PlusDays(i - days + 1), level(i)))];

    [Fact]
    public void A_straight_line_gives_its_own_slope_and_no_range()
    {
        var forecast = StockForecast.Fit(Levels(40, i => 5_680_000_000m + 54_000_000m * i));

        Assert.Equal(54_000_000m, forecast.SlopePerDay);
        Assert.Equal(forecast.SlopePerDay, forecast.LowSlope);
        Assert.Equal(forecast.SlopePerDay, forecast.HighSlope);
        Assert.Equal(28, forecast.Days);
        Assert.Equal(Today, forecast.AsOf);
    }

    [Fact]
    public void The_date_is_the_level_left_over_the_slope()
    {
        // 7.84 GB on 23 November at 54 MB a day: 2.16 GB are left, which take 40 days.
        var forecast = StockForecast.Fit(Levels(28, i => 7_840_000_000m - 54_000_000m * (27 - i)));

        var reached = forecast.WhenReaches(10_000_000_000m);

        Assert.Equal(LimitDateOutcome.Dated, reached.Outcome);
        Assert.Equal(new LocalDate(2027, 1, 2), reached.P50);
        Assert.Equal(40, reached.P50Days);
    }

    [Fact]
    public void A_few_odd_days_do_not_move_the_slope()
    {
        var forecast = StockForecast.Fit(Levels(28, i => 1_000m * i + (i is 5 or 12 or 20 ? 400m : 0)));

        Assert.InRange(forecast.SlopePerDay, 995m, 1_005m);
    }

    [Fact]
    public void Only_the_last_28_levels_count()
    {
        var forecast = StockForecast.Fit(Levels(60, i => i < 32 ? 100_000m * i : 3_200_000m + 1_000m * (i - 32)));

        Assert.Equal(1_000m, forecast.SlopePerDay);
    }

    [Fact]
    public void Fewer_than_14_days_give_no_date_but_say_how_many_there_are()
    {
        var reached = StockForecast.Fit(Levels(13, i => 1_000m * i)).WhenReaches(1_000_000m);

        Assert.Equal(LimitDateOutcome.TooLittleData, reached.Outcome);
        Assert.Null(reached.P50);
        Assert.Equal("too little data: 13 of 14 days", ForecastText.When(reached, Today));
    }

    [Fact]
    public void Fourteen_days_are_enough()
    {
        Assert.Equal(LimitDateOutcome.Dated, StockForecast.Fit(Levels(14, i => 1_000m * i)).WhenReaches(20_000m).Outcome);
    }

    [Fact]
    public void No_levels_at_all_are_too_little_data()
    {
        Assert.Equal(LimitDateOutcome.TooLittleData, StockForecast.Fit([]).WhenReaches(1).Outcome);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1_000)]
    public void What_does_not_grow_has_no_date(int step)
    {
        var reached = StockForecast.Fit(Levels(28, i => 500_000m + step * i)).WhenReaches(10_000_000m);

        Assert.Equal(LimitDateOutcome.NotGrowing, reached.Outcome);
        Assert.Equal("no date: not growing", ForecastText.When(reached, Today));
    }

    [Theory]
    [InlineData(365, LimitDateOutcome.Dated)]
    [InlineData(366, LimitDateOutcome.MoreThanAYear)]
    public void Beyond_365_days_the_answer_is_more_than_a_year(int days, LimitDateOutcome expected)
    {
        var reached = StockForecast.Fit(Levels(28, i => 1_000m * i)).WhenReaches(27_000m + 1_000m * days);

        Assert.Equal(expected, reached.Outcome);
        Assert.Equal(days == 365 ? days : null, reached.P50Days);
    }

    [Fact]
    public void A_limit_that_is_reached_is_said_to_be_reached()
    {
        Assert.Equal(LimitDateOutcome.Reached, StockForecast.Fit(Levels(28, i => 1_000m * i)).WhenReaches(27_000m).Outcome);
    }

    [Fact]
    public void A_deletion_starts_the_fit_anew()
    {
        // 100 a day, then the bin is emptied, then 50 a day for 16 days.
        var forecast = StockForecast.Fit(Levels(40, i => i < 24 ? 10_000m + 100m * i : 4_000m + 50m * (i - 24)));

        Assert.Equal(Today.PlusDays(-15), forecast.LevelShiftOn);
        Assert.Equal(16, forecast.Days);
        Assert.Equal(50m, forecast.SlopePerDay);
    }

    [Fact]
    public void Soon_after_a_deletion_there_is_too_little_data()
    {
        var forecast = StockForecast.Fit(Levels(40, i => i < 35 ? 10_000m + 100m * i : 4_000m + 100m * (i - 35)));

        Assert.Equal(5, forecast.Days);
        Assert.Equal(LimitDateOutcome.TooLittleData, forecast.WhenReaches(1_000_000m).Outcome);
    }

    [Fact]
    public void Everyday_ups_and_downs_are_no_deletions()
    {
        var forecast = StockForecast.Fit(Levels(28, i => 10_000m + 100m * i + (i % 2 == 0 ? 300m : -300m)));

        Assert.Null(forecast.LevelShiftOn);
        Assert.Equal(28, forecast.Days);
    }

    [Fact]
    public void The_same_levels_give_the_same_forecast_in_any_order()
    {
        var levels = Levels(28, i => 10_000m + 97m * i + i * 7919 % 311);
        var shuffled = levels.OrderBy(d => d.Level % 13).ToList();

        Assert.Equal(StockForecast.Fit(levels), StockForecast.Fit(shuffled));
    }

    [Fact]
    public void Two_levels_of_a_day_are_refused()
    {
        Assert.Throws<ArgumentException>(() => StockForecast.Fit([(Today, 1), (Today, 2)]));
    }

    [Fact]
    public void The_range_always_holds_the_middle_and_dates_come_in_order()
    {
        Gen.Int[0, 1_000_000].Array[14, 60].Sample(steps =>
        {
            var level = 0m;
            var forecast = StockForecast.Fit(Levels(steps.Length, i => level += steps[i]));
            var reached = forecast.WhenReaches(forecast.Level + 20_000_000m);

            Assert.True(forecast.LowSlope <= forecast.SlopePerDay && forecast.SlopePerDay <= forecast.HighSlope);
            Assert.True((reached.P10Days ?? 366) <= (reached.P50Days ?? 366) && (reached.P50Days ?? 366) <= (reached.P90Days ?? 366));
        }, iter: 200);
    }

    [Fact]
    public void About_eight_of_ten_levels_four_weeks_later_lie_within_the_range()
    {
        // A group whose days add 0 to 100 MB, each independent of the last: the hardest honest case.
        var random = new FixedRandom();
        var inside = 0;
        const int Series = 400;
        for (var s = 0; s < Series; s++)
        {
            var level = 0m;
            var all = Levels(56, _ => level += random.Next(100) * 1_000_000m);
            var forecast = StockForecast.Fit(all[..28]);
            var fact = all[^1].Level;
            inside += fact >= forecast.LevelAfter(28, forecast.LowSlope) && fact <= forecast.LevelAfter(28, forecast.HighSlope) ? 1 : 0;
        }

        Assert.InRange(inside / (double)Series, 0.70, 0.92);
    }

    [Fact]
    public void A_backtest_of_a_straight_line_is_never_off()
    {
        var backtest = Backtest.Of(Levels(28 * 8, i => 1_000m + 10m * i));

        Assert.Equal(6, backtest.Forecasts);
        Assert.Equal(0m, backtest.MedianError);
        Assert.Equal(0m, backtest.WorstError);
    }

    [Fact]
    public void A_backtest_measures_what_a_burst_made_wrong()
    {
        // Flat at 1,000, and 2,000 on the last day: the last forecast said 1,000, half of the fact; the others were right.
        var backtest = Backtest.Of(Levels(28 * 4, i => i == 28 * 4 - 1 ? 2_000m : 1_000m));

        Assert.Equal(0.5m, backtest.WorstError);
        Assert.Equal(0m, backtest.MedianError);
    }

    [Fact]
    public void A_young_series_has_no_track_record()
    {
        Assert.Equal(Backtest.None, Backtest.Of(Levels(20, i => i)));
    }

    private sealed class FixedRandom
    {
        private uint state = 12345;

        public int Next(int below)
        {
            state = unchecked(state * 1_664_525 + 1_013_904_223);
            return (int)((state >> 8) % (uint)below);
        }
    }
}
