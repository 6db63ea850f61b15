using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Community;

/// <summary>Community reports against the meters, and against what was sent.</summary>
public sealed class CommunityReportsTests(PortalWithClock portal) : IClassFixture<PortalWithClock>
{
    private static readonly CommunityQuestion October = new("chess", _ => new DayWindow(new LocalDate(2025, 10, 1), new LocalDate(2025, 10, 31)));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<(TestCommunity Community, Tenant Tenant)> NewAsync()
    {
        var community = await portal.NewCommunityAsync();
        return (community, await portal.Services.GetRequiredService<TenantStore>().GetAsync(community.Id, Cancel));
    }

    private T Get<T>() where T : notnull => portal.Services.GetRequiredService<T>();

    [Fact]
    public async Task Its_figures_are_those_of_the_meters_also_for_traffic_without_a_user()
    {
        var (c, tenant) = await NewAsync();
        await c.StoreAsync(
            A.Message("ann", "chess", "2025-10-05T10:00:00Z"), A.Message(null, "chess", "2025-10-06T10:00:00Z"), A.Upload("dan", 10, "f", "chess", at: "2025-10-31T23:59:59Z"), A.Message("eve", "chess", "2025-11-01T00:00:00Z"),
            A.Event("event.created", "ann", "2025-09-20T10:00:00Z", null, ("group", "chess"), ("event", "e"), ("starts_at", "2025-10-07T18:00:00Z"), ("capacity", 4)),
            A.Event("event.rsvp.added", "bob", "2025-09-25T10:00:00Z", null, ("group", "chess"), ("event", "e"), ("status", "confirmed")),
            A.Event("event.rsvp.added", "eve", "2025-10-02T10:00:00Z", null, ("group", "chess"), ("event", "e"), ("status", "waitlist")),
            A.Event("event.attendee.status.changed", "ann", "2025-10-07T18:05:00Z", null, ("group", "chess"), ("event", "e"), ("user", "bob"), ("status", "attended")));
        var members = (await Get<CommunityReports>().GroupAsync(tenant, October, Cancel))!;
        async Task<long> MeterAsync(string meter)
        {
            var path = new Uri($"api/v1/meters/{meter}/query?from=2025-10-01T00:00:00Z&to=2025-11-01T00:00:00Z&filterGroupBy[group]=chess", UriKind.Relative);
            return (long)JsonNode.Parse(await c.Http.GetStringAsync(path, Cancel))!["data"]![0]!["value"]!;
        }
        Assert.Equal((2L, await MeterAsync("messages")), (members.Now.Messages, members.Now.Messages));
        Assert.Equal((1L, await MeterAsync("rsvps")), (members.Rsvps, members.Rsvps));
        Assert.Equal((3L, await MeterAsync("active_members")), (members.Now.Active, members.Now.Active));
        var period = (await Get<PeriodReports>().GroupAsync(tenant, October, Cancel))!;
        Assert.Equal(members.Now.Active, period.Now.Active);
        Assert.Equal(new Attendance(1, 1, 0, 1, 1), period.Now.Gatherings.Attendance);
        Assert.Equal((1, new PartOf(1, 4)), (period.Now.Gatherings.Waiting, period.Now.Gatherings.Fill));
        Assert.Null(period.Now.Visited);
        Assert.Null(period.Now.Replies);
    }

