using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;

namespace OpenMeet.Insights.Tests.Pricing;

public sealed class StatementProperties
{
    private static readonly BillingPeriod Period = new(2026, 10, DateTimeZoneProviders.Tzdb["Europe/Berlin"]);

    private static readonly Gen<Plan> AnyPlan =
        Gen.Select(Gen.Int[0, 5000], Gen.Int[0, 500], Gen.Int[0, 3000], Gen.Int[0, 100], Gen.Int[0, 2000], (fee, included, price, discount, minimum) =>
            new Plan("plan", 1, "Plan", new Currency("USD"), fee / 100m, [
                new("api_calls", included, null, LimitKind.Soft, new Price.PerUnit(price / 10_000m), discount, minimum / 100m),
                new("files", included, null, LimitKind.Soft, new Price.Package(7m, price / 100m), 0m, null)]));

    private static readonly Gen<(int[] Seconds, int[] Used)> Cuts =
        Gen.Select(Gen.Int[1, 2_678_399].Array[0, 4], Gen.Int[0, 400].Array[5]);

    [Fact]
    public void Lines_are_whole_cents_and_add_up_to_the_total() =>
        Gen.Select(AnyPlan, AnyPlan, Cuts).Sample((even, odd, cuts) =>
        {
            var segments = Segments(cuts, i => i % 2 == 0 ? even : odd);
            var statement = StatementRating.Rate(Period, segments);

            Assert.Equal(statement.Lines.Sum(line => line.Amount), statement.Total);
            Assert.All(statement.Lines, line => Assert.True(line.Amount >= 0 && line.Amount == Math.Round(line.Amount, 2)));
        }, iter: 10_000);

    [Fact]
    public void What_the_lines_charge_is_what_lies_over_the_allowance() =>
        Gen.Select(AnyPlan, AnyPlan, Cuts).Sample((even, odd, cuts) =>
        {
            var segments = Segments(cuts, i => i % 2 == 0 ? even : odd);
            var (included, over) = Allowance.For(Period, "files", segments);
            var used = segments.Sum(segment => segment.Quantity("files"));

            Assert.True(Math.Abs(Math.Max(0m, used - included) - over) < 0.000_000_000_000_001m);
            var charged = StatementRating.Rate(Period, segments).Lines.Where(line => line.Meter == "files").Sum(line => line.Quantity);
            Assert.True(Math.Abs(over - charged) < 0.000_000_000_1m);
        }, iter: 10_000);

    [Fact]
    public void A_cut_between_equal_plans_changes_fee_and_unit_charges_by_rounding_only() =>
        Gen.Select(AnyPlan, Cuts).Sample((plan, cuts) =>
        {
            var noMinimum = plan with { Items = [plan.Items[0] with { Minimum = null }] };
            var segments = Segments(cuts, _ => noMinimum);
            var total = segments.Sum(segment => segment.Quantity("api_calls"));
            var whole = StatementRating.Rate(Period, [new(Period.Range, noMinimum, new Dictionary<string, decimal> { ["api_calls"] = total })]);
            var parts = StatementRating.Rate(Period, segments);

            foreach (var meter in new[] { StatementLine.Fee, "api_calls" })
            {
                var difference = Sum(whole, meter) - Sum(parts, meter);
                Assert.True(Math.Abs(difference) <= 0.005m * (segments.Count + 1), $"{meter} moved by {difference}");
            }
        }, iter: 10_000);

    private static decimal Sum(Statement statement, string meter) =>
        statement.Lines.Where(line => line.Meter == meter).Sum(line => line.Amount);

    private static List<RatedSegment> Segments((int[] Seconds, int[] Used) cuts, Func<int, Plan> plan)
    {
        Instant[] bounds =
        [
            Period.Range.From,
            .. cuts.Seconds.Distinct().Order().Select(second => Period.Range.From + Duration.FromSeconds(second)),
            Period.Range.To,
        ];
        return [.. bounds.Zip(bounds.Skip(1)).Select((pair, i) => new RatedSegment(
            new TimeRange(pair.First, pair.Second),
            plan(i),
            new Dictionary<string, decimal> { ["api_calls"] = cuts.Used[i], ["files"] = cuts.Used[^(i + 1)] }))];
    }
}
