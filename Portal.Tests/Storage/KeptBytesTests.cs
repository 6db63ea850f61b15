using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Costs;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Storage;

namespace OpenMeet.Insights.Tests.Storage;

public sealed class KeptBytesTests
{
    private const decimal HalfGigabyte = 500_000_000m;
    private static readonly DateTimeZone Utc = DateTimeZone.Utc;
    private static readonly BillingPeriod November = new(2026, 11, Utc);
    private static readonly Currency Dollar = new("USD");
    private static readonly Rate[] Rates = [new("storage", Usd(0.20m), Instant.FromUtc(2025, 1, 1, 0, 0))];

    private static Amount Usd(decimal value) => new(value, Dollar);

    private static Instant Day(int month, int day, int year = 2026) => Instant.FromUtc(year, month, day, 0, 0);

    [Fact]
    public void Half_a_gigabyte_for_a_full_November_costs_ten_cents()
    {
        var month = Assert.Single(KeptBytes.Months(HalfGigabyte, November.Range, Utc, Rates));
        Assert.Equal((0.5m, Usd(0.10m)), (month.GigabyteMonths, month.Cost));
    }

    [Fact]
    public void A_month_has_its_own_length()
    {
        // From the 16th: half of November, all of December, then a day of January's 31.
        var months = KeptBytes.Months(HalfGigabyte, new TimeRange(Day(11, 16), Day(1, 2, 2027)), Utc, Rates);
        Assert.Equal([0.25m, 0.5m, 0.5m / 31], months.Select(m => m.GigabyteMonths), (a, b) => Math.Abs(a - b) < 1e-20m);
        Assert.Equal(["2026-11", "2026-12", "2027-01"], months.Select(m => m.Period.ToString()));
    }

    [Fact]
    public void The_worked_case_of_two_levels_is_their_sum()
    {
        // 500 MB from the 11th, 200 MB less from the 21st: 0.266667 GB-months, 0.0533 USD.
        var gigabyteMonths = KeptBytes.GigabyteMonths(500_000_000m, new TimeRange(Day(11, 11), Day(12, 1)), November)
            - KeptBytes.GigabyteMonths(200_000_000m, new TimeRange(Day(11, 21), Day(12, 1)), November);
        Assert.Equal(0.266666666667m, Rounding.HalfAwayFromZero(gigabyteMonths, 12));
    }

    [Fact]
    public void A_new_rate_holds_from_its_instant_and_before_the_first_the_cost_is_unknown()
    {
        Rate[] dated = [new("storage", Usd(0.20m), Day(11, 1)), new("storage", Usd(0.40m), Day(11, 16))];
        Assert.Equal(Usd(0.15m), KeptBytes.Months(HalfGigabyte, November.Range, Utc, dated)[0].Cost);
        Assert.Null(KeptBytes.Months(HalfGigabyte, November.Previous().Range, Utc, dated)[0].Cost);
        Assert.Equal(Usd(0.20m), KeptBytes.Months(HalfGigabyte, November.Next().Range, Utc, dated)[0].Cost);
    }

    [Fact]
    public void An_hour_more_in_a_month_whose_clocks_go_back_makes_the_gigabyte_month_longer()
    {
        var berlin = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
        var october = new BillingPeriod(2026, 10, berlin);
        Assert.Equal(31 * 86_400m + 3_600m, october.Seconds);
        Assert.Equal(0.5m, KeptBytes.GigabyteMonths(HalfGigabyte, october.Range, october));
    }

    [Fact]
    public void The_charge_is_what_the_statement_would_grow_by()
    {
        var plan = new Plan("p", 1, "Personal", Dollar, 3m, [new PlanItem("storage", 1m, null, LimitKind.Soft, new Price.PerUnit(2m), 0m, null)]);
        Assert.Equal(Usd(0m), KeptBytes.AddedCharge(November, plan, "storage", 0.2m, 0.5m)); // within the allowance
        Assert.Equal(Usd(0.40m), KeptBytes.AddedCharge(November, plan, "storage", 0.7m, 0.5m)); // 0.2 of it beyond
        Assert.Equal(Usd(1.00m), KeptBytes.AddedCharge(November, plan, "storage", 5m, 0.5m));
        Assert.Equal(Usd(0m), KeptBytes.AddedCharge(November, plan with { Items = [] }, "storage", 5m, 0.5m));
    }

    [Fact]
    public void Two_stretches_come_to_what_the_whole_comes_to() => Gen.Select(Gen.Long[0, 10_000_000_000_000], Gen.Int[0, 2_591_999]).Sample((bytes, second) =>
    {
        var cut = November.Range.From + Duration.FromSeconds(second);
        var (a, b) = (KeptBytes.GigabyteMonths(bytes, new TimeRange(November.Range.From, cut), November), KeptBytes.GigabyteMonths(bytes, new TimeRange(cut, November.Range.To), November));
        return Math.Abs(a + b - KeptBytes.GigabyteMonths(bytes, November.Range, November)) < 1e-15m;
    });
}
