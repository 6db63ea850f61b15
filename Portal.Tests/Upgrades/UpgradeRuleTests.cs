using System.Text.Json;
using CsCheck;
using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Domain.Upgrades;
using static OpenMeet.Insights.Tests.Upgrades.Scenario;

namespace OpenMeet.Insights.Tests.Upgrades;

public sealed class UpgradeRuleTests
{
    private static DecisionRecord Decide(DecisionInputs inputs) => UpgradeRule.Decide(Id, inputs);

    private static DecisionCondition Condition(DecisionRecord record, string key) => record.Conditions.Single(c => c.Key == key);

    [Fact]
    public void A_group_that_reaches_its_limit_in_40_days_is_shown_the_plan_that_avoids_the_pause()
    {
        var record = Decide(Runners);

        Assert.Equal(new DecisionVerdict(DecisionKind.Upgrade, "society", 2), record.Verdict);
        Assert.Equal(40m, Condition(record, "forecast_p50_days").Value);
        Assert.True(Condition(record, "forecast_p50_days").Held);
        Assert.False(Condition(record, "cycles_at_limit_of_3").Held);
        Assert.False(Condition(record, "replay_saving_3").Held);
        Assert.True(Condition(record, "paused_days_avoided").Held);
        Assert.True(Condition(record, "open_replies").Held);
        Assert.True(Condition(record, "data_days").Held);
        Assert.True(Condition(record, "best_free_days").Held);
        Assert.Equal("limit.p50_cross", record.RuleId);
    }

    [Fact]
    public void Its_sentences_say_date_money_and_that_nothing_is_deleted()
    {
        var record = Decide(Runners);

        // A straight line has no range; 23 Nov to 28 Feb are 97 days, the limit is met on the 40th, so 58 are paused.
        Assert.Equal("At the present pace Trail Runners reaches 10 GB of storage about 2 Jan (2 Jan – 2 Jan).", record.Sentences[0]);
        Assert.Equal(58m, record.Own().PausedDays.Middle);
        Assert.Equal("Society v2 would avoid a pause: 58 days until the end of the next 3 cycles by the middle forecast, 0 days with it.", record.Sentences[1]);
        Assert.StartsWith("It would not save you money: it asks 14.00 USD instead of", record.Sentences[2], StringComparison.Ordinal);
        Assert.Contains(DecisionText.NothingIsDeleted, record.Sentences);
        Assert.Equal("Nothing is deleted; new uploads would pause until there is room. Chat, events and RSVPs go on. No fee changes.", record.IfNothing[1].Text);
        Assert.Equal(new LocalDate(2027, 1, 1), record.UsefulFrom);
    }

    [Fact]
    public void Ways_out_come_free_ones_first_with_the_days_that_they_gain()
    {
        var ways = Decide(Runners).Alternatives;

        Assert.Equal(["empty-bin", "cap", "top-up", "plan:society@2"], ways.Select(w => w.Key));
        // 0.72 GB at 54 MB a day are 13.3 days; 2.16 GB at 38 MB a day take 57 days; 4.16 GB at 54 MB take 78.
        Assert.Equal(14, ways[0].DaysGained);
        Assert.Equal(17, ways[1].DaysGained);
        Assert.Equal(38, ways[2].DaysGained);
        Assert.Equal(new LocalDate(2027, 10, 7), ways[3].When!.P50);
        Assert.All(ways, w => Assert.False(w.SolvesAlone && !w.IsPlan));
    }

    [Fact]
    public void The_counter_case_names_the_one_off_the_bin_the_top_up_and_the_money()
    {
        var counter = Decide(Runners).Counter;

        Assert.Equal(["one-off", "make-room", "top-up", "money"], counter.Select(c => c.Key));
        Assert.Equal(
            "Video of 2 events was a one-off (49 % of the growth). Without it you grow 28 MB a day; the limit: about 10 Feb (10 Feb – 10 Feb), and this rule would not have fired.",
            counter[0].Text);
    }

