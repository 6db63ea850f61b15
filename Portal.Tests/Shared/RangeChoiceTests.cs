using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Tests.Shared;

public sealed class RangeChoiceTests
{
    private static readonly DateOnly Today = new(2026, 11, 23);

    [Theory]
    [InlineData("this", "2026-11-01", "2026-11-30")]
    [InlineData("last", "2026-10-01", "2026-10-31")]
    [InlineData("7d", "2026-11-17", "2026-11-23")]
    [InlineData("28d", "2026-10-27", "2026-11-23")]
    [InlineData("91d", "2026-08-25", "2026-11-23")]
    [InlineData("12m", "2025-12-01", "2026-11-30")]
    [InlineData("2026-02", "2026-02-01", "2026-02-28")]
    public void Resolve_names_first_and_last_day(string p, string from, string to) =>
        Assert.Equal((Day(from), Day(to)), RangeChoice.Parse(p).Resolve(Today));

    [Theory]
    [InlineData(null, null, null)]
    [InlineData("yesterday", null, null)]
    [InlineData("2026-13", null, null)]
    [InlineData(null, "2026-01-01", null)]
    [InlineData(null, "x", "y")]
    [InlineData("9999-12", null, null)]
    public void What_cannot_be_read_is_this_cycle(string? p, string? from, string? to) => Assert.Equal(RangeChoice.This, RangeChoice.Parse(p, from, to));

    [Fact]
    public void Own_dates_may_come_in_any_order() =>
        Assert.Equal(RangeChoice.Between(Day("2026-01-01"), Day("2026-01-09")), RangeChoice.Parse(null, "2026-01-09", "2026-01-01"));

    [Fact]
    public void Months_are_stepped_whole()
    {
        Assert.Equal(RangeChoice.Last, RangeChoice.This.Previous(Today));
        Assert.Equal(RangeChoice.Parse("2026-09"), RangeChoice.Last.Previous(Today));
        Assert.Equal(RangeChoice.Last, RangeChoice.Parse("2026-09").Next(Today));
        Assert.Equal(RangeChoice.This, RangeChoice.Last.Next(Today));
        Assert.Null(RangeChoice.This.Next(Today));
    }

    [Fact]
    public void Days_are_stepped_by_their_own_number()
    {
        Assert.Equal(RangeChoice.Between(Day("2026-11-10"), Day("2026-11-16")), RangeChoice.Parse("7d").Previous(Today));
        Assert.Null(RangeChoice.Parse("7d").Next(Today));
        Assert.Equal(RangeChoice.Between(Day("2024-12-01"), Day("2025-11-30")), RangeChoice.Parse("12m").Previous(Today));
    }

    [Fact]
    public void The_label_says_the_days_of_a_relative_choice()
    {
        Assert.Equal("This cycle, 1–30 Nov", RangeChoice.This.Label(Today));
        Assert.Equal("September 2026", RangeChoice.Parse("2026-09").Label(Today));
        Assert.Equal("12 months, 1 Dec 2025 – 30 Nov 2026", RangeChoice.Parse("12m").Label(Today));
    }

    private static DateOnly Day(string text) => DateOnly.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void Of_two_hundred_years_the_last_five_are_shown() =>
        Assert.Equal((new DateOnly(2194, 12, 31), new DateOnly(2199, 12, 31)), RangeChoice.Parse(null, "2000-01-01", "2199-12-31").Resolve(new DateOnly(2026, 11, 26)));
}
