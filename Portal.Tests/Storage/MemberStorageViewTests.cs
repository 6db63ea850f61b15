using Bunit;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Storage;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Storage;

public sealed class MemberStorageViewTests : PortalComponentTest
{
    private static readonly ViewedRange Viewed = new(
        RangeChoice.This, new DateOnly(2026, 11, 16), new TimeRange(Instant.FromUtc(2026, 11, 1, 0, 0), Instant.FromUtc(2026, 12, 1, 0, 0)), null);

    private static readonly Currency Dollar = new("USD");

    private static readonly KeepingSpan Span = new(Viewed.Range, 0.5m, new Amount(0.10m, Dollar), Amount.Zero(Dollar));

    private static readonly MemberLevel Now = new(new LocalDate(2026, 11, 16), 400_000_000m, 1_200_000_000m);

    private static readonly MemberStorage Filled = new(
        "ann", "Ann", Now, 100_000_000m, 0m, 3, [new MemberLevel(new LocalDate(2026, 11, 15), 300_000_000m, 0m), Now], [new StoredPart("photo", null, 400_000_000m)],
        [new StoredPart("chess", "Chess", 1_000_000_000m), new StoredPart("go", "Go", 200_000_000m)],
        [new MemberFile("f1", "video", 1_000_000_000m, Instant.FromUtc(2026, 11, 1, 0, 0), "chess", "Chess"), new MemberFile("f2", null, 300_000_000m, Instant.FromUtc(2026, 11, 2, 0, 0), null, null)],
        [], 500_000_000m);

    private IRenderedComponent<MemberStorageView> Show(MemberStorage storage) => Render<MemberStorageView>(p => p
        .Add(v => v.Model, new MemberStorageModel(Viewed, storage, new KeepingQuestion(500m, null), new KeepingCost(500_000_000m, new Amount(0.20m, Dollar), Dollar, "Personal", Dollar, Span, Span, Span), ["chess"], DateTimeZone.Utc))
        .Add(v => v.Ask, question => question.On("/me/storage")));

    [Fact]
    public void It_tells_what_counts_from_what_groups_carry()
    {
        var page = Show(Filled);
        Assert.Equal("400 MB count against you; 2 groups carry 1.2 GB more of yours.", page.Find(".say").TextContent.Trim());
        Assert.Equal(["carried by group Chess", "you"], page.FindAll("section[aria-label='Largest files'] td[data-l='Counts against']").Select(c => c.TextContent));
        Assert.Equal("1.2 GB", page.Find("#groups tfoot td.key").TextContent);
    }

    [Fact]
    public void Only_groups_that_the_member_runs_are_links() =>
        Assert.Equal(["/groups/chess/storage"], Show(Filled).FindAll("#groups tbody a").Select(a => a.GetAttribute("href")));

    [Fact]
    public void Who_keeps_nothing_is_told_how_it_begins()
    {
        var page = Show(Filled with { Level = default, Daily = [], Kinds = [], Groups = [], Largest = [], Files = 0, Added = 0 });
        Assert.Equal("You keep nothing yet.", page.Find(".say").TextContent.Trim());
        Assert.Contains("after your first upload", page.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null, "/x")]
    [InlineData("750", null, "/x?mb=750")]
    [InlineData("0.5", null, "/x?mb=0.5")]
    [InlineData("-1", null, "/x")]
    [InlineData("1e9", null, "/x")]
    [InlineData("750", "a b", "/x?file=a%20b")]
    public void The_question_stands_in_the_address(string? megabytes, string? file, string address) => Assert.Equal(address, KeepingQuestion.Parse(megabytes, file).On("/x"));
}
