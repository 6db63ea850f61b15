using System.Diagnostics;
using System.Text.Json;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Metering;

/// <summary>Public npm clients, as they are published, work against the portal.</summary>
public sealed class PublicClientsTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    [Fact]
    public async Task OpenMeters_client_makes_meters_sends_events_and_asks()
    {
        var community = await portal.NewCommunityAsync();
        var told = await RunAsync("openmeter.mjs", community);

        Assert.Equal(("tokens", "SUM", "prompt", "$.tokens", "$.model"),
            (Text(told, "created", "slug"), Text(told, "created", "aggregation"), Text(told, "created", "eventType"), Text(told, "created", "valueProperty"), Text(told, "created", "groupBy", "model")));
        Assert.Equal(("HTTPError", "409"), (Text(told, "twice", "name"), Text(told, "twice", "status")));
        Assert.Equal(["1/0", "2/1", "1/0"], new[] { "one", "batch", "bare" }.Select(n => $"{Text(told, n, "accepted")}/{Text(told, n, "duplicates")}"));
        Assert.Equal(("400", "409"), (Text(told, "bad", "status"), Text(told, "conflict", "status")));
        Assert.EndsWith("[400]: 'type' must not be empty.", Text(told, "bad", "message"), StringComparison.Ordinal);

        Assert.Equal(["- 42.5"], Rows(told, "total"));
        Assert.Equal(["- 42.5"], Rows(told, "byId"));
        Assert.Equal("2025-03-01T00:00:00.000Z 2025-03-03T00:00:00.000Z", Text(told, "total", "from") + " " + Text(told, "total", "to"));
        Assert.Equal(["ann large 0", "ann large 12.5", "ann small 10", "ann small 0", "bob large 20", "bob large 0"], Rows(told, "daily", "model"));
        Assert.Equal("DAY", Text(told, "daily", "windowSize"));
        Assert.Equal(["ann 12.5"], Rows(told, "filtered"));
        Assert.Equal(["- large 20", "- large 12.5", "- small 10", "- small 0"], Rows(told, "posted", "model"));
        Assert.Equal(["large", "small"], Texts(told, "models"));
        Assert.Equal(["in", "out"], Texts(told, "kinds"));
        Assert.Equal("400", Text(told, "badQuery", "status"));

        Assert.Equal(["three", "one"], told.GetProperty("events").EnumerateArray().Select(e => Text(e, "event", "id")));
        Assert.Equal(["two"], told.GetProperty("ranged").EnumerateArray().Select(e => Text(e, "event", "id")));
        Assert.Equal("Tokens", Text(told, "got", "name"));
        Assert.Equal(("All tokens", "AI tokens"), (Text(told, "updated", "name"), Text(told, "updated", "description")));
        Assert.Single(told.GetProperty("updated").GetProperty("groupBy").EnumerateObject().ToArray());
        Assert.Contains("tokens", Texts(told, "listed"));
        Assert.Contains("storage", Texts(told, "listed"));
        Assert.Equal("404", Text(told, "gone", "status"));
        Assert.Equal(4, await community.RecountAsync());
    }

    [Fact]
    public async Task The_client_of_cloudevents_sends_in_both_modes()
    {
        var community = await portal.NewCommunityAsync();
        var told = await RunAsync("cloudevents.mjs", community);

        foreach (var sent in (string[])["binary", "structured", "withContentType", "extension", "emittedBinary", "emittedStructured", "untimed"])
            Assert.Equal((sent, "200", "1"), (sent, Text(told, sent, "status"), Text(told, sent, "accepted")));
        Assert.Equal("1", Text(told, "transported", "accepted"));
        Assert.Equal(("0", "1"), (Text(told, "again", "accepted"), Text(told, "again", "duplicates")));
        Assert.Equal("400", Text(told, "refused", "status"));
        Assert.Equal("data.size_bytes", Text(told.GetProperty("refused").GetProperty("errors")[0], "path"));
        Assert.Equal("700", await community.ValueAsync("uploaded", "from=2025-03-01T00:00:00Z&to=2025-03-02T00:00:00Z&filterGroupBy[group]=l%C3%A4ufer&subject=ann"));
        Assert.Equal("1", await community.ValueAsync("visitors", ""));
        Assert.Equal(8, await community.RecountAsync());
    }

    private async Task<JsonElement> RunAsync(string script, TestCommunity community)
    {
        // run where the packages are: node looks for them from the script's folder upwards
        var start = new ProcessStartInfo("node")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Checkout.Root,
            ArgumentList = { Path.Combine(Checkout.Root, "Portal.Tests", "Clients", script) },
            Environment =
            {
                ["PORTAL"] = portal.Address.ToString().TrimEnd('/'), ["PORTAL_KEY"] = RunningPortal.Key, ["PORTAL_TENANT"] = community.Key,
                ["NO_PROXY"] = "127.0.0.1", ["NODE_USE_ENV_PROXY"] = "0",
            },
        };
        using var node = Process.Start(start)!;
        var (said, complained) = (node.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await node.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(node.ExitCode == 0, await complained);
        using var told = JsonDocument.Parse(await said);
        return told.RootElement.Clone();
    }

    private static string? Text(JsonElement json, params string[] path)
    {
        foreach (var name in path)
        {
            if (!json.TryGetProperty(name, out json)) return null;
        }
        return json.ValueKind == JsonValueKind.String ? json.GetString() : json.GetRawText();
    }

    private static IEnumerable<string?> Texts(JsonElement told, string name) => told.GetProperty(name).EnumerateArray().Select(v => v.GetString());

    private static IEnumerable<string> Rows(JsonElement told, string name, string? dimension = null) => told.GetProperty(name).GetProperty("data").EnumerateArray().Select(r =>
        $"{r.GetProperty("subject").GetString() ?? "-"} {(dimension is null ? "" : Text(r, "groupBy", dimension) + " ")}{r.GetProperty("value").GetRawText()}");
}
