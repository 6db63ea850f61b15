using CsCheck;
using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Tests.Money;

public sealed class LargestRemainderTests
{
    [Fact]
    public void Three_equal_weights_share_a_hundred_and_the_first_takes_the_cent() =>
        Assert.Equal([33.34m, 33.33m, 33.33m], LargestRemainder.Allocate(100.00m, 2, [1m, 1m, 1m]));

    [Fact]
    public void The_largest_remainder_takes_the_cent_wherever_it_stands() =>
        Assert.Equal([0.33m, 0.67m], LargestRemainder.Allocate(1m, 2, [1m, 2m]));

    [Fact]
    public void A_negative_weight_counts_as_zero() =>
        Assert.Equal([0m, 1m, 0m], LargestRemainder.Allocate(1m, 2, [-5m, 3m, 0m]));

    [Fact]
    public void Weights_beyond_what_a_decimal_can_multiply_are_shared_exactly() =>
        Assert.Equal([50m, 50m], LargestRemainder.Allocate(100m, 2, [decimal.MaxValue, decimal.MaxValue]));

    [Fact]
    public void What_is_finer_than_a_unit_is_not_lost() =>
        Assert.Equal(100.005m, LargestRemainder.Allocate(100.005m, 2, [1m, 1m, 1m]).Sum());

    [Fact]
    public void Without_a_weight_or_with_a_negative_amount_there_is_nothing_to_share()
    {
        Assert.Throws<ArgumentException>(() => LargestRemainder.Allocate(1m, 2, [0m, -1m]));
        Assert.Throws<ArgumentException>(() => LargestRemainder.Allocate(1m, 2, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => LargestRemainder.Allocate(-1m, 2, [1m]));
    }

    [Fact]
    public void Parts_add_up_and_each_is_within_a_unit_of_its_exact_share() =>
        Gen.Select(Gen.Long[0, 100_000_000], Gen.Int[0, 3], Gen.Long[0, 1_000_000].Array[1, 40]).Sample((units, digits, numbers) =>
        {
            decimal[] weights = [.. numbers.Select(number => number / 1000m), 1m];
            var unit = new decimal(1, 0, 0, false, (byte)digits);
            var parts = LargestRemainder.Allocate(units * unit, digits, weights);

            Assert.Equal(units * unit, parts.Sum());
            var total = weights.Sum();
            Assert.All(parts.Zip(weights), pair => Assert.True(Math.Abs(pair.First - (units * unit * pair.Second / total)) < unit + 0.0000001m));
        }, iter: 10_000);
}
