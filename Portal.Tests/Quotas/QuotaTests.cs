using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Tests.Quotas;

public sealed class QuotaTests
{
    private const decimal GB = 1_000_000_000m;

    [Theory]
    [InlineData(74.9, null, QuotaState.Ok)]
    [InlineData(75, null, QuotaState.Watch)]
    [InlineData(10, 46, QuotaState.Ok)]
    [InlineData(10, 45, QuotaState.Watch)]
    [InlineData(10, 15, QuotaState.Watch)]
    [InlineData(10, 14, QuotaState.Act)]
    [InlineData(89.9, null, QuotaState.Watch)]
    [InlineData(90, null, QuotaState.Act)]
    [InlineData(99.9, 400, QuotaState.Act)]
    public void Below_the_limit_the_state_follows_share_and_forecast(double used, int? days, QuotaState expected)
    {
        Assert.Equal(expected, QuotaStanding.StateOf((decimal)used, 0, 100, LimitKind.Hard, days));
        Assert.Equal(expected, QuotaStanding.StateOf((decimal)used, 0, 100, LimitKind.Soft, days));
    }

    [Theory]
    [InlineData(100, LimitKind.Hard, QuotaState.Blocked)]
    [InlineData(101, LimitKind.Hard, QuotaState.Blocked)]
    [InlineData(100, LimitKind.Soft, QuotaState.Over)]
    public void At_the_limit_a_hard_one_blocks_and_a_soft_one_is_over(int used, LimitKind kind, QuotaState expected)
    {
        Assert.Equal(expected, QuotaStanding.StateOf(used, 0, 100, kind, null));
    }

    [Fact]
    public void Without_a_limit_there_is_no_state_whatever_is_used()
    {
        Assert.Equal(QuotaState.None, QuotaStanding.StateOf(1_000_000, 5, null, LimitKind.Hard, 1));
    }

    [Fact]
    public void What_is_reserved_counts_as_used()
    {
        Assert.Equal(QuotaState.Watch, QuotaStanding.StateOf(70, 5, 100, LimitKind.Hard, null));
        Assert.Equal(QuotaState.Blocked, QuotaStanding.StateOf(70, 30, 100, LimitKind.Hard, null));
    }

    [Fact]
    public void A_limit_of_zero_is_reached_at_once()
    {
        Assert.Equal(QuotaState.Blocked, QuotaStanding.StateOf(0, 0, 0, LimitKind.Hard, null));
    }

    private static readonly OverrideLimit Override = new(20 * GB, LimitKind.Hard, "festival", Instant.FromUtc(2027, 1, 31, 0, 0));
    private static readonly PlanLimit OfPlan = new("Club", 3, 10 * GB, LimitKind.Hard);
    private static readonly DefaultLimit Default = new(5 * GB, LimitKind.Soft);

    [Fact]
    public void An_override_wins_over_the_plan_and_the_whole_chain_is_told()
    {
        var limit = EffectiveLimit.Resolve(Override, OfPlan, Default);

        Assert.Equal(20 * GB, limit.Limit);
        Assert.Equal(["override", "plan", "tenantDefault", "unlimited"], limit.Chain.Select(l => l.Source));
        Assert.Equal([true, false, false, false], limit.Chain.Select(l => l.Applies));
        Assert.Equal("override until 2027-01-31T00:00:00Z: festival", limit.Chain[0].Description);
        Assert.Equal(10 * GB, limit.Chain[1].Limit);
    }

    [Fact]
    public void Without_an_override_the_plan_counts()
    {
        Assert.Equal(10 * GB, EffectiveLimit.Resolve(null, OfPlan, Default).Limit);
    }

    [Fact]
    public void A_plan_that_limits_nothing_leaves_it_to_the_tenant()
    {
        var limit = EffectiveLimit.Resolve(null, OfPlan with { Limit = null }, Default);

        Assert.Equal(5 * GB, limit.Limit);
        Assert.Equal(LimitKind.Soft, limit.Kind);
        Assert.Equal("Club v3 sets no limit", limit.Chain[1].Description);
    }

