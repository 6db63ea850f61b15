using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;

namespace OpenMeet.Insights.Tests.Pricing;

public sealed class StatementRatingTests
{
    private static readonly Currency Usd = new("USD");
    private static readonly BillingPeriod November = new(2026, 11, DateTimeZone.Utc);
    private static readonly BillingPeriod December = November.Next();
    private static readonly Instant Sixteenth = Instant.FromUtc(2026, 11, 16, 0, 0);
    private static readonly TimeRange FirstHalf = new(November.Range.From, Sixteenth);
    private static readonly TimeRange SecondHalf = new(Sixteenth, November.Range.To);

    [Fact]
    public void Fees_count_by_seconds_each_on_a_line_of_its_own()
    {
        var statement = StatementRating.Rate(November, [Segment(SecondHalf, Plan(20m)), Segment(FirstHalf, Plan(8m))]);

        Assert.Equal([("fee", 4.00m), ("fee", 10.00m)], statement.Lines.Select(line => (line.Meter, line.Amount)));
        Assert.Equal(14.00m, statement.Total);
        Assert.Equal("8.00 × 15 of 30 days = 4.00 USD", statement.Lines[0].Arithmetic);
        Assert.Equal("Fee of Plan, from 2026-11-16 00:00", statement.Lines[1].Description);
        Assert.Equal((0.5m, 8m), (statement.Lines[0].Quantity, statement.Lines[0].UnitPrice));
    }

    [Theory]
    [InlineData(900, 100, 0, 0)]
    [InlineData(900, 200, 0, 100)]
    [InlineData(1100, 200, 100, 200)]
    [InlineData(0, 1100, 0, 100)]
    [InlineData(1100, -50, 50, 0)]
    public void Allowances_add_up_and_cover_the_first_units(int before, int after, int overBefore, int overAfter)
    {
        var plan = Plan(0m, Item("api_calls", 1000m, new Price.PerUnit(0.02m)));
        RatedSegment[] segments = [Segment(FirstHalf, plan, ("api_calls", before)), Segment(SecondHalf, plan, ("api_calls", after))];

        var lines = StatementRating.Rate(November, segments).Lines;

        Assert.Equal([overBefore, overAfter], lines.Select(line => line.Quantity));
        Assert.Equal([overBefore * 0.02m, overAfter * 0.02m], lines.Select(line => line.Amount));
        Assert.Equal((1000m, overBefore + overAfter), Allowance.For(November, "api_calls", segments));
    }

    [Fact]
    public void Uneven_cuts_leave_no_dust_that_would_begin_a_package()
    {
        Instant[] bounds = [November.Range.From, .. new[] { 1_000_003, 2_000_001 }.Select(At), November.Range.To];
        decimal[] used = [65m / 3m, 65m / 3m, 65m / 3m];
        var plan = Plan(0m, Item("storage", 55m, new Price.Package(10m, 5m)));

        var lines = StatementRating.Rate(
            November, [.. used.Select((quantity, i) => Segment(new(bounds[i], bounds[i + 1]), plan, ("storage", quantity)))]).Lines;

        Assert.True(used.Sum() > 65m);
        Assert.Equal([0m, 0m, 5m], lines.Select(line => line.Amount));

        static Instant At(int second) => November.Range.From + Duration.FromSeconds(second);
    }

    [Fact]
    public void A_price_does_not_multiply_what_was_cut_off_of_an_uneven_allowance()
    {
        var few = Plan(0m, Item("emails", 1m, new Price.PerUnit(9.99m)));
        TimeRange fiveDays = new(November.Range.From, November.Range.From + Duration.FromDays(5));

        // 1 - 1/6 at 9.99 is 8.325 exactly.
        var statement = StatementRating.Rate(
            November, [Segment(fiveDays, few, ("emails", 1m)), Segment(new TimeRange(fiveDays.To, November.Range.To), Plan(0m))]);

        Assert.Equal(8.33m, statement.Total);
    }

    [Fact]
    public void Storage_is_rated_from_the_unrounded_integral()
    {
        var plan = Plan(0m, Item("storage", 0m, new Price.PerUnit(0.20m)));
        var november = 691_200_000_000_000m / 1_000_000_000m / November.Seconds;
        var december = 0.3m;

        var line = Assert.Single(StatementRating.Rate(November, [Segment(November.Range, plan, ("storage", november))]).Lines);

        Assert.Equal(0.266666666667m, line.Quantity);
        Assert.Equal(0.05m, line.Amount);
        Assert.Equal("0.266666666666… × 0.20 = 0.053333333333…, rounded 0.05 USD", line.Arithmetic);
        Assert.Equal(0.06m, StatementRating.Rate(December, [Segment(December.Range, plan, ("storage", december))]).Total);
    }

