using Bunit;
using Microsoft.AspNetCore.Components.Authorization;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Fleet;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Fleet;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Tests.Shared;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Fleet;

/// <summary>The page on its way, empty, failed, refused and filled.</summary>
public sealed class AdminFleetPageTests : AdminPageTest
{
    private static readonly Currency Dollar = new("USD");
    private static readonly BillingPeriod November = new(2026, 11, DateTimeZone.Utc);
    private static readonly Tenant Tenant = new() { Id = 1, Key = "t", Name = "Tenant", Terms = [new TenantTerms(null, "USD", "UTC", "group-carries", null)] };
    private static readonly StoredMeter Storage = new(1, new Meter("storage", "Storage", "", "bytes", Aggregation.TimeWeightedSum, [], new Dictionary<string, JsonPath>()), true);
    private static readonly Plan Club = new("club", 3, "Club", Dollar, 8m, []);

    [Fact]
    public void While_the_rows_are_on_their_way_there_is_a_skeleton() => IsOnItsWay(RenderPage(NotYet));

    [Fact]
    public void Who_is_no_administrator_is_told_so() => IsRefused(RenderPage(Task.FromResult(Principals.Nobody())));

    [Fact]
    public void A_database_that_does_not_answer_is_said_with_a_way_to_try_again() => HasFailed(RenderPage(Task.FromResult(Principals.Admin())));

    [Fact]
    public void An_empty_fleet_says_when_accounts_come_and_an_empty_filter_offers_all()
    {
        Assert.Contains("first event", RenderView(Model([], 0)).Find(".empty p").TextContent, StringComparison.Ordinal);
        var none = RenderView(Model([], 40, new FleetFilter(Use: "full")));
        Assert.Equal("/admin/fleet", none.Find(".empty a").GetAttribute("href"));
        Assert.Equal("0 accounts of 40 match: at a limit or over it.", none.Find(".say").TextContent.Trim());
    }

    [Fact]
    public void A_row_says_plan_cost_margin_growth_and_the_nearest_limit_with_its_date()
    {
        var limit = EffectiveLimit.Resolve(null, new PlanLimit("Club", 3, 10_000_000_000m, LimitKind.Hard), null);
        var row = new FleetRow("user:ann", "Ann", Club, null, Usd(2.10m), null, Usd(0.40m), 7_840_000_000m, 1_736_000_000m, 868_000_000m, new NearestLimit(Storage, 7_840_000_000m, 0, limit), 3);
        var reaches = new LimitDate(LimitDateOutcome.Dated, new LocalDate(2026, 12, 20), new LocalDate(2026, 12, 29), new LocalDate(2027, 1, 9), 26, 35, 46, 28, 14);
        var paid = new FleetRow("group:chess", "Chess", null, "user:ann", Usd(0.40m), null, null, 5m, 0m, 0m, null, 12) { Payer = "Ann" };
        var view = RenderView(Model([new FleetPageRow(row, reaches, Usd(8m)), new FleetPageRow(paid, null, null)], 2));

        Assert.Equal("2 accounts; Ann cost the most in November 2026: 2.10 USD.", view.Find(".say").TextContent.Trim());
        var cells = view.FindAll("tbody tr")[0];
        foreach (var text in new[] { "Ann", "user ann", "Club", "version 3", "2.10", "8.00", "5.50", "with 0.40 of its groups", "+62 MB", "+31 MB before", "7.84 of 10 GB", "78 %", "29 Dec" })
            Assert.Contains(text, cells.TextContent, StringComparison.Ordinal);
        var second = view.FindAll("tbody tr")[1];
        Assert.Contains("paid by Ann", second.TextContent, StringComparison.Ordinal);
        Assert.Equal("—", second.QuerySelector("td[data-l=Revenue]")!.TextContent);
        Assert.Equal("—", second.QuerySelector("td[data-l=Margin]")!.TextContent);
        Assert.Equal("/admin/fleet.csv", view.Find("a[download]").GetAttribute("href"));
        Assert.Equal("/admin/fleet?sort=-growth", view.Find("th a[href*=growth]").GetAttribute("href"));
    }

    [Theory]
    [InlineData("de", "1 Konto; Ann kostete im November 2026 am meisten: 2,10 USD.", "Konto Tarif Kosten Erlös Marge Speicher")]
    [InlineData("es", "1 cuenta; Ann costó lo que más en noviembre de 2026: 2,10 USD.", "Cuenta Plan Coste Ingresos Margen Almacenamiento")]
    public void It_speaks_the_readers_language_and_a_bulk_action_keeps_its_English(string language, string sentence, string heads)
    {
        using var speaking = new Speaking(language);
        var row = new FleetRow("user:ann", "Ann", Club, null, Usd(2.10m), null, null, 5m, 0m, 0m, null, 3);
        var view = RenderView(Model([new FleetPageRow(row, null, null)], 1));

        Assert.Equal(sentence, view.Find(".say").TextContent.Trim());
        Assert.StartsWith(heads, string.Join(' ', view.FindAll("thead th").Select(h => h.TextContent.Trim())), StringComparison.Ordinal);
        Assert.Equal("all users, at a limit or over it, with “a”", BulkWords.Selection(new FleetFilter("user", Use: "full", Search: "a"), new Dictionary<string, string>()));
    }

    [Fact]
    public void A_name_leads_to_the_month_whose_cost_is_shown()
    {
        var model = Model([new FleetPageRow(new FleetRow("user:ann", "Ann", Club, null, Usd(2.10m), null, null, 5m, 0m, 0m, null, 3), null, null)], 1);
        Assert.Equal("/admin/users/ann", RenderView(model).Find("tbody th a").GetAttribute("href"));
        Assert.Equal("/admin/users/ann?p=2026-11", RenderView(model with { Running = November.Next() }).Find("tbody th a").GetAttribute("href"));
    }

    private static Amount Usd(decimal value) => new(value, Dollar);

    private static FleetModel Model(IReadOnlyList<FleetPageRow> rows, int all, FleetFilter? filter = null) => new(
        Tenant, new FleetPage(new FleetList([.. rows.Select(r => r.Row)], all, November, false, Dollar), rows), new FleetState(filter ?? new FleetFilter(), new ListState(filter?.Search, "-cost", 1)),
        new Dictionary<string, string> { ["club"] = "Club" }, new LocalDate(2026, 11, 24), November);

    private IRenderedComponent<FleetView> RenderView(FleetModel model) => Render<FleetView>(p => p.Add(v => v.Model, model));

    private IRenderedComponent<AdminFleetPage> RenderPage(Task<AuthenticationState> viewer)
    {
        Prepare("/admin/fleet", viewer);
        return Render<AdminFleetPage>();
    }
}
