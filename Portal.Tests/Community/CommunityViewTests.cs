using Bunit;
using Microsoft.AspNetCore.Components;
using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Community;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Infrastructure.Community;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Community;
using OpenMeet.Insights.Portal.Glossary;
using OpenMeet.Insights.Portal.Layout;
using OpenMeet.Insights.Tests.Shared;

namespace OpenMeet.Insights.Tests.Community;

public sealed class CommunityViewTests : PortalComponentTest
{
    private static readonly Gathering Next = Sample.Event("open-table", 35, "a b c", "", 10);

    private static CommunityPeriod Period(PeriodFigures now, PeriodFigures? before = null) => new(
        Sample.Frame, now, before ?? Sample.Figures, [(Sample.Frame.Window, now.Flow)], [8, 9], [0.5m, null], [0.7m, 0.8m], Next, new ExpectedAttendance(2, 1, 3, 5), [("under 4 weeks", null), ("a year or longer", 7)], []);

    private static CommunityModel<T> Model<T>(T report, bool usage = true, bool money = true) => new(report, Sample.State, usage, money);

    private static string Text<T>(IRenderedComponent<T> view) where T : IComponent => string.Join(' ', string.Concat(view.Nodes.Select(n => n.TextContent)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    [Theory]
    [InlineData(9, 8, "Growing. 9 people took part, 1 more than before.")]
    [InlineData(9, 9, "Steady. 9 people took part, as many as before.")]
    [InlineData(40, 41, "Steady. 40 people took part, 1 fewer than before.")]
    [InlineData(1, 9, "Quieter. 1 person took part, 8 fewer than before.")]
    public void The_sentence_says_in_a_word_how_the_group_does(int now, int before, string sentence) =>
        Assert.Contains(sentence, Text(Render<CommunityView>(p => p.Add(v => v.Model, Model(Period(Sample.Figures with { Active = now }, Sample.Figures with { Active = before }))))), StringComparison.Ordinal);

    [Fact]
    public void What_comes_next_and_what_to_do_stand_at_the_top()
    {
        var waiting = Sample.Figures with { Replies = Sample.Figures.Replies! with { Unanswered = [new FirstMessage(new ChatMessage("m", "bob", Sample.At(9), null, null), null)] } };
        var text = Text(Render<CommunityView>(p => p.Add(v => v.Model, Model(Period(waiting)))));
        Assert.Contains("Next: open-table, 5 Dec 2026, 13:00 America/New_York, expect 2 ± 1 of 3.", text, StringComparison.Ordinal);
        Assert.Contains("answer 1 newcomer who waited for more than 24 h", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Zero_unknown_and_not_recorded_are_three_marks()
    {
        var nothing = Sample.Figures with { Visited = null, FirstWeek = null, Replies = null, Gatherings = Sample.Gatherings with { Attendance = new Attendance(0, 0, 0, 0, 3) }, MemberMade = default };
        var view = Render<CommunityView>(p => p.Add(v => v.Model, Model(Period(nothing))));
        string Card(string title) => view.FindAll("article.kpi").Single(c => c.QuerySelector("h3")!.TextContent == title).QuerySelector(".val")!.TextContent.Trim();
        Assert.Equal("not recorded", Card("Attendance"));
        Assert.Equal("not recorded", Card("First reply"));
        Assert.Equal("not recorded", Card("First-week return"));
        Assert.Equal("—", Card("Member-made share"));
        Assert.Contains("a message.sent event with reply_to would tell", Text(view), StringComparison.Ordinal);
    }

    [Fact]
    public void No_percentage_stands_without_its_n_or_below_twenty()
    {
        var view = Render<CommunityView>(p => p.Add(v => v.Model, Model(Period(Sample.Figures))));
        Assert.Contains("7 of 10", Text(view), StringComparison.Ordinal);
        Assert.DoesNotContain("70 %", Text(view), StringComparison.Ordinal);
        Assert.Contains("few people", Text(view), StringComparison.Ordinal);
        Assert.Contains("63 %", Text(view), StringComparison.Ordinal);
        Assert.Contains("25 of 40 messages and events", Text(view), StringComparison.Ordinal);
    }

    [Fact]
    public void Cards_say_the_words_of_the_definition_and_lead_to_what_is_behind()
    {
        var cards = Render<CommunityView>(p => p.Add(v => v.Model, Model(Period(Sample.Figures)))).FindAll("article.kpi");
        Assert.Equal(6, cards.Count);
        Assert.All(cards, card =>
        {
            var metric = CommunityMetrics.All.Single(m => m.Name == card.QuerySelector("h3")!.TextContent);
            Assert.Equal([metric.What, metric.GoodFor, metric.Beware], card.QuerySelectorAll("dd").Select(d => d.TextContent));
            Assert.StartsWith("/groups/chess/", card.QuerySelector("a.more")!.GetAttribute("href"), StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Tabs_and_the_organiser_switch_keep_the_state_in_the_address()
    {
        var model = Model(Period(Sample.Figures)) with { State = CommunityState.Parse(k => k switch { "p" => "91d", "organisers" => "out", _ => null }) };
        var view = Render<CommunityView>(p => p.Add(v => v.Model, model));
        Assert.Equal("/groups/chess/retention?p=91d&organisers=out", view.FindAll("nav.tabs a")[2].GetAttribute("href"));
        Assert.Equal("/groups/chess/community?p=91d", view.Find("[role=switch]").GetAttribute("href"));
        Assert.Equal(8, view.FindAll("nav.tabs a").Count);
        Assert.Equal(7, Render<CommunityView>(p => p.Add(v => v.Model, model with { SeesUsage = false })).FindAll("nav.tabs a").Count);
    }

    [Fact]
    public void Too_few_people_are_not_shown_one_by_one() => Assert.Equal(
        ["hidden", "7"], Render<CommunityView>(p => p.Add(v => v.Model, Model(Period(Sample.Figures)))).FindAll("#tenure tbody td").Select(c => c.TextContent));

    [Fact]
    public void A_cell_of_the_grid_has_its_share_as_text_and_a_small_row_has_none()
    {
        var grid = new RetentionGrid([new RetentionRow("Sep 2026", 24, Weeks(24, 12, null)), new RetentionRow("Oct 2026", 12, Weeks(9, 6, null)), new RetentionRow("Nov 2026", 3, Weeks(2, null, null))], [.. Weeks(33, 18, null).Select(n => new PartOf(n ?? 0, n is null ? 0 : 36))]);
        var view = Render<RetentionView>(p => p.Add(v => v.Model, Model(new GroupRetention(Sample.Frame, false, grid, new PartOf(9, 13)))));
        var cells = view.FindAll(".cohorts tbody tr").Select(r => r.QuerySelectorAll("td.cell").Take(3).Select(c => c.TextContent.Trim()).ToArray()).ToList();
        Assert.Equal(["100 %", "50 %", "·not over yet"], cells[0]);
        Assert.Equal(["9/12", "6/12", "·not over yet"], cells[1]);
        Assert.Equal(["< 5", "·not over yet", "·not over yet"], cells[2]);
        Assert.Equal("92 %", view.FindAll(".cohorts tfoot td")[1].TextContent);
        Assert.Empty(view.FindAll(".cohorts tbody tr")[2].QuerySelectorAll("td[style]"));
    }

    [Fact]
    public void An_event_without_check_in_is_not_recorded_and_not_zero()
    {
        var held = new HeldGathering(Sample.Event("quiet-night", 12, "a b", ""), new PartOf(2, 30), default, 4, null);
        var report = new GroupGatherings(Sample.Frame, Sample.Gatherings, Sample.Gatherings, [held], [new HeldGathering(Next, default, default, 0, new ExpectedAttendance(2, 1, 3, 5))]);
        var view = Render<GatheringsView>(p => p.Add(v => v.Model, Model(report)));
        Assert.Equal(["2", "not recorded", "—", "—", "—", "7 %"], view.FindAll("#held tbody td").Take(6).Select(c => c.TextContent));
        Assert.Contains("7 of 10 of those who said yes came", Text(view), StringComparison.Ordinal);
        Assert.Contains("2 ± 1 of 3", view.Find("#coming tbody").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_waits_is_named_only_after_opening_the_list()
    {
        var waiting = Sample.Figures with { Replies = Sample.Figures.Replies! with { Unanswered = [new FirstMessage(new ChatMessage("m", "bob", Sample.At(9), null, null), null)] } };
        var report = new GroupConversation(Sample.Frame, waiting, Sample.Figures, [(Sample.Day(1), 3)], null);
        var closed = Render<ConversationView>(p => p.Add(v => v.Model, Model(report)));
        Assert.Contains("1 newcomer waits", Text(closed), StringComparison.Ordinal);
        Assert.Equal("/groups/chess/conversation?list=1#waiting", closed.Find("#waiting a.btn").GetAttribute("href"));
        var open = Render<ConversationView>(p => p.Add(v => v.Model, Model(report with { Waiting = [new WaitingNewcomer("bob", "Bob", Sample.At(9))] })));
        Assert.Contains("Bob", open.Find("#waiting tbody").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_score_the_reason_stands_there_and_with_one_what_moved()
    {
        HealthPart Part(string key, decimal? score, decimal? before) => new(key, key, 1, [new HealthMeasure("stickiness", score is null ? null : 0.5m, score, [0.4m, 0.5m])], score, before);
        var parts = new[] { Part("activity", 80, 80), Part("newcomers", 32, 50), Part("events", null, null), Part("conversation", 41, 50), Part("resilience", 60, 60) };
        var none = Render<HealthView>(p => p.Add(v => v.Model, Model(new GroupHealth(Sample.Frame, new HealthScore(parts, null, null, "A score needs 20 members; the group has 19.", 19)))));
        Assert.Contains("A score needs 20 members; the group has 19.", Text(none), StringComparison.Ordinal);
        var some = Render<HealthView>(p => p.Add(v => v.Model, Model(new GroupHealth(Sample.Frame, new HealthScore(parts, 53.25m, 60, null)))));
        Assert.Contains("Moved −7 in a week: newcomers −18, conversation −9.", Text(some), StringComparison.Ordinal);
        Assert.Equal("unknown", some.FindAll("[role=meter]")[2].GetAttribute("aria-valuetext"));
        Assert.Contains("never used in prices, limits, rankings or upgrade prompts", Text(some), StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_are_read_from_the_address_and_nonsense_is_left_out()
    {
        Assert.Equal("event:10,message:0.5", WeightText.Write(WeightText.Parse("message:0.5,event:10,upload:-3,answer:x,checkin:1001,:4,,")));
        Assert.Equal(ContributionWeights.Usual with { Message = 0.5m }, WeightText.Contributions("message:0.5"));
        var report = new GroupContributors(Sample.Frame, ContributionWeights.Usual, [new NamedContributor("Ann", new WeighedContributor("ann", new Dictionary<ContributionKind, int> { [ContributionKind.Message] = 4 }, 4, 1))], 2, Sample.Figures.Concentration, Sample.Figures.Concentration);
        var view = Render<ContributorsView>(p => p.Add(v => v.Model, Model(report)));
        Assert.Contains("2 people opted out and are not named", Text(view), StringComparison.Ordinal);
        Assert.Equal(["1", "2", "10", "1", "3"], view.FindAll("input[type=number]").Select(i => i.GetAttribute("value")));
    }

    [Fact]
    public void Costs_stand_only_where_money_may_be_seen()
    {
        var report = new GroupResources(Sample.Frame, new GroupStorage("chess", "Chess", 800, 0, 0, 1, [], [], [], [], [], null), [], StockForecast.Fit([]), [], null);
        Assert.Contains("Costs are for owners", Text(Render<ResourcesView>(p => p.Add(v => v.Model, Model(report, money: false)))), StringComparison.Ordinal);
        Assert.DoesNotContain("Costs are for owners", Text(Render<ResourcesView>(p => p.Add(v => v.Model, Model(report)))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_is_sorted_as_the_address_says_and_sums_only_what_adds_up()
    {
        var health = new HealthScore([], null, null, "too few");
        NetworkRow Row(string name, int active, bool usage) => new(new NetworkRight(name, usage, false), name, Sample.Figures with { Active = active }, Sample.Figures, usage ? 500 : null, null, false, 5, health);
        var network = new Network([Row("chess", 9, true), Row("go", 12, false)], 70, 18, 20, 9, BillingPeriod.Containing(Sample.At(1), DateTimeZone.Utc).Previous(), Sample.Frame.ReadAt);
        var view = Render<NetworkView>(p => p.Add(v => v.Model, Model(network) with { State = Sample.State with { Sort = "-active" } }));
        Assert.Equal(["go", "chess"], view.FindAll("tbody th").Select(r => r.TextContent));
        Assert.Equal(["70", "18", "−2", "—"], view.FindAll("tfoot td").Take(4).Select(c => c.TextContent));
        Assert.Equal("descending", view.Find("th[aria-sort]").GetAttribute("aria-sort"));
        Assert.Contains("for owners and admins", view.FindAll("tbody tr")[0].TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain(view.FindAll("thead a"), a => a.TextContent == "Health");
        Assert.Contains("/network?sort=-members", view.FindAll("thead a").Select(a => a.GetAttribute("href")));
    }

    [Fact]
    public void A_file_has_the_rows_of_its_table_with_plain_figures()
    {
        var grid = new RetentionGrid([new RetentionRow("Sep 2026", 24, Weeks(24, 12, null)), new RetentionRow("Nov 2026", 3, Weeks(2, null, null))], [.. Weeks(24, 12, null).Select(n => new PartOf(n ?? 0, n is null ? 0 : 24))]);
        var table = CommunityTables.Retention(new GroupRetention(Sample.Frame, false, grid, null));
        var lines = CommunityFiles.Csv(table).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("Joined,People,Week 0,Week 1", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("Sep 2026,24,1,0.5,·", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("Nov 2026,3,< 5,·", lines[2], StringComparison.Ordinal);
        Assert.Equal(table.Rows.Count + 2, lines.Length);
    }

    [Fact]
    public void The_four_states_of_a_page_are_four_answers()
    {
        IRenderedComponent<CommunityScreen> Screen(PageLoad load) => Render<CommunityScreen>(p => p
            .Add(s => s.Title, "Community").Add(s => s.Group, "chess").Add(s => s.Page, "community").Add(s => s.State, Sample.State).Add(s => s.Load, load).Add(s => s.Today, new DateOnly(2026, 11, 29))
            .Add(s => s.ChildContent, "<p>figures</p>"));
        Assert.Contains("needs a right that you do not have", Text(Screen(PageLoad.Denied)), StringComparison.Ordinal);
        Assert.Contains("Could not load", Text(Screen(PageLoad.Failed)), StringComparison.Ordinal);
        Assert.NotEmpty(Screen(PageLoad.Loading).FindAll(".skeleton"));
        Assert.Contains("figures", Text(Screen(PageLoad.Loaded)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_group_says_why_and_when()
    {
        var nobody = Sample.Figures with { Active = 0 };
        var view = Render<CommunityView>(p => p.Add(v => v.Model, Model(Period(nobody, nobody))));
        Assert.Contains("Nobody took part in this period, nor before it.", Text(view), StringComparison.Ordinal);
        Assert.Equal("/groups/chess/community?p=12m", view.Find(".state.empty a.btn").GetAttribute("href"));
    }

    [Fact]
    public void The_glossary_has_every_figure_with_its_formula()
    {
        var view = Render<GlossaryView>(p => p.Add(v => v.Model, new GlossaryModel(CommunityMetrics.All, [])));
        Assert.All(CommunityMetrics.All, m => Assert.Contains(m.Formula, view.Find("#" + m.Id).TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public void A_members_choice_about_being_named_is_two_equal_buttons()
    {
        bool? chosen = null;
        var view = Render<PrivacyView>(p => p.Add(v => v.Model, new PrivacyModel(false)).Add(v => v.OnChoose, isOut => chosen = isOut));
        Assert.Equal(["true", "false"], view.FindAll("button").Select(b => b.GetAttribute("aria-pressed")));
        view.FindAll("button")[1].Click();
        Assert.True(chosen);
    }

    // Twelve weeks, of which the first are told.
    private static int?[] Weeks(params int?[] first) => [.. first, .. Enumerable.Repeat((int?)null, RetentionReports.Weeks - first.Length)];
}
