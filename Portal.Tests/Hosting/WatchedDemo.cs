using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Capacity;
using OpenMeet.Insights.Infrastructure.Costs;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Jobs;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Quotas;
using OpenMeet.Insights.Tests.Browser;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Hosting;

/// <summary>Brings the demo's portal to tell Prometheus all that it can: in a tenant that no other test looks at, and by the jobs that are due every quarter of an hour.</summary>
internal static class WatchedDemo
{
    public const string Tenant = "watched-tenant";
    public const string User = "watched-user";
    public const string Group = "watched-group";

    // The same events at each preparation.
    private static readonly DateTimeOffset Today = new(TimeProvider.System.GetUtcNow().Date, TimeSpan.Zero);
    private static readonly Actor Watcher = new("test", Instant.FromUtc(2025, 1, 1, 0, 0));

    public static async Task PrepareAsync(DemoPortal demo, CancellationToken cancel)
    {
        using var admin = demo.Api();
        using var http = Client(demo);
        using var made = await admin.PutAsJsonAsync("api/v1/tenants/" + Tenant, new { name = "Watched", defaultLimits = new { storage = new { limit = "40000", limitKind = "hard" } } }, cancel);
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync(cancel));
        await SendAsync(http, HttpStatusCode.OK, [.. Enumerable.Range(1, 60).Select(Upload)]);
        await SendAsync(http, HttpStatusCode.Conflict, [A.Upload(User, 77, id: "watched-1")]);
        await SendAsync(http, HttpStatusCode.BadRequest, [A.Event("", User)]);
        await UseAsync(http, cancel);
        var tenant = await demo.Services.GetRequiredService<TenantStore>().FindAsync(Tenant, cancel);
        await demo.Services.GetRequiredService<CapacityStore>().SetAsync(
            new PoolCapacity
            {
                TenantId = tenant!.Id, Pool = "disk", Capacity = 100_000, LeadDays = 14, From = Watcher.At, Reason = "test", CreatedAt = Watcher.At, CreatedBy = Watcher.Name,
            },
            Watcher, cancel);
        foreach (var job in demo.Services.GetServices<Job>().Where(j => j.Name is "quota-census" or "capacity" or AttributionWatch.JobName))
        {
            var outcome = await job.Run(cancel);
            await using var db = await demo.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(cancel);
            await JobRunner.NoteAsync(db, job.Name, outcome, Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()), cancel);
        }
        await TellAsync(demo, cancel);
    }

    /// <summary>A client of the tenant.</summary>
    public static HttpClient Client(DemoPortal demo)
    {
        var http = demo.Api();
        http.DefaultRequestHeaders.Add("X-Tenant-Id", Tenant);
        return http;
    }

    /// <summary>An event that is there already, a check that is allowed and one that is not.</summary>
    public static async Task UseAsync(HttpClient http, CancellationToken cancel)
    {
        await SendAsync(http, HttpStatusCode.OK, [Upload(1)]);
        foreach (var amount in (int[])[1, 1_000_000])
        {
            using var check = await http.GetAsync($"api/v1/quotas/check?user={User}&meter=storage&amount={amount}", cancel);
            Assert.Equal(HttpStatusCode.OK, check.StatusCode);
        }
    }

    /// <summary>What each portal does every half minute; portals of other tests in this process write to the same gauges.</summary>
    public static async Task TellAsync(DemoPortal demo, CancellationToken cancel)
    {
        var hosted = demo.Services.GetServices<IHostedService>().ToArray();
        await hosted.OfType<QuotaGauge>().Single().TellAsync(cancel);
        await hosted.OfType<CapacityGauge>().Single().TellAsync(cancel);
        await hosted.OfType<StandingMetrics>().Single().TellAsync(cancel);
    }

    private static JsonObject Upload(int daysAgo) => A.Upload(
        User, 1_000, group: daysAgo % 2 == 0 ? Group : null, at: Today.AddDays(-daysAgo).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture), id: "watched-" + daysAgo);

    private static async Task SendAsync(HttpClient http, HttpStatusCode expected, JsonObject[] events)
    {
        using var content = new StringContent("[" + string.Join(',', events.Select(e => e.ToJsonString())) + "]", Encoding.UTF8, "application/cloudevents-batch+json");
        using var answer = await http.PostAsync("api/v1/events", content);
        Assert.True(answer.StatusCode == expected, await answer.Content.ReadAsStringAsync());
    }
}
