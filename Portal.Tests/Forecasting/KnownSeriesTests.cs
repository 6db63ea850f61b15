using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;

namespace OpenMeet.Insights.Tests.Forecasting;

/// <summary>Series whose forecast can be worked out on paper.</summary>
public sealed class KnownSeriesTests
{
    private static readonly LocalDate Today = new(2026, 11, 23);
    private static readonly LocalDate November = new(2026, 11, 1);
    private static readonly LocalDate December = new(2026, 12, 1);

    private static List<(LocalDate Day, decimal Level)> Levels(int days, Func<int, decimal> level) =>
        [.. Enumerable.Range(0, days).Select(i => (Today.PlusDays(i - days + 1), level(i)))];

    private static List<(LocalDate Day, decimal Amount)> Amounts(LocalDate from, LocalDate to, Func<LocalDate, decimal> amount) =>
        [.. Enumerable.Range(0, Period.DaysBetween(from, to)).Select(from.PlusDays).Select(d => (d, amount(d)))];

    [Theory]
    [InlineData(1)]
    [InlineData(28)]
    [InlineData(365)]
    public void A_straight_line_has_no_range_however_far_ahead(int days)
    {
        var forecast = StockForecast.Fit(Levels(28, i => 1_000m + (10m * i)));

        Assert.Equal((1_270m + (10m * days), 1_270m + (10m * days)), forecast.RangeAfter(days));
    }

    [Fact]
    public void A_range_begins_at_the_level_and_opens_with_the_days()
    {
        var forecast = StockForecast.Fit(Levels(28, i => 10_000m + (100m * i) + (i * 7919 % 311)));
        var widths = Enumerable.Range(1, 100).Select(d => forecast.RangeAfter(d)).Select(r => r.High - r.Low).ToList();

        Assert.Equal(widths.Order(), widths);
        Assert.Equal(forecast.Level + (28 * forecast.LowSlope), forecast.RangeAfter(28).Low, 3);
        Assert.Equal(forecast.Level + (28 * forecast.HighSlope), forecast.RangeAfter(28).High, 3);
    }

    [Fact]
    public void A_range_never_goes_below_nothing()
    {
        var forecast = StockForecast.Fit(Levels(28, i => 1_000m - (30m * i) + (i % 3 * 20m)));

        Assert.Equal(0m, forecast.RangeAfter(365).Low);
    }

    [Fact]
    public void What_is_deleted_is_no_growth_backwards_the_fit_starts_on_that_day()
    {
        // 200 a day, 3,000 deleted on the eighteenth last day, then 50 a day: only the days after it count.
        var forecast = StockForecast.Fit(Levels(60, i => i < 42 ? 10_000m + (200m * i) : 15_400m + (50m * (i - 42))));

        Assert.Equal((Today.PlusDays(-17), 18, 50m), (forecast.LevelShiftOn, forecast.Days, forecast.SlopePerDay));
        Assert.Equal((forecast.Level + 1_400m, forecast.Level + 1_400m), forecast.RangeAfter(28));
    }

    [Fact]
    public void What_does_not_grow_says_so_even_where_bursts_might_reach_the_limit()
    {
        var forecast = StockForecast.Fit(Levels(28, i => 1_000m + (i % 2 * 50m)));

        Assert.Equal("no date: not growing", ForecastText.When(forecast.WhenReaches(1_100m), Today));
    }

    [Fact]
    public void Drops_that_come_every_week_are_ups_and_downs_and_no_deletions()
    {
        var forecast = StockForecast.Fit(Levels(60, i => 10_000m + (100m * (i / 7)) + (i % 7 == 6 ? -400m : 0)));

        Assert.Equal((null, 28), (forecast.LevelShiftOn, forecast.Days));
    }

    [Fact]
    public void More_than_a_year_names_the_earliest_day_where_luck_might_bring_it_within_one()
    {
        var even = StockForecast.Fit(Levels(28, i => 1_000m + i)).WhenReaches(1_000_000m);
        var noisy = StockForecast.Fit(Levels(28, i => 1_000m + (3 * i) + (i * 7919 % 31)));
        var uneven = noisy.WhenReaches(noisy.Level + (380 * noisy.SlopePerDay));

        Assert.Equal("more than a year", ForecastText.When(even, Today));
        Assert.Equal(LimitDateOutcome.MoreThanAYear, uneven.Outcome);
        Assert.StartsWith("more than a year (at the earliest ", ForecastText.When(uneven, Today), StringComparison.Ordinal);
    }

    [Fact]
    public void Thirteen_days_are_not_enough_and_fourteen_are()
    {
        Assert.Equal("too little data: 13 of 14 days", ForecastText.When(StockForecast.Fit(Levels(13, i => i)).WhenReaches(1_000m), Today));
        Assert.Null(StockForecast.Fit(Levels(13, i => i)).Spread);
        Assert.NotNull(StockForecast.Fit(Levels(14, i => i)).Spread);
    }

    [Fact]
    public void Weekday_factors_are_recovered()
    {
        // Eight weeks of 1, 1, 1, 1, 1, 1 and 8 times 50, the mean 100: Sundays 4, others 0.5, drawn towards 1 by one day in nine.
        var forecast = FlowForecast.Fit(Amounts(new(2026, 9, 21), new(2026, 11, 16), d => d.DayOfWeek == IsoDayOfWeek.Sunday ? 400m : 50m), November, December);

        Assert.All(forecast.WeekdayFactors.Take(6), f => Assert.Equal(((8 * 0.5m) + 1) / 9, f, 6));
        Assert.Equal(((8 * 4m) + 1) / 9, forecast.WeekdayFactors[6], 6);
    }

    [Fact]
    public void On_the_first_day_of_a_period_all_of_it_lies_ahead()
    {
        var forecast = FlowForecast.Fit(Amounts(new(2026, 9, 1), November, _ => 100m), November, December);

        Assert.Equal((0m, 3_000m, 30, November), (forecast.SoFar, forecast.Expected, forecast.Ahead.Count, forecast.Ahead[0].Day));
        Assert.Equal(new LocalDate(2026, 11, 20), forecast.WhenReaches(2_000m).P50);
    }

    [Fact]
    public void On_the_last_day_of_a_period_one_day_lies_ahead()
    {
        var forecast = FlowForecast.Fit(Amounts(new(2026, 9, 1), new(2026, 11, 30), _ => 100m), November, December);

        Assert.Equal((2_900m, 3_000m, 1), (forecast.SoFar, forecast.Expected, forecast.Ahead.Count));
        Assert.Equal(new LocalDate(2026, 11, 30), forecast.Ahead[0].Day);
        Assert.Equal("not in this period", ForecastText.When(forecast.WhenReaches(3_001m), Today));
    }
}
