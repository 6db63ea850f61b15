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

public sealed class GroupStorageViewTests : PortalComponentTest
{
    private static readonly ViewedRange Viewed = new(
        RangeChoice.This, new DateOnly(2026, 11, 16), new TimeRange(Instant.FromUtc(2026, 11, 1, 0, 0), Instant.FromUtc(2026, 12, 1, 0, 0)), null);

    private static GroupStorage Filled { get; } = new(
        "chess", "Chess", 2_000_000_000m, 500_000_000m, 0m, 2, [(new LocalDate(2026, 11, 15), 1_500_000_000m), (new LocalDate(2026, 11, 16), 2_000_000_000m)],
        [new StoredPart("video", null, 1_500_000_000m), new StoredPart(null, null, 500_000_000m)], [new StoredPart("ann", "Ann", 2_000_000_000m)],
        [new StoredFile("f1", "video", 1_500_000_000m, Instant.FromUtc(2026, 11, 1, 0, 0), "ann-7", "Ann Berg")], [], 10_000_000_000m);

    private static readonly Currency Dollar = new("USD");

    private static readonly Amount Rate = new(0.20m, Dollar);

    private static KeepingSpan Span(decimal gigabyteMonths, decimal? charge = null) =>
        new(Viewed.Range, gigabyteMonths, Rate * gigabyteMonths, charge is { } asked ? new Amount(asked, Dollar) : null);

    private static readonly KeepingCost Keeping = new(500_000_000m, Rate, Dollar, null, Dollar, Span(0.25m), Span(0.5m), Span(6m));

    private IRenderedComponent<GroupStorageView> Page(GroupStorage storage, KeepingCost? keeping = null, string? file = null) => Render<GroupStorageView>(p => p
        .Add(v => v.Model, new GroupStorageModel(Viewed, storage, new KeepingQuestion(500m, file), keeping ?? Keeping, DateTimeZone.Utc))
        .Add(v => v.Ask, question => question.On("/groups/chess/storage")));

    private string Show(GroupStorage storage, KeepingCost? keeping = null) => string.Concat(Page(storage, keeping).Nodes.Select(n => n.TextContent));

    [Fact]
    public void It_says_what_is_kept_and_what_more_would_cost()
    {
        var text = Show(Filled);
        Assert.Contains("2 GB are kept, 75 % of it video.", text, StringComparison.Ordinal);
        Assert.Contains("0.5 GB for the whole month = 0.5 GB-months; × 0.20 USD = 0.10 USD", text, StringComparison.Ordinal);
        Assert.Equal(["0.25", "0.05", "0.5", "0.10", "6", "1.20"], Page(Filled).FindAll("#keeping tbody td").Select(c => c.TextContent));
        Assert.Contains("kind not given", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_group_is_told_why_and_a_missing_rate_is_said()
    {
        var text = Show(Filled with { Level = 0, Files = 0, Kinds = [], Members = [], Largest = [], Daily = [] }, Keeping with { Rate = null });
        Assert.Contains("Nothing is stored here yet.", text, StringComparison.Ordinal);
        Assert.Contains("No rate yet", text, StringComparison.Ordinal);
        Assert.DoesNotContain("0.00 USD", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_leads_to_what_it_costs()
    {
        Assert.Equal("/groups/chess/storage?file=f1#keeping", Page(Filled).Find("section[aria-label='Largest files'] tbody a").GetAttribute("href"));
        Assert.Equal("What does f1 cost, 1.5 GB added today?", Page(Filled, Keeping with { Bytes = 1_500_000_000m }, "f1").Find("#keeping h2").TextContent);
        Assert.Equal("What do 500 MB added today cost?", Page(Filled, file: "gone").Find("#keeping h2").TextContent);
    }

    [Fact]
    public void A_file_names_who_uploaded_it_by_name_and_by_key_where_there_is_none()
    {
        string By(StoredFile file) => Page(Filled with { Largest = [file] }).Find("section[aria-label='Largest files'] td[data-l='By']").TextContent;
        var file = Filled.Largest[0];

        Assert.Equal(["Ann Berg", "ann-7", "—"], new[] { file, file with { ByName = null }, file with { By = null, ByName = null } }.Select(By));
    }

    [Fact]
    public void Who_may_see_money_reads_the_charge_of_the_plan()
    {
        var paid = Keeping with { PlanName = "Club", ThisMonth = Span(0.25m, 0m), NextMonth = Span(0.5m, 0.50m), Year = Span(6m, 6.00m) };
        Assert.Equal(["0.25", "0.05", "0.00", "0.5", "0.10", "0.50", "6", "1.20", "6.00"], Page(Filled, paid).FindAll("#keeping tbody td").Select(c => c.TextContent));
        Assert.Contains("Charge on Club, USD", Page(Filled, paid).Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("Charge on", Page(Filled).Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void A_level_below_zero_is_shown_with_its_events() =>
        Assert.Contains("below zero", Show(Filled with { Below = [new StorageAnomaly(AnomalyKind.LevelBelowZero, "group:chess", "Chess", null, Instant.FromUtc(2026, 11, 3, 0, 0), null, -1m, null, [], 0)] }), StringComparison.Ordinal);
}
