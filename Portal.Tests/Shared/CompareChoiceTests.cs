using System.Globalization;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Tests.Shared;

public sealed class CompareChoiceTests
{
    private static readonly DateOnly Today = new(2026, 11, 25);

    [Theory]
    // Of a running month as many days as are over, five weeks before: 25 days, the same weekdays.
    [InlineData(null, "2026-11-01", "2026-11-30", "2026-10-04", "2026-10-28")]
    [InlineData(null, "2026-10-01", "2026-10-31", "2026-08-27", "2026-09-26")]
    [InlineData(null, "2026-11-19", "2026-11-25", "2026-11-12", "2026-11-18")]
    [InlineData("previous", "2026-11-19", "2026-11-25", "2026-11-12", "2026-11-18")]
    [InlineData("previous", "2026-10-01", "2026-10-31", "2026-08-31", "2026-09-30")]
    [InlineData("year", "2026-10-01", "2026-10-31", "2025-10-01", "2025-10-31")]
    [InlineData("2026-01-05..2026-01-09", "2026-10-01", "2026-10-31", "2026-01-05", "2026-01-09")]
    [InlineData("2026-01-05..2026-12-09", "2026-10-01", "2026-10-03", "2026-01-05", "2026-01-07")]
    public void It_names_first_and_last_day(string? compare, string from, string to, string first, string last) =>
        Assert.Equal((Day(first), Day(last)), CompareChoice.Parse(compare).Resolve(Day(from), Day(to), Today));

    [Fact]
    public void The_default_never_overlaps_and_keeps_weekdays()
    {
        for (var days = 1; days < 400; days++)
        {
            var (from, to) = CompareChoice.Weekdays.Resolve(Today.AddDays(1 - days), Today, Today)!.Value;
            Assert.True(to < Today.AddDays(1 - days));
            Assert.Equal((days, Today.DayOfWeek), (to.DayNumber - from.DayNumber + 1, to.DayOfWeek));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("last week")]
    [InlineData("2026-01-05..")]
    [InlineData("2026-01-05..x")]
    public void What_cannot_be_read_is_the_default(string? compare) => Assert.Equal(CompareChoice.Weekdays, CompareChoice.Parse(compare));

    [Fact]
    public void A_link_says_it_again()
    {
        foreach (var choice in (CompareChoice[])[.. CompareChoice.Named, CompareChoice.Between(Day("2026-02-09"), Day("2026-02-01"))]) Assert.Equal(choice, CompareChoice.Parse(choice.Key));
        Assert.Null(CompareChoice.None.Resolve(Day("2026-10-01"), Day("2026-10-31"), Today));
        Assert.Null(CompareChoice.Weekdays.Resolve(Today.AddDays(1), Today.AddDays(9), Today));
    }

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);
}
