using Bunit;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Costs;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Costs;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Costs;

public sealed class AccountCostsViewTests : PortalComponentTest
{
    private static readonly Currency Dollar = new("USD");
    private static readonly BillingPeriod October = new(2026, 10, DateTimeZone.Utc);
    private static readonly DateOnly Today = new(2026, 11, 23);
    private static readonly Meter[] Meters = [DefaultMeters.All[0], DefaultMeters.All[3]];

    private static readonly DailyCosts Daily = new(Dollar, Meters,
        [new(new LocalDate(2026, 11, 22), [Usd(0.10m), Usd(0.30m)]), new(new LocalDate(2026, 11, 23), [Usd(0.10m), null]), new(new LocalDate(2026, 11, 24), [Usd(0.40m), null])]);

    private IRenderedComponent<AccountCostsView> Show(bool isGroup, int? active, params PoolLine[] pools) => Show(isGroup, active, null, pools);

    private IRenderedComponent<AccountCostsView> Show(bool isGroup, int? active, CostsBefore? before, params PoolLine[] pools) => Render<AccountCostsView>(p => p.Add(v => v.Model, new AccountCostsModel(
        isGroup, "chess", new ViewedRange(RangeChoice.Last, Today, October.Range, October),
        new AccountCosts("group:chess", "Chess", null, October.Range, Dollar, [CostLine.Of("messages", 10m, "messages", Usd(0.6m))], pools, new Reconciliation(Sum(pools), Sum(pools), Usd(0m), Usd(0m))),
        null, [new MonthCost(October, null, Usd(6m))], Daily, active, before)).Add(v => v.Table, true));

    private static Amount Usd(decimal value) => new(value, Dollar);

    private static Amount Sum(IEnumerable<PoolLine> pools) => Amount.Sum(pools.Select(l => l.Amount), Dollar);

    private static string[] Card(IRenderedComponent<AccountCostsView> page, string title) =>
        page.FindAll(".kpi").Single(c => c.QuerySelector("h3")!.TextContent == title) is var card ? [card.QuerySelector(".val")!.TextContent.Trim(), card.QuerySelector(".sub")!.TextContent] : [];

    [Fact]
    public void The_cost_per_active_member_names_its_members_and_its_view()
    {
        Assert.Equal(["3.00 USD", "by bills; 4 members took part"], Card(Show(true, 4, new PoolLine("Database", "db_time", 1m, Usd(12m), false, Usd(12m))), "Cost per active member"));
        Assert.Equal(["6.00 USD", "by unit rates; 1 member took part"], Card(Show(true, 1), "Cost per active member"));
    }

    [Fact]
    public void Over_nobody_it_is_unknown_and_not_zero() =>
        Assert.Equal(["— USD", "nobody took part in this period"], Card(Show(true, 0, new PoolLine("Database", "db_time", 1m, Usd(12m), false, Usd(12m))), "Cost per active member"));

    [Fact]
    public void The_bills_of_several_months_are_one_row_for_each_pool()
    {
        var page = Show(
            true, 4, new PoolLine("Database", "db_time", 0.25m, Usd(30m), false, Usd(120m)), new PoolLine("Email", "emails", 0.5m, Usd(45m), false, Usd(90m)),
            new PoolLine("Database", "db_time", 0.5m, Usd(40m), false, Usd(80m)));
        var rows = page.FindAll("[role=region][aria-label='Share of the bills'] tbody tr")
            .Select(r => string.Join("|", r.Children.Select(c => string.Join(" ", c.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))));
        Assert.Equal(["Database2 bills|Database time|35.0 %|70.00", "Email|Emails|50.0 %|45.00"], rows);
    }

    [Fact]
    public void A_member_has_no_such_card() => Assert.DoesNotContain("Cost per active member", Show(false, null).Markup, StringComparison.Ordinal);

