using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Tests.Attribution;

public sealed class AttributionScheduleTests
{
    private static readonly Instant Day1 = Instant.FromUtc(2025, 11, 1, 0, 0);
    private static readonly Holder Both = new("g", "ann");

    private static readonly Gen<AttributionPolicy> Policies = Gen.OneOf(
        Gen.Const(new AttributionPolicy(AttributionKind.GroupCarries)), Gen.Const(new AttributionPolicy(AttributionKind.UploaderCarries)),
        Gen.Int[0, 1_000_000].Select(p => new AttributionPolicy(AttributionKind.Split, p / 10_000m)));

    private static readonly Gen<Holder> Holders = Gen.Select(Gen.Bool, Gen.Bool, (group, subject) => new Holder(group ? "g" : null, subject ? "ann" : null));

    [Theory]
    [InlineData(AttributionKind.GroupCarries, null, "group:g 100")]
    [InlineData(AttributionKind.UploaderCarries, null, "user:ann 100")]
    [InlineData(AttributionKind.Split, 30, "group:g 30, user:ann 70")]
    public void A_quantity_of_a_user_in_a_group_goes_where_the_policy_says(AttributionKind kind, int? percent, string expected) =>
        Assert.Equal(expected, Told(new AttributionPolicy(kind, percent).Share(Both, Quantity.Of(100))));

    [Theory]
    [InlineData(AttributionKind.GroupCarries, null)]
    [InlineData(AttributionKind.UploaderCarries, null)]
    [InlineData(AttributionKind.Split, 30)]
    public void Where_one_is_missing_the_other_carries_all_and_nobody_where_both_are(AttributionKind kind, int? percent)
    {
        var policy = new AttributionPolicy(kind, percent);
        Assert.Equal("group:g 7", Told(policy.Share(new Holder("g", null), Quantity.Of(7))));
        Assert.Equal("user:ann 7", Told(policy.Share(new Holder(null, "ann"), Quantity.Of(7))));
        Assert.Equal(" 7", Told(policy.Share(new Holder(null, null), Quantity.Of(7))));
    }

    [Fact]
    public void Parts_add_up_to_the_quantity_whatever_the_percentage() =>
        Gen.Select(Policies, Holders, Gen.Long[-1_000_000_000_000, 1_000_000_000_000]).Sample((policy, holder, millionths) =>
        {
            var parts = policy.Share(holder, new Quantity(millionths));
            Assert.Equal(new Quantity(millionths), parts.FirstPart + parts.SecondPart);
        }, iter: 10_000);

    [Fact]
    public void When_a_policy_begins_the_whole_level_passes_and_totals_do_not_move()
    {
        var schedule = new AttributionSchedule([(Instant.MinValue, AttributionPolicy.Default), (Day1, new AttributionPolicy(AttributionKind.UploaderCarries))]);

        var changes = schedule.Spread(Both, Day1 - Duration.FromDays(3), Quantity.Of(5)).Select(c => $"{(c.Time - Day1).Days} {c.Carrier} {c.Delta} {c.ByPolicy}");

        Assert.Equal(["-3 group:g 5 False", "0 group:g -5 True", "0 user:ann 5 True"], changes);
        Assert.Equal(["0 user:ann 5 False"], schedule.Spread(Both, Day1, Quantity.Of(5)).Select(c => $"{(c.Time - Day1).Days} {c.Carrier} {c.Delta} {c.ByPolicy}"));
    }

    [Fact]
    public void At_every_instant_the_levels_of_all_carriers_add_up_to_the_level() =>
        Gen.Select(Policies.Array[1, 4], Holders, Gen.Int[-5, 5], Gen.Long[-1_000_000, 1_000_000]).Sample((policies, holder, day, millionths) =>
        {
            var schedule = new AttributionSchedule(policies.Select((p, i) => (i == 0 ? Instant.MinValue : Day1 + Duration.FromDays(i - 3), p)));
            var changes = schedule.Spread(holder, Day1 + Duration.FromDays(day), new Quantity(millionths)).ToList();
            for (var at = -6; at <= 6; at++)
            {
                var level = changes.Where(c => c.Time <= Day1 + Duration.FromDays(at)).Aggregate(Quantity.Zero, (sum, c) => sum + c.Delta);
                Assert.Equal(at >= day ? new Quantity(millionths) : Quantity.Zero, level);
            }
        }, iter: 10_000);

    [Fact]
    public void A_percentage_that_is_no_part_of_a_whole_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttributionPolicy(AttributionKind.Split, 100.1m));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttributionPolicy(AttributionKind.Split));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttributionPolicy(AttributionKind.GroupCarries, 10m));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AttributionPolicy(AttributionKind.Split, 33.33333m));
    }

    private static string Told(CarriedParts parts) =>
        $"{parts.First} {parts.FirstPart}{(parts.Second is { } second ? $", {second} {parts.SecondPart}" : "")}";
}
