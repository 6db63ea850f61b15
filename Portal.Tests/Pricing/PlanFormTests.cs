using Bunit;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Pricing;
using OpenMeet.Insights.Tests.Shared;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Pricing;

/// <summary>The plan's form, what changes, and the preview, with a portal's own meters.</summary>
public sealed class PlanFormTests(PortalWithClock portal) : PortalComponentTest, IClassFixture<PortalWithClock>
{
    private static readonly Currency Usd = new("USD");
    private static readonly Plan Club = new("club", 1, "Club", Usd, 8m,
    [
        new PlanItem("storage", 10m, 10_000_000_000m, LimitKind.Hard, new Price.PerUnit(1m), 10m, 0.5m),
        new PlanItem("messages", 100m, null, LimitKind.Soft, new Price.Graduated([new Tier(50m, 0.1m, null), new Tier(null, 0.05m, 1m)]), 0m, null),
    ]);

    private async Task<(Tenant Tenant, MeterSet Meters)> TenantAsync()
    {
        var c = await portal.NewCommunityAsync();
        T Get<T>() => (T)portal.Services.GetService(typeof(T))!;
        return (await Get<TenantStore>().GetAsync(c.Id, Xunit.TestContext.Current.CancellationToken), await Get<MeterCatalog>().GetAsync(c.Id, Xunit.TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_plan_goes_through_the_form_unchanged()
    {
        var (tenant, meters) = await TenantAsync();
        var faults = new List<InputFault>();
        var form = PlanFormInput.Of(Club, meters);

        var read = form.Read(tenant, meters, faults);

        Assert.Empty(faults);
        Assert.Equal("10", form.Items[0].Limit);
        Assert.Equal(PlanWriter.ToJson(Club).ToJsonString(), PlanWriter.ToJson(read!).ToJsonString());
    }

    [Fact]
    public async Task Every_fault_stands_at_its_field_and_nothing_is_saved()
    {
        var (tenant, meters) = await TenantAsync();
        var saved = 0;
        var page = Render<PlanForm>(p => p.Add(f => f.Model, new PlanEditModel(tenant, new PlanState(Club, "published", Instant.MinValue), meters)).Add(f => f.OnSave, (Plan _) => saved++));
        Assert.Contains("Draft version 2; version 1 stays as it is.", page.Markup, StringComparison.Ordinal);

        page.FindAll("input").Single(i => i.GetAttribute("value") == "Club").Change(" ");
        page.FindAll("input").Single(i => i.GetAttribute("value") == "8").Change("eight");
        page.FindAll("input").First(i => i.GetAttribute("value") == "0.1").Change("-1");
        page.Find("form").Submit();

        Assert.Equal(["name", "fee", "items[1].price.tiers[0].unitPrice"], page.FindAll(".fault").Select(f => f.GetAttribute("data-path")));
        Assert.Contains("3 things are to be mended", page.Find(".faults").TextContent, StringComparison.Ordinal);
        Assert.Equal(0, saved);

        page.FindAll("input").First(i => i.GetAttribute("value") == "-1").Change("0.2");
        page.FindAll("input").Single(i => i.GetAttribute("value") == "eight").Change("9");
        page.FindAll("input")[0].Change("Club");
        page.Find("form").Submit();
        Assert.Equal(1, saved);
    }

    [Fact]
    public async Task What_changes_is_said_line_by_line()
    {
        var (_, meters) = await TenantAsync();
        var after = Club with { Fee = 9m, Items = [Club.Items[0] with { Limit = 12_000_000_000m }] };

        Assert.Equal(
            ["Fee a cycle: 8.00 USD -> 9.00 USD", "Limit: 10 GB, hard: what would pass it is refused -> 12 GB, hard: what would pass it is refused"],
            PlanDifferences.Of(Club, after, meters).Take(2).Select(d => $"{d.What}: {d.Before} -> {d.After}"));
        Assert.Equal(["Included", "Limit", "Price"], PlanDifferences.Of(Club, after, meters).Skip(2).Select(d => d.What));
        Assert.All(PlanDifferences.Of(Club, after, meters).Skip(2), d => Assert.Null(d.After));
        Assert.Empty(PlanDifferences.Of(Club, Club, meters));
    }

    [Fact]
    public async Task The_review_shows_who_pays_more_who_crosses_and_asks_before_it_publishes()
    {
        var (tenant, meters) = await TenantAsync();
        PlanPublishing? wanted = null;
        var page = Render<PlanReviewView>(p => p.Add(v => v.Model, Review(tenant, meters,
            new AccountImpact("user:ann", "Ann", [new(8m, 12m)], true, [new LimitCrossing("storage", 6_000_000_000m, 5_000_000_000m, LimitKind.Hard)]),
            new AccountImpact("group:g", "Runners", [new(8m, 6m)], true, []),
            new AccountImpact("user:new", "New", [default], false, []))).Add(v => v.OnPublish, (PlanPublishing x) => wanted = x));

        Assert.Contains("1 would pay more, 1 less; 1 would cross a limit.", page.Markup, StringComparison.Ordinal);
        Assert.Contains("1 account without history", page.Markup, StringComparison.Ordinal);
        Assert.Contains("new use pauses until there is room", page.Markup, StringComparison.Ordinal);
        Assert.Equal(2, page.FindAll(".histogram rect title").Sum(t => t.TextContent.StartsWith('1') ? 1 : 0));
        Assert.Equal("—", page.FindAll("table")[^1].QuerySelectorAll("tbody tr")[^1].QuerySelector("td.key")!.TextContent);

        page.Find("#publish form").Submit();
        Assert.Null(wanted);
        page.FindAll("#publish button").Single(b => b.TextContent == "Yes, publish").Click();
        Assert.False(wanted!.Move);
    }

    [Fact]
    public async Task A_plan_that_nobody_is_on_touches_nobody()
    {
        var (tenant, meters) = await TenantAsync();
        var page = Render<PlanReviewView>(p => p.Add(v => v.Model, Review(tenant, meters)));

        Assert.Contains("It touches nobody.", page.Markup, StringComparison.Ordinal);
        Assert.Empty(page.FindAll(".histogram"));
    }

    [Theory]
    [InlineData(new[] { 1.0, -1.0 }, "-1:1 -0.5:0 0:0 0.5:0 1:1")]
    [InlineData(new[] { 0.0 }, "")]
    public void Bins_have_round_edges_with_zero_among_them(double[] differences, string expected) =>
        Assert.Equal(expected, string.Join(' ', ImpactBin.Of(differences.Select(d => (decimal)d)).Select(b => FormattableString.Invariant($"{b.From:0.##}:{b.Accounts}"))));

    private static PlanReviewModel Review(Tenant tenant, MeterSet meters, params AccountImpact[] accounts) =>
        new(tenant, Club with { Version = 2, Fee = 9m }, Club, meters, new Impact([new BillingPeriod(2025, 10, DateTimeZone.Utc)], accounts), [new ImpactRevenue(1, 16m, 18m)], Instant.FromUtc(2025, 11, 20, 12, 0));
}
