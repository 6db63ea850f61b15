using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using Bunit;
using CsCheck;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Upgrades;
using OpenMeet.Insights.Tests.Shared;
using static OpenMeet.Insights.Tests.Upgrades.Scenario;

namespace OpenMeet.Insights.Tests.Upgrades;

public sealed partial class DecisionViewTests : PortalComponentTest
{
    private static DecisionRecord Upgrade => UpgradeRule.Decide(Id, Runners);

    private static DecisionRecord Stay => UpgradeRule.Decide(Id, Runners with { Meters = [StoredBytes(LimitOf(Club), 6.2m * GB, 10 * MB)] });

    private static DecisionRecord Cheaper => UpgradeRule.Decide(Id, Runners with
    {
        Current = Society,
        Cycles = Cycles(2m, 2.5m),
        Meters = [StoredBytes(LimitOf(Society), 2.5m * GB, 1 * MB)],
    });

    private IRenderedComponent<DecisionView> Show(DecisionRecord record, IReadOnlyList<DecisionResponse>? responses = null, Action<DecisionAnswer>? onAnswer = null) =>
        Render<DecisionView>(p => p
            .Add(v => v.Model, new WhyModel(record, responses ?? [], []))
            .Add(v => v.Address, id => PortalUrls.GroupWhy("trail-runners", id))
            .Add(v => v.PlanHref, PortalUrls.GroupPlan("trail-runners"))
            .Add(v => v.OnAnswer, answer => onAnswer?.Invoke(answer)));

    public static TheoryData<string> Verdicts => ["upgrade", "stay", "cheaper"];

    private static DecisionRecord Of(string verdict) => verdict switch { "upgrade" => Upgrade, "stay" => Stay, _ => Cheaper };

    [Fact]
    public void The_three_verdicts_are_what_they_are_called()
    {
        Assert.Equal(DecisionKind.Upgrade, Upgrade.Verdict.Kind);
        Assert.Equal(DecisionKind.Stay, Stay.Verdict.Kind);
        Assert.Equal(DecisionKind.CheaperPlan, Cheaper.Verdict.Kind);
    }

    [Theory]
    [MemberData(nameof(Verdicts))]
    public void Every_number_of_the_page_is_in_the_record(string verdict) => CheckNumbers(Of(verdict));

    [Fact]
    public void Every_number_of_any_page_is_in_its_record() =>
        UpgradeRuleTests.AnyMostlyYoung.Sample(inputs => CheckNumbers(UpgradeRule.Decide(Id, inputs)), iter: 200, threads: 1);