    [Fact]
    public void Days_are_shown_up_to_today_and_the_rest_is_said()
    {
        var table = Show(true, 4).Find("section[aria-label='What did it cost each day?']");
        Assert.Equal(["22 Nov 2026", "23 Nov 2026"], table.QuerySelectorAll("tbody th").Select(h => h.TextContent.Trim()));
        Assert.Equal(["0.30", "0.10", "—", "0.10"], table.QuerySelectorAll("tbody td").Select(c => c.TextContent));
        Assert.Contains("0.50 USD over 2 days; most on 22 Nov 2026, 0.40 USD", table.TextContent, StringComparison.Ordinal);
        Assert.Contains("adds 0.40 USD until 24 Nov 2026 if nothing changes", table.TextContent, StringComparison.Ordinal);
        Assert.Equal("/events?group=chess&from=2026-11-22&to=2026-11-22", table.QuerySelector("tbody th a")!.GetAttribute("href"));
    }

    [Fact]
    public void The_days_before_stand_on_the_cards_and_beside_each_day()
    {
        var daily = new DailyCosts(Dollar, Meters, [new(new LocalDate(2026, 11, 15), [Usd(0.20m), Usd(0.05m)]), new(new LocalDate(2026, 11, 16), [null, null])]);
        var page = Show(true, 4, new CostsBefore(new DateOnly(2026, 11, 15), new DateOnly(2026, 11, 16), new CostViews(Dollar, null, Usd(6m)), new CostViews(Dollar, Usd(1m), Usd(4m)), daily));
        Assert.EndsWith("4.00; +50 %", page.FindAll(".kpi").Single(c => c.QuerySelector("h3")!.TextContent == "Cost, by unit rates").QuerySelectorAll(".sub")[^1].TextContent, StringComparison.Ordinal);
        // Bills are on one side alone: nothing to compare.
        Assert.Single(page.FindAll(".kpi").Single(c => c.QuerySelector("h3")!.TextContent == "Cost, by real bills").QuerySelectorAll(".sub"));
        var table = page.Find("section[aria-label='What did it cost each day?']");
        Assert.Equal(["0.30", "0.10", "0.25", "—", "0.10", "—"], table.QuerySelectorAll("tbody td").Select(c => c.TextContent));
    }

    [Fact]
    public void Days_of_which_nothing_is_known_are_not_compared_with()
    {
        var viewed = new ViewedRange(RangeChoice.This, Today, new BillingPeriod(2026, 11, DateTimeZone.Utc).Range, null).Beside(CompareChoice.Previous, new LocalDate(2026, 10, 10));
        Assert.Null(viewed.Before);
        Assert.Equal("Not compared: recorded since 10 Oct 2026", viewed.NotCompared);
        Assert.Null(viewed.Beside(CompareChoice.None, null).Before);

        var page = Show(true, 4);
        var model = page.Instance.Model with { Viewed = viewed };
        page.Render(p => p.Add(v => v.Model, model));
        Assert.Contains("Not compared: recorded since 10 Oct 2026", page.Find(".cards").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_running_month_is_held_against_as_many_days_and_two_currencies_against_nothing()
    {
        var tenant = new Tenant { Key = "t", Name = "T", Terms = [new TenantTerms(null, "USD", "UTC", "group-carries", null)] };
        var asked = new List<TimeRange>();
        Task<CostViews?> CostsAsync(TimeRange range)
        {
            asked.Add(range);
            return Task.FromResult<CostViews?>(new CostViews(Dollar, null, Usd(asked.Count)));
        }
        var viewed = new ViewedRange(RangeChoice.This, Today, new BillingPeriod(2026, 11, DateTimeZone.Utc).Range, null);
        var beside = viewed.Beside(CompareChoice.Previous, new LocalDate(2026, 10, 9));
        var before = await CostsBefore.ReadAsync(tenant, beside, CostsAsync, _ => Task.FromResult<DailyCosts?>(null));
        Assert.Equal((new DateOnly(2026, 10, 9), new DateOnly(2026, 10, 31)), (before!.From, before.To));
        Assert.Equal([23d, 23d], asked.Select(r => (r.To - r.From).TotalDays));
        Assert.Null(await CostsBefore.ReadAsync(tenant, viewed.Beside(CompareChoice.None, null), CostsAsync, _ => Task.FromResult<DailyCosts?>(null)));
        Assert.Null(await CostsBefore.ReadAsync(tenant, beside, range => Task.FromResult<CostViews?>(new CostViews(new Currency(range.From < viewed.Range.From ? "EUR" : "USD"), null, Usd(1m))), _ => Task.FromResult<DailyCosts?>(null)));
    }
}
