using Bunit;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Tests.Shared;

public sealed class QuotaBarTests : PortalComponentTest
{
    [Theory]
    [InlineData(BarState.Ok, 118_400, "118,400 of 200,000, 59 %, ok", "118,400 of 200,000, 59 %")]
    [InlineData(BarState.Watch, 160_000, "160,000 of 200,000, 80 %, watch, about 2 Jan (22 Dec – 24 Jan)", "160,000 of 200,000, 80 %, about 2 Jan (22 Dec – 24 Jan)")]
    [InlineData(BarState.Act, 190_000, "190,000 of 200,000, 95 %, act, about 2 Jan (22 Dec – 24 Jan)", "190,000 of 200,000, 95 %, about 2 Jan (22 Dec – 24 Jan)")]
    public void A_state_below_the_limit_says_amount_percent_and_date(BarState state, int used, string spoken, string written)
    {
        var bar = Render<QuotaBar>(p => p
            .Add(b => b.Label, "API calls").Add(b => b.Used, used).Add(b => b.Limit, 200_000).Add(b => b.State, state)
            .Add(b => b.When, state == BarState.Ok ? null : "about 2 Jan (22 Dec – 24 Jan)"));

        var meter = bar.Find("[role=meter]");
        Assert.Equal(spoken, meter.GetAttribute("aria-valuetext"));
        Assert.Equal("API calls", meter.GetAttribute("aria-label"));
        Assert.Equal(written, bar.Find(".qwords").TextContent);
        Assert.Equal("left:100%", bar.Find(".tick").GetAttribute("style"));
        Assert.Contains(state.Class(), bar.Find(".quota").ClassList);
    }

    [Fact]
    public void Blocked_says_what_stops_and_what_goes_on()
    {
        var bar = Render<QuotaBar>(p => p
            .Add(b => b.Label, "Storage").Add(b => b.Used, 10_000_000_000m).Add(b => b.Limit, 10_000_000_000m).Add(b => b.Unit, "bytes")
            .Add(b => b.State, BarState.Blocked).Add(b => b.Consequence, "New uploads pause; reading, exporting and deleting go on"));

        Assert.Equal("10 of 10 GB, 100 %, blocked, New uploads pause; reading, exporting and deleting go on", bar.Find("[role=meter]").GetAttribute("aria-valuetext"));
        Assert.Equal("10 of 10 GB, 100 %. New uploads pause; reading, exporting and deleting go on", bar.Find(".qwords").TextContent);
    }

    [Fact]
    public void Over_goes_on_beyond_the_tick_hatched()
    {
        var bar = Render<QuotaBar>(p => p
            .Add(b => b.Label, "Emails").Add(b => b.Used, 3180).Add(b => b.Limit, 3000).Add(b => b.State, BarState.Over).Add(b => b.Consequence, "180 over = 0.14 USD"));

        Assert.Equal("left:80%", bar.Find(".tick").GetAttribute("style"));
        Assert.Equal(["width:80%", "width:4.8%"], bar.FindAll(".fill b").Select(b => b.GetAttribute("style")!));
        Assert.Contains("over", bar.FindAll(".fill b")[1].ClassList);
        Assert.Equal("3,180 of 3,000, 106 %, over, billed, 180 over = 0.14 USD", bar.Find("[role=meter]").GetAttribute("aria-valuetext"));
        Assert.Equal("included 3,000", bar.Find(".cap").TextContent);
    }

    [Theory]
    [InlineData(BarState.None, 1942, "1,942, unlimited")]
    [InlineData(BarState.Unknown, null, "Not recorded")]
    public void Without_a_limit_or_a_figure_there_is_no_bar(BarState state, int? used, string words)
    {
        var bar = Render<QuotaBar>(p => p.Add(b => b.Label, "Messages").Add(b => b.Used, used).Add(b => b.State, state));

        Assert.Empty(bar.FindAll("[role=meter]"));
        Assert.Equal(words, bar.Find(".qwords").TextContent);
        Assert.DoesNotContain("%", bar.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Kinds_keep_their_order_and_the_bin_is_hatched()
    {
        var bar = Render<QuotaBar>(p => p
            .Add(b => b.Label, "Storage").Add(b => b.Used, 7_840_000_000m).Add(b => b.Limit, 10_000_000_000m).Add(b => b.Unit, "bytes").Add(b => b.State, BarState.Watch)
            .Add(b => b.Parts, [new("Photos", 4_620_000_000m), new("Video", 2_140_000_000m), new("Files", 0), new("Bin", 1_080_000_000m, Hatched: true)]));

        Assert.Equal(["Photos 4.62 GB", "Video 2.14 GB", "Files 0 B", "Bin 1.08 GB"], bar.FindAll(".kinds li").Select(li => li.TextContent));
        Assert.Equal(["width:46.2%", "width:21.4%", "width:10.8%"], bar.FindAll(".fill b").Select(b => b.GetAttribute("style")!));
        Assert.Contains("bin", bar.FindAll(".fill b")[2].ClassList);
    }
}
