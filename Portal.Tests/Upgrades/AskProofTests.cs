using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Upgrades;
using static OpenMeet.Insights.Tests.Upgrades.Scenario;

namespace OpenMeet.Insights.Tests.Upgrades;

/// <summary>An ask is right where what it said came, wrong where it did not, and open while its time runs.</summary>
public sealed class AskProofTests
{
    private static readonly DecisionRecord Ask = UpgradeRule.Decide(Id, Runners);

    private static AskOutcome Judge(int day, decimal level, int today, bool changed = false) =>
        AskProof.OfLimit(Ask, [new DailyValue(Today, 7.84m * GB), new DailyValue(Today.PlusDays(day), level)], Today.PlusDays(today), changed);

    [Theory]
    [InlineData(40, 10.0, 41, false, AskOutcome.Right)]
    [InlineData(45, 10.2, 90, true, AskOutcome.Right)]
    [InlineData(46, 10.2, 90, false, AskOutcome.Wrong)]
    [InlineData(40, 9.9, 45, false, AskOutcome.Open)]
    [InlineData(40, 9.9, 46, false, AskOutcome.Wrong)]
    [InlineData(40, 9.9, 46, true, AskOutcome.Acted)]
    public void An_ask_for_room_is_held_against_the_level(int day, double gigabytes, int today, bool changed, AskOutcome expected) =>
        Assert.Equal(expected, Judge(day, (decimal)gigabytes * GB, today, changed));

    [Fact]
    public void Its_days_are_those_of_the_version_that_asked()
    {
        var patient = UpgradeRule.Decide(Id, Runners with { Rule = new AppliedRule(2, RuleTerms.Standard with { NearDays = 60 }) });
        Assert.Equal(AskOutcome.Right, AskProof.OfLimit(patient, [new DailyValue(Today.PlusDays(55), 10 * GB)], Today.PlusDays(80), false));
        Assert.Equal(AskOutcome.Wrong, AskProof.OfLimit(Ask, [new DailyValue(Today.PlusDays(55), 10 * GB)], Today.PlusDays(80), false));
    }

    [Fact]
    public void An_ask_for_less_money_is_held_against_up_to_three_cycles()
    {
        Assert.Equal(AskOutcome.Open, AskProof.OfSaving([]));
        Assert.Equal(AskOutcome.Right, AskProof.OfSaving([(14m, 3.80m)]));
        Assert.Equal(AskOutcome.Wrong, AskProof.OfSaving([(14m, 3.80m), (14m, 30m), (14m, 14m), (14m, 0m)]));
        Assert.Equal(AskOutcome.Wrong, AskProof.OfSaving([(14m, 14m)]));
    }

    [Theory]
    [InlineData(2026, 11, 23, 5, 2026, 11, 30)]
    [InlineData(2026, 11, 20, 5, 2026, 11, 27)]
    [InlineData(2026, 11, 21, 1, 2026, 11, 23)]
    [InlineData(2026, 11, 22, 0, 2026, 11, 22)]
    public void Working_days_leave_weekends_out(int year, int month, int day, int count, int thenYear, int thenMonth, int thenDay) =>
        Assert.Equal(new LocalDate(thenYear, thenMonth, thenDay), WorkingDays.After(new LocalDate(year, month, day), count));
}
