using Bunit;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Capacity;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Infrastructure.Capacity;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Capacity;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Capacity;

public sealed class CapacityViewTests : PortalComponentTest
{
    private static readonly Tenant Tenant = new() { Id = 1, Key = "t", Name = "Tenant", Terms = [new TenantTerms(null, "USD", "UTC", "group-carries", null)] };
    private static readonly LocalDate Today = new(2026, 11, 20);
    private static readonly LimitDate InMarch = new(LimitDateOutcome.Dated, new LocalDate(2027, 3, 17), new LocalDate(2027, 4, 2), new LocalDate(2027, 5, 1), 117, 133, 162, 28, 14);

    [Fact]
    public void A_pool_says_how_full_what_is_promised_when_it_is_full_and_when_to_order()
    {
        var view = Render(new PoolOutlook(640_000_000_000m, 1_000_000_000_000m, 2_400_000_000_000m, 12, InMarch, 14));
        Assert.Equal("Disk is the first to be full, about 2 Apr (17 Mar – 1 May): order by 3 Mar.", view.Find(".say").TextContent.Trim());
        var row = view.Find("tbody tr").TextContent;
        foreach (var text in (string[])["640 of 1,000 GB", "64 %", "2.4 times the capacity", "12 accounts without a limit", "order by 3 Mar", "an order takes 14 days"]) Assert.Contains(text, row, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_capacity_it_is_unknown_when_a_pool_is_full()
    {
        var view = Render(new PoolOutlook(640_000_000_000m, null, 0, 0, null, 0));
        Assert.StartsWith("No capacity was entered yet", view.Find(".say").TextContent.Trim(), StringComparison.Ordinal);
        Assert.Equal("unknown: no capacity entered", view.Find("td[data-l=Full]").TextContent.Trim());
        Assert.Equal("—", view.Find("td[data-l=Order]").TextContent.Trim());
        Assert.Equal("none", view.Find("td[data-l=Committed]").TextContent.Trim());
        Assert.Equal("none12 accounts without a limit", Render(new PoolOutlook(640_000_000_000m, 1_000_000_000_000m, 0, 12, InMarch, 14)).Find("td[data-l=Committed]").TextContent.Trim());
    }

    [Fact]
    public void A_full_pool_asks_for_an_order_now_and_one_that_does_not_grow_for_none()
    {
        Assert.Contains("order now", Render(new PoolOutlook(5, 5, 0, 0, InMarch with { Outcome = LimitDateOutcome.Reached }, 14)).Find("td[data-l=Order]").TextContent, StringComparison.Ordinal);
        Assert.Contains("order now", Render(new PoolOutlook(5, 9, 0, 0, InMarch, 130)).Find("td[data-l=Order]").TextContent, StringComparison.Ordinal);
        Assert.Contains("no order needed", Render(new PoolOutlook(5, 9, 0, 0, new LimitDate(LimitDateOutcome.NotGrowing, null, null, null, null, null, null, 28, 14), 14)).Find("td[data-l=Order]").TextContent, StringComparison.Ordinal);
        Assert.Contains("—", Render(new PoolOutlook(5, 9, 0, 0, new LimitDate(LimitDateOutcome.TooLittleData, null, null, null, null, null, null, 3, 14), 14)).Find("td[data-l=Order]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_pools_and_entries_the_page_says_what_to_do()
    {
        var model = new CapacityModel(Tenant, [], [], Today);
        Assert.NotNull(Render<CapacityView>(p => p.Add(v => v.Model, model)).Find(".empty"));
        Assert.Contains("unknown when anything is full", Render<CapacityHistory>(p => p.Add(v => v.Model, model)).Find(".empty").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void What_if_says_when_a_pool_is_full_at_another_pace_and_with_more_capacity()
    {
        // Ten bytes a day, two hundred to go; at twice the pace and half as much again, seven hundred by twenty.
        var daily = Enumerable.Range(0, 28).Select(d => (Today.PlusDays(d - 27), 530m + (10 * d))).ToList();
        var outlook = new PoolOutlook(800, 1_000, 0, 0, StockForecast.Fit(daily).WhenReaches(1_000), 14);
        Assert.Equal(20, outlook.DaysToFull);
        Assert.Equal(10, new WhatIf(2, 0).Of(outlook, daily).DaysToFull);
        Assert.Equal((1_500m, 35d), (new WhatIf(2, 0.5m).Of(outlook, daily).Capacity, new WhatIf(2, 0.5m).Of(outlook, daily).DaysToFull));
        Assert.Equal(LimitDateOutcome.NotGrowing, new WhatIf(0, 0).Of(outlook, daily).Full!.Outcome);
        Assert.Equal(outlook.Full, WhatIf.AsNow.Of(outlook, daily).Full);

        var model = new CapacityModel(Tenant, [new PoolStanding(Pool.All[0], "bytes", outlook, null, daily)], [], Today);
        var view = Render<CapacityWhatIf>(p => p.Add(v => v.Model, model).Add(v => v.Pace, "200").Add(v => v.More, "50"));
        Assert.Contains("10 Dec", view.Find("td[data-l='Full now']").TextContent, StringComparison.Ordinal);
        Assert.Contains("25 Dec", view.Find("td[data-l='Full then']").TextContent, StringComparison.Ordinal);
        view.FindAll("input")[0].Change("300");
        view.Find("form").Submit();
        var address = Services.GetRequiredService<Microsoft.AspNetCore.Components.NavigationManager>().Uri;
        Assert.EndsWith("?pace=300&more=50", address, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fast", "", 2)]
    [InlineData("-1", "1001", 2)]
    [InlineData("1001", "0", 1)]
    public void What_if_names_every_fault_of_its_question(string pace, string more, int faults)
    {
        var daily = Enumerable.Range(0, 28).Select(d => (Today.PlusDays(d - 27), 530m + (10 * d))).ToList();
        var model = new CapacityModel(Tenant, [new PoolStanding(Pool.All[0], "bytes", new PoolOutlook(800, 1_000, 0, 0, InMarch, 14), null, daily)], [], Today);
        var view = Render<CapacityWhatIf>(p => p.Add(v => v.Model, model).Add(v => v.Pace, pace).Add(v => v.More, more));
        Assert.Equal(faults, view.FindAll("[role=alert] li").Count);
        Assert.Empty(view.FindAll("table"));
    }

    private IRenderedComponent<CapacityView> Render(PoolOutlook outlook)
    {
        var entered = outlook.Capacity is { } capacity ? new PoolCapacity { Pool = "disk", Capacity = capacity, LeadDays = outlook.LeadDays, Reason = "bought", CreatedBy = "ada@example.org" } : null;
        var pool = new PoolStanding(Pool.All[0], "bytes", outlook, entered, [(Today.PlusDays(-1), 1m), (Today, 5m)]);
        return Render<CapacityView>(p => p.Add(v => v.Model, new CapacityModel(Tenant, [pool], [], Today)));
    }
}