    [Fact]
    public void Every_cycle_is_replayed_on_every_plan_with_the_lines_of_a_statement()
    {
        var record = Decide(Runners);

        Assert.Equal(12 * 3, record.Replay.Count);
        Assert.Equal(["club", "starter", "society"], record.Plans.Select(p => p.Key));
        var october = record.Replay.Single(r => r is { Cycle: "2026-10", Plan: "club" });
        // 6.1 GB-months, 5 included, 1.1 at 0.40, and the fee of 8.00.
        Assert.Equal(8.44m, october.Total);
        Assert.Equal(october.Total, october.Lines.Sum(l => l.Amount));
        Assert.Equal(record.Replay.Where(r => r.Plan == "starter").Sum(r => r.Total), record.Plans[1].Total);
        Assert.Equal(14m * 12, record.Plans[2].Total);
        Assert.All(record.Replay.GroupBy(r => r.Cycle), cycle => Assert.Contains(cycle, r => r.Cheapest));
        Assert.Equal(["2026-12", "2027-01", "2027-02"], record.NextCycles.Where(r => r.Plan == "club").Select(r => r.Cycle));
    }

    [Fact]
    public void Coming_cycles_follow_the_level_and_stop_at_a_hard_limit()
    {
        var record = Decide(Runners);
        var club = record.NextCycles.Where(r => r.Plan == "club").ToArray();

        // December: mean level 7.84 + 54 MB * 24 days = 9.11 GB-months; 4.11 over at 0.40 = 1.64.
        Assert.Equal(9.64m, club[0].Total.Middle);
        // February: full at 10 GB: 5 over at 0.40.
        Assert.Equal(10.00m, club[2].Total.Middle);
    }

    [Fact]
    public void Nobody_is_asked_when_the_limit_is_far()
    {
        var record = Decide(Runners with { Meters = [StoredBytes(LimitOf(Club), 6.2m * GB, 10 * MB)] });

        Assert.Equal(DecisionKind.Stay, record.Verdict.Kind);
        Assert.Equal("Stay. You would not benefit.", record.Sentences[0]);
        Assert.False(Condition(record, "forecast_p50_days").Held);
    }

    [Fact]
    public void Nobody_is_asked_when_cleaning_up_is_enough()
    {
        var record = Decide(Runners with { Remedies = [new Remedy("empty-bin", "Empty the bin", 7.6m * GB)] });

        Assert.Equal(new DecisionVerdict(DecisionKind.Stay, Remedy: "empty-bin"), record.Verdict);
        Assert.Contains("Empty the bin (free) solves it alone", record.Sentences[1], StringComparison.Ordinal);
        Assert.False(Condition(record, "best_free_days").Held);
    }

    [Fact]
    public void A_cap_that_stops_all_growth_is_enough_too()
    {
        var record = Decide(Runners with { Remedies = [new Remedy("cap", "No video", 0, GrowthEffectPerDay: 60 * MB)] });

        Assert.Equal("cap", record.Verdict.Remedy);
    }

    [Theory]
    [InlineData("snooze", DecisionKind.Upgrade, DecisionKind.Stay)]
    [InlineData("dispute", DecisionKind.CheaperPlan, DecisionKind.Stay)]
    [InlineData("snooze", DecisionKind.CheaperPlan, DecisionKind.Upgrade)]
    public void An_open_reply_silences_its_question_and_a_dispute_all(string response, DecisionKind to, DecisionKind expected)
    {
        var record = Decide(Runners with { Replies = [new OpenReply(response, to, Now - Duration.FromDays(3), Now + Duration.FromDays(27))] });

        Assert.Equal(expected, record.Verdict.Kind);
    }

    [Fact]
    public void A_snooze_that_has_ended_counts_no_longer()
    {
        var record = Decide(Runners with { Replies = [new OpenReply("snooze", DecisionKind.Upgrade, Now - Duration.FromDays(30), Now)] });

        Assert.Equal(DecisionKind.Upgrade, record.Verdict.Kind);
        Assert.Empty(record.OpenReplies);
    }

    [Theory]
    [InlineData(13, DecisionKind.Stay, true)]
    [InlineData(14, DecisionKind.Upgrade, true)]
    [InlineData(27, DecisionKind.Upgrade, true)]
    [InlineData(28, DecisionKind.Upgrade, false)]
    public void Fourteen_days_of_data_are_needed_and_28_for_confidence(int days, DecisionKind expected, bool low)
    {
        var record = Decide(Runners with { DaysOfData = days });

        Assert.Equal(expected, record.Verdict.Kind);
        Assert.Equal(low, record.Confidence!.Low);
    }

