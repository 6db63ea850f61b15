using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Tests.Controls;

public sealed class BudgetStandingTests
{
    private static readonly Currency Usd = new("USD");
    private static readonly Instant Now = Instant.FromUtc(2025, 11, 20, 12, 0);

    private static BudgetStanding Budget(BudgetAction action, decimal? cost, BudgetAnswer? answer = null) =>
        new(12, AlertMoney.Cost, new Amount(50, Usd), action, cost is { } c ? new Amount(c, Usd) : null, cost is null ? null : Now - Duration.FromMinutes(4), answer, answer is null ? null : "olga");

    [Theory]
    [InlineData(BudgetAction.Pause, 49.999, null, BudgetState.Within)]
    [InlineData(BudgetAction.Pause, 50, null, BudgetState.Paused)]
    [InlineData(BudgetAction.Pause, 51, BudgetAnswer.GoOn, BudgetState.Approved)]
    [InlineData(BudgetAction.Pause, 51, BudgetAnswer.Pause, BudgetState.Paused)]
    [InlineData(BudgetAction.Ask, 51, null, BudgetState.Asked)]
    [InlineData(BudgetAction.Ask, 51, BudgetAnswer.GoOn, BudgetState.Approved)]
    [InlineData(BudgetAction.Ask, 51, BudgetAnswer.Pause, BudgetState.Paused)]
    [InlineData(BudgetAction.Ask, 49, BudgetAnswer.Pause, BudgetState.Within)]
    [InlineData(BudgetAction.Notify, 51, null, BudgetState.Told)]
    [InlineData(BudgetAction.Notify, 51, BudgetAnswer.Pause, BudgetState.Told)]
    public void It_pauses_at_its_amount_where_it_was_told_to_and_asks_until_it_is_answered(BudgetAction action, double cost, BudgetAnswer? answer, BudgetState state)
    {
        Assert.Equal(state, Budget(action, (decimal)cost, answer).State);
    }

    [Fact]
    public void What_is_not_known_pauses_nothing()
    {
        Assert.Equal(BudgetState.Unknown, Budget(BudgetAction.Pause, null).State);
        Assert.False(Budget(BudgetAction.Pause, null).IsReached);
    }

    [Fact]
    public void A_refusal_names_budget_amount_cost_and_age_and_keeps_the_figures_of_the_quota()
    {
        var limit = EffectiveLimit.Resolve(new OverrideLimit(100, LimitKind.Hard, "r", null), null, null);
        var asked = QuotaAnswer.Ask(limit, 40, 5, 10, null, "bytes");
        var refused = Budget(BudgetAction.Pause, 51.2m).Refuse(asked, Now, new LocalDate(2025, 12, 1));

        Assert.True(asked.Allowed);
        Assert.Equal(asked with { Allowed = false, State = QuotaState.Blocked, Reason = refused.Reason }, refused);
        Assert.Equal("Denied: new uploads are paused by the budget of 50.00 USD a month (cost): 51.20 USD so far, measured 4 minutes ago; until 2025-12-01. Reading, exporting, deleting and cancelling go on.", refused.Reason);
        var chain = Budget(BudgetAction.Pause, 51.2m).LimitsOver(limit.Chain);
        Assert.Equal((BudgetStanding.Source, 5), (Assert.Single(chain, l => l.Applies).Source, chain.Count));
    }

    [Theory]
    [InlineData(20, "less than a minute ago")]
    [InlineData(65, "a minute ago")]
    [InlineData(60 * 119, "119 minutes ago")]
    [InlineData(60 * 60 * 5, "5 hours ago")]
    public void The_age_of_a_measurement_is_said(int seconds, string age)
    {
        Assert.Equal(age, Budget(BudgetAction.Pause, 1).Age(Now - Duration.FromMinutes(4) + Duration.FromSeconds(seconds)));
    }

    private static readonly Gen<decimal[]> Costs = Gen.Int[0, 500].Select(c => c / 100m).Array[40, 100];

