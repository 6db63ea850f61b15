using NodaTime;
using OpenMeet.Insights.Domain.Capacity;
using OpenMeet.Insights.Domain.Forecasting;

namespace OpenMeet.Insights.Tests.Capacity;

public sealed class PoolOutlookTests
{
    private static readonly LocalDate Today = new(2026, 11, 20);

    [Fact]
    public void An_order_is_for_the_early_end_of_the_range_less_the_days_that_it_takes()
    {
        var full = Growing(10m).WhenReaches(1_000m);
        var outlook = new PoolOutlook(270, 1_000, 2_500, 3, full, 21);
        Assert.Equal((0.27m, 2.5m), (outlook.Share, outlook.Overcommit));
        Assert.Equal(full.P10!.Value.PlusDays(-21), outlook.OrderBy);
        Assert.Equal(full.P50Days, outlook.DaysToFull);
    }

    [Fact]
    public void Full_is_no_days_and_no_growth_is_never_and_unknown_is_nothing()
    {
        Assert.Equal(0, new PoolOutlook(270, 200, 0, 0, Growing(10m).WhenReaches(200), 5).DaysToFull);
        Assert.Null(new PoolOutlook(270, 200, 0, 0, Growing(10m).WhenReaches(200), 5).OrderBy);
        Assert.Equal(double.PositiveInfinity, new PoolOutlook(5, 200, 0, 0, Growing(0m).WhenReaches(200), 5).DaysToFull);
        Assert.Null(new PoolOutlook(5, 200, 0, 0, StockForecast.Fit([(Today, 5m)]).WhenReaches(200), 5).DaysToFull);
        var unknown = new PoolOutlook(5, null, 70, 0, null, 0);
        Assert.Equal((null, null, null, null), (unknown.Share, unknown.Overcommit, unknown.DaysToFull, unknown.OrderBy));
    }

    [Fact]
    public void Rolling_use_begins_when_thirty_days_of_use_lie_behind()
    {
        decimal[] amounts = [0, 0, .. Enumerable.Range(1, 35).Select(i => (decimal)i)];
        var rolling = RollingUse.Of(Today, amounts);
        Assert.Equal(6, rolling.Count);
        Assert.Equal((Today.PlusDays(31), Enumerable.Range(1, 30).Sum()), (rolling[0].Day, (int)rolling[0].Level));
        Assert.Equal((Today.PlusDays(36), Enumerable.Range(6, 30).Sum()), (rolling[^1].Day, (int)rolling[^1].Level));
        Assert.Empty(RollingUse.Of(Today, [0, 1, 2]));
    }

    private static Forecast Growing(decimal perDay) => StockForecast.Fit([.. Enumerable.Range(0, 28).Select(i => (Today.PlusDays(i - 27), 5m + (perDay * i)))]);
}
