using CsCheck;
using OpenMeet.Insights.Domain.Pricing;

namespace OpenMeet.Insights.Tests.Pricing;

public sealed class PriceCalculatorTests
{
    private static readonly Tier[] Tiers = [new(5m, 7.00m, null), new(10m, 6.50m, null), new(null, 6.00m, null)];

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(5, 35, 35)]
    [InlineData(6, 41.50, 39)]
    [InlineData(10, 67.50, 65)]
    [InlineData(20, 127.50, 120)]
    public void Tiers_count_by_part_or_for_all(int quantity, double graduated, double volume)
    {
        Assert.Equal((decimal)graduated, PriceCalculator.Charge(new Price.Graduated(Tiers), quantity));
        Assert.Equal((decimal)volume, PriceCalculator.Charge(new Price.Volume(Tiers), quantity));
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("1", 5)]
    [InlineData("100", 5)]
    [InlineData("101", 10)]
    [InlineData("100.000000000001", 10)]
    public void A_package_begun_is_paid_whole(string quantity, int charge) =>
        Assert.Equal(charge, PriceCalculator.Charge(new Price.Package(100m, 5.00m), decimal.Parse(quantity, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void A_tiers_flat_part_is_added_where_it_is_entered_and_by_share()
    {
        Tier[] tiers = [new(5m, 1m, 2m), new(null, 1m, 10m)];

        Assert.Equal(0m, PriceCalculator.Charge(new Price.Graduated(tiers), 0m));
        Assert.Equal(7m, PriceCalculator.Charge(new Price.Graduated(tiers), 5m));
        Assert.Equal(18m, PriceCalculator.Charge(new Price.Graduated(tiers), 6m));
        Assert.Equal(12m, PriceCalculator.Charge(new Price.Graduated(tiers), 6m, 0.5m));
        Assert.Equal(0m, PriceCalculator.Charge(new Price.Volume(tiers), 0m));
        Assert.Equal(16m, PriceCalculator.Charge(new Price.Volume(tiers), 6m));
        Assert.Equal(11m, PriceCalculator.Charge(new Price.Volume(tiers), 6m, 0.5m));
    }

    [Fact]
    public void A_flat_price_counts_by_share_and_a_unit_price_does_not()
    {
        Assert.Equal(2.5m, PriceCalculator.Charge(new Price.Flat(5m), 1000m, 0.5m));
        Assert.Equal(2.5m, PriceCalculator.Charge(new Price.Flat(5m), 0m, 0.5m));
        Assert.Equal(20m, PriceCalculator.Charge(new Price.PerUnit(0.02m), 1000m, 0.5m));
        Assert.Equal(0m, PriceCalculator.Charge(new Price.PerUnit(0.02m), -7m));
    }

    [Fact]
    public void A_graduated_charge_never_falls_as_the_quantity_grows() =>
        Gen.Select(Gen.Select(Gen.Int[1, 500], Gen.Int[0, 900], Gen.Int[0, 300]).Array[1, 6], Gen.Int[0, 300_000], Gen.Int[0, 300_000])
            .Sample((steps, a, b) =>
            {
                var bounds = steps.Select((_, i) => (decimal)steps.Take(i + 1).Sum(step => step.Item1)).ToArray();
                var tiers = steps.Select((step, i) =>
                    new Tier(i < steps.Length - 1 ? bounds[i] : null, step.Item2 / 100m, step.Item3 / 100m)).ToArray();
                var price = new Price.Graduated(tiers);
                var (less, more) = (Math.Min(a, b) / 100m, Math.Max(a, b) / 100m);

                Assert.True(PriceCalculator.Charge(price, less) <= PriceCalculator.Charge(price, more));
            }, iter: 10_000);
}
