using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Community;

namespace OpenMeet.Insights.Tests.Community;

public sealed class ActivityCalendarTests
{
    private static readonly LocalDate First = new(2026, 11, 1);

    private static readonly Gen<(int Person, int Day, int Step)[]> Acts = Gen.Select(Gen.Int[0, 6], Gen.Int[-90, 27], Gen.Int[0, 2]).Array[0, 60];

    private static ActivityCalendar Calendar((int Person, int Day, int Step)[] acts) =>
        ActivityCalendar.Of(acts.Select(a => ("p" + a.Person, First.PlusDays(a.Day), (ActionStep)a.Step)));

    [Fact]
    public void Rolling_counts_are_what_a_plain_count_of_each_day_says() => Gen.Select(Acts, Gen.Int[1, 28]).Sample((acts, n) =>
    {
        var calendar = Calendar(acts);
        var window = new DayWindow(First, First.PlusDays(27));
        foreach (var step in Enum.GetValues<ActionStep>())
        {
            var plain = window.Days.Select(d => acts.Where(a => (ActionStep)a.Step >= step && First.PlusDays(a.Day) <= d && First.PlusDays(a.Day) > d.PlusDays(-n)).Select(a => a.Person).Distinct().Count());
            Assert.Equal(plain, calendar.Rolling(step, n, window));
        }
    }, iter: 2_000);

    [Fact]
    public void Visited_holds_took_part_holds_contributed() => Acts.Sample(acts =>
    {
        var (calendar, window) = (Calendar(acts), new DayWindow(First.PlusDays(-20), First.PlusDays(27)));
        Assert.Subset(calendar.Who(ActionStep.Visited, window).ToHashSet(), calendar.Who(ActionStep.TookPart, window).ToHashSet());
        Assert.Subset(calendar.Who(ActionStep.TookPart, window).ToHashSet(), calendar.Who(ActionStep.Contributed, window).ToHashSet());
        Assert.All(calendar.People, p => Assert.Equal(calendar.Who(ActionStep.TookPart, window).Contains(p), calendar.Did(p, ActionStep.TookPart, window)));
    });

    [Fact]
    public void Active_people_are_new_returning_or_resurrected_for_any_history() => Acts.Sample(acts =>
    {
        var (calendar, window) = (Calendar(acts), DayWindow.Ending(First.PlusDays(27), 28));
        var flow = calendar.Flow(window);
        Assert.Equal(calendar.Who(ActionStep.TookPart, window).Count, flow.New + flow.Returning + flow.Resurrected);
        Assert.Equal(calendar.Who(ActionStep.TookPart, window.Before).Count, flow.Returning + flow.Dormant);
        Assert.Equal(calendar.Rolling(ActionStep.TookPart, 28, new DayWindow(window.To, window.To))[0], flow.Active);
        var days = acts.Where(a => a.Step >= 1).GroupBy(a => a.Person).Select(p => (IReadOnlyCollection<LocalDate>)[.. p.Select(a => First.PlusDays(a.Day))]);
        Assert.Equal(ParticipationFlow.Of(days, window.From, window.To), flow);
    });

    [Fact]
    public void Who_is_left_out_is_in_no_figure() => Gen.Select(Acts, Gen.Int[0, 6]).Sample((acts, person) =>
        Assert.Equal(
            Calendar([.. acts.Where(a => a.Person != person)]).Rolling(ActionStep.TookPart, 7, new DayWindow(First, First.PlusDays(27))),
            Calendar(acts).Without(new HashSet<string> { "p" + person }).Rolling(ActionStep.TookPart, 7, new DayWindow(First, First.PlusDays(27)))));

    [Fact]
    public void Active_in_one_seven_and_28_days_by_hand()
    {
        // On the 28th: Ann that day; Bob on the 22nd, the first of 7; Eve on the 21st, out of them; Dan on 31 October, out of 28.
        var calendar = Sample.Days("ann 28", "bob 22", "eve 21", "dan 0");
        int On(int n) => calendar.Rolling(ActionStep.TookPart, n, new DayWindow(Sample.Day(28), Sample.Day(28)))[0];
        Assert.Equal((1, 2, 3), (On(1), On(7), On(28)));
    }

    [Fact]
    public void Stickiness_is_a_mean_of_daily_ratios_and_counts_what_it_skips()
    {
        // Nobody on 1 and 2 November. Ann on the 3rd alone: 1 of 1. Bob on the 4th too: A1 is 1 of 2, A7 2 of 2.
        var calendar = Sample.Days("ann 3", "bob 4");
        var window = new DayWindow(Sample.Day(1), Sample.Day(4));
        Assert.Equal(new MeanRatio((1m + 0.5m) / 2, 2, 2), calendar.Stickiness(1, window));
        Assert.Equal(new MeanRatio(1m, 2, 2), calendar.Stickiness(7, window));
        Assert.Equal(new MeanRatio(null, 0, 28), Sample.Days().Stickiness(7, DayWindow.Ending(Sample.Day(28), 28)));
        // As the plain definition has it.
        Assert.Equal(Stickiness.Weekly([[Sample.Day(3)], [Sample.Day(4)]], window.From, window.To), calendar.Stickiness(7, window).Value);
    }
}