    [Fact]
    public void Forecasts_that_were_often_wrong_lower_the_confidence()
    {
        var storage = StoredBytes(LimitOf(Club), 7.84m * GB, 54 * MB) with { Backtest = new Backtest(6, 28, 0.26m, 0.4m) };
        var record = Decide(Runners with { Meters = [storage] });

        Assert.True(record.Confidence!.Low);
        Assert.Contains("off by 26 % (median), 40 % at worst", record.Confidence.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_of_three_cycles_at_the_limit_are_near_even_without_growth()
    {
        var record = Decide(Runners with { Meters = [StoredBytes(LimitOf(Club), 10 * GB, 0, atLimit: 2)], Remedies = [] });

        Assert.Equal(DecisionKind.Upgrade, record.Verdict.Kind);
        Assert.True(Condition(record, "cycles_at_limit_of_3").Held);
        Assert.StartsWith("Trail Runners has reached 10 GB", record.Sentences[0], StringComparison.Ordinal);
    }

    [Fact]
    public void An_override_goes_along_to_any_plan_so_that_no_plan_helps()
    {
        var own = new OverrideLimit(10 * GB, LimitKind.Hard, "agreed", null);
        var record = Decide(Runners with { Meters = [StoredBytes(LimitOf(Club, own), 7.84m * GB, 54 * MB)] });

        Assert.Equal(DecisionKind.Stay, record.Verdict.Kind);
    }

    private static DecisionInputs TooLarge => Runners with
    {
        Current = Society,
        Cycles = Cycles(2m, 2.5m),
        Meters = [StoredBytes(LimitOf(Society), 2.5m * GB, 1 * MB)],
    };

    [Fact]
    public void Who_pays_for_more_than_is_used_is_told_of_the_cheaper_plan()
    {
        var record = Decide(TooLarge);

        // 2.5 GB-months: Starter 2.00 + 1.5 * 1.20 = 3.80, Club 8.00, Society 14.00.
        Assert.Equal(DecisionKind.CheaperPlan, record.Verdict.Kind);
        Assert.Equal("starter", record.Verdict.Plan);
        Assert.Equal((14m * 3 - record.Plans.Single(p => p.Key == "starter").Last3!.Value) / 3, record.Verdict.SavingPerCycle!.Value, 2);
        Assert.StartsWith("A cheaper plan fits you: Starter v2 saves about 10.2", record.Sentences[0], StringComparison.Ordinal);
        Assert.NotEmpty(record.Counter);
        Assert.Equal(new LocalDate(2026, 12, 1), record.UsefulFrom);
    }

    [Fact]
    public void A_cheaper_plan_whose_limit_was_once_reached_is_not_named()
    {
        var cycles = Cycles(2m, 2.5m).Select((c, i) => i == 7 ? c with { PeakLevelBytes = 5 * GB } : c).ToList();
        var record = Decide(TooLarge with { Cycles = cycles });

        Assert.Equal("club", record.Verdict.Plan);
        Assert.True(record.Plans.Single(p => p.Key == "starter").Limits.Single().Crossed);
    }

    [Fact]
    public void A_plan_that_was_cheaper_lately_but_not_over_the_year_is_not_named()
    {
        // Nine cycles of 20 GB-months would have cost Club 14.00 and Starter 24.80 each.
        var cycles = Cycles(2m, 2.5m).Select((c, i) =>
            i >= 3 ? c with { Quantities = new Dictionary<string, decimal> { ["storage"] = 30m } } : c).ToList();
        var record = Decide(TooLarge with { Cycles = cycles });

        Assert.Equal(DecisionKind.Stay, record.Verdict.Kind);
        Assert.True(Condition(record, "cheaper_saving_3").Held);
        Assert.False(Condition(record, "cheaper_saving_12").Held);
    }

    [Fact]
    public void A_cheaper_plan_that_would_soon_be_full_is_not_named()
    {
        var record = Decide(TooLarge with { Meters = [StoredBytes(LimitOf(Society), 4.5m * GB, 30 * MB)] });

        Assert.Equal("club", record.Verdict.Plan);
    }

    [Fact]
    public void Two_cycles_are_too_few_to_name_a_cheaper_plan()
    {
        Assert.Equal(DecisionKind.Stay, Decide(TooLarge with { Cycles = Cycles(2m, 2.5m, 2) }).Verdict.Kind);
    }

    [Fact]
    public void A_saving_of_less_than_a_cent_a_cycle_is_no_reason_to_move()
    {
        // 20.05 GB-months in one cycle are 0.01 USD beyond what is included: a saving of 0.003 USD a cycle.
        var almost = Society with { Key = "almost", Items = [Society.Items[0] with { Price = null }] };
        var cycles = Cycles(2m, 2.5m, 3).Select((c, i) =>
            i == 1 ? c with { Quantities = new Dictionary<string, decimal> { ["storage"] = 20.05m } } : c).ToList();
        var record = Decide(TooLarge with { Offered = [almost], Cycles = cycles });

        Assert.Equal(DecisionKind.Stay, record.Verdict.Kind);
        Assert.Equal(0.01m, Condition(record, "cheaper_saving_3").Value);
        Assert.False(Condition(record, "cheaper_saving_per_cycle").Held);
    }

    [Fact]
    public void Plans_in_another_currency_are_not_compared()
    {
        var euros = Starter with { Currency = new("EUR"), Key = "euro" };

        Assert.DoesNotContain(Decide(TooLarge with { Offered = [euros, Society] }).Plans, p => p.Key == "euro");
    }

    [Fact]
    public void What_speaks_against_staying_is_said_where_only_a_reply_keeps_the_question_away()
    {
        // 8 GB on a plan with room for 5; a larger one is cheaper from now on.
        var starter = new LimitedMeter[] { StoredBytes(LimitOf(Starter), 8 * GB, 14 * MB) };
        var record = Decide(Runners with
        {
            Current = Starter, Meters = starter, Cycles = Cycles(14m, 15m),
            Replies = [new OpenReply("dispute", DecisionKind.Upgrade, Now - Duration.FromDays(3), null)],
        });

        Assert.Equal(DecisionKind.Stay, record.Verdict.Kind);
        Assert.Contains(record.Counter, c => c.Key == "reached" && c.Text.Contains("8 GB of", StringComparison.Ordinal));
        var next = Assert.Single(record.Counter, c => c.Key == "next-money");
        Assert.Equal(record.Own().Next.Middle - record.Plans.Where(p => !p.IsOwn && p.PausedDays.Middle == 0).Min(p => p.Next.Middle), next.Value);
        Assert.Null(record.NoCounter);
    }

    [Fact]
    public void An_account_with_nothing_limited_and_no_past_stays()
    {
        var record = Decide(Runners with { Cycles = [], Meters = [], Remedies = [], Contributors = [], PlatformCost = null });

        Assert.Equal(DecisionKind.Stay, record.Verdict.Kind);
        Assert.Equal("Nothing that you use is limited.", record.Sentences[1]);
        Assert.NotNull(record.NoCounter);
    }

    [Fact]
    public void A_flow_that_runs_into_its_hard_limit_is_decided_too()
    {
        var from = new LocalDate(2026, 9, 1);
        var daily = Enumerable.Range(0, 83).Select(i => (from.PlusDays(i), 100m)).ToList();
        var flow = FlowForecast.Fit(daily, new(2026, 11, 1), new(2026, 12, 1));
        var small = Club with { Items = [new PlanItem("emails", 0, 2_500, LimitKind.Hard, null, 0, null)] };
        var large = Society with { Items = [new PlanItem("emails", 0, 10_000, LimitKind.Hard, null, 0, null)] };
        var limit = EffectiveLimit.Resolve(null, new PlanLimit("Club", 3, 2_500, LimitKind.Hard), null);
        var record = Decide(Runners with
        {
            Current = small,
            Offered = [small, large],
            Cycles = [.. Cycles(1, 1).Select(c => c with { Quantities = new Dictionary<string, decimal> { ["emails"] = 2_400m } })],
            Meters = [LimitedMeter.OfFlow("emails", "emails", "emails", limit, 2_200, 0, flow, [], 0)],
            Remedies = [],
        });

        Assert.Equal("society", record.Verdict.Plan);
        Assert.Contains("new emails would pause until the next cycle", record.Sentences[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_is_json_with_camel_case_names_and_decimals_as_strings()
    {
        var record = Decide(Runners);
        var json = DecisionJson.Write(record);
        using var document = JsonDocument.Parse(json);

        Assert.Equal("upgrade", document.RootElement.GetProperty("verdict").GetProperty("kind").GetString());
        Assert.StartsWith("7840000000", document.RootElement.GetProperty("meters")[0].GetProperty("used").GetString(), StringComparison.Ordinal);
        Assert.Equal("2026-11-23T14:10:00Z", document.RootElement.GetProperty("computedAt").GetString());
        Assert.Equal("2027-01-02", document.RootElement.GetProperty("meters")[0].GetProperty("when").GetProperty("p50").GetString());
        Assert.Equal(json, DecisionJson.Write(DecisionJson.Read(json)));
    }

    [Fact]
    public void Every_number_of_the_sentences_stands_in_the_record()
    {
        var record = Decide(Runners);

        Assert.Equal(record.Interest!.Now, Math.Round(record.Own().Next.Middle / 3, 2, MidpointRounding.AwayFromZero));
        Assert.Contains(record.Inputs, i => i is { Metric: "storage.used", Value: 7_840_000_000m });
        Assert.Contains(record.Inputs, i => i is { Metric: "storage.growth_per_day", Value: 54_000_000m, Window: "28 days" });
        Assert.Contains(record.Inputs, i => i is { Metric: "platform_cost", Value: 34.20m });
    }

    [Fact]
    public void No_sentence_threatens()
    {
        var texts = new[] { Runners, TooLarge, Runners with { DaysOfData = 5 } }.Select(Decide)
            .SelectMany(r => r.Sentences.Concat(r.IfNothing.Select(c => c.Text)).Concat(r.Counter.Select(c => c.Text)));

        Assert.All(texts, text => Assert.DoesNotMatch("(?i)will be deleted|lose|last chance|hurry|suspend|must", text));
    }

    [Fact]
    public void Rerun_does_not_trust_the_stored_verdict_or_conditions()
    {
        var record = Decide(Runners);
        var tampered = record with
        {
            Verdict = new DecisionVerdict(DecisionKind.Stay),
            Conditions = [.. record.Conditions.Select(c => c with { Held = !c.Held, Value = 0 })],
        };

        Assert.Equal(record.Verdict, UpgradeRule.Rerun(tampered));
    }

    [Fact]
    public void Rerun_notices_a_changed_input()
    {
        var record = Decide(Runners);
        var meter = record.Meters[0];
        var slower = record with { Meters = [meter with { Stock = meter.Stock! with { SlopePerDay = 10 * MB } }] };

        Assert.Equal(DecisionKind.Stay, UpgradeRule.Rerun(slower).Kind);
    }

    // A forecast takes the time of a hundred other cases: most accounts are too young for one.
    private static readonly Gen<int> MostlyYoung = Gen.Frequency((39, Gen.Int[0, 13]), (1, Gen.Int[14, 90]));

    private static readonly Gen<DecisionInputs> Any = AnyWith(Gen.Int[0, 90]);

    internal static readonly Gen<DecisionInputs> AnyMostlyYoung = AnyWith(MostlyYoung);

    private static Gen<DecisionInputs> AnyWith(Gen<int> anyDays) =>
        from level in Gen.Int[0, 26_000]
        from perDay in Gen.Int[-20, 120]
        from noise in Gen.Int[0, 60]
        from days in anyDays
        from data in Gen.Int[0, 400]
        from own in Gen.Int[0, 2]
        from offered in Gen.Int[0, 7]
        from first in Gen.Int[0, 9_000]
        from last in Gen.Int[0, 26_000]
        from cycles in Gen.Int[0, 14]
        from atLimit in Gen.Int[0, 3]
        from bin in Gen.Int[0, 9_000]
        from cap in Gen.Int[0, 80]
        from topUp in Gen.Int[0, 3_000]
        from snoozed in Gen.Int[0, 5]
        from overridden in Gen.Int[0, 4]
        select Make(level, perDay, noise, days, data, own, offered, first, last, cycles, atLimit, bin, cap, topUp, snoozed, overridden);

    private static DecisionInputs Make(
        int level, int perDay, int noise, int days, int data, int own, int offered, int first, int last, int cycles, int atLimit,
        int bin, int cap, int topUp, int snoozed, int overridden)
    {
        Plan[] plans = [Starter, Club, Society];
        var exception = overridden == 0 ? new OverrideLimit(12 * GB, LimitKind.Soft, "trial", null) : null;
        var daily = Enumerable.Range(0, days).Select(i => new DailyValue(
            Today.PlusDays(i - days + 1), Math.Max(0, level * MB - perDay * MB * (days - 1 - i) + i * 7919 % 101 * noise * MB / 10))).ToList();
        return Runners with
        {
            Current = plans[own],
            Offered = [.. plans.Where((_, i) => (offered >> i & 1) == 1)],
            Cycles = Cycles(first / 1000m, last / 1000m, cycles),
            Meters = [LimitedMeter.OfStock("storage", "storage", "bytes", LimitOf(plans[own], exception), level * MB, 0, Today, daily, atLimit)],
            DaysOfData = data,
            Replies = snoozed == 0 ? [new OpenReply("snooze", DecisionKind.Upgrade, Now, null)] : [],
            Remedies =
            [
                new Remedy("bin", "Empty the bin", bin * MB),
                new Remedy("cap", "Cap uploads", 0, cap * MB),
                new Remedy("top-up", "Top-up", 0, 0, topUp * MB, topUp / 1000m),
            ],
        };
    }

    [Fact]
    public void Running_the_rule_again_on_a_stored_record_gives_the_same_verdict()
    {
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<DecisionKind, int>();
        AnyMostlyYoung.Sample(inputs =>
        {
            var record = Decide(inputs);
            seen.AddOrUpdate(record.Verdict.Kind, 1, (_, n) => n + 1);

            Assert.Equal(record.Verdict, UpgradeRule.Rerun(DecisionJson.Read(DecisionJson.Write(record))));
        }, iter: 10_000);

        Assert.Equal(3, seen.Count);
    }

    private static readonly Gen<RuleTerms> AnyTerms =
        from near in Gen.Int[1, 120]
        from habit in Gen.Int[1, 3]
        from needed in Gen.Int[14, 60]
        from solved in Gen.Int[120, 365]
        from sure in Gen.Int[14, 90]
        from error in Gen.Int[1, 100]
        from saving in Gen.Int[0, 1500]
        select new RuleTerms(near, habit, needed, solved, sure, error / 100m, saving / 100m);

    [Fact]
    public void Running_it_again_goes_by_the_records_own_version_and_thresholds()
    {
        Gen.Select(AnyMostlyYoung, AnyTerms, Gen.Int[1, 9], Gen.Bool).Sample((inputs, terms, version, on) =>
        {
            Assert.Empty(terms.Faults());
            var record = Decide(inputs with { Rule = new AppliedRule(version, terms, on) });
            var read = DecisionJson.Read(DecisionJson.Write(record));

            Assert.Equal((version, terms, on), (read.RuleVersion, read.Terms, read.RuleIsOn));
            Assert.Equal(record.Verdict, UpgradeRule.Rerun(read));
            if (!on) Assert.Equal(DecisionKind.Stay, record.Verdict.Kind);
        }, iter: 300);
    }

    [Fact]
    public void A_record_under_another_version_says_what_that_version_would_have_decided()
    {
        Gen.Select(AnyMostlyYoung, AnyTerms).Sample((inputs, terms) =>
        {
            var other = new AppliedRule(7, terms);
            var under = UpgradeRule.Under(Decide(inputs), other);
            var asked = Decide(inputs with { Rule = other });

            Assert.Equal(asked.Verdict, under.Verdict);
            Assert.Equal(asked.Conditions, under.Conditions);
        }, iter: 300);
    }

    [Fact]
    public void Every_condition_says_what_it_looked_back_at_and_its_own_threshold()
    {
        var record = Decide(Runners with { Rule = new AppliedRule(4, RuleTerms.Standard with { NearDays = 38, SavingNeeded = 2.5m }) });

        Assert.All(record.Conditions, c => Assert.NotEmpty(c.LookBack));
        Assert.Equal("last 28 days", Condition(record, "forecast_p50_days").LookBack);
        Assert.Equal("2026-08..2026-10", Condition(record, "replay_saving_3").LookBack);
        Assert.Equal("2025-11..2026-10", Condition(record, "cheaper_saving_12").LookBack);
        Assert.Equal("2026-12..2027-02", Condition(record, "paused_days_avoided").LookBack);
        Assert.Equal(("forecast_p50_days ≤ 38", 38m, false), (Condition(record, "forecast_p50_days").Expression, Condition(record, "forecast_p50_days").Threshold, Condition(record, "forecast_p50_days").Held));
        Assert.Equal(("cheaper_saving_per_cycle > 2.5", 2.5m), (Condition(record, "cheaper_saving_per_cycle").Expression, Condition(record, "cheaper_saving_per_cycle").Threshold));
        Assert.Equal(DecisionKind.Stay, record.Verdict.Kind);
    }

    [Fact]
    public void A_rule_that_is_switched_off_asks_nothing_and_says_so()
    {
        var record = Decide(Runners with { Rule = AppliedRule.Standard with { IsOn = false } });

        Assert.Equal(DecisionKind.Stay, record.Verdict.Kind);
        Assert.Equal("Nothing is asked: the rule is switched off.", record.Sentences[0]);
        Assert.False(Condition(record, "rule_on").Held);
        Assert.True(Condition(record, "forecast_p50_days").Held);
    }

    [Fact]
    public void A_saving_below_the_one_that_is_needed_is_not_named()
    {
        Assert.Equal(DecisionKind.CheaperPlan, Decide(TooLarge with { Rule = new AppliedRule(2, RuleTerms.Standard with { SavingNeeded = 10 }) }).Verdict.Kind);
        Assert.Equal(DecisionKind.Stay, Decide(TooLarge with { Rule = new AppliedRule(2, RuleTerms.Standard with { SavingNeeded = 11 }) }).Verdict.Kind);
    }

    [Fact]
    public void A_switch_pays_from_the_cycle_from_which_it_stays_cheaper()
    {
        var record = Decide(TooLarge);
        Assert.Equal("2026-12", record.Plans.Single(p => p.Key == "starter").PaysFrom);
        Assert.Null(record.Own().PaysFrom);
        Assert.Null(Decide(Runners).Plans.Single(p => p.Key == "society").PaysFrom);

        // Grows by 0.2 GB a day from 4.9 GB: Starter is cheaper than Club at first, and dearer from the month that goes beyond 6 GB.
        var growing = Decide(Runners with { Meters = [StoredBytes(LimitOf(Club), 4.9m * GB, 30 * MB)] });
        var cheaper = growing.NextCycles.GroupBy(r => r.Cycle).Select(c => c.Single(r => r.Plan == "starter").Total.Middle < c.Single(r => r.Plan == "club").Total.Middle).ToList();
        var pays = growing.Plans.Single(p => p.Key == "starter").PaysFrom;
        Assert.Equal(cheaper[^1] ? growing.NextCycles.Select(r => r.Cycle).Distinct().ElementAt(cheaper.LastIndexOf(false) + 1) : null, pays);
    }

    [Fact]
    public void Thresholds_name_everything_that_is_wrong_with_them()
    {
        Assert.Empty(RuleTerms.Standard.Faults());
        Assert.Equal(
            ["nearDays", "habitCycles", "neededDays", "solvedDays", "sureDays", "sureError", "savingNeeded"],
            new RuleTerms(0, 4, 13, 400, 5, 0, -1).Faults().Select(f => f.Path));
        Assert.Equal("solvedDays", Assert.Single((RuleTerms.Standard with { SolvedDays = 30 }).Faults()).Path);
    }

    [Fact]
    public void Every_decision_has_a_reason_against_it_or_says_why_none()
    {
        Any.Sample(inputs =>
        {
            var record = Decide(inputs);

            Assert.True(record.Counter.Count > 0 != record.NoCounter is not null);
            Assert.NotEmpty(record.Sentences);
            Assert.NotEmpty(record.IfNothing);
        }, iter: 300);
    }

    [Fact]
    public void An_upgrade_is_only_asked_for_where_every_part_of_the_rule_holds()
    {
        Any.Sample(inputs =>
        {
            var record = Decide(inputs);
            bool Held(string key) => Condition(record, key).Held;
            if (record.Verdict.Kind == DecisionKind.Upgrade)
            {
                Assert.True(Held("forecast_p50_days") || Held("cycles_at_limit_of_3"));
                Assert.True(Held("replay_saving_3") || Held("forecast_saving_3") || Held("paused_days_avoided"));
                Assert.True(Held("open_replies") && Held("data_days") && Held("best_free_days"));
            }
            if (record.Verdict.Kind == DecisionKind.CheaperPlan)
            {
                Assert.All(record.Conditions.Where(c => c.Group == "down"), c => Assert.True(c.Held));
                Assert.True(record.Verdict.SavingPerCycle >= 0);
            }
        }, iter: 300);
    }
}

internal static class RecordReading
{
    internal static DecisionPlan Own(this DecisionRecord record) => record.Plans.Single(p => p.IsOwn);
}
