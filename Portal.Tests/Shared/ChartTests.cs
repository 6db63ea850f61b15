using AngleSharp.Dom;
using Bunit;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Shared.Charts;

namespace OpenMeet.Insights.Tests.Shared;

public sealed class ChartTests : PortalComponentTest
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ChartModel storage = new(
        "When would storage reach 10 GB?",
        "Storage grew from 6.62 to 6.66 GB.",
        "bytes",
        [
            new("This cycle", ChartKind.Line, [Point(0, 6_620_000_000m, "/events?from=2026-11-01"), Point(1, null), Point(2, 6_660_000_000m)]),
            new("October", ChartKind.Ghost, [Point(0, 5_700_000_000m), Point(1, 5_720_000_000m), Point(2, 5_740_000_000m)]),
        ],
        10_000_000_000m,
        null,
        [new("Today", Start.AddDays(2), ChartAnnotationKind.Today)],
        new("80 % range", [new("4 Nov 2026", Start.AddDays(3), 6_700_000_000m, 6_900_000_000m)]));

    [Fact]
    public void The_table_has_the_rows_of_the_series()
    {
        var table = Render<ChartTable>(p => p.Add(t => t.Model, storage));

        Assert.Equal(["When", "This cycle, GB", "October, GB", "80 % range, GB"], Texts(table.FindAll("thead th")));
        Assert.Equal(
            [
                ["1 Nov 2026", "6.62", "5.7", "—"],
                ["2 Nov 2026", "—", "5.72", "—"],
                ["3 Nov 2026", "6.66", "5.74", "—"],
                ["4 Nov 2026", "—", "—", "6.7 – 6.9"],
            ],
            table.FindAll("tbody tr").Select(row => Texts(row.Children)));
        Assert.Equal("/events?from=2026-11-01", table.Find("tbody th a").GetAttribute("href"));
        Assert.Equal("10 GB", table.Find("tfoot td").TextContent);
        Assert.All(table.FindAll("tbody th"), th => Assert.Equal("row", th.GetAttribute("scope")));
        Assert.Contains("Storage grew", table.Find("caption").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_marked_on_the_chart_stands_beside_its_day_in_the_table_and_in_the_file()
    {
        var table = Render<ChartTable>(p => p.Add(t => t.Model, storage with { Annotations = [.. storage.Annotations, new("Plan Society", Start.AddDays(1))] }));

        Assert.Equal(["Plan Society"], Texts(table.FindAll("tbody th small")));
        var file = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(table.Find("a[download]").GetAttribute("href")!.Split(',')[1]));
        Assert.Equal(["when,This cycle (bytes),October (bytes),80 % range,marked", "2026-11-01,6620000000,5700000000,,", "2026-11-02,,5720000000,,Plan Society"], file.Split("\r\n")[..3]);
        Assert.DoesNotContain("marked", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(Render<ChartTable>(p => p.Add(t => t.Model, storage)).Find("a[download]").GetAttribute("href")!.Split(',')[1])), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_calls_its_columns_the_same_whoever_reads_the_page()
    {
        using var speaking = new Support.Speaking("de");
        var table = Render<ChartTable>(p => p.Add(t => t.Model, storage with { Series = [new("Level", ChartKind.Line, [Point(0, 6_620_000_000m)]), new("1.–3. Okt. 2026", ChartKind.Ghost, [Point(0, 5m)], "before")] }));

        Assert.Equal(["Wann", "Stand, GB", "1.–3. Okt. 2026, GB", "80-%-Bereich, GB"], Texts(table.FindAll("thead th")));
        var file = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(table.Find("a[download]").GetAttribute("href")!.Split(',')[1]));
        Assert.Equal("when,Level (bytes),before (bytes),80 % range", file.Split("\r\n")[0]);
    }

    [Fact]
    public void The_chart_says_its_summary_and_holds_its_table()
    {
        var chart = Render<UsageChart>(p => p.Add(c => c.Model, storage));

        Assert.Equal("When would storage reach 10 GB?", chart.Find("h2").TextContent);
        Assert.Equal(storage.Summary, chart.Find("[role=img]").GetAttribute("aria-label"));
        Assert.Equal(4, chart.FindAll("details tbody tr").Count);
        Assert.Equal(["This cycle", "October", "80 % range"], Texts(chart.FindAll(".legend li")));
        JSInterop.VerifyInvoke("import");
    }

    [Fact]
    public void What_stands_there_already_is_not_drawn_again()
    {
        var drawing = JSInterop.SetupModule(_ => true).SetupModule("create", _ => true);
        drawing.SetupVoid("update", _ => true).SetVoidResult();
        drawing.SetupVoid("destroy", _ => true).SetVoidResult();
        var chart = Render<UsageChart>(p => p.Add(c => c.Model, storage));

        chart.Render(p => p.Add(c => c.Model, storage with { Series = [.. storage.Series] }));
        drawing.VerifyNotInvoke("update");
        chart.Render(p => p.Add(c => c.Model, storage with { Limit = 11_000_000_000m }));
        drawing.VerifyInvoke("update", 1);
    }

    [Fact]
    public void As_a_table_no_script_is_asked_for()
    {
        var chart = Render<UsageChart>(p => p.Add(c => c.Model, storage).Add(c => c.Table, true));

        Assert.Equal(4, chart.FindAll("tbody tr").Count);
        Assert.Empty(chart.FindAll(".plot"));
        JSInterop.VerifyNotInvoke("import");
    }

    [Fact]
    public void Without_values_it_says_so()
    {
        var chart = Render<UsageChart>(p => p.Add(c => c.Model, ChartModel.Simple("How many?", "First figures come tomorrow.", "", new ChartSeries("A", ChartKind.Bar, [Point(0, null)]))));

        Assert.Contains("First figures come tomorrow.", chart.Find(".state.empty").TextContent, StringComparison.Ordinal);
        Assert.Empty(chart.FindAll("table"));
    }

    [Fact]
    public void Thinning_keeps_ends_peaks_and_order()
    {
        var points = Enumerable.Range(0, 5000).Select(i => Point(i, i == 3210 ? 999 : i % 7)).ToList();
        var thinned = ChartModel.Simple("How many?", "", "", new ChartSeries("A", ChartKind.Line, points)).Thinned().Series[0].Points;

        Assert.InRange(thinned.Count, 300, ChartModel.MostPoints);
        Assert.Equal((points[0], points[^1]), (thinned[0], thinned[^1]));
        Assert.Contains(points[3210], thinned);
        Assert.Equal(thinned.OrderBy(p => p.At), thinned);
    }

    private static ChartPoint Point(int day, decimal? value, string? href = null) =>
        new(Formats.Date(DateOnly.FromDateTime(Start.AddDays(day).DateTime)), Start.AddDays(day), value, href);

    private static string[] Texts(IEnumerable<IElement> elements) => [.. elements.Select(e => e.TextContent.Trim())];
}
