using Bunit;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Costs;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Costs;

public sealed class AdminCostsViewTests : PortalComponentTest
{
    private static readonly Currency Dollar = new("USD");

    private static readonly Tenant Tenant = new() { Id = 1, Key = "t", Name = "Tenant", Terms = [new TenantTerms(null, "USD", "UTC", "group-carries", null)] };

    private static readonly BillingPeriod October = new(2026, 10, DateTimeZone.Utc);

    private static readonly SharedBill Database = new("Database", "db_time", Usd(120.00m), Usd(115.20m), Usd(4.80m), Usd(0m));

    private static PlatformCosts Costs(IReadOnlyList<CarrierCost> items, params SharedBill[] bills) =>
        new(October.Range, Dollar, items, Usd(100m), Amount.Sum(bills.Select(b => b.Carried + b.Unattributed), Dollar), Usd(1m), Amount.Sum(bills.Select(b => b.Unattributed), Dollar), bills);

    private static Amount Usd(decimal value) => new(value, Dollar);

    private static AdminCostsModel Model(PlatformCosts groups, PlatformCosts users, int userPage = 1) => new(
        Tenant, new ViewedRange(RangeChoice.Last, new DateOnly(2026, 11, 23), October.Range, October), groups, users, 40, 1, userPage, [], [], [], null, PageState.Default);

    [Fact]
    public void The_sentence_says_the_bills_and_what_of_them_is_attributed()
    {
        var page = Render<AdminCostsView>(p => p.Add(v => v.Model, Model(Costs([new("group:runners", "Runners", Usd(3m), Usd(100m))], Database), Costs([new("user:ann", "Ann", Usd(1m), Usd(15.20m))], Database))));

        Assert.Equal("Last cycle cost 120.00 USD, and 96.0 % of it is attributed.", page.Find(".say").TextContent.Trim());
        Assert.Contains("4.0 % unattributed", page.Markup, StringComparison.Ordinal);
        Assert.Equal(["Groups 100.00", "Users 15.20", "Unattributed 4.80", "Idle, declared 0.00"], page.FindAll(".kinds > span").Select(s => s.TextContent));
        Assert.Equal("/admin/groups/runners?p=last", page.Find("tbody th a").GetAttribute("href"));
    }

    [Fact]
    public void Without_bills_their_figures_are_unknown_and_not_zero()
    {
        var page = Render<AdminCostsView>(p => p.Add(v => v.Model, Model(Costs([new("group:runners", "Runners", Usd(3m), Usd(0m))]), Costs([]))));

        Assert.Equal("—", page.FindAll(".kpi .val")[0].FirstChild!.TextContent.Trim());
        Assert.Contains("has no bills yet", page.Find(".say").TextContent, StringComparison.Ordinal);
        Assert.Equal("—", page.Find("table td.key").TextContent);
    }

    [Fact]
    public void A_long_list_is_cut_into_pages_whose_addresses_keep_the_other_table()
    {
        var users = Enumerable.Range(1, 60).Select(i => new CarrierCost($"user:u{i}", $"User {i}", Usd(0.1m), Usd(60 - i))).ToList();
        var page = Render<AdminCostsView>(p => p.Add(v => v.Model, Model(Costs([], Database), Costs(users, Database), userPage: 2)));

        Assert.Equal(25, page.FindAll("section[aria-label='Cost by user'] tbody tr").Count);
        Assert.Equal("User 26", page.Find("section[aria-label='Cost by user'] tbody th").TextContent);
        Assert.Equal("/admin/costs?users=3", page.Find("a[rel=next]").GetAttribute("href"));
        Assert.Equal("/admin/costs", page.Find("a[rel=prev]").GetAttribute("href"));
    }
}
