using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Quotas;

/// <summary>Reservations over HTTP, and over two portals at once.</summary>
public sealed class ReservationTests(PostgresServer server)
{
    private static async Task LimitAsync(HttpClient http, string user, int limit)
    {
        using var made = await http.PostAsJsonAsync("api/v1/quotas/overrides", new { kind = "user", key = user, meter = "messages", limit, limitKind = "hard", reason = "test", permanent = true });
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
    }

    private static async Task<JsonNode> CheckAsync(HttpClient http, string user, int amount) =>
        JsonNode.Parse(await http.GetStringAsync(new Uri($"api/v1/quotas/check?user={user}&meter=messages&amount={amount}", UriKind.Relative)))!;

    [Fact]
    public async Task A_thousand_at_once_over_two_portals_get_exactly_the_hundred_that_there_are()
    {
        var database = await RunningPortal.CreateDatabaseAsync(server);
        using var one = await PortalProcess.StartAsync(database);
        using var two = await PortalProcess.StartAsync(database);
        await LimitAsync(one.Client, "ann", 100);
        var answers = await Task.WhenAll(Enumerable.Range(0, 1000).Select(async i =>
        {
            using var answer = await (i % 2 == 0 ? one : two).Client.PostAsJsonAsync("api/v1/quotas/reservations", new { user = "ann", meter = "messages" });
            return answer.StatusCode;
        }));
        Assert.Equal(100, answers.Count(a => a == HttpStatusCode.Created));
        Assert.Equal(900, answers.Count(a => a == HttpStatusCode.Conflict));
        Assert.Equal(("100", "0"), ((string)(await CheckAsync(two.Client, "ann", 1))["reserved"]!, (string)(await CheckAsync(one.Client, "ann", 1))["remaining"]!));
    }

    [Fact]
    public async Task A_reservation_becomes_its_event_once_or_is_given_back()
    {
        var portal = new RunningPortal(server);
        await portal.InitializeAsync();
        await using var _ = portal;
        var http = portal.Client();
        await LimitAsync(http, "bob", 10);
        async Task<JsonNode> ReserveAsync(int amount)
        {
            using var made = await http.PostAsJsonAsync("api/v1/quotas/reservations", new { user = "bob", meter = "messages", amount });
            Assert.Equal(HttpStatusCode.Created, made.StatusCode);
            return JsonNode.Parse(await made.Content.ReadAsStringAsync())!;
        }
        var kept = await ReserveAsync(1);
        var given = await ReserveAsync(9);
        var denied = await CheckAsync(http, "bob", 1);
        Assert.False((bool)denied["allowed"]!);
        Assert.Equal(["override", "plan", "tenantDefault", "unlimited"], denied["chain"]!.AsArray().Select(l => (string)l!["source"]!));

        using (var released = await http.DeleteAsync(new Uri($"api/v1/quotas/reservations/{given["id"]}", UriKind.Relative), TestContext.Current.CancellationToken)) Assert.Equal(HttpStatusCode.NoContent, released.StatusCode);
        for (var twice = 0; twice < 2; twice++)
        {
            using var committed = await http.PostAsync(new Uri($"api/v1/quotas/reservations/{kept["id"]}/commit", UriKind.Relative), null, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, committed.StatusCode);
        }
        var after = await CheckAsync(http, "bob", 9);
        Assert.Equal((true, "1", "0", "9"), ((bool)after["allowed"]!, (string)after["used"]!, (string)after["reserved"]!, (string)after["remaining"]!));
    }
}
