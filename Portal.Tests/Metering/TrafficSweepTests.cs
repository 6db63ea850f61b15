using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NodaTime;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Jobs;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Metering;

/// <summary>Requests of old months are given up where that is configured: what can be told of them stays as it was, and what cannot says so.</summary>
public sealed class TrafficSweepTests(TrafficSweepTests.SweepingPortal portal) : IClassFixture<TrafficSweepTests.SweepingPortal>
{
    private const string September = "from=2024-09-01T00:00:00Z&to=2024-10-01T00:00:00Z";
    private const string October = "from=2024-10-01T00:00:00Z&to=2024-11-01T00:00:00Z";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Old_requests_go_when_their_month_is_closed_and_counted_again_and_no_figure_lies_about_them()
    {
        var c = await portal.NewCommunityAsync();
        await PlanAsync(c);
        foreach (var month in (string[])["2024-08", "2024-09", "2024-10", "2025-11"])
        {
            await c.StoreAsync([A.Event("group.member.joined", "bob", $"{month}-01T00:00:00Z", $"join {month}", ("group", "g")), .. Enumerable.Range(1, 15).SelectMany(day => new[]
            {
                A.Request("ann", 10 * day, "Events", "GET", 200, 1_000, "g", $"{month}-{day:00}T10:10:00Z", $"request {month} {day}"), A.Request("bob", 7, at: $"{month}-{day:00}T10:40:00Z"),
                A.Message("bob", "g", $"{month}-{day:00}T00:20:00Z", $"message {month} {day}"), A.Upload("ann", 500 * day, group: "g", kind: "photo", at: $"{month}-{day:00}T04:00:00Z"),
            })]);
        }
        await c.TierAsync();
        string[] same =
        [
            $"meters/api_time/query?{September}&groupBy=subject", $"meters/messages/query?{September}&groupBy=group&windowSize=DAY",
            $"meters/active_members/query?{September}&groupBy=group", "meters/storage/query?from=2024-09-01T10:20:00Z&to=2025-01-01T00:00:00Z&groupBy=kind", "users/ann/statement?period=2024-09",
            "directory/groups/g/members?at=2024-08-05T00:00:00Z", $"meters/api_time/query?{October}&groupBy=area", $"meters/api_latency/query?{October}", $"users/ann/usage?{October}",
            "meters/api_time/query?from=2024-10-05T10:20:00Z&to=2024-10-07T10:20:00Z",
        ];
        Assert.StartsWith($"All events are kept. {c.Key} has not closed 2024-08.", await SweepAsync(), StringComparison.Ordinal);
        foreach (var month in (string[])["2024-08", "2024-09", "2024-10"]) Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Post, $"api/v1/periods/{month}/close", "")).Status);
        var before = await AllAsync(c, same);
        var rows = Figures(await JsonAsync(c, $"users/ann/usage?{September}"));
        Assert.Equal(("1200", "3915"), (rows["api_time"], await c.ValueAsync("api_time", "to=2025-01-01T00:00:00Z")));
        Assert.NotNull(rows["api_latency"]);

        // A sum that its events do not give keeps the month.
        await ExecuteAsync("UPDATE rollup_hour SET sum = sum + 1000000 WHERE tenant_id = $1 AND hour = '2024-09-03T10:00:00Z' AND key = 'ann' AND sum = 30000000", c.Id);
        Assert.Matches($"^Traffic is kept from 2024-09-01T00:00:00Z\\. {c.Key}: 2 sums differ, the first: api_time Subject 'ann' 2024-09-03T10:00:00Z", await SweepAsync());
        await ExecuteAsync("UPDATE rollup_hour SET sum = sum - 1000000 WHERE tenant_id = $1 AND hour = '2024-09-03T10:00:00Z' AND key = 'ann' AND sum = 31000000", c.Id);
        // What was said the night before is done, and the next month said.
        Assert.Equal("30 events deleted. Traffic is kept from 2024-10-01T00:00:00Z.", await SweepAsync());
        Assert.Equal("30 events deleted. Traffic is kept from 2024-10-01T00:00:00Z.", await SweepAsync());
        Assert.Equal("Traffic is kept from 2024-10-01T00:00:00Z.", await SweepAsync());
        Assert.Equal(0L, await AskAsync("SELECT count(*) FROM ledger WHERE tenant_id = $1 AND time < '2024-10-01T00:00:00Z' AND type = 'api.request'", c.Id));
        Assert.Equal(62L, await AskAsync("SELECT count(*) FROM ledger WHERE tenant_id = $1 AND time < '2024-10-01T00:00:00Z'", c.Id));
        Assert.Contains("2024-10-01T00:00:00Z", (await c.GetAsync("api/v1/audit?action=ledger.kept_from")).Text, StringComparison.Ordinal);

        Assert.Equal(before, await AllAsync(c, same));
        rows = Figures(await JsonAsync(c, $"users/ann/usage?{September}"));
        Assert.Equal(("1200", null, "3915"), (rows["api_time"], rows["api_latency"], await c.ValueAsync("api_time", "to=2025-01-01T00:00:00Z")));
        var members = (await JsonAsync(c, $"groups/g/usage?{September}")).GetProperty("byMember").EnumerateArray().ToDictionary(m => m.GetProperty("user").GetString()!, m => Values(m.GetProperty("meters")));
        Assert.Equal((null, null, "15"), (members["bob"]["api_time"], members["ann"]["api_calls"], members["bob"]["messages"]));
        foreach (var gone in (string[])[$"meters/api_time/query?{September}&groupBy=area", $"meters/api_latency/query?{September}", "meters/api_time/query?from=2024-09-01T10:20:00Z&to=2025-01-01T00:00:00Z", "users/ann/usage?from=2024-09-01T10:20:00Z&to=2025-01-01T00:00:00Z"])
        {
            var answer = await c.GetAsync("api/v1/" + gone);
            Assert.True(answer.Status == HttpStatusCode.Gone && answer.Text.Contains("before 2024-10-01T00:00:00Z are no longer kept", StringComparison.Ordinal), gone + ": " + answer.Text);
        }

        using (var listed = await c.Http.GetAsync(new Uri($"api/v1/events?{September}&limit=1000", UriKind.Relative), Cancel))
            Assert.Equal("2024-10-01T00:00:00Z", Assert.Single(listed.Headers.GetValues("X-Requests-Kept-From")));
        using (var listed = await c.Http.GetAsync(new Uri($"api/v1/events?{October}&limit=1000", UriKind.Relative), Cancel)) Assert.False(listed.Headers.Contains("X-Requests-Kept-From"));
        Assert.Equal(31, (await c.IdsAsync($"?{September}&limit=1000")).Length);
        Assert.Contains("\"requestsKeptFrom\": \"2024-10-01T00:00:00Z\"", (await c.GetAsync("api/v1/directory/users/ann/export")).Text, StringComparison.Ordinal);

        // Pages say it in words.
        var admin = await portal.SignInAsync(c);
        foreach (var page in (string[])["events", "groups/g/usage"])
            Assert.Contains("before 1 Oct 2024 UTC are no longer kept; their sums are.", await admin.GetStringAsync(new Uri(page + "?from=2024-09-01&to=2024-09-30", UriKind.Relative), Cancel), StringComparison.Ordinal);
        Assert.DoesNotContain("no longer kept", await admin.GetStringAsync(new Uri("groups/g/usage?from=2024-10-01&to=2024-10-31", UriKind.Relative), Cancel), StringComparison.Ordinal);
        var ann = await portal.SignInAsync(c, "ann");
        Assert.Contains("before 1 Oct 2024 UTC are no longer kept; their sums are.", await ann.GetStringAsync(new Uri("me/usage?from=2024-09-01&to=2024-09-30", UriKind.Relative), Cancel), StringComparison.Ordinal);
        Assert.Contains("before 1 Oct 2024 UTC are no longer kept; their sums by the hour are.", await admin.GetStringAsync(new Uri("admin/performance?from=2024-09-01&to=2024-09-30", UriKind.Relative), Cancel), StringComparison.Ordinal);

        await ChangesAreHonestAsync(c);
        Assert.Equal("1 events deleted. Traffic is kept from 2024-10-01T00:00:00Z.", await SweepAsync());
        await c.RecountAsync();

        // A community of which nothing but requests was recorded began when they did, though they are gone.
        await ExecuteAsync("DELETE FROM ledger WHERE tenant_id = $1 AND time < '2024-10-01T00:00:00Z'", c.Id);
        var tenant = await portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, Cancel);
        Assert.Equal(new LocalDate(2024, 8, 1), await portal.Services.GetRequiredService<RecordingStart>().DayAsync(tenant, Cancel));
    }

    // What comes and is changed afterwards.
    private static async Task ChangesAreHonestAsync(TestCommunity c)
    {
        var again = await c.SendAsync([A.Request("ann", 90, "Events", "GET", 200, 1_000, "g", "2024-09-09T10:10:00Z", "request 2024-09 9")]);
        Assert.Equal((0, 1), (again.Accepted, again.Duplicates));
        Assert.Equal(HttpStatusCode.Gone, (await c.VoidAsync(A.Source, "request 2024-09 9")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await c.VoidAsync(A.Source, "never sent")).Status);
        Assert.Equal(HttpStatusCode.OK, (await c.VoidAsync(A.Source, "message 2024-09 9")).Status);
        Assert.Equal("14", await c.ValueAsync("messages", September));

        // What comes late counts; a month whose events are gone is final, and the one after it is adjusted as ever.
        await c.StoreAsync(A.Request("bob", 1, at: "2024-09-20T10:00:00Z", id: "late"), A.Request("bob", 2, at: "2024-10-20T10:00:00Z", id: "late too"));
        Assert.Equal("1306", await c.ValueAsync("api_time", September));
        var lines = (await JsonAsync(c, "users/bob/statement?period=2024-11")).GetProperty("lines").EnumerateArray().Select(l => l.GetProperty("adjusts").GetString()).OfType<string>();
        Assert.Equal(["2024-10"], lines);

        // A membership is worked out from all that was ever said about it.
        await c.StoreAsync(A.Event("group.member.left", "bob", "2025-11-20T11:00:00Z", null, ("group", "g")));
        Assert.Contains("\"user\":\"bob\"", (await c.GetAsync("api/v1/directory/groups/g/members?at=2024-08-05T00:00:00Z")).Text, StringComparison.Ordinal);

        foreach (var (type, status) in new[] { ("api.request", HttpStatusCode.Gone), ("message.sent", HttpStatusCode.Created) })
            Assert.Equal((type, status), (type, (await c.JsonAsync(HttpMethod.Post, "api/v1/meters", $$"""{"slug":"more_{{type[..3]}}","aggregation":"COUNT","eventType":"{{type}}"}""")).Status));

        // Who carries what of the past does not change with a policy to come, though all that is kept is worked out again.
        var carried = (await c.GetAsync($"api/v1/groups/g/usage?{September}")).Text;
        Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Put, "api/v1/tenants/" + c.Key, $$"""{"name":"{{c.Key}}","attribution":"uploader-carries"}""")).Status);
        Assert.Equal(carried, (await c.GetAsync($"api/v1/groups/g/usage?{September}")).Text);
        await c.RecountAsync();
    }

    private static async Task PlanAsync(TestCommunity c)
    {
        var plan = await c.JsonAsync(HttpMethod.Post, "api/v1/plans", """{"key":"free","name":"Free","currency":"USD","fee":"0","items":[{"meter":"api_time","price":{"model":"per_unit","unitPrice":"0.01"}}]}""");
        Assert.True(plan.Status == HttpStatusCode.Created, plan.Text);
        Assert.Equal(HttpStatusCode.OK, (await c.JsonAsync(HttpMethod.Post, "api/v1/plans/free/publish", """{"effective":"2024-01-01T00:00:00Z"}""")).Status);
    }

    private static async Task<List<(string, string)>> AllAsync(TestCommunity c, string[] questions)
    {
        var answers = new List<(string, string)>();
        foreach (var question in questions)
        {
            var answer = await c.GetAsync("api/v1/" + question);
            Assert.True(answer.Status == HttpStatusCode.OK, question + ": " + answer.Text);
            answers.Add((question, answer.Text));
        }
        return answers;
    }

    private static async Task<JsonElement> JsonAsync(TestCommunity c, string question) => (await c.GetAsync("api/v1/" + question)).Json;

    private static Dictionary<string, string?> Figures(JsonElement usage) => Values(usage.GetProperty("acted"));

    private static Dictionary<string, string?> Values(JsonElement meters) =>
        meters.EnumerateArray().ToDictionary(m => m.GetProperty("meter").GetString()!, m => m.GetProperty("value") is { ValueKind: not JsonValueKind.Null } value ? value.ToString() : null);

    // As the runner does it each night.
    private async Task<string> SweepAsync() => (await portal.Services.GetServices<Job>().Single(j => j.Name == "ledger-sweep").Run(Cancel)).Text;

    private async Task ExecuteAsync(string sql, int tenant) => await AskAsync(sql, tenant);

    private async Task<object?> AskAsync(string sql, int tenant)
    {
        await using var ask = portal.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand(sql);
        ask.Parameters.Add(new NpgsqlParameter { Value = tenant });
        return await ask.ExecuteScalarAsync(Cancel);
    }

    /// <summary>A portal of 20 November 2025 that keeps traffic for thirteen months.</summary>
    public sealed class SweepingPortal(PostgresServer server) : RunningPortal(server)
    {
        internal override void Adjust(WebApplicationBuilder builder)
        {
            builder.Configuration["Insights:Ledger:KeepMonths"] = "13";
            builder.Services.AddSingleton<TimeProvider>(new FakeTimeProvider(new DateTimeOffset(2025, 11, 20, 12, 0, 0, TimeSpan.Zero)));
            builder.Host.UseServiceProviderFactory(new WithoutJobs());
        }
    }
}
