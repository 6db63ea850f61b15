using Bunit;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Controls;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Controls;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Controls;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Controls;

public sealed class FilesViewTests : PortalComponentTest
{
    private static readonly Instant Now = Instant.FromUtc(2026, 11, 23, 14, 0);
    private static readonly Tenant Tenant = new() { Id = 1, Key = "t", Name = "Tenant", Terms = [new TenantTerms(null, "USD", "UTC", "group-carries", null)] };
    private static readonly TimeRange December = new(Instant.FromUtc(2026, 12, 1, 0, 0), Instant.FromUtc(2027, 1, 1, 0, 0));
    private static readonly RetentionEffect Effect = new([new DueKind("video", 400, 3_000_000_000m), new DueKind(null, 12, 100_000_000m)], new LocalDate(2025, 1, 4));
    private static readonly DueFile File = new("film", "video", 40_000_000m, Instant.FromUtc(2025, 1, 4, 12, 0), "bob", "gala", new LocalDate(2025, 7, 4));

    private const string On = """{"default":{},"roles":{},"members":{},"rights":{},"retention":{"on":true,"legalHold":false,"kinds":{"video":{"months":6,"after":"event"}}}}""";

    private static FilesModel Model(string? policy, RetentionDue due, Amount? cost = null, IReadOnlyList<PinnedFile>? pins = null, IReadOnlyList<DueKind>? kinds = null)
    {
        StoredGroupPolicy[] versions = policy is null ? [] : [new StoredGroupPolicy { Id = 7, TenantId = 1, GroupKey = "chess", Policy = policy, Reason = "r", CreatedBy = "olga", StartsAt = Now - Duration.FromHours(1) }];
        return new FilesModel(
            Tenant, new GroupControls("chess", "Chess", DateTimeZone.Utc, [], versions), kinds ?? [], due, new KeepingSpan(December, 3.1m, cost, null), pins ?? [], new ListState(null, "", 1), true, Now);
    }

    private IRenderedComponent<FilesView> View(FilesModel model) => Render<FilesView>(p => p.Add(v => v.Model, model));

    [Fact]
    public void What_is_due_is_said_with_bytes_files_the_oldest_and_what_it_spares()
    {
        var page = View(Model(On, new RetentionDue(Effect, [File], null), new Amount(0.62m, new Currency("USD")), kinds: [new DueKind("video", 500, 4_000_000_000m)]));

        Assert.Equal("The retention is on. It frees 3.1 GB, 412 files, the oldest of 4 Jan 2025; 14 days in the bin; the owner is told.", page.Find(".say").TextContent.Trim());
        Assert.Contains("This service deletes nothing. OpenMeet deletes the files when it reads the list", page.Find(".more").TextContent, StringComparison.Ordinal);
        foreach (var text in new[] { "3.1 GB", "412", "4 Jan 2025", "0.62 USD", "Saves in December 2026", "handed to OpenMeet", "400 video, 12 of no kind" }) Assert.Contains(text, page.Find(".cards").TextContent, StringComparison.Ordinal);
        Assert.Equal(["film", "video", "40 MB", "4 Jan 2025", "4 Jul 2025after gala", "bob", "Pin"], page.FindAll("#due tbody tr > *").Select(c => c.TextContent.Trim()));
        Assert.Contains("6 months after the upload or its event, whichever is later", page.Markup, StringComparison.Ordinal);
        Assert.Equal("/groups/chess/controls/files.csv", page.Find("#due a[download]").GetAttribute("href"));
        Assert.Contains("1–25 of 412", page.Find(".pager").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Switched_off_it_is_a_dry_run_and_without_a_rate_the_money_is_not_known()
    {
        var page = View(Model(On.Replace("\"on\":true", "\"on\":false", StringComparison.Ordinal), new RetentionDue(Effect, [File], null)));

        Assert.StartsWith("The retention is off. Switched on, it frees 3.1 GB", page.Find(".say").TextContent.Trim(), StringComparison.Ordinal);
        Assert.Contains("Dry run: files that would be due", page.Markup, StringComparison.Ordinal);
        Assert.Contains("no rate is entered yet, so it is not known", page.Find(".cards").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("0.00 USD", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_held_and_nothing_due_are_three_different_words()
    {
        var nothing = new RetentionDue(RetentionEffect.Nothing, [], null);

        var empty = View(Model(null, nothing));
        Assert.Equal("Files are kept until somebody deletes them.", empty.Find(".say").TextContent.Trim());
        Assert.Contains("No time is set", empty.Markup, StringComparison.Ordinal);
        Assert.Empty(empty.FindAll(".cards"));
        var held = View(Model(On.Replace("\"legalHold\":false", "\"legalHold\":true", StringComparison.Ordinal), nothing));
        Assert.Equal("A legal hold is on: nothing of this group leaves.", held.Find(".say").TextContent.Trim());
        Assert.Contains("Nothing leaves", held.Markup, StringComparison.Ordinal);
        Assert.Equal("The retention is on; no file is due today.", View(Model(On, nothing)).Find(".say").TextContent.Trim());
    }

    [Fact]
    public void A_file_is_pinned_with_a_reason_and_unpinned()
    {
        (string File, string? Reason)? pinned = null;
        string? unpinned = null;
        var pin = new PinnedFile(new FilePin { GroupKey = "chess", File = "logo", Reason = "our logo", PinnedBy = "olga", PinnedAt = Now }, 0);
        var page = Render<FilesView>(p => p.Add(v => v.Model, Model(On, new RetentionDue(Effect, [File], null), pins: [pin])).Add(v => v.OnPin, p => pinned = p).Add(v => v.OnUnpin, f => unpinned = f));
        page.Find("button[aria-label='Pin film: keep it']").Click();
        page.Find("#due form input").Change("the first meeting");
        page.Find("#due form").Submit();
        page.Find("button[aria-label='Unpin logo']").Click();

        Assert.Equal(("film", "the first meeting"), pinned);
        Assert.Equal("logo", unpinned);
        Assert.Contains("gone", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_wrong_is_told_as_an_alert()
    {
        var page = Render<FilesView>(p => p.Add(v => v.Model, Model(null, new RetentionDue(RetentionEffect.Nothing, [], null))).Add(v => v.Fault, "Say why film is kept."));

        Assert.Equal("Say why film is kept.", page.Find("[role=alert]").TextContent.Trim());
    }
}