    [Fact]
    public void A_priced_item_has_a_line_while_its_allowance_lasts()
    {
        var plan = Plan(0m, Item("api_calls", 1000m, new Price.PerUnit(0.02m)), Item("files", 0m, null, limit: 5m), Item("emails", 50m, null));

        var lines = StatementRating.Rate(November, [Segment(November.Range, plan, ("api_calls", 812m), ("emails", 70m))]).Lines;

        Assert.Equal(["api_calls", "emails"], lines.Select(line => line.Meter));
        Assert.Equal("812 of 1,000 included; 0 × 0.02 = 0.00 USD", lines[0].Arithmetic);
        Assert.Equal("50 of 50 included; no price = 0.00 USD", lines[1].Arithmetic);
        Assert.Equal("emails: 50 of 50 included, 20 beyond, not charged", lines[1].Description);
    }

    [Fact]
    public void A_discount_is_inside_the_line_and_the_line_is_rounded_once()
    {
        var item = Item("files", 0m, new Price.PerUnit(0.05m)) with { DiscountPercent = 10m };

        var line = Assert.Single(StatementRating.Rate(November, [Segment(November.Range, Plan(0m, item), ("files", 3m))]).Lines);

        Assert.Equal(0.14m, line.Amount);
        Assert.Equal("3 × 0.05 = 0.15, less 10 % = 0.135, rounded 0.14 USD", line.Arithmetic);
    }

    [Fact]
    public void A_line_below_its_minimum_is_followed_by_the_difference_and_the_minimum_counts_by_seconds()
    {
        var plan = Plan(0m, Item("files", 0m, new Price.PerUnit(1m)) with { Minimum = 5m });

        var whole = StatementRating.Rate(November, [Segment(November.Range, plan, ("files", 2m))]).Lines;
        var half = StatementRating.Rate(November, [Segment(SecondHalf, plan, ("files", 2m))]).Lines;
        var enough = StatementRating.Rate(November, [Segment(November.Range, plan, ("files", 5m))]).Lines;

        Assert.Equal([2m, 3m], whole.Select(line => line.Amount));
        Assert.Equal("minimum 5.00 - 2.00 = 3.00 USD", whole[1].Arithmetic);
        Assert.Equal([2m, 0.5m], half.Select(line => line.Amount));
        Assert.Single(enough);
    }

    [Fact]
    public void Graduated_lines_print_every_tier_and_flat_part()
    {
        var plan = Plan(0m, Item("files", 0m, new Price.Graduated([new(5m, 7.00m, 1m), new(null, 6.50m, 2m)])));

        var line = Assert.Single(StatementRating.Rate(November, [Segment(SecondHalf, plan, ("files", 6m))]).Lines);

        Assert.Equal(43.00m, line.Amount);
        Assert.Equal("5 × 7.00 + 1.00 flat × 15 of 30 days + 1 × 6.50 + 2.00 flat × 15 of 30 days = 43.00 USD", line.Arithmetic);
    }

    [Fact]
    public void A_maximum_is_rated_in_each_segment_by_itself()
    {
        var plan = Plan(0m, Item("seats", 10m, new Price.PerUnit(1m)));
        RatedSegment[] segments = [Segment(FirstHalf, plan, ("seats", 20m)), Segment(SecondHalf, plan, ("seats", 14m))];

        var statement = StatementRating.Rate(November, segments, new HashSet<string> { "seats" });

        Assert.Equal([5m, 2m], statement.Lines.Select(line => line.Amount));
        Assert.Equal("10 of 10 included; (10 × 1.00) × 15 of 30 days = 5.00 USD", statement.Lines[0].Arithmetic);
        Assert.Equal((10m, 10m), Allowance.For(November, "seats", segments, isMax: true));
    }

    [Fact]
    public void Money_without_minor_units_is_rounded_to_whole_ones()
    {
        var plan = Plan(0m, Item("files", 0m, new Price.PerUnit(0.5m))) with { Currency = new Currency("JPY") };

        Assert.Equal(2m, StatementRating.Rate(November, [Segment(November.Range, plan, ("files", 3m))]).Total);
    }

    [Fact]
    public void Segments_that_overlap_leave_the_period_or_mix_currencies_are_refused()
    {
        var euro = Plan(1m) with { Currency = new Currency("EUR") };

        Assert.Throws<ArgumentException>(() => StatementRating.Rate(November, []));
        Assert.Throws<ArgumentException>(() => StatementRating.Rate(November, [Segment(December.Range, Plan(1m))]));
        Assert.Throws<ArgumentException>(() => StatementRating.Rate(November, [Segment(FirstHalf, Plan(1m)), Segment(November.Range, Plan(1m))]));
        Assert.Throws<InvalidOperationException>(() => StatementRating.Rate(November, [Segment(FirstHalf, Plan(1m)), Segment(SecondHalf, euro)]));
    }

    private static Plan Plan(decimal fee, params PlanItem[] items) => new("plan", 1, "Plan", Usd, fee, items);

    private static PlanItem Item(string meter, decimal included, Price? price, decimal? limit = null) =>
        new(meter, included, limit, LimitKind.Soft, price, 0m, null);

    private static RatedSegment Segment(TimeRange range, Plan plan, params (string Meter, decimal Quantity)[] used) =>
        new(range, plan, used.ToDictionary(pair => pair.Meter, pair => pair.Quantity));
}
