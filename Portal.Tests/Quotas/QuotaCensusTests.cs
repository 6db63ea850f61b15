using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Quotas;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Quotas;

public sealed class QuotaCensusTests(PortalWithClock portal) : IClassFixture<PortalWithClock>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_census_has_the_states_of_the_usage_pages_and_Prometheus_is_told()
    {
        var c = await portal.NewCommunityAsync();
        Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, "api/v1/tenants/" + c.Key, """{"name":"c","defaultLimits":{"storage":{"limit":"1000","limitKind":"hard"},"messages":{"limit":"4","limitKind":"soft"}}}""")).Status);
        await c.StoreAsync((JsonObject[])
        [
            A.Upload("ann", 1_000, file: "a", at: "2025-11-10T10:00:00Z"), A.Upload("bob", 800, file: "b", at: "2025-11-10T10:00:00Z"), A.Upload("eve", 10, file: "e", at: "2025-11-10T10:00:00Z"),
            A.Message("ann", "g", "2025-11-02T10:00:00Z"), A.Message("ann", "g", "2025-11-03T10:00:00Z"), A.Message("ann", "g", "2025-11-12T10:00:00Z"), A.Message("ann", "g", "2025-11-12T10:00:00Z"),
            A.Message("bob", at: "2025-11-12T10:00:00Z"), A.Message("bob", at: "2025-10-12T10:00:00Z"),
            .. Enumerable.Range(1, 18).Select(d => A.Upload("dan", 40, at: $"2025-11-{d:00}T10:00:00Z")),
        ]);
        // g passes to ann in the middle of the month: what it used before is its own, what it holds now is hers.
        Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/g", """{"name":"G","ownerKey":"eve"}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/g", """{"name":"G","ownerKey":"ann","from":"2025-11-10T00:00:00Z"}""")).Status);

        var census = portal.Services.GetRequiredService<QuotaCensus>();
        var tenant = (await portal.Services.GetRequiredService<TenantStore>().FindAsync(c.Key, Cancel))!;
        var states = await census.StatesAsync(tenant, Cancel);
        foreach (var user in (string[])["ann", "bob", "eve", "dan"])
        {
            var usage = (await c.GetAsync($"api/v1/users/{user}/usage")).Json;
            foreach (var row in usage.GetProperty("meters").EnumerateArray().Where(r => r.GetProperty("limit").GetString() is not null))
            {
                var (_, state) = Assert.Single(states, s => s.Account.Account == "user:" + user && s.Account.Meter.Meter.Slug == row.GetProperty("meter").GetString());
                Assert.Equal((user, row.GetProperty("meter").GetString(), row.GetProperty("state").GetString()), (user, row.GetProperty("meter").GetString(), state.ToString().ToLowerInvariant()));
            }
        }
        var storage = states.Where(s => s.Account.Meter.Meter.Slug == "storage").ToDictionary(s => s.Account.Account, s => s.State.ToString());
        Assert.Equal(("Blocked", "Watch", "Ok", "Act"), (storage["user:ann"], storage["user:bob"], storage["user:eve"], storage["user:dan"]));

        var outcome = await census.Job.Run(Cancel);
        Assert.Equal(states.Count, outcome.Figure);
        // A registry of its own: other portals of this process tell theirs.
        var registry = Prometheus.Metrics.NewCustomRegistry();
        await new QuotaGauge(portal.Services.GetRequiredService<Microsoft.EntityFrameworkCore.IDbContextFactory<Infrastructure.Database.InsightsDbContext>>(), portal.Clock,
            Microsoft.Extensions.Logging.Abstractions.NullLogger<QuotaGauge>.Instance, registry).TellAsync(Cancel);
        using var text = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(text, Cancel);
        var metrics = System.Text.Encoding.UTF8.GetString(text.ToArray());
        Assert.Contains("openmeet_insights_quota_accounts{meter=\"storage\",state=\"blocked\"} 1", metrics, StringComparison.Ordinal);
        Assert.Contains("openmeet_insights_quota_accounts{meter=\"storage\",state=\"over\"} 0", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("ann", string.Join('\n', metrics.Split('\n').Where(l => l.StartsWith("openmeet_insights_quota_accounts", StringComparison.Ordinal))), StringComparison.Ordinal);
    }
}
