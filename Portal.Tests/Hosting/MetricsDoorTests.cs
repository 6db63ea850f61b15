using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Hosting;

/// <summary>Who may read the metrics, and where, as the two switches say.</summary>
public sealed class MetricsDoorTests(PostgresServer server)
{
    [Fact]
    public async Task Metrics_are_told_at_their_own_port_and_to_who_has_a_key_whatever_a_request_calls_the_host_and_the_path()
    {
        var port = Ports.Next();
        var number = port.ToString(CultureInfo.InvariantCulture);
        using var portal = await PortalProcess.StartAsync(await RunningPortal.CreateDatabaseAsync(server), "--Insights:Metrics:Port=" + number, "--Insights:Metrics:RequireKey=true");
        using var http = new HttpClient();
        async Task<HttpStatusCode> AskAsync(int at, string path, bool hasKey)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(portal.Address) { Port = at, Path = path }.Uri);
            request.Headers.Host = "insights.example.org:" + number;
            if (hasKey) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", RunningPortal.Key);
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            return answer.StatusCode;
        }
        foreach (var path in (string[])["metrics", "Metrics", "metrics/"])
        {
            Assert.Equal((path, HttpStatusCode.NotFound), (path, await AskAsync(portal.Address.Port, path, true)));
            Assert.Equal((path, HttpStatusCode.Unauthorized), (path, await AskAsync(port, path, false)));
        }
        Assert.Equal(HttpStatusCode.OK, await AskAsync(port, "metrics", true));
    }
}
