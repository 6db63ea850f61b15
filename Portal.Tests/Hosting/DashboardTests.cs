using System.Text.Json;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Tests.Browser;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Hosting;

/// <summary>The dashboards of Grafana, asked of a real Prometheus that watches a real portal.</summary>
[Collection<OneDemo>]
public sealed class DashboardTests(DemoPortal demo)
{
    private static readonly string Folder = Checkout.Resolve("deploy/grafana/dashboards");

    [Fact]
    public async Task Every_query_of_every_panel_has_data()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(6));
        await WatchedDemo.PrepareAsync(demo, patience.Token);
        await using var prometheus = await PrometheusServer.StartAsync(Checkout.Resolve("deploy/prometheus/rules"), demo.Address, patience.Token);
        var open = Panels().SelectMany(p => p.GetProperty("targets").EnumerateArray().Select(t => (Panel: p.GetProperty("title").GetString()!, Query: Query(t)))).ToList();
        Assert.InRange(open.Count, 30, 200);
        using var http = WatchedDemo.Client(demo);
        try
        {
            while (true)
            {
                var without = new List<(string Panel, string Query)>();
                foreach (var panel in open)
                {
                    if ((await prometheus.AskAsync(panel.Query, patience.Token)).Count == 0) without.Add(panel);
                }
                open = without;
                if (open.Count == 0) break;
                // Rates need two looks with something between them, and time enough to see it.
                await WatchedDemo.UseAsync(http, patience.Token);
                await WatchedDemo.TellAsync(demo, patience.Token);
                await Task.Delay(500, patience.Token);
            }
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            Assert.Fail("No data came for: " + string.Join("; ", open.Select(p => p.Panel + ": " + p.Query)) + "\n" + prometheus.Errors);
        }
    }

    [Fact]
    public void The_dashboards_are_what_Grafana_reads()
    {
        var source = File.ReadAllLines(Checkout.Resolve("deploy/grafana/provisioning/datasources/prometheus.yml")).Single(l => l.Trim().StartsWith("uid: ", StringComparison.Ordinal)).Trim()[5..];
        var boards = System.IO.Directory.GetFiles(Folder, "*.json").Select(f => JsonDocument.Parse(File.ReadAllText(f)).RootElement).ToArray();
        Assert.Equal(["insights-business", "insights-capacity", "insights-operations"], boards.Select(b => b.GetProperty("uid").GetString()).Order(StringComparer.Ordinal));
        foreach (var board in boards)
        {
            var panels = board.GetProperty("panels").EnumerateArray().ToArray();
            Assert.Equal(panels.Length, panels.Select(p => p.GetProperty("id").GetInt32()).Distinct().Count());
            Assert.Equal(panels.Length, panels.Select(p => p.GetProperty("title").GetString()).Distinct().Count());
            Assert.All(panels, p => Assert.Equal(source, p.GetProperty("datasource").GetProperty("uid").GetString()));
            Assert.All(panels, p => Assert.Contains(p.GetProperty("type").GetString(), (string[])["stat", "timeseries", "bargauge"]));
            var cells = panels.Select(p => p.GetProperty("gridPos")).SelectMany(g => Cells(Number(g, "x"), Number(g, "y"), Number(g, "w"), Number(g, "h"))).ToArray();
            Assert.Equal(cells.Length, cells.Distinct().Count());
            Assert.All(cells, c => Assert.InRange(c.X, 0, 23));
        }
    }

    private static IEnumerable<JsonElement> Panels() => System.IO.Directory.GetFiles(Folder, "*.json").SelectMany(f => JsonDocument.Parse(File.ReadAllText(f)).RootElement.GetProperty("panels").EnumerateArray());

    // Grafana puts the time of some scrapes here.
    private static string Query(JsonElement target) => target.GetProperty("expr").GetString()!.Replace("$__rate_interval", "30s", StringComparison.Ordinal);

    private static int Number(JsonElement grid, string name) => grid.GetProperty(name).GetInt32();

    private static IEnumerable<(int X, int Y)> Cells(int x, int y, int w, int h) => from i in Enumerable.Range(x, w) from j in Enumerable.Range(y, h) select (i, j);
}
