using System.Net;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Pricing;
using OpenMeet.Insights.Portal.Usage;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Pricing;

/// <summary>What charts of an account mark: plans taken, limits given, days of events.</summary>
public sealed class AccountMarkTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private static readonly TimeRange October = new(Instant.FromUtc(2025, 10, 1, 0, 0), Instant.FromUtc(2025, 11, 1, 0, 0));

    private async Task<string[]> MarksAsync(TestCommunity c, string account, TimeRange range)
    {
        var tenant = await portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, TestContext.Current.CancellationToken);
        return [.. (await portal.Services.GetRequiredService<AccountMarkReports>().ReadAsync(tenant, account, range, TestContext.Current.CancellationToken)).Select(m => $"{m.Day:MM-dd} {ChartMarks.Text(m)}")];
    }

    private static async Task SendAsync(TestCommunity c, HttpMethod method, string path, string body) => Assert.True((await c.JsonAsync(method, "api/v1/" + path, body)).Status is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.NoContent);

    private static System.Text.Json.Nodes.JsonObject Event(string type, string key, string? starts, string at) => A.Event(type, "ann", at, null, ("event", key), ("group", "g"), ("starts_at", starts));

    [Fact]
    public async Task Plans_and_days_of_events_are_marked_where_they_were_moved_to_and_deleted_ones_are_not()
    {
        var c = await portal.NewCommunityAsync();
        await SendAsync(c, HttpMethod.Put, "directory/groups/g", """{"name":"G","ownerKey":"ann"}""");
        foreach (var (key, name) in ((string, string)[])[("club", "Club"), ("society", "Society")])
        {
            await SendAsync(c, HttpMethod.Post, "plans", $$"""{"key":"{{key}}","name":"{{name}}","currency":"USD","fee":"1","items":[]}""");
            await SendAsync(c, HttpMethod.Post, $"plans/{key}/publish", """{"effective":"2025-01-01T00:00:00Z"}""");
        }
        await SendAsync(c, HttpMethod.Put, "accounts/group/g/plan", """{"plan":"club","effective":"2025-09-01T00:00:00Z"}""");
        await SendAsync(c, HttpMethod.Put, "accounts/group/g/plan", """{"plan":"society","effective":"2025-10-12T00:00:00Z"}""");
        await c.StoreAsync(
            Event("event.created", "moved", "2025-10-03T18:00:00Z", "2025-09-01T10:00:00Z"), Event("event.updated", "moved", "2025-10-04T18:00:00Z", "2025-09-02T10:00:00Z"),
            Event("event.created", "same-day", "2025-10-04T20:00:00Z", "2025-09-01T10:00:00Z"),
            Event("event.created", "deleted", "2025-10-05T18:00:00Z", "2025-09-01T10:00:00Z"), Event("event.deleted", "deleted", null, "2025-09-03T10:00:00Z"),
            Event("event.created", "november", "2025-11-01T00:00:00Z", "2025-09-01T10:00:00Z"));
        Assert.Equal(["10-04 2 events", "10-12 Plan Society"], await MarksAsync(c, "group:g", October));
        Assert.Equal(["09-01 Plan Club"], await MarksAsync(c, "group:g", new TimeRange(Instant.FromUtc(2025, 9, 1, 0, 0), October.From)));
        Assert.Empty(await MarksAsync(c, "user:ann", October));
    }

    [Fact]
    public async Task A_limit_that_was_taken_back_at_once_is_no_mark_and_one_that_holds_is()
    {
        var c = await portal.NewCommunityAsync();
        await SendAsync(c, HttpMethod.Put, "directory/users/ann", """{"name":"Ann"}""");
        await c.StoreAsync(A.Upload("ann", 5, at: "2025-10-10T00:00:00Z"));
        var range = new TimeRange(October.From, Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddDays(40)));
        var ends = TimeProvider.System.GetUtcNow().AddDays(30).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        await SendAsync(c, HttpMethod.Post, "quotas/overrides", $$"""{"kind":"user","key":"ann","meter":"uploaded","limit":"2000000000","limitKind":"soft","reason":"A festival","expiresAt":"{{ends}}T12:00:00Z"}""");
        Assert.Equal(["Uploads limit 2 GB", "Uploads limit ends"], (await MarksAsync(c, "user:ann", range)).Select(m => m[6..]));
    }

    [Fact]
    public void More_event_days_than_can_be_told_apart_are_not_marked_and_what_is_about_another_meter_is_left_out()
    {
        AccountMark[] marks = [.. Enumerable.Range(1, ChartMarks.MostEventDays + 1).Select(d => new AccountMark(new LocalDate(2025, 10, d), Events: 1)), new(new LocalDate(2025, 10, 3), Plan: "Club"), new(new LocalDate(2025, 10, 4), Meter: DefaultMeters.All.Single(m => m.Slug == "emails"), Limit: 10)];
        string[] Of(int last, string? meter) => [.. ChartMarks.Of(marks, new LocalDate(2025, 10, 1), new LocalDate(2025, 10, last), meter).Select(a => $"{a.At.Day} {a.Label}")];
        Assert.Equal(["3 Plan Club"], Of(31, "storage"));
        Assert.Equal(["1 Event", "2 Event", "3 Event, Plan Club", "4 Event"], Of(4, "storage"));
        Assert.Equal(["1 Event", "2 Event", "3 Event, Plan Club", "4 Event, Emails limit 10 emails"], Of(4, null));
    }
}
