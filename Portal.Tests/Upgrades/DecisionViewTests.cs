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

    private static readonly WhyLinks Links = new(
        id => PortalUrls.GroupWhy("trail-runners", id), way => PortalUrls.GroupWay("trail-runners", way), plan => PortalUrls.GroupPlan("trail-runners", plan));

    private IRenderedComponent<DecisionView> Show(DecisionRecord record, Action<DecisionAnswer>? onAnswer = null) => Show(new WhyModel(record, [], []), onAnswer);

    private IRenderedComponent<DecisionView> Show(WhyModel model, Action<DecisionAnswer>? onAnswer = null, Action<Guid>? onWithdraw = null, Action<bool>? onRate = null) =>
        Render<DecisionView>(p => p
            .Add(v => v.Model, model)
            .Add(v => v.Links, Links)
            .Add(v => v.OnAnswer, answer => onAnswer?.Invoke(answer))
            .Add(v => v.OnWithdraw, id => onWithdraw?.Invoke(id))
            .Add(v => v.OnRate, useful => onRate?.Invoke(useful)));

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
    public void Every_number_of_the_page_is_in_the_record(string verdict)
    {
        CheckNumbers(Of(verdict));

        // That the check can say no is seen on a record that never changes: among the many numbers of one by chance, any figure may be found.
        Assert.False(IsOf(NumbersOf(Of(verdict)), 987.65m, 2));
    }

    [Fact]
    public void Every_number_of_any_page_is_in_its_record() =>
        UpgradeRuleTests.AnyMostlyYoung.Sample(inputs => CheckNumbers(UpgradeRule.Decide(Id, inputs)), iter: 200, threads: 1);

    private void CheckNumbers(DecisionRecord record)
    {
        var page = Show(record);

        // What the record's own forecast line says for a day belongs to the record; it stands in the chart's table.
        var known = NumbersOf(record);
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
            ["If you do nothing", "Evidence", "Rule", "Ways out", "Plans compared", "Reasons against", "What was asked", "Reply", "Every number"],
            page.FindAll("nav[aria-label='On this page'] a").Select(a => a.TextContent));
        Assert.Equal(record.Conditions.Count, page.FindAll(".conditions li").Count);
        Assert.Equal(record.Conditions.Count(c => c.Held), page.FindAll(".conditions li.met").Count);
        foreach (var condition in record.Conditions) Assert.Contains(condition.Expression, page.Markup.Replace("&gt;", ">", StringComparison.Ordinal).Replace("&lt;", "<", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(record.Alternatives.Select(w => w.Title), page.FindAll("#ways tbody th > a").Select(t => t.TextContent));
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
        var page = Show(Upgrade, given.Add);

        foreach (var text in new[] { "Stay on Club", "For 30 days", "Until 90 %", "Until the limit", "Never for this reason" })
            page.FindAll("#reply button").Single(b => b.TextContent == text).Click();
        page.Find("#reply textarea").Input("October had a festival");
        page.FindAll("#reply button").Single(b => b.TextContent == "The forecast").Click();

        Assert.Equal(
            [
                new("dismiss", Text: "Stay on Club"), new("snooze", 30, Text: "For 30 days"), new("snooze", Ends: "90%", Text: "Until 90 %"), new("snooze", Ends: "limit", Text: "Until the limit"),
                new("snooze", Ends: "never", Text: "Never for this reason"), new DecisionAnswer("dispute", Reason: "forecast", Text: "October had a festival"),
            ],
            given);
    }

    [Fact]
    public void An_answer_is_shown_with_who_gave_it_and_can_be_taken_back()
    {
        var taken = new List<Guid>();
        var response = new DecisionResponse { DecisionId = Id, Response = "snooze", Until = Now + NodaTime.Duration.FromDays(30), GivenAt = Now, GivenBy = "ann@example.org", Text = "For 30 days" };
        var standing = new StandingReply(new OpenReply("snooze", DecisionKind.Upgrade, Now, response.Until), response, null);
        var model = new WhyModel(Upgrade, [response], []) { AskId = Id, Standing = [standing] };
        var page = Show(model, onWithdraw: taken.Add);

        Assert.False(model.Asked);
        Assert.Contains("Not asked again until 23 Dec 2026.", page.Find(".answered").TextContent, StringComparison.Ordinal);
        Assert.Contains("ann@example.org", page.Find(".answered").TextContent, StringComparison.Ordinal);
        page.Find(".answered button").Click();
        Assert.Equal(Id, Assert.Single(taken));
    }

    [Fact]
    public void A_dispute_shows_its_state_when_it_is_answered_at_the_latest_and_the_answer()
    {
        var dispute = new Dispute { Id = 4, DecisionId = Id, Account = "group:trail-runners", Text = "It was a one-off", OpenedAt = Now, OpenedBy = "ann@example.org", AnswerBy = new NodaTime.LocalDate(2026, 11, 30) };
        var page = Show(new WhyModel(Upgrade, [], []) { Dispute = dispute });
        foreach (var text in new[] { "open, with a person", "It was a one-off", "30 Nov 2026" }) Assert.Contains(text, page.Find("#standing").TextContent, StringComparison.Ordinal);

        (dispute.State, dispute.Answer, dispute.ClosedAt, dispute.ClosedBy) = ("upheld", "You are right.", Now, "admin@example.org");
        page = Show(new WhyModel(Upgrade, [], []) { Dispute = dispute });
        foreach (var text in new[] { "upheld: you were right", "You are right.", "admin@example.org" }) Assert.Contains(text, page.Find("#standing").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_does_not_decide_reads_who_does_and_finds_no_button()
    {
        var page = Show(new WhyModel(Upgrade, [], []) { MayAnswer = false, Decides = "Oleg Petrenko (owner)" });

        Assert.Contains("Oleg Petrenko (owner) decides", page.Find("#reply").TextContent, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("#reply button, .replies, .useful"));
    }

    [Fact]
    public void The_page_has_three_levels_and_each_is_a_link()
    {
        var levels = Show(Upgrade).FindAll(".levels a");
        Assert.Equal(
            [$"/groups/trail-runners/why?decision={Id}&level=sentence", $"/groups/trail-runners/why?decision={Id}", $"/groups/trail-runners/why?decision={Id}&level=record"],
            levels.Select(a => a.GetAttribute("href")));
        Assert.Equal("With details", levels.Single(a => a.HasAttribute("aria-current")).TextContent);

        var brief = Show(new WhyModel(Upgrade, [], []) { Level = WhyLevel.Sentence });
        Assert.Empty(brief.FindAll("table, .conditions"));
        Assert.NotEmpty(brief.FindAll("#reply button"));

        var whole = Show(new WhyModel(Upgrade, [], []) { Level = WhyLevel.Record });
        using var json = JsonDocument.Parse(whole.Find("#numbers pre code").TextContent);
        Assert.Equal(Id.ToString(), json.RootElement.GetProperty("id").GetString());
    }

    [Fact]
    public void Every_way_leads_to_what_it_would_do()
    {
        var hrefs = Show(Upgrade).FindAll("#ways tbody th > a").Select(a => a.GetAttribute("href"));

        Assert.Equal(["/groups/trail-runners/why/empty-bin", "/groups/trail-runners/why/cap", "/groups/trail-runners/why/top-up", "/groups/trail-runners/plan?choose=society"], hrefs);
    }

    [Fact]
    public void Each_coming_cycle_stands_on_every_plan_and_what_is_lost_is_said()
    {
        var record = Cheaper;
        var page = Show(record);
        var ahead = page.FindAll("#plans table")[1];

        Assert.Equal(["Plan", "Dec 2026", "Jan 2027", "Feb 2027", "Together"], ahead.QuerySelectorAll("thead th").Select(h => h.TextContent));
        Assert.Equal(record.Plans.Count, ahead.QuerySelectorAll("tbody tr").Length);
        Assert.Contains("5 GB of storage instead of 25 GB", page.Find("#plans").TextContent, StringComparison.Ordinal);
        Assert.Contains("Starter v2 pays fromDec 2026", page.Find("#plans").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void The_history_names_every_ask_its_version_the_answer_and_what_came()
    {
        var ask = new PastAsk(
            Id, Upgrade, Now + NodaTime.Duration.FromDays(3), 4, [new DecisionResponse { Response = "snooze", Ends = "90%", GivenAt = Now, GivenBy = "ann@example.org" }],
            new Dictionary<string, NodaTime.Instant> { [AskStage.Solved] = Now + NodaTime.Duration.FromDays(9) }, "wrong", true);
        var row = Show(new WhyModel(Upgrade, [], []) { Asks = [ask] }).Find("#asks tbody tr").TextContent;

        foreach (var text in new[] { "23 Nov 2026", "4 decisions", "rule version 1", "Society v2", "7.84 GB of 10 GB", "until 90 % of the limit", "Solved without paying", "2 Dec 2026", "did not come true" })
            Assert.Contains(text, row, StringComparison.Ordinal);
    }

    [Fact]
    public void Useful_is_a_question_with_two_equal_answers()
    {
        var rated = new List<bool>();
        var page = Show(new WhyModel(Upgrade, [], []) { Useful = true }, onRate: rated.Add);
        var buttons = page.FindAll(".useful button");
        Assert.Equal(["Yes", "No"], buttons.Select(b => b.TextContent));
        Assert.Single(buttons.Select(b => b.ClassName).Distinct());
        buttons[1].Click();
        Assert.False(Assert.Single(rated));
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
        "Growth of the last 28 days, by kind.", "The next 3 cycles, USD", "A person answers within 5 working days. Until then nothing is asked.",
        "A forecast. Middle growth, and from slow to fast: the 80 % range.", "not within the next 3 cycles, by money alone",
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
                var (low, high) = line.RangeAfter(n);
                foreach (var value in new[] { line.LevelAfter(n, line.SlopePerDay), low, high }) known.Add(value);
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
