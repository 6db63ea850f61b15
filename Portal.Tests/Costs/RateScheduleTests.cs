using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Costs;
using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Tests.Costs;

public sealed class RateScheduleTests
{
    private static readonly Currency Dollar = new("USD");
    private static readonly TimeRange November = new BillingPeriod(2026, 11, DateTimeZone.Utc).Range;

    [Fact]
    public void A_rate_holds_until_the_next_and_none_before_the_first()
    {
        var stretches = RateSchedule.Stretches([Rate(0.04m, 21), Rate(0.03m, 11)], November);

        Assert.Equal(
            [(new TimeRange(Day(11), Day(21)), Usd(0.03m)), (new TimeRange(Day(21), November.To), Usd(0.04m))],
            stretches.Select(stretch => (stretch.Range, stretch.Rate.UnitCost)));
    }

    [Fact]
    public void A_rate_of_long_ago_covers_the_whole_range()
    {
        var old = new Rate("storage", Usd(0.2m), Instant.FromUtc(2020, 1, 1, 0, 0));

        Assert.Equal([(November, old)], RateSchedule.Stretches([old], November));
    }

    [Fact]
    public void Of_two_rates_from_one_instant_the_later_given_holds() =>
        Assert.Equal(Usd(0.05m), Assert.Single(RateSchedule.Stretches([Rate(0.03m, 1), Rate(0.05m, 1)], November)).Rate.UnitCost);

    [Fact]
    public void Rates_of_the_future_and_no_rates_make_no_stretch()
    {
        Assert.Empty(RateSchedule.Stretches([], November));
        Assert.Empty(RateSchedule.Stretches([Rate(1m, 1) with { From = November.To }], November));
    }

    [Fact]
    public void Three_hundred_users_at_a_fraction_of_a_cent_are_not_nothing()
    {
        var line = CostLine.Of("users", 300m, "users", Usd(0.004m));

        Assert.Equal(Usd(1.20m), line.Amount);
        Assert.Null(line.From);
    }

    [Fact]
    public void A_cost_is_worked_out_from_the_unrounded_quantity_and_rounded_once_to_twelve_decimals()
    {
        var line = CostLine.Of("storage", 1m / 3m, "GB-months", Usd(3000m));

        Assert.Equal(0.333333333333m, line.Quantity);
        Assert.Equal(Usd(1000m), line.Amount);
    }

    private static Rate Rate(decimal unitCost, int day) => new("storage", Usd(unitCost), Day(day));

    private static Amount Usd(decimal value) => new(value, Dollar);

    private static Instant Day(int day) => Instant.FromUtc(2026, 11, day, 0, 0);
}
