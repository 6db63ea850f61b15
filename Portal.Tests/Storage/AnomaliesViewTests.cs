using Bunit;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Storage;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Storage;

public sealed class AnomaliesViewTests : PortalComponentTest
{
    private static readonly Tenant Tenant = new() { Id = 1, Key = "t", Name = "Tenant", Terms = [new TenantTerms(null, "USD", "Europe/Berlin", "group-carries", null)] };

    private static readonly AnomalyEvent Deletion = new(Guid.Empty, "/s", "e1", "file.deleted", Instant.FromUtc(2026, 11, 2, 23, 30), "bob", "chess", "f", -7_000_000m);

    private static readonly StorageAnomaly Below = new(
        AnomalyKind.LevelBelowZero, "group:chess", "Chess", "f", Deletion.Time, null, -5_000_000m, null, [Deletion], 2);

    private static readonly StorageAnomaly Attached = new(
        AnomalyKind.AttachedSizeDiffers, "group:go", null, "g", Deletion.Time, null, 320m, 300m, [Deletion with { Type = "file.attached", Bytes = 300m, Group = null }], 0);

    private IRenderedComponent<AnomaliesView> Show(bool first, AnomalyCursor? next, params StorageAnomaly[] items) =>
        Render<AnomaliesView>(p => p.Add(v => v.Model, new AnomaliesModel(Tenant, new AnomalyPage(items, next), first)));

    [Fact]
    public void Each_stands_with_what_caused_it_and_a_way_to_the_events_of_that_day()
    {
        var page = Show(true, null, Below, Attached);
        Assert.Equal("2 anomalies to look at.", page.Find(".say").TextContent.Trim());
        Assert.Contains("3 Nov 2026, 00:30 Europe/Berlin", page.Find("tbody th").TextContent, StringComparison.Ordinal);
        Assert.Contains("Down to −5 MB, and still below", page.Markup, StringComparison.Ordinal);
        Assert.Contains("names 300 B; the file held 320 B", page.Markup, StringComparison.Ordinal);
        Assert.Equal("/events?user=bob&group=chess&meter=storage&from=2026-11-03&to=2026-11-03", page.Find(".causes a").GetAttribute("href"));
        Assert.Equal("/admin/groups/chess", page.Find("td[data-l=Carrier] a").GetAttribute("href"));
        Assert.Contains("2 more", page.Find(".causes").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_odd_is_said_so() => Assert.Equal("Nothing is odd about what is stored.", Show(true, null).Find(".say").TextContent.Trim());

    [Fact]
    public void Older_ones_are_a_link_whose_address_reads_back()
    {
        var cursor = new AnomalyCursor(Deletion.Time, "0 group:chess x");
        var href = Show(true, cursor, Below).Find("a[rel=next]").GetAttribute("href")!;
        Assert.StartsWith("/admin/anomalies?after=", href, StringComparison.Ordinal);
        Assert.Equal(cursor, AnomalyCursors.Parse(href["/admin/anomalies?after=".Length..]));
        Assert.Null(AnomalyCursors.Parse("not a cursor"));
        Assert.Null(AnomalyCursors.Parse(null));
    }

    [Fact]
    public void A_groups_page_links_only_events_that_name_the_group()
    {
        var note = Render<BelowZero>(p => p.Add(v => v.Stretches, [Below with { Events = [Deletion, Deletion with { Group = null }] }]).Add(v => v.Zone, DateTimeZone.Utc).Add(v => v.Group, "chess"));
        Assert.Equal("/events?group=chess&meter=storage&from=2026-11-02&to=2026-11-02", Assert.Single(note.FindAll("a")).GetAttribute("href"));
        Assert.Empty(Render<BelowZero>(p => p.Add(v => v.Stretches, []).Add(v => v.Zone, DateTimeZone.Utc)).Markup.Trim());
    }
}
