using Bunit;
using NodaTime;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Controls;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Controls;

public sealed class ControlsViewTests : PortalComponentTest
{
    private static readonly Instant Now = Instant.FromUtc(2026, 11, 23, 14, 0);
    private static readonly Tenant Tenant = new() { Id = 1, Key = "t", Name = "Tenant", Terms = [new TenantTerms(null, "USD", "UTC", "group-carries", null)] };
    private static readonly PolicyEffect Effect = new(340, 12, 0, new LocalDate(2026, 10, 27), new LocalDate(2026, 11, 23));

    private static StoredGroupPolicy Version(string policy, Instant startsAt, Instant? endedAt = null, bool undone = false) => new()
    {
        Id = 7,
        TenantId = 1,
        GroupKey = "chess",
        Policy = policy,
        Reason = "Storage fills up",
        CreatedBy = "olga@example.org",
        StartsAt = startsAt,
        EndedAt = endedAt,
        Undone = undone,
    };

    private const string Caps = """{"default":{"perFile":25000000,"perDay":200000000},"roles":{"admin":{}},"members":{"bob":{"perMonth":1000000000}},"rights":{"createEvents":"moderator"}}""";

    private static ControlsModel Model(PolicyEffect? effect, params StoredGroupPolicy[] versions) =>
        new(Tenant, new GroupControls("chess", "Chess", DateTimeZone.Utc, [("bob", "Bob Bell", "member"), ("gus", "Gus", "guest")], versions), effect, Now);

    [Fact]
    public void Without_a_policy_it_says_that_nobody_is_capped_and_offers_no_undo()
    {
        var page = Render<ControlsView>(p => p.Add(v => v.Model, Model(null)));

        Assert.Equal("The group asks nothing of its members beyond the limits of its plan.", page.Find(".say").TextContent.Trim());
        Assert.Contains("No member is capped", page.Markup, StringComparison.Ordinal);
        Assert.Contains("reading, exporting, deleting and cancelling are never blocked", page.Markup, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("button"));
        Assert.Equal("", Render<ControlsHistory>(p => p.Add(v => v.Controls, Model(null).Controls)).Markup.Trim());
    }

    [Fact]
    public void Caps_are_shown_from_the_default_to_the_member_with_their_effect()
    {
        var page = Render<ControlsView>(p => p.Add(v => v.Model, Model(Effect, Version(Caps, Now - Duration.FromHours(1)))));

        Assert.Equal("A member may upload at most 25 MB a file, 200 MB a day; 1 role and 1 member have their own.", page.Find(".say").TextContent.Trim());
        Assert.Equal(["Everybody", "Admin", "Bob Bell"], page.FindAll("tbody th").Select(t => t.FirstChild!.TextContent.Trim()));
        Assert.Equal(["25 MB", "200 MB", "no cap"], page.FindAll("tbody tr")[0].QuerySelectorAll("td").Select(t => t.TextContent.Trim()));
        Assert.Equal(["no cap", "no cap", "1 GB"], page.FindAll("tbody tr")[2].QuerySelectorAll("td").Select(t => t.TextContent.Trim()));
        Assert.Contains("12 of 340 members would have met this cap in the last 28 days.", page.Find(".note").TextContent, StringComparison.Ordinal);
        Assert.Contains("moderators, admins and the owner", page.Find("dl.kv").TextContent, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("button"));
    }

    [Theory]
    [InlineData(BudgetAction.Pause, "New uploads are paused until 30 Nov: a budget is used up.")]
    [InlineData(BudgetAction.Ask, "A budget is used up: shall new uploads pause?")]
    [InlineData(BudgetAction.Notify, "The group asks nothing of its members beyond the limits of its plan.")]
    public void What_a_budget_stops_or_asks_is_the_pages_first_sentence(BudgetAction action, string sentence)
    {
        var (model, usd) = (Model(null), new Domain.Money.Currency("USD"));
        var budget = new BudgetStanding(12, Domain.Alerts.AlertMoney.Cost, new Domain.Money.Amount(50, usd), action, new Domain.Money.Amount(51, usd), Now);
        var page = Render<ControlsView>(p => p.Add(v => v.Model, model with { Controls = model.Controls with { Budgets = [budget] } }));

        Assert.Equal(sentence, page.Find(".say").TextContent.Trim());
        Assert.Equal(action != BudgetAction.Notify, page.FindAll("#budget-12").Count == 1);
    }

    [Fact]
    public void For_ten_minutes_it_can_be_taken_back()
    {
        StoredGroupPolicy? undone = null;
        var page = Render<ControlsView>(p => p.Add(v => v.Model, Model(Effect, Version(Caps, Now - Duration.FromMinutes(9)))).Add(v => v.OnUndo, v => undone = v));
        page.Find("button").Click();

        Assert.Equal(7, undone?.Id);
        Assert.Empty(Render<ControlsView>(p => p.Add(v => v.Model, Model(Effect, Version(Caps, Now - Duration.FromMinutes(11))))).FindAll("button"));
    }

    [Fact]
    public void Every_version_says_who_why_from_when_and_until_when()
    {
        var old = Version(Caps, Now - Duration.FromDays(2), Now - Duration.FromDays(1), undone: true);
        var rows = Render<ControlsHistory>(p => p.Add(v => v.Controls, Model(Effect, Version(Caps, Now), old).Controls)).FindAll("tbody tr");

        Assert.Equal(2, rows.Count);
        foreach (var text in new[] { "25 MB a file, 200 MB a day", "2 own caps and rights", "Storage fills up", "olga@example.org", "in force" }) Assert.Contains(text, rows[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("taken back", rows[1].TextContent, StringComparison.Ordinal);
    }
}
