using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;

namespace OpenMeet.Insights.Tests.Forecasting;

public sealed class FlowForecastTests
{
    private static readonly LocalDate November = new(2026, 11, 1);
    private static readonly LocalDate December = new(2026, 12, 1);

    private static List<(LocalDate Day, decimal Amount)> Amounts(LocalDate from, LocalDate to, Func<LocalDate, decimal> amount) =>
        [.. Enumerable.Range(0, Period.DaysBetween(from, to)).Select(from.PlusDays).Select(d => (d, amount(d)))];

    [Fact]
    public void An_even_flow_ends_the_period_at_days_times_rate()
    {
        var forecast = FlowForecast.Fit(Amounts(new(2026, 9, 1), new(2026, 11, 16), _ => 100m), November, December);

        Assert.Equal(1_500m, forecast.SoFar);
        Assert.Equal(3_000m, forecast.Expected);
        Assert.Equal(3_000m, forecast.Low);
        Assert.Equal(3_000m, forecast.High);
        Assert.Equal(15, forecast.Ahead.Count);
    }

    [Fact]
    public void Weekends_that_are_busy_are_expected_to_be_busy_again()
    {
        static decimal Weekly(LocalDate d) => d.DayOfWeek is IsoDayOfWeek.Saturday or IsoDayOfWeek.Sunday ? 500m : 100m;
        var forecast = FlowForecast.Fit(Amounts(new(2026, 9, 1), new(2026, 11, 16), Weekly), November, December);
        var fact = Amounts(November, December, Weekly).Sum(d => d.Amount);

        Assert.True(forecast.WeekdayFactors[5] > 1.8m);
        Assert.True(forecast.WeekdayFactors[0] < 0.6m);
        Assert.InRange(forecast.Expected, fact * 0.97m, fact * 1.03m);
    }

    [Fact]
    public void The_limit_is_reached_on_the_day_that_the_sum_reaches_it()
    {
        var forecast = FlowForecast.Fit(Amounts(new(2026, 9, 1), new(2026, 11, 16), _ => 100m), November, December);

        Assert.Equal(new LocalDate(2026, 11, 20), forecast.WhenReaches(2_000m).P50);
        Assert.Equal(5, forecast.WhenReaches(2_000m).P50Days);
        Assert.Equal(LimitDateOutcome.NotThisPeriod, forecast.WhenReaches(3_001m).Outcome);
        Assert.Equal(LimitDateOutcome.Reached, forecast.WhenReaches(1_500m).Outcome);
    }

    [Fact]
    public void Days_without_a_row_count_as_zero()
    {
        var every_other = Amounts(new(2026, 9, 1), new(2026, 11, 16), _ => 100m).Where((_, i) => i % 2 == 0).ToList();
        var forecast = FlowForecast.Fit(every_other, November, December);

        Assert.InRange(forecast.RatePerDay, 45m, 56m);
    }

    [Fact]
    public void Thirteen_days_are_too_few()
    {
        var forecast = FlowForecast.Fit(Amounts(new(2026, 11, 1), new(2026, 11, 14), _ => 100m), November, December);

        Assert.False(forecast.IsFitted);
        Assert.Equal(LimitDateOutcome.TooLittleData, forecast.WhenReaches(3_000m).Outcome);
    }

    [Fact]
    public void A_period_that_is_over_holds_what_it_held()
    {
        var forecast = FlowForecast.Fit(Amounts(new(2026, 9, 1), December, _ => 100m), November, December);

        Assert.Equal(3_000m, forecast.Expected);
        Assert.Empty(forecast.Ahead);
    }

    [Fact]
    public void An_uneven_flow_has_a_range_around_its_middle_that_never_falls()
    {
        var forecast = FlowForecast.Fit(
            Amounts(new(2026, 9, 1), new(2026, 11, 16), d => d.Day * 7919 % 311), November, December);

        Assert.True(forecast.Low < forecast.Expected && forecast.Expected < forecast.High);
        Assert.All(forecast.Ahead.Zip(forecast.Ahead.Skip(1)), pair => Assert.True(pair.First.Low <= pair.Second.Low));
        Assert.True(forecast.Low >= forecast.SoFar);
    }
}
