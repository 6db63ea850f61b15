using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Domain.Upgrades;

/// <summary>What a decision says.</summary>
public enum DecisionKind
{
    /// <summary>Stay: another plan would not help.</summary>
    Stay,

    /// <summary>A plan with more room is worth a question.</summary>
    Upgrade,

    /// <summary>A cheaper plan would have done.</summary>
    CheaperPlan,
}

/// <summary>The verdict.</summary>
/// <param name="Kind">What it says.</param>
/// <param name="Plan">Key of the recommended plan; none to stay.</param>
/// <param name="PlanVersion">Its version; none with it.</param>
/// <param name="Remedy">Key of the way out that solves it alone, where that is why one should stay.</param>
/// <param name="SavingPerCycle">
/// Of a cheaper plan: what it saves a cycle, the smaller of the means of the last three and of all replayed cycles, in the
/// decision's currency at its minor unit.
/// </param>
public sealed record DecisionVerdict(
    DecisionKind Kind, string? Plan = null, int? PlanVersion = null, string? Remedy = null, decimal? SavingPerCycle = null);

/// <summary>The account that a decision is about.</summary>
/// <param name="Account"><c>group:trail-runners</c> or <c>user:ann</c>.</param>
/// <param name="Name">Its name then.</param>
/// <param name="Plan">Key of the plan that it was on.</param>
/// <param name="PlanVersion">Its version.</param>
/// <param name="PlanName">Its name.</param>
public sealed record DecisionSubject(string Account, string Name, string Plan, int PlanVersion, string PlanName);

/// <summary>A number that went in.</summary>
/// <param name="Metric">What it is.</param>
/// <param name="Value">The number.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Window">The time that it speaks of: an instant, <c>28 days</c>, <c>2026-08..2026-10</c>.</param>
/// <param name="Source">Where it was read: <c>meter:storage</c>, <c>plan:club@3</c>.</param>
public sealed record DecisionInput(string Metric, decimal Value, string Unit, string Window, string Source);

/// <summary>A condition of the rule, whether it held or not.</summary>
/// <param name="Key">Stable key.</param>
/// <param name="Group">
/// The part of the rule that it belongs to: <c>on</c> for its switch, <c>a</c> to <c>e</c> for more room, <c>down</c> for a cheaper plan.
/// </param>
/// <param name="Text">In words.</param>
/// <param name="Expression">As the rule states it: <c>forecast_p50_days ≤ 45</c>.</param>
/// <param name="Value">What it came to; none where there is nothing to compare.</param>
/// <param name="Threshold">What it is compared with.</param>
/// <param name="Unit">Unit of both: <c>days</c>, <c>cycles</c>, a currency code, or empty.</param>
/// <param name="Held">Whether it held.</param>
/// <param name="ValueText">The value in words, for a page.</param>
/// <param name="LookBack">The time that the value speaks of: <c>last 28 days</c>, <c>2026-08..2026-10</c>.</param>
public sealed record DecisionCondition(
    string Key, string Group, string Text, string Expression, decimal? Value, decimal Threshold, string Unit, bool Held, string ValueText,
    string LookBack = "");

/// <summary>A meter as it stood.</summary>
/// <param name="Meter">Its slug.</param>
/// <param name="Name">For people.</param>
/// <param name="Unit">Unit of everything here.</param>
/// <param name="Limit">The effective limit with its chain.</param>
/// <param name="Used">Used in the period; stock meters: the level then.</param>
/// <param name="Reserved">Live reservations.</param>
/// <param name="State">Where it stood.</param>
/// <param name="Stock">Forecast of a stock meter.</param>
/// <param name="Flow">Forecast of a flow meter.</param>
/// <param name="When">When the limit is reached on the account's own plan; none without a limit.</param>
/// <param name="CyclesAtLimitOfLast3">Of the last three cycles, those at or over the limit.</param>
/// <param name="Backtest">Track record of its forecasts.</param>
/// <param name="Daily">Daily values, oldest first.</param>
public sealed record DecisionMeter(
    string Meter,
    string Name,
    string Unit,
    EffectiveLimit Limit,
    decimal Used,
    decimal Reserved,
    QuotaState State,
    Forecast? Stock,
    FlowForecast? Flow,
    LimitDate? When,
    int CyclesAtLimitOfLast3,
    Backtest Backtest,
    IReadOnlyList<DailyValue> Daily);