    [Fact]
    public async Task Days_end_at_the_groups_midnight()
    {
        var (c, tenant) = await NewAsync();
        await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/chess", """{"name":"Chess","ownerKey":"ann","timeZone":"America/New_York"}""");
        // The first minute of 1 November in UTC is still October in New York; the first of October in UTC is September there.
        await c.StoreAsync(A.Message("ann", "chess", "2025-11-01T00:01:00Z"), A.Message("bob", "chess", "2025-10-01T00:01:00Z"));
        var period = (await Get<PeriodReports>().GroupAsync(tenant, October, Cancel))!;
        Assert.Equal(("America/New_York", 1, 1), (period.Frame.Zone.Id, period.Now.Active, period.Now.Messages));
        Assert.Equal(new ParticipationFlow(1, 0, 0, 1), period.Now.Flow);
    }

    [Fact]
    public async Task Organisers_can_be_left_out_and_what_came_late_is_listed()
    {
        var (c, tenant) = await NewAsync();
        await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/chess", """{"name":"Chess","ownerKey":"ann"}""");
        await c.JsonAsync(HttpMethod.Put, "api/v1/directory/groups/chess/members/ann", """{"role":"owner"}""");
        await c.StoreAsync(A.Message("ann", "chess", "2025-10-05T10:00:00Z", "m1"), A.Message("bob", "chess", "2025-10-06T10:00:00Z", "m2"), A.Message("eve", "chess", "2025-10-06T11:00:00Z", "m3"));
        await c.VoidAsync(A.Source, "m3");
        var period = (await Get<PeriodReports>().GroupAsync(tenant, October with { Organisers = false }, Cancel))!;
        Assert.Equal((1, 2), (period.Now.Active, period.Now.Messages));
        var revision = Assert.Single(period.Revisions);
        Assert.Equal(new Revision(new LocalDate(2025, 11, 20), 3, 1, new LocalDate(2025, 10, 5), new LocalDate(2025, 10, 6)), revision);
    }

    [Fact]
    public async Task Who_opted_out_is_not_named_and_each_choice_is_audited()
    {
        var (c, tenant) = await NewAsync();
        await c.StoreAsync(A.Message("ann", "chess", "2025-10-05T10:00:00Z"), A.Message("bob", "chess", "2025-10-06T10:00:00Z"));
        var (store, actor) = (Get<MemberListStore>(), new Actor("bob@example.org", Instant.FromUtc(2025, 11, 20, 12, 0)));
        await store.OptOutAsync(c.Id, "bob", true, actor, Cancel);
        await store.OptOutAsync(c.Id, "bob", true, actor, Cancel);
        var report = (await Get<ContributorReports>().GroupAsync(tenant, October, ContributionWeights.Usual, Cancel))!;
        Assert.Equal(["ann"], report.People.Select(p => p.Name));
        Assert.Equal((1, 2), (report.OptedOut, report.Concentration.People));
        await store.OptOutAsync(c.Id, "bob", false, actor, Cancel);
        Assert.Equal(2, (await Get<ContributorReports>().GroupAsync(tenant, October, ContributionWeights.Usual, Cancel))!.People.Count);
        await store.OpenedAsync(c.Id, actor, "members", "chess", 2, Cancel);
        var audit = await Get<AuditReports>().ListAsync(c.Id, new AuditFilter("bob@example.org", null, null, null, null, null), 10, Cancel);
        Assert.Equal(["people.listed", "contributor.opted-in", "contributor.opted-out"], audit.Select(a => a.Action));
    }

    [Fact]
    public async Task Newcomers_who_wait_are_named_only_where_the_list_is_opened()
    {
        var (c, tenant) = await NewAsync();
        await c.StoreAsync(
            A.Message("ann", "chess", "2025-10-05T10:00:00Z", "m1"), A.Event("message.sent", "bob", "2025-10-05T12:00:00Z", "m2", ("group", "chess"), ("reply_to", "m1")));
        var closed = (await Get<ConversationReports>().GroupAsync(tenant, October, names: false, Cancel))!;
        Assert.Null(closed.Waiting);
        Assert.Equal((2, Duration.FromHours(2)), (closed.Now.Replies!.Newcomers, closed.Now.Replies.Median));
        Assert.Equal(["bob"], (await Get<ConversationReports>().GroupAsync(tenant, October, names: true, Cancel))!.Waiting!.Select(w => w.User));
    }

    [Fact]
    public async Task A_network_counts_people_once_and_shows_of_each_group_what_may_be_seen()
    {
        var (c, tenant) = await NewAsync();
        await c.StoreAsync(
            A.Message("ann", "chess", "2025-11-15T10:00:00Z"), A.Message("ann", "go", "2025-11-15T10:00:00Z"), A.Message("bob", "go", "2025-11-15T11:00:00Z"), A.Message("bob", "go", "2025-10-15T11:00:00Z"),
            A.Upload("ann", 700, "f", "chess", at: "2025-11-15T12:00:00Z"), A.Upload("ann", 900, "g", "go", at: "2025-11-15T12:00:00Z"));
        var network = await Get<NetworkReports>().ReadAsync(tenant, [new NetworkRight("chess", true, true), new NetworkRight("go", false, false)], Instant.FromUtc(2025, 11, 20, 12, 0), Cancel);
        Assert.Equal((2, 1, 1), (network.Active, network.ActiveBefore, network.ActiveInMonth));
        Assert.Equal([("chess", 1, 700m), ("go", 2, (decimal?)null)], network.Rows.Select(r => (r.Right.Group, r.Now.Active, r.Storage)));
        Assert.Equal("2025-10", network.Month.ToString());
    }

    [Fact]
    public async Task Storage_by_event_and_by_kind_add_up_to_the_level()
    {
        var (c, tenant) = await NewAsync();
        await c.StoreAsync(
            A.Event("file.uploaded", "ann", "2025-10-05T10:00:00Z", null, ("group", "chess"), ("file", "a"), ("size_bytes", 500), ("kind", "photo"), ("event", "e1")),
            A.Event("file.uploaded", "ann", "2025-10-06T10:00:00Z", null, ("group", "chess"), ("file", "b"), ("size_bytes", 300), ("kind", "video")),
            A.Event("file.deleted", "bob", "2025-10-07T10:00:00Z", null, ("group", "chess"), ("file", "a"), ("size_bytes", 100)));
        var report = (await Get<ResourceReports>().GroupAsync(tenant, October, money: true, Cancel))!;
        Assert.Equal(700m, report.Storage.Level);
        Assert.Equal([("e1", 400m), (null, 300m)], report.ByEvent.Select(p => (p.Key, p.Bytes)));
        Assert.Null(report.Costs?[0].Bills);
    }
}