    [Fact]
    public void With_nothing_set_it_is_unlimited()
    {
        var limit = EffectiveLimit.Resolve(null, null, null);

        Assert.Null(limit.Limit);
        Assert.True(limit.Chain[^1].Applies);
        Assert.True(QuotaAnswer.Ask(limit, 1_000 * GB, 0, 1_000 * GB, null).Allowed);
    }

    [Theory]
    [InlineData(8, 1, 1, true)]
    [InlineData(8, 1, 2, false)]
    [InlineData(10, 0, 1, false)]
    public void A_hard_limit_denies_what_would_pass_it(int used, int reserved, int amount, bool allowed)
    {
        var answer = QuotaAnswer.Ask(EffectiveLimit.Resolve(null, OfPlan with { Limit = 10 }, null), used, reserved, amount, null);

        Assert.Equal(allowed, answer.Allowed);
        Assert.Equal(10 - used - reserved, answer.Remaining);
    }

    [Fact]
    public void A_soft_limit_never_denies()
    {
        var answer = QuotaAnswer.Ask(EffectiveLimit.Resolve(null, null, Default), 6 * GB, 0, 1 * GB, null, "bytes");

        Assert.True(answer.Allowed);
        Assert.Equal(QuotaState.Over, answer.State);
        Assert.Equal(-1 * GB, answer.Remaining);
        Assert.Equal("Allowed: 6 GB of 5 GB used; 1 GB more would be 2 GB over a limit that does not stop.", answer.Reason);
    }

    [Fact]
    public void The_reason_says_the_numbers()
    {
        var limit = EffectiveLimit.Resolve(null, OfPlan, null);

        Assert.Equal(
            "Allowed: 7.84 GB of 10 GB used and 500 MB reserved; 1.16 GB would remain after 500 MB more.",
            QuotaAnswer.Ask(limit, 7.84m * GB, 0.5m * GB, 0.5m * GB, 40, "bytes").Reason);
        Assert.Equal(
            "Denied: 9.5 GB of 10 GB used; 1 GB more would pass the limit by 500 MB.",
            QuotaAnswer.Ask(limit, 9.5m * GB, 0, 1 * GB, 4, "bytes").Reason);
        Assert.Equal(
            "Denied: 10 GB of 10 GB used; nothing remains for 1 GB more.",
            QuotaAnswer.Ask(limit, 10 * GB, 0, 1 * GB, 4, "bytes").Reason);
    }

    [Fact]
    public void Where_two_limits_hold_the_tighter_one_answers()
    {
        var account = QuotaAnswer.Ask(EffectiveLimit.Resolve(null, OfPlan with { Limit = 100 }, null), 10, 0, 20, null);
        var ceiling = QuotaAnswer.Ask(EffectiveLimit.Resolve(Override with { Limit = 15 }, null, null), 10, 0, 20, null);

        Assert.False(QuotaAnswer.Both(account, ceiling).Allowed);
        Assert.Equal(15, QuotaAnswer.Both(account, ceiling).Limit);
        Assert.Equal(15, QuotaAnswer.Both(ceiling, account).Limit);
    }

    [Fact]
    public void Whatever_a_hard_limit_grants_never_passes_it()
    {
        Gen.Select(Gen.Int[0, 100], Gen.Int[1, 30].Array[1, 40]).Sample((most, amounts) =>
        {
            var limit = EffectiveLimit.Resolve(null, OfPlan with { Limit = most }, null);
            var reserved = 0m;
            foreach (var amount in amounts)
            {
                reserved += QuotaAnswer.Ask(limit, 0, reserved, amount, null).Allowed ? amount : 0;
            }
            Assert.True(reserved <= most);
        }, iter: 300);
    }

    [Theory]
    [InlineData(7_840_000_000, "bytes", "7.84 GB")]
    [InlineData(999_600_000, "bytes", "1 GB")]
    [InlineData(54_000_000, "bytes", "54 MB")]
    [InlineData(1_499, "bytes", "1 kB")]
    [InlineData(0, "bytes", "0 bytes")]
    [InlineData(-1_200_000_000, "bytes", "-1.2 GB")]
    [InlineData(2310, "emails", "2,310 emails")]
    [InlineData(3, "", "3")]
    public void Quantities_are_legible(long quantity, string unit, string expected)
    {
        Assert.Equal(expected, QuantityText.Of(quantity, unit));
    }
}