/// <summary>What a plan would allow of a meter, against the most that the account used of it.</summary>
/// <param name="Meter">The meter's slug.</param>
/// <param name="Name">For people.</param>
/// <param name="Unit">Unit of everything here.</param>
/// <param name="Limit">The limit that the account would have on the plan; none where unlimited.</param>
/// <param name="Kind">What it does.</param>
/// <param name="HighestUsed">The most used: of the replayed cycles and now.</param>
/// <param name="Crossed">Whether the most used reaches the limit.</param>
/// <param name="When">When the forecast reaches the limit; none without one or without a forecast.</param>
public sealed record PlanMeterLimit(
    string Meter, string Name, string Unit, decimal? Limit, LimitKind Kind, decimal HighestUsed, bool Crossed, LimitDate? When);

/// <summary>A range: the middle and the two ends of 80 %.</summary>
/// <param name="Low">Slow growth (p10).</param>
/// <param name="Middle">The middle forecast (p50).</param>
/// <param name="High">Fast growth (p90).</param>
public sealed record Spread(decimal Low, decimal Middle, decimal High);

/// <summary>A plan in the comparison. Money is in the decision's currency, before tax.</summary>
/// <param name="Key">The plan's key.</param>
/// <param name="Version">The version compared; for the own plan the account's own.</param>
/// <param name="Name">For people.</param>
/// <param name="IsOwn">Whether the account is on it.</param>
/// <param name="IsOffered">Whether one can change to it.</param>
/// <param name="Fee">Its fee a cycle.</param>
/// <param name="Limits">What it would allow.</param>
/// <param name="Last3">Total of the last three replayed cycles; none with fewer.</param>
/// <param name="Total">Total of all replayed cycles, at most twelve.</param>
/// <param name="CyclesCheaper">Replayed cycles in which it was cheaper than the own plan.</param>
/// <param name="Next">Total of the next three cycles.</param>
/// <param name="PausedDays">Days until the end of the next three cycles on which a hard limit would pause something.</param>
/// <param name="PaysFrom">The coming cycle from which it is cheaper than the own plan and stays so; none within the next three.</param>
public sealed record DecisionPlan(
    string Key,
    int Version,
    string Name,
    bool IsOwn,
    bool IsOffered,
    decimal Fee,
    IReadOnlyList<PlanMeterLimit> Limits,
    decimal? Last3,
    decimal Total,
    int CyclesCheaper,
    Spread Next,
    Spread PausedDays,
    string? PaysFrom = null);

/// <summary>A past cycle on a plan: history, not a forecast. Lines and total are those that a statement would show.</summary>
/// <param name="Cycle">The period, <c>2026-10</c>.</param>
/// <param name="Plan">The plan's key.</param>
/// <param name="PlanVersion">Its version.</param>
/// <param name="Lines">The statement's lines.</param>
/// <param name="Total">Sum of the rounded lines.</param>
/// <param name="Cheapest">Whether no other plan was cheaper in this cycle.</param>
public sealed record ReplayRow(
    string Cycle, string Plan, int PlanVersion, IReadOnlyList<StatementLine> Lines, decimal Total, bool Cheapest);

/// <summary>What was used in a replayed cycle.</summary>
/// <param name="Cycle">The period.</param>
/// <param name="Quantities">By meter, as priced (storage: GB-months).</param>
/// <param name="PeakLevelBytes">Highest level of stored bytes.</param>
public sealed record ReplayedCycle(string Cycle, IReadOnlyDictionary<string, decimal> Quantities, decimal? PeakLevelBytes);

/// <summary>A coming cycle on a plan: a forecast.</summary>
/// <param name="Cycle">The period.</param>
/// <param name="Plan">The plan's key.</param>
/// <param name="PlanVersion">Its version.</param>
/// <param name="Total">Totals with slow, middle and fast growth.</param>
public sealed record NextCycleRow(string Cycle, string Plan, int PlanVersion, Spread Total);

