using Bunit;
using Microsoft.AspNetCore.Components;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Shared;

public sealed class PartsTests : PortalComponentTest
{
    [Fact]
    public void A_chip_has_a_word_for_every_state()
    {
        var words = Enum.GetValues<BarState>().Select(s => Render<StateChip>(p => p.Add(c => c.State, s)).Find(".chip").TextContent).ToList();
        Assert.Equal(["OK", "Watch", "Act", "Over, billed", "Blocked", "Unlimited", "Not recorded"], words);
    }

    [Fact]
    public void A_failing_card_leaves_the_next_one_alive()
    {
        var page = Render(b =>
        {
            b.OpenComponent<CardBoundary>(0);
            b.AddComponentParameter(1, nameof(CardBoundary.What), "Costs");
            b.AddComponentParameter(2, nameof(CardBoundary.ChildContent), (RenderFragment)(c => { c.OpenComponent<Failing>(0); c.CloseComponent(); }));
            b.CloseComponent();
            b.AddMarkupContent(3, "<p id=\"next\">Still here</p>");
        });

        Assert.Contains("Costs could not be shown", page.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Equal("Still here", page.Find("#next").TextContent);
    }

    [Fact]
    public void The_card_writes_used_and_limit_in_one_unit()
    {
        var card = Render<QuotaCard>(p => p.Add(c => c.Label, "Storage").Add(c => c.Used, 7_840_000_000m).Add(c => c.Limit, 10_000_000_000m).Add(c => c.Unit, "bytes").Add(c => c.State, BarState.Watch));

        Assert.Equal("7.84 of 10 GB 78 %", string.Join(' ', card.Find(".use").TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal(["10 GB", "7.84 GB", "0", "—"], card.FindAll(".facts dd").Select(d => d.TextContent));
    }

    [Fact]
    public void A_sparkline_keeps_its_gaps_and_says_its_way()
    {
        var line = Render<Sparkline>(p => p.Add(s => s.Label, "Active members").Add(s => s.Values, [60m, 66m, null, 70m, 96m]));

        Assert.Equal("Active members: from 60 to 96, lowest 60, highest 96", line.Find("[role=img]").GetAttribute("aria-label"));
        Assert.Equal(2, line.Find("path").GetAttribute("d")!.Count(c => c == 'M'));
    }

    [Fact]
    public void A_sparkline_says_its_way_in_the_readers_language()
    {
        using var speaking = new Speaking("de");
        var line = Render<Sparkline>(p => p.Add(s => s.Label, "Aktive").Add(s => s.Values, [60m, 96m]));
        Assert.Equal("Aktive: von 60 bis 96, tiefster Wert 60, höchster 96", line.Find("[role=img]").GetAttribute("aria-label"));
    }

    [Fact]
    public void The_range_picker_leads_to_the_neighbours_by_links()
    {
        Render<MudBlazor.MudPopoverProvider>();
        var picker = Render<RangePicker>(p => p
            .Add(r => r.Value, RangeChoice.This).Add(r => r.Today, new DateOnly(2026, 11, 23)).Add(r => r.Href, r => PortalUrls.MyUsage(new PageState(r))));

        Assert.Equal("/me/usage?p=last", picker.Find("a[aria-label='Previous period']").GetAttribute("href"));
        Assert.Equal("true", picker.Find("[aria-label='Next period']").GetAttribute("aria-disabled"));
        Assert.Equal("This cycle, 1–30 Nov", picker.Find(".pick-menu button").TextContent);
    }

    [Fact]
    public void Chart_and_table_are_two_addresses()
    {
        var choice = Render<ChartTableSwitch>(p => p.Add(s => s.Table, true).Add(s => s.Href, t => PortalUrls.MyUsage(new PageState(Table: t))));

        Assert.Equal(["/me/usage", "/me/usage?view=table"], choice.FindAll("a:not([hidden])").Select(a => a.GetAttribute("href")!));
        Assert.Equal("Table", choice.Find("a[aria-current]").TextContent);
    }

    private sealed class Failing : ComponentBase
    {
        protected override void OnInitialized() => throw new InvalidOperationException("on purpose");
    }
}
