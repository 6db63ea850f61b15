using CsCheck;
using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Tests.Money;

public sealed class RoundingTests
{
    [Fact]
    public void A_half_that_a_division_made_inexact_is_still_a_half()
    {
        var oneDayOfThirty = 8.25m * (1m / 30m);

        Assert.True(oneDayOfThirty < 0.275m);
        Assert.Equal(0.28m, Rounding.HalfAwayFromZero(oneDayOfThirty, 2));
    }

    [Fact]
    public void Cents_move_by_half_a_cent_at_most_and_alike_on_both_sides_of_zero() =>
        Gen.Long[-1_000_000_000, 1_000_000_000].Sample(millionths =>
        {
            var value = millionths / 1_000_000m;
            var rounded = Rounding.HalfAwayFromZero(value, 2);
            Assert.True(Math.Abs(rounded - value) <= 0.005m);
            Assert.Equal(-rounded, Rounding.HalfAwayFromZero(-value, 2));
        });
}
