using NodaTime;
using OpenMeet.Insights.Portal.Shared.Charts;

namespace OpenMeet.Insights.Tests.Shared;

public sealed class ChartSpanTests
{
    private static readonly LocalDate Wednesday = new(2025, 12, 3);

    private static List<LocalDate> Days(int count) => [.. Enumerable.Range(0, count).Select(Wednesday.PlusDays)];

    [Fact]
    public void A_hundred_days_have_a_bar_each()
    {
        var spans = ChartSpan.Of(Days(100));
        Assert.Equal(100, spans.Count);
        Assert.Equal(("3 Dec 2025", "12 Mar 2026"), (spans[0].Label, spans[^1].Label));
        Assert.Empty(ChartSpan.Of([]));
    }

    [Fact]
    public void More_are_weeks_from_Monday_of_which_the_first_and_the_last_may_be_short()
    {
        var spans = ChartSpan.Of(Days(365));
        Assert.Equal(365, spans.Sum(s => s.Count));
        Assert.All(spans.Skip(1), s => Assert.Equal(IsoDayOfWeek.Monday, s.From.DayOfWeek));
        Assert.Equal((5, 7, 3), (spans[0].Count, spans[1].Count, spans[^1].Count));
        Assert.Equal(["3–7 Dec 2025", "8–14 Dec 2025"], spans.Take(2).Select(s => s.Label));
        Assert.Equal((new DateOnly(2025, 12, 8), new DateOnly(2025, 12, 14)), (spans[1].Range.From, spans[1].Range.To));
    }

    [Fact]
    public void A_weeks_sum_is_of_what_is_known_and_unknown_where_nothing_is()
    {
        var days = Days(101);
        var values = days.Select((_, i) => i < 5 ? (decimal?)null : i == 6 ? null : 1m).ToList();
        var sums = ChartSpan.Of(days).Select(s => s.Sum(values, v => v)).ToList();
        Assert.Equal([null, 6m, 7m], sums.Take(3));
        Assert.Equal(values.Sum(), sums.Sum());
        // What is held against them may have fewer days.
        Assert.Null(ChartSpan.Of(days)[^1].Sum(values[..50], v => v));
    }
}