/// <summary>A way out: a remedy, or a plan.</summary>
/// <param name="Key">Remedy key, or <c>plan:society@2</c>.</param>
/// <param name="Title">What one does.</param>
/// <param name="Detail">What it touches.</param>
/// <param name="IsPlan">Whether it is another plan.</param>
/// <param name="Effect">What it takes off the level once, in the meter's unit.</param>
/// <param name="GrowthEffectPerDay">What it takes off the growth of a day.</param>
/// <param name="LimitEffect">What it adds to the limit; none where it takes the limit away.</param>
/// <param name="When">When the limit is reached then; none where there is no limit left.</param>
/// <param name="DaysGained">Days that the middle date moves; none where it has no date before or after.</param>
/// <param name="CostPerCycle">What it costs more a cycle than to go on, in the decision's currency.</param>
/// <param name="SolvesAlone">Whether the limit is then as far away as the rule calls solved.</param>
/// <param name="Touches">The figures in <paramref name="Detail"/>; none where it has none.</param>
public sealed record Alternative(
    string Key,
    string Title,
    string? Detail,
    bool IsPlan,
    decimal Effect,
    decimal GrowthEffectPerDay,
    decimal? LimitEffect,
    LimitDate? When,
    int? DaysGained,
    decimal CostPerCycle,
    bool SolvesAlone,
    Touched? Touches = null);

/// <summary>A reason against the verdict, from the same data.</summary>
/// <param name="Key"><c>one-off</c>, <c>make-room</c>, <c>top-up</c>, <c>money</c>, <c>range</c>, <c>data</c>, <c>dearer-cycles</c>, <c>less-room</c>.</param>
/// <param name="Text">In words.</param>
/// <param name="Value">The number that it rests on.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="When">When the limit would be reached in that case.</param>
public sealed record CounterReason(string Key, string Text, decimal? Value = null, string? Unit = null, LimitDate? When = null);

/// <summary>How sure the decision is.</summary>
/// <param name="Low">With too few days of data, or where the median forecast was too far off.</param>
/// <param name="DaysOfData">Days behind it.</param>
/// <param name="Backtest">Track record of the forecasts of the meter that it is about.</param>
/// <param name="Text">In words.</param>
public sealed record DecisionConfidence(bool Low, int DaysOfData, Backtest Backtest, string Text);

/// <summary>What the platform has of it. Per cycle, in the decision's currency.</summary>
/// <param name="Now">Expected charge on the own plan, mean of the next three cycles.</param>
/// <param name="Then">The same on the recommended plan; none to stay.</param>
/// <param name="LastCycle">The last complete cycle.</param>
/// <param name="PaidLastCycle">Charge of that cycle on the own plan.</param>
/// <param name="CostLastCycle">What the account cost the platform in it.</param>
/// <param name="Text">In words.</param>
public sealed record DecisionInterest(
    decimal Now, decimal? Then, string? LastCycle, decimal? PaidLastCycle, decimal? CostLastCycle, string Text);

/// <summary>What happens to one who does nothing.</summary>
/// <param name="Heading">When: "Until about 2 Jan (22 Dec – 24 Jan)", "At 10 GB", "Always".</param>
/// <param name="Text">What.</param>
public sealed record Consequence(string Heading, string Text);

/// <summary>A reply to the decision.</summary>
/// <param name="Response"><c>snooze</c>, <c>dispute</c>, <c>dismiss</c> or <c>accepted</c>.</param>
/// <param name="At">When.</param>
/// <param name="Until">Of a snooze: its end.</param>
/// <param name="Text">What was written with it.</param>
public sealed record DecisionReply(string Response, Instant At, Instant? Until, string? Text);

/// <summary>What became of the decision. The only part of a record that is added to later.</summary>
/// <param name="ShownAt">When it was shown.</param>
/// <param name="Replies">Replies in order.</param>
public sealed record DecisionOutcome(IReadOnlyList<Instant> ShownAt, IReadOnlyList<DecisionReply> Replies)
{
    /// <summary>Not shown, not answered.</summary>
    public static readonly DecisionOutcome Open = new([], []);
}

/// <summary>
/// A decision with all that led to it. Pages only print it, and <see cref="UpgradeRule.Rerun"/> reaches the same verdict from
/// it alone.
/// </summary>
public sealed record DecisionRecord
{
    /// <summary>Its permanent id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The account.</summary>
    public required DecisionSubject Subject { get; init; }

    /// <summary>The rule.</summary>
    public required string RuleId { get; init; }

    /// <summary>The rule's version.</summary>
    public required int RuleVersion { get; init; }

