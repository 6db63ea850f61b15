using Bunit;
using NodaTime;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Portal.Controls;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Controls;

public sealed class BudgetQuestionTests : PortalComponentTest
{
    private static readonly Instant Now = Instant.FromUtc(2026, 11, 23, 14, 0);

    private static BudgetStanding Budget(BudgetAction action, BudgetAnswer? answer = null, string? by = null) => new(
        12, AlertMoney.Cost, new Amount(50, new Currency("USD")), action, new Amount(51.2m, new Currency("USD")), Now - Duration.FromMinutes(4), answer, by);

    private IRenderedComponent<BudgetQuestion> Ask(BudgetStanding budget, Action<BudgetAnswer>? said = null) =>
        Render<BudgetQuestion>(p => p.Add(q => q.Budget, budget).Add(q => q.Until, new LocalDate(2026, 11, 30)).Add(q => q.Now, Now).Add(q => q.OnAnswer, said ?? (_ => { })));

    [Fact]
    public void It_asks_once_with_the_figures_their_age_and_two_equal_answers()
    {
        BudgetAnswer? answer = null;
        var page = Ask(Budget(BudgetAction.Ask), said => answer = said);

        Assert.Contains("A budget is used up: shall new uploads pause?", page.Markup, StringComparison.Ordinal);
        Assert.Contains("51.20 USD of the budget of 50.00 USD a month (cost), measured 4 minutes ago. Uploads go on until you answer.", page.Find("p").TextContent, StringComparison.Ordinal);
        var buttons = page.FindAll("button");
        Assert.Equal(["Let uploads go on until 30 Nov", "Pause new uploads until 30 Nov"], buttons.Select(b => b.TextContent));
        Assert.All(buttons, b => Assert.Equal("btn", b.ClassName));
        buttons[1].Click();
        Assert.Equal(BudgetAnswer.Pause, answer);
    }

    [Fact]
    public void A_pause_says_what_goes_on_and_can_be_lifted()
    {
        BudgetAnswer? answer = null;
        var page = Ask(Budget(BudgetAction.Pause), said => answer = said);

        Assert.Contains("New uploads are paused", page.Find("h3").TextContent, StringComparison.Ordinal);
        Assert.Contains("Reading, exporting, deleting and cancelling go on", page.Markup, StringComparison.Ordinal);
        Assert.True(page.FindAll("button")[1].HasAttribute("disabled"));
        page.FindAll("button")[0].Click();
        Assert.Equal(BudgetAnswer.GoOn, answer);
    }

    [Fact]
    public void Who_let_uploads_go_on_is_said()
    {
        Assert.Contains("olga@example.org let uploads go on until 30 Nov.", Ask(Budget(BudgetAction.Pause, BudgetAnswer.GoOn, "olga@example.org")).Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void How_late_a_pause_may_come_is_said_and_never_called_hard()
    {
        Assert.Equal("Checked every 5 minutes, not at each upload; it may be exceeded by up to 0.01 USD between two checks, at the pace of the dearest day of the last three months. A pause stops new uploads only: what is stored already goes on costing.", BudgetWords.Latency(2.88m, "USD"));
        Assert.Contains("is not known", BudgetWords.Latency(null, "USD"), StringComparison.Ordinal);
        Assert.DoesNotContain("hard", BudgetWords.Latency(1m, "USD"), StringComparison.OrdinalIgnoreCase);
    }
}
