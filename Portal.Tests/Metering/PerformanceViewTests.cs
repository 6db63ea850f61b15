using Bunit;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Metering;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Usage;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Metering;

public sealed class PerformanceViewTests : PortalComponentTest
{
    private static readonly Tenant Tenant = new() { Id = 1, Key = "t", Name = "Tenant", Terms = [new TenantTerms(null, "USD", "UTC", "group-carries", null)] };
    private static readonly ViewedRange Viewed = new(RangeChoice.This, new DateOnly(2026, 11, 23), new BillingPeriod(2026, 11, DateTimeZone.Utc).Range, null);
    private static readonly Latency Slow = new(43.2m, 210m, 812m);

    private static readonly ApiPerformance Api = new(Slow, new Outcomes(1_010, 40, 4, 3),
        [new("groups", Slow, new Outcomes(1_000, 40, 4, 3)), new(null, new Latency(5m, 9m, 9m), new Outcomes(10, 0, 0, 0))],
        [new(new LocalDate(2026, 11, 22), Slow, new Outcomes(1_010, 40, 4, 3)), new(new LocalDate(2026, 11, 23), new Latency(null, null, null), new Outcomes(0, 0, 0, 0)), new(new LocalDate(2026, 11, 24), new Latency(null, null, null), new Outcomes(0, 0, 0, 0))]);

    private IRenderedComponent<PerformanceView> Show(ApiPerformance? api, string? area = null) =>
        Render<PerformanceView>(p => p.Add(v => v.Model, new PerformanceModel(Tenant, Viewed, area, api)).Add(v => v.State, new PageState(Table: true)));

    [Fact]
    public void The_sentence_and_the_table_say_how_long_requests_take()
    {
        var page = Show(Api);
        Assert.Equal("Half of all requests took up to 43.2 ms; one in a hundred took longer than 812 ms.", page.Find(".say").TextContent.Trim());
        Assert.Equal(["1,000", "43.2", "210", "812", "4.00 %", "0.40 %"], page.FindAll("section[aria-label='By area'] tbody tr")[0].QuerySelectorAll("td").Select(c => c.TextContent));
        Assert.Equal("0 of 10", page.FindAll("section[aria-label='By area'] tbody tr")[1].QuerySelectorAll("td")[4].TextContent); // few requests get no percent
        Assert.Equal("/admin/performance?view=table&area=groups", page.Find("section[aria-label='By area'] tbody a").GetAttribute("href"));
        Assert.Contains("3 requests have no status", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void A_day_without_requests_is_a_gap_and_days_to_come_are_left_out()
    {
        var days = Show(Api).Find("section[aria-label='How long did requests take?']");
        Assert.Equal(["22 Nov 2026", "23 Nov 2026"], days.QuerySelectorAll("tbody th").Select(h => h.TextContent.Trim()));
        Assert.Equal(["43.2", "210", "812", "—", "—", "—"], days.QuerySelectorAll("tbody td").Select(c => c.TextContent));
    }

    [Fact]
    public void Without_requests_nothing_is_zero()
    {
        var page = Show(Api with { Outcomes = new Outcomes(0, 0, 0, 0) });
        Assert.Equal("No requests in this period.", page.Find(".say").TextContent.Trim());
        Assert.Empty(page.FindAll("table"));
        Assert.Contains("are needed", Show(null).Find(".more").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_reads_the_part_of_all_api_time_by_area()
    {
        var panel = Render<ApiTimeUsed>(p => p.Add(v => v.Api, new ApiTimeShare(4_500m, 90_000_000m, [("groups", 4_000m), (null, 500m)])).Add(v => v.Period, "This cycle").Add(v => v.Events, "/events"));
        Assert.Equal(["4 s", "0.01 %", "0.5 s", "0.01 %"], panel.FindAll("tbody td").Select(c => c.TextContent.Trim()));
        Assert.Equal("All, of 1 d 1 h", panel.Find("tfoot th").TextContent);
        Assert.Equal("0.01 %", panel.FindAll("tfoot td")[1].TextContent);
        Assert.Contains("Nothing recorded", Render<ApiTimeUsed>(p => p.Add(v => v.Api, new ApiTimeShare(0m, 0m, [])).Add(v => v.Period, "x").Add(v => v.Events, "/")).Markup, StringComparison.Ordinal);
    }
}