    /// <summary>The thresholds of that version.</summary>
    public RuleTerms Terms { get; init; } = RuleTerms.Standard;

    /// <summary>Whether the rule was switched on.</summary>
    public bool RuleIsOn { get; init; } = true;

    /// <summary>The state of the plan catalogue; prices are those of the plan versions named.</summary>
    public required string PlanCatalogueVersion { get; init; }

    /// <summary>When it was computed, by rule, with no person involved.</summary>
    public required Instant ComputedAt { get; init; }

    /// <summary>The billing time zone, an IANA name.</summary>
    public required string TimeZone { get; init; }

    /// <summary>The day of <see cref="ComputedAt"/> in that zone.</summary>
    public required LocalDate Today { get; init; }

    /// <summary>Currency of all money in it.</summary>
    public required string Currency { get; init; }

    /// <summary>Slug of the meter that it is about; none where nothing is limited.</summary>
    public required string? Meter { get; init; }

    /// <summary>The numbers that went in.</summary>
    public required IReadOnlyList<DecisionInput> Inputs { get; init; }

    /// <summary>The meters as they stood, with their forecasts.</summary>
    public required IReadOnlyList<DecisionMeter> Meters { get; init; }

    /// <summary>What drove the growth of the last 28 days.</summary>
    public required IReadOnlyList<GrowthContributor> Contributors { get; init; }

    /// <summary>The own plan first, then those offered.</summary>
    public required IReadOnlyList<DecisionPlan> Plans { get; init; }

    /// <summary>What was used in the replayed cycles, oldest first.</summary>
    public required IReadOnlyList<ReplayedCycle> Cycles { get; init; }

    /// <summary>Every replayed cycle on every plan.</summary>
    public required IReadOnlyList<ReplayRow> Replay { get; init; }

    /// <summary>The next three cycles on every plan.</summary>
    public required IReadOnlyList<NextCycleRow> NextCycles { get; init; }

    /// <summary>Ways out, cheapest first.</summary>
    public required IReadOnlyList<Alternative> Alternatives { get; init; }

    /// <summary>The ways to make room as they were measured; none in records of before they were kept.</summary>
    public IReadOnlyList<Remedy>? Remedies { get; init; }

    /// <summary>Replies that were open.</summary>
    public required IReadOnlyList<OpenReply> OpenReplies { get; init; }

    /// <summary>Days of data behind it.</summary>
    public required int DaysOfData { get; init; }

    /// <summary>What the account cost the platform in its last cycle.</summary>
    public required PlatformCost? PlatformCost { get; init; }

    /// <summary>Every condition of the rule, those too that did not hold.</summary>
    public IReadOnlyList<DecisionCondition> Conditions { get; init; } = [];

    /// <summary>The verdict.</summary>
    public DecisionVerdict Verdict { get; init; } = new(DecisionKind.Stay);

    /// <summary>The verdict in sentences, the headline first.</summary>
    public IReadOnlyList<string> Sentences { get; init; } = [];

    /// <summary>What happens to one who does nothing.</summary>
    public IReadOnlyList<Consequence> IfNothing { get; init; } = [];

    /// <summary>Reasons against the verdict.</summary>
    public IReadOnlyList<CounterReason> Counter { get; init; } = [];

    /// <summary>Where there is no reason against it: why none.</summary>
    public string? NoCounter { get; init; }

    /// <summary>First day of the cycle from which another plan is of use; none to stay.</summary>
    public LocalDate? UsefulFrom { get; init; }

    /// <summary>How sure it is.</summary>
    public DecisionConfidence? Confidence { get; init; }

    /// <summary>What the platform has of it.</summary>
    public DecisionInterest? Interest { get; init; }

    /// <summary>What became of it.</summary>
    public DecisionOutcome Outcome { get; init; } = DecisionOutcome.Open;

    /// <summary>The meter that it is about, as it stood.</summary>
    internal DecisionMeter? Headline => Meters.FirstOrDefault(m => m.Meter == Meter);

    /// <summary>The plan that the account is on.</summary>
    internal DecisionPlan Own => Plans.First(p => p.IsOwn);

    /// <summary>The plan that the verdict recommends.</summary>
    internal DecisionPlan? Recommended => Plans.FirstOrDefault(p => p.Key == Verdict.Plan && p.Version == Verdict.PlanVersion);
}
