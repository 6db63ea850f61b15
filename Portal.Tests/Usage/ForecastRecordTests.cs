using Bunit;
using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Portal.Usage;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Usage;

public sealed class ForecastRecordTests : PortalComponentTest
{
    private static readonly Meter Storage = DefaultMeters.All.Single(m => m.IsStorage);
    private static readonly LocalDate Sunday = new(2026, 10, 25);

    private static TrackRecord Record(int facts) => TrackRecord.Of(
        Enumerable.Range(0, facts).Select(w => new MadeForecast(Sunday.PlusWeeks(-w), Sunday.PlusWeeks(-w).PlusDays(28), 7_000_000_000m, 7_500_000_000m, 8_000_000_000m, w == 1 ? 9_000_000_000m : 7_500_000_000m, w > 0)), isLevel: true);

    [Fact]
    public void It_shows_what_was_forecast_what_came_and_which_were_made_afterwards()
    {
        var page = Render<ForecastRecord>(p => p.Add(v => v.Records, [(Storage, Record(5))]));

        Assert.Contains("Of its last 5 forecasts 28 days ahead, 4 held within the 80 % range; median error 0 %. 4 forecasts were made afterwards", page.Markup, StringComparison.Ordinal);
        var rows = page.FindAll("tbody tr");
        Assert.Equal(6, rows.Count);
        foreach (var text in new[] { "22 Nov 2026", "made on 25 Oct 2026", "7.5 GB", "7 GB – 8 GB", "0 %", "yes" }) Assert.Contains(text, rows[1].TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("afterwards", rows[1].TextContent, StringComparison.Ordinal);
        foreach (var text in new[] { "afterwards", "9 GB", "17 %", "no, above" }) Assert.Contains(text, rows[2].TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void With_too_few_facts_it_says_no_track_record_yet_and_shows_no_percentage()
    {
        var page = Render<ForecastRecord>(p => p.Add(v => v.Records, [(Storage, Record(4))]));

        Assert.Contains("No track record yet: 4 of 5 forecasts have met their day.", page.Markup, StringComparison.Ordinal);
        Assert.Single(page.FindAll("tbody tr"));
        Assert.DoesNotContain("0 %", page.Find("tbody").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_meter_that_is_forecast_there_is_nothing() => Assert.Empty(Render<ForecastRecord>(p => p.Add(v => v.Records, [])).Markup.Trim());
}
