using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Community;

/// <summary>The members' page against the meters that its cards lead to.</summary>
public sealed class CommunityReportsTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    [Fact]
    public async Task Its_figures_are_those_of_the_meters_also_for_traffic_without_a_user()
    {
        var c = await portal.NewCommunityAsync();
        await c.StoreAsync(
            A.Message("ann", "chess", "2026-10-05T10:00:00Z"), A.Message(null, "chess", "2026-10-06T10:00:00Z"),
            A.Event("event.created", "ann", "2026-09-20T10:00:00Z", null, ("group", "chess"), ("event", "e"), ("starts_at", "2026-10-07T18:00:00Z")),
            A.Event("event.rsvp.added", "bob", "2026-09-25T10:00:00Z", null, ("group", "chess"), ("event", "e"), ("status", "confirmed")),
            A.Event("event.rsvp.added", "eve", "2026-10-02T10:00:00Z", null, ("group", "chess"), ("event", "e"), ("status", "waitlist")),
            A.Event("event.attendee.status.changed", "ann", "2026-10-07T18:05:00Z", null, ("group", "chess"), ("event", "e"), ("user", "bob"), ("status", "attended")));
        var tenant = await portal.Services.GetRequiredService<TenantStore>().GetAsync(c.Id, TestContext.Current.CancellationToken);
        var range = new TimeRange(Instant.FromUtc(2026, 10, 1, 0, 0), Instant.FromUtc(2026, 11, 1, 0, 0));
        var community = (await portal.Services.GetRequiredService<CommunityReports>().GroupAsync(tenant, "chess", range, TestContext.Current.CancellationToken))!;
        async Task<long> MeterAsync(string meter)
        {
            var path = new Uri($"api/v1/meters/{meter}/query?from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z&filterGroupBy[group]=chess", UriKind.Relative);
            return (long)JsonNode.Parse(await c.Http.GetStringAsync(path, TestContext.Current.CancellationToken))!["data"]![0]!["value"]!;
        }
        Assert.Equal((2L, await MeterAsync("messages")), (community.Messages, community.Messages));
        Assert.Equal((1L, await MeterAsync("rsvps")), (community.Rsvps, community.Rsvps));
        Assert.Equal(await MeterAsync("active_members"), community.Active);
        Assert.Equal(new Attendance(1, 1, 0, 1, 1), community.Attendance);
    }
}
