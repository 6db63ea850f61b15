using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Community;

namespace OpenMeet.Insights.Tests.Community;

public sealed class ParticipationTests
{
    private static readonly LocalDate From = new(2026, 11, 1);
    private static readonly LocalDate To = new(2026, 11, 28);

    private static LocalDate[] Days(params int[] offsets) => [.. offsets.Select(o => From.PlusDays(o))];

    [Fact]
    public void People_are_new_returning_resurrected_or_dormant()
    {
        var flow = ParticipationFlow.Of([Days(3), Days(-5, 4), Days(-60, 9), Days(-28), Days(-29)], From, To);
        Assert.Equal(new ParticipationFlow(New: 1, Returning: 1, Resurrected: 1, Dormant: 1), flow);
        Assert.Equal(3, flow.Active);
        Assert.Equal(2, flow.ActiveBefore);
    }

    [Fact]
    public void Active_and_active_before_add_up_for_any_history() =>
        Gen.Int[-90, 27].Array[0, 8].Array[0, 30].Sample(people =>
        {
            var days = people.Select(p => (IReadOnlyCollection<LocalDate>)Days(p)).ToList();
            var flow = ParticipationFlow.Of(days, From, To);
            Assert.Equal(people.Count(p => p.Any(d => d >= 0)), flow.Active);
            Assert.Equal(people.Count(p => p.Any(d => d is < 0 and >= -28)), flow.ActiveBefore);
            Assert.Equal(flow.Active, flow.New + flow.Returning + flow.Resurrected);
            Assert.Equal(flow.ActiveBefore, flow.Returning + flow.Dormant);
        }, iter: 10_000);

    [Fact]
    public void Stickiness_is_the_mean_of_daily_ratios()
    {
        // One comes daily, the other once, on the first day: 7 days at 2 of 2, then 1 of 2.
        IReadOnlyCollection<LocalDate>[] people = [Days([.. Enumerable.Range(0, 14)]), Days(0)];
        Assert.Equal((7m + 3.5m) / 14, Stickiness.Weekly(people, From, From.PlusDays(13)));
        Assert.Null(Stickiness.Weekly([], From, To));
    }
}