    private void CheckNumbers(DecisionRecord record)
    {
        var page = Show(record);

        // What the record's own forecast line says for a day belongs to the record; it stands in the chart's table.
        var known = NumbersOf(record);
        Assert.False(IsOf(known, 987.65m, 2));
        foreach (var (label, text) in TextsOf(page.Nodes))
        {
            foreach (Match found in NumberPattern().Matches(text))
            {
                var shown = decimal.Parse(found.Value.Replace(",", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
                var decimals = found.Value.IndexOf('.', StringComparison.Ordinal) is >= 0 and var dot ? found.Value.Length - dot - 1 : 0;
                Assert.True(IsOf(known, shown, decimals), $"{shown} in “{label}” is not in the record.");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Verdicts))]
    public void Every_verdict_gets_the_same_page(string verdict)
    {
        var record = Of(verdict);
        var page = Show(record);

        Assert.Equal(record.Sentences[0], Flat(page.Find(".say").TextContent));
        Assert.Equal(
            ["If you do nothing", "Evidence", "Rule", "Ways out", "Plans compared", "Reasons against", "Reply", "Every number"],
            page.FindAll("nav[aria-label='On this page'] a").Select(a => a.TextContent));
        Assert.Equal(record.Conditions.Count, page.FindAll(".conditions li").Count);
        Assert.Equal(record.Conditions.Count(c => c.Held), page.FindAll(".conditions li.met").Count);
        foreach (var condition in record.Conditions) Assert.Contains(condition.Expression, page.Markup.Replace("&gt;", ">", StringComparison.Ordinal).Replace("&lt;", "<", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(record.Alternatives.Select(w => w.Title), page.FindAll("#ways tbody th").Select(t => t.FirstChild!.TextContent));
        Assert.Equal(record.Cycles.Count, page.FindAll("#plans table")[0].QuerySelectorAll("tbody tr").Length);
        foreach (var reason in record.Counter) Assert.Contains(reason.Text, page.Find("#against").TextContent, StringComparison.Ordinal);
        Assert.Contains("History, not a forecast", page.Find("#plans").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void The_cheapest_plan_of_each_cycle_is_ticked_and_ones_own_is_marked()
    {
        var record = Upgrade;
        var table = Show(record).FindAll("#plans table")[0];

        Assert.Contains("Club v3, yours", table.QuerySelector("thead .mine")!.TextContent, StringComparison.Ordinal);
        Assert.Equal(record.Replay.Count(r => r.Cheapest), table.QuerySelectorAll(".best").Length);
    }

    [Fact]
    public void Nothing_is_chosen_beforehand_and_no_button_is_louder_than_another()
    {
        var page = Show(Upgrade);

        Assert.Empty(page.FindAll("input[checked], option[selected], input[type=radio]"));
        Assert.All(page.FindAll("#reply button, #reply .equal a"), b => Assert.Equal("btn", b.ClassName));
        Assert.DoesNotContain("most popular", page.Markup, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Each_reply_says_what_it_is()
    {
        var given = new List<DecisionAnswer>();
        var page = Show(Upgrade, onAnswer: given.Add);

        foreach (var text in new[] { "Stay on Club", "For 30 days", "Until 90 %", "Never for this reason" })
            page.FindAll("#reply button").Single(b => b.TextContent == text).Click();
        page.Find("#reply textarea").Input("October had a festival");
        page.FindAll("#reply button").Single(b => b.TextContent == "The forecast").Click();

        Assert.Equal(
            [
                new("dismiss", null, "Stay on Club"), new("snooze", 30, "For 30 days"), new("snooze", null, UpgradeDecisions.UntilNearlyFull), new("snooze", null, "Never for this reason"),
                new DecisionAnswer("dispute", null, "The forecast: October had a festival"),
            ],
            given);
    }

    [Fact]
    public void An_answer_is_shown_with_who_gave_it_and_can_be_taken_back()
    {
        var given = new List<DecisionAnswer>();
        var response = new DecisionResponse { Response = "snooze", Until = Now + NodaTime.Duration.FromDays(30), GivenAt = Now, GivenBy = "ann@example.org", Text = "For 30 days" };
        var page = Show(Upgrade, [response], given.Add);

        Assert.Contains("Not asked again until 23 Dec 2026.", page.Find(".answered").TextContent, StringComparison.Ordinal);
        Assert.Contains("ann@example.org", page.Find(".answered").TextContent, StringComparison.Ordinal);
        page.Find(".answered button").Click();
        Assert.Equal("dismiss", Assert.Single(given).Response);
    }

    private static string Flat(string text) => Blanks().Replace(text, " ").Trim();

    private static IEnumerable<(string Label, string Text)> TextsOf(IEnumerable<INode> nodes) => nodes
        .SelectMany(n => n.GetDescendantsAndSelf()).Where(n => n is IText && n.ParentElement is not { LocalName: "code" or "option" } && n.TextContent.Trim().Length > 0)
        .Where(n => !Fixed.Contains(Flat(n.TextContent)) && !n.TextContent.Contains(Id.ToString(), StringComparison.Ordinal))
        .Select(n => (Flat(n.ParentElement?.TextContent ?? ""), n.TextContent));

    // The words of the rules themselves: thresholds of notices, lengths of snoozes, the width of every range.
    private static readonly HashSet<string> Fixed =
    [
        "80 % range", "For 30 days", "Until 90 %", "The notices at 90 %, at 100 % and before any pause still reach you after every answer. They contain no offer.",
        "Growth of the last 28 days, by kind.", "The next 3 cycles, USD",
    ];

    private static HashSet<decimal> NumbersOf(DecisionRecord record)
    {
        var known = new HashSet<decimal>();
        using var json = JsonDocument.Parse(DecisionJson.Write(record));
        Gather(json.RootElement, known);
        if (record.Meters.FirstOrDefault(m => m.Meter == record.Meter)?.Stock is { } line)
        {
            for (var n = 0; n <= 400; n++)
            {
                foreach (var slope in new[] { line.SlopePerDay, line.LowSlope, line.HighSlope }) known.Add(line.LevelAfter(n, slope));
            }
            // The days of the forecast's table.
            for (var n = 0; n <= 31; n++) known.Add(n);
            known.Add(2026);
            known.Add(2027);
        }
        foreach (var made in new[] { DecisionText.Made(record), DecisionText.Growth(record), DecisionText.Rule(record) }) AddTexts(made, known);
        known.Add(record.Cycles.Count);
        return known;
    }

    private static void Gather(JsonElement json, HashSet<decimal> known)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in json.EnumerateObject()) Gather(member.Value, known);
                break;
            case JsonValueKind.Array:
                foreach (var item in json.EnumerateArray()) Gather(item, known);
                break;
            case JsonValueKind.Number:
                known.Add(json.GetDecimal());
                break;
            case JsonValueKind.String:
                if (decimal.TryParse(json.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) known.Add(Math.Abs(number));
                else AddTexts(json.GetString()!, known);
                break;
        }
    }

    private static void AddTexts(string text, HashSet<decimal> known)
    {
        foreach (Match found in NumberPattern().Matches(text)) known.Add(decimal.Parse(found.Value.Replace(",", "", StringComparison.Ordinal), CultureInfo.InvariantCulture));
        foreach (Match day in IsoDay().Matches(text))
        {
            foreach (Group part in day.Groups) if (decimal.TryParse(part.Value, CultureInfo.InvariantCulture, out var value)) known.Add(value);
        }
    }

    // As it is, in kB, MB or GB, or in percent, rounded to the decimals that are shown.
    private static bool IsOf(HashSet<decimal> known, decimal shown, int decimals) => known.Any(value =>
        new[] { value, value / 1_000, value / 1_000_000, value / 1_000_000_000, value * 100 }
            .Any(scaled => Math.Round(scaled, decimals, MidpointRounding.AwayFromZero) == shown || Math.Round(scaled, decimals, MidpointRounding.ToEven) == shown));

    [GeneratedRegex(@"\d[\d,]*(\.\d+)?")]
    private static partial Regex NumberPattern();

    [GeneratedRegex(@"(\d{4})-(\d{2})-(\d{2})|(\d{4})-(\d{2})")]
    private static partial Regex IsoDay();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
