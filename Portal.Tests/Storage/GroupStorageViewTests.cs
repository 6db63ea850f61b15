using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Storage;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Storage;

public sealed class GroupStorageViewTests : PortalComponentTest
{
    private static readonly ViewedRange Viewed = new(
        RangeChoice.This, new DateOnly(2026, 11, 16), new TimeRange(Instant.FromUtc(2026, 11, 1, 0, 0), Instant.FromUtc(2026, 12, 1, 0, 0)), null);

    private static GroupStorage Filled { get; } = new(
        "chess", "Chess", 2_000_000_000m, 500_000_000m, 0m, 2, [(new LocalDate(2026, 11, 15), 1_500_000_000m), (new LocalDate(2026, 11, 16), 2_000_000_000m)],
        [new StoredPart("video", null, 1_500_000_000m), new StoredPart(null, null, 500_000_000m)], [new StoredPart("ann", "Ann", 2_000_000_000m)],
        [new StoredFile("f1", "video", 1_500_000_000m, Instant.FromUtc(2026, 11, 1, 0, 0), "ann")], null, 0.20m, 10_000_000_000m);

    private string Show(GroupStorage storage) => string.Concat(
        Render<GroupStorageView>(p => p.Add(v => v.Model, new GroupStorageModel(Viewed, storage, "USD", DateTimeZone.Utc))).Nodes.Select(n => n.TextContent));

    [Fact]
    public void It_says_what_is_kept_and_what_more_would_cost()
    {
        var text = Show(Filled);
        Assert.Contains("2 GB are kept, 75 % of it video.", text, StringComparison.Ordinal);
        Assert.Contains("0.10 USD", text, StringComparison.Ordinal); // next month: half a GB-month at 0.20
        Assert.Contains("0.05 USD", text, StringComparison.Ordinal); // 15 of 30 days are left
        Assert.Contains("kind not given", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_group_is_told_why_and_a_missing_rate_is_said()
    {
        var text = Show(Filled with { Level = 0, Files = 0, Kinds = [], Members = [], Largest = [], Daily = [], CostPerGigabyteMonth = null });
        Assert.Contains("Nothing is stored here yet.", text, StringComparison.Ordinal);
        Assert.Contains("No rate yet", text, StringComparison.Ordinal);
        Assert.DoesNotContain("0.00 USD", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_level_below_zero_is_shown_with_its_events() =>
        Assert.Contains("below zero", Show(Filled with { Below = Instant.FromUtc(2026, 11, 3, 0, 0) }), StringComparison.Ordinal);
}
