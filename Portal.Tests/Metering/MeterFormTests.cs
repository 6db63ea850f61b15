using Bunit;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Metering;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Metering;

public sealed class MeterFormTests : PortalComponentTest
{
    private static readonly Meter Many = new(
        "kept", "Kept", "What is kept", "bytes", Aggregation.Sum,
        [new MeterSource("a.added", JsonPath.Of("$.size"), 1m, new Dictionary<string, string> { ["$.kind"] = "photo" }), new MeterSource("a.removed", JsonPath.Of("$.size"), -1m)],
        new Dictionary<string, JsonPath> { ["kind"] = JsonPath.Of("$.kind"), ["how"] = JsonPath.Of("$.http.method") });

    [Fact]
    public void A_form_filled_with_a_meter_reads_back_as_the_same_meter()
    {
        foreach (var meter in DefaultMeters.All.Append(Many))
        {
            var faults = new List<InputFault>();
            var read = MeterJson.Read(MeterFields.Of(meter).Body(builtIn: false), null, faults);
            Assert.Empty(faults);
            Assert.Equal(MeterJson.Write(meter).ToJsonString(), MeterJson.Write(read!).ToJsonString());
        }
        Assert.Equal("kind, how=$.http.method", MeterFields.Of(Many).Dimensions);
    }

    [Fact]
    public void What_a_default_meter_counts_is_not_sent()
    {
        var body = MeterFields.Of(DefaultMeters.All[3]).Body(builtIn: true);
        Assert.False(body.TryGetProperty("sources", out _) || body.TryGetProperty("aggregation", out _));
        var fields = MeterFields.Of(DefaultMeters.All[3]);
        (fields.Name, fields.Description, fields.Dimensions) = ("Calls", "", "area");
        var changed = MeterJson.Read(fields.Body(builtIn: true), DefaultMeters.All[3], [])!;
        Assert.Equal(("Calls", "", "area"), (changed.Name, changed.Description, string.Join(',', changed.GroupBy.Keys)));
        Assert.True(MeterStore.SameCounting(DefaultMeters.All[3], changed));
    }

    [Fact]
    public void An_empty_form_has_the_faults_of_the_api()
    {
        var faults = new List<InputFault>();
        Assert.Null(MeterJson.Read(MeterFields.New().Body(builtIn: false), null, faults));
        Assert.Equal(["slug", "aggregation", "sources[0].eventType"], faults.Select(f => f.Path));
        var bad = new MeterFields { Slug = "a b", Aggregation = "SUM", Dimensions = "Ä Ö", Sources = { new SourceFields { EventType = "x", Value = "nowhere", Factor = "many" } } };
        faults.Clear();
        Assert.Null(MeterJson.Read(bad.Body(builtIn: false), null, faults));
        Assert.Equal(["slug", "sources[0].valueProperty", "sources[0].factor", "groupBy.Ä Ö"], faults.Select(f => f.Path));
    }

    [Fact]
    public void The_list_shows_state_and_a_way_to_change_each()
    {
        var page = Render<MetersView>(p => p.Add(v => v.Model, new MetersModel(1, [new StoredMeter(1, DefaultMeters.All[0], true), new StoredMeter(30, Many, false)], 5, null)));
        Assert.Equal(["ready", "ready"], page.FindAll("td[data-l=State]").Select(c => c.TextContent));
        Assert.Equal(["/admin/meters?edit=storage#meter-form", "/admin/meters?edit=kept#meter-form"], page.FindAll("td.bare a").Select(a => a.GetAttribute("href")));
    }
}
