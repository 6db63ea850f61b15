using CsCheck;
using OpenMeet.Insights.Domain.Costs;
using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Tests.Costs;

public sealed class CostPoolTests
{
    private static readonly Currency Dollar = new("USD");

    private static Amount Usd(decimal value) => new(value, Dollar);

    [Fact]
    public void A_hundred_over_three_equal_carriers()
    {
        var shares = CostPool.Share(Usd(100.00m), 0m, Drivers(("user:c", 1m), ("user:a", 1m), ("user:b", 1m)), 0m);

        Assert.Equal([Usd(33.34m), Usd(33.33m), Usd(33.33m)], new[] { "user:a", "user:b", "user:c" }.Select(carrier => shares.ByCarrier[carrier]));
        Assert.Equal(Usd(0m), shares.Unattributed);
        Assert.Equal(Usd(0m), shares.Idle);
    }

    [Fact]
    public void A_tie_goes_to_groups_before_users_and_to_unattributed_last()
    {
        var shares = CostPool.Share(Usd(1.00m), 0m, Drivers(("user:a", 1m), ("group:z", 1m)), 1m);

        Assert.Equal((Usd(0.34m), Usd(0.33m), Usd(0.33m)), (shares.ByCarrier["group:z"], shares.ByCarrier["user:a"], shares.Unattributed));
    }

    [Fact]
    public void Idle_is_taken_first_and_rounded_once()
    {
        var shares = CostPool.Share(Usd(0.99m), 50m, Drivers(("user:a", 1m)), 0m);

        Assert.Equal((Usd(0.50m), Usd(0.49m)), (shares.Idle, shares.ByCarrier["user:a"]));
    }

    [Fact]
    public void A_bill_of_nothing_with_an_idle_share_is_nothing_for_everybody()
    {
        var shares = CostPool.Share(Usd(0m), 52.3m, Drivers(("user:a", 1m)), 0m);
        var unshared = CostPool.Share(Usd(0m), 52.3m, Drivers(("user:a", 0m)), 0m);

        Assert.Equal((Usd(0m), Usd(0m), Usd(0m)), (shares.Idle, shares.Unattributed, shares.ByCarrier["user:a"]));
        Assert.False(decimal.IsNegative(unshared.Unattributed.Value));
    }

    [Fact]
    public void A_driver_of_zero_leaves_everything_unattributed()
    {
        var shares = CostPool.Share(Usd(120m), 25m, Drivers(("user:a", 0m), ("user:b", -3m)), 0m);

        Assert.Equal((Usd(30m), Usd(90m)), (shares.Idle, shares.Unattributed));
        Assert.Equal([Usd(0m), Usd(0m)], shares.ByCarrier.Values);
    }

    [Fact]
    public void A_negative_carrier_counts_as_zero()
    {
        var shares = CostPool.Share(Usd(10m), 0m, Drivers(("user:a", -100m), ("user:b", 1m)), 1m);

        Assert.Equal((Usd(0m), Usd(5m), Usd(5m)), (shares.ByCarrier["user:a"], shares.ByCarrier["user:b"], shares.Unattributed));
    }

    [Fact]
    public void A_bill_below_zero_or_an_idle_share_beyond_the_whole_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => CostPool.Share(Usd(-1m), 0m, Drivers(), 0m));
        Assert.Throws<ArgumentOutOfRangeException>(() => CostPool.Share(Usd(1m), 100.1m, Drivers(), 0m));
        Assert.Throws<ArgumentOutOfRangeException>(() => CostPool.Share(Usd(1m), -0.1m, Drivers(), 0m));
    }

    [Fact]
    public void The_rows_of_a_pool_add_up_to_its_bill() =>
        Gen.Select(Gen.Long[0, 10_000_000], Gen.Int[0, 1000], Gen.Long[-1000, 1_000_000_000_000].Array[0, 60], Gen.Long[-10, 1_000_000_000_000])
            .Sample((cents, idleTenths, drivers, nobody) =>
            {
                var bill = cents / 100m;
                var byCarrier = drivers.Select((driver, i) => ($"{(i % 2 == 0 ? "user" : "group")}:{i}", (decimal)driver)).ToArray();
                var shares = CostPool.Share(Usd(bill), idleTenths / 10m, Drivers(byCarrier), nobody);

                Assert.Equal(Usd(bill), shares.Idle + shares.Unattributed + Amount.Sum(shares.ByCarrier.Values, Dollar));
                Assert.All(shares.ByCarrier.Values.Append(shares.Idle).Append(shares.Unattributed), row =>
                    Assert.True(row.Value >= 0 && row.Value == Math.Round(row.Value, 2)));
                Assert.Equal(drivers.Length, shares.ByCarrier.Count);
            }, iter: 10_000);

    private static Dictionary<string, decimal> Drivers(params (string Carrier, decimal Driver)[] drivers) =>
        drivers.ToDictionary(pair => pair.Carrier, pair => pair.Driver);
}