    private static (LocalDate, decimal?)[] Days(IEnumerable<decimal> costs) => [.. costs.Select((c, i) => (new LocalDate(2025, 8, 20).PlusDays(i), (decimal?)c))];

    [Fact]
    public void A_month_is_reached_on_the_first_day_by_which_its_own_days_come_to_the_amount()
    {
        Gen.Select(Costs, Gen.Int[1, 10_000].Select(a => a / 100m)).Sample((costs, amount) =>
        {
            var days = Days(costs);
            foreach (var month in BudgetReplay.Of(days, amount))
            {
                decimal Until(LocalDate last) => days.Where(d => d.Item1 >= month.Month && d.Item1 <= last).Sum(d => d.Item2 ?? 0);
                var end = month.Month.PlusMonths(1).PlusDays(-1);
                if (month.Reached is { } day ? Until(day) < amount || (day > month.Month && Until(day.PlusDays(-1)) >= amount) : Until(end) >= amount) return false;
            }
            return true;
        });
    }

    [Fact]
    public void A_larger_budget_is_never_reached_sooner_and_more_cost_never_later()
    {
        Gen.Select(Costs, Gen.Int[1, 5_000].Select(a => a / 100m), Gen.Int[0, 39]).Sample((costs, amount, more) =>
        {
            var now = BudgetReplay.Of(Days(costs), amount);
            var larger = BudgetReplay.Of(Days(costs), amount + 1);
            var dearer = BudgetReplay.Of(Days(costs.Select((c, i) => i == more ? c + 3 : c)), amount);
            return now.Zip(larger).All(p => (p.Second.Reached ?? LocalDate.MaxIsoValue) >= (p.First.Reached ?? LocalDate.MaxIsoValue))
                && now.Zip(dearer).All(p => (p.Second.Reached ?? LocalDate.MaxIsoValue) <= (p.First.Reached ?? LocalDate.MaxIsoValue));
        });
    }

    [Fact]
    public void The_preview_says_when_it_would_have_paused_and_what_is_not_known()
    {
        static BudgetReplay Replay(BudgetAction action, params BudgetMonth[] months) => new(12, "budget", action, months, 1m, "USD");
        var (august, september, october) = (new LocalDate(2025, 8, 1), new LocalDate(2025, 9, 1), new LocalDate(2025, 10, 1));

        Assert.Equal("would have paused on 17 Oct in the last three months", Replay(BudgetAction.Pause, new(august, null), new(september, null), new(october, new LocalDate(2025, 10, 17))).Sentence);
        Assert.Equal("would have asked on 3 Aug and 17 Oct in the last three months (1 of 3 months are not known)", Replay(BudgetAction.Ask, new(august, new LocalDate(2025, 8, 3)), new(september, null, false), new(october, new LocalDate(2025, 10, 17))).Sentence);
        Assert.Equal("would not have told in the last three months", Replay(BudgetAction.Notify, new BudgetMonth(october, null)).Sentence);
        Assert.StartsWith("what it would have meant is not known", Replay(BudgetAction.Pause, new BudgetMonth(october, null, false)).Sentence, StringComparison.Ordinal);
        Assert.StartsWith("what it would have meant is not known", Replay(BudgetAction.Pause).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Whether_two_policies_say_the_same_of_budgets_does_not_hang_on_what_is_left_out()
    {
        var pause = GroupPolicy.Empty with { Budgets = new Dictionary<long, BudgetAction> { [12] = BudgetAction.Pause } };

        Assert.True(GroupPolicy.Empty.HasBudgetsOf(GroupPolicy.Empty with { Budgets = new Dictionary<long, BudgetAction> { [12] = BudgetAction.Notify } }));
        Assert.True(pause.HasBudgetsOf(pause with { Default = new MemberCap(1) }));
        Assert.False(pause.HasBudgetsOf(GroupPolicy.Empty));
        Assert.False(GroupPolicy.Empty.HasBudgetsOf(pause));
    }
}
