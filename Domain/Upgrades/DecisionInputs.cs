using NodaTime;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Domain.Upgrades;

/// <summary>A complete past cycle of the account.</summary>
/// <param name="Period">The billing period.</param>
/// <param name="Quantities">By meter as plans price it, unrounded (storage: GB-months).</param>
/// <param name="PeakLevelBytes">Highest level of stored bytes in the cycle; none where unknown.</param>
public sealed record CycleUsage(BillingPeriod Period, IReadOnlyDictionary<string, decimal> Quantities, decimal? PeakLevelBytes);

/// <summary>A day's value: the level at its end, or the amount of the day.</summary>
/// <param name="Day">The day, in the billing time zone.</param>
/// <param name="Value">In the meter's unit.</param>
public sealed record DailyValue(LocalDate Day, decimal Value);

/// <summary>A meter that plans may limit, as the account stands: the numbers that the limit itself uses.</summary>
/// <param name="Meter">The meter's slug.</param>
/// <param name="Name">For people, as it is used in a sentence: "storage", "emails".</param>
/// <param name="Unit">Unit of everything here; <c>bytes</c> are shown as MB and GB.</param>
/// <param name="Limit">The effective limit with its chain; unlimited where nothing limits it now.</param>
/// <param name="Used">Used in the period; stock meters: the level now.</param>
/// <param name="Reserved">Live reservations.</param>
/// <param name="Stock">The forecast of a stock meter; none for a flow.</param>
/// <param name="Flow">The forecast of a flow meter; none for a stock.</param>
/// <param name="Daily">Daily values for the chart and its table, oldest first.</param>
/// <param name="CyclesAtLimitOfLast3">Of the last three cycles, those in which the limit was reached or more than was included was charged.</param>
/// <param name="Backtest">Track record of its own forecasts.</param>
public sealed record LimitedMeter(
    string Meter,
    string Name,
    string Unit,
    EffectiveLimit Limit,
    decimal Used,
    decimal Reserved,
    Forecast? Stock,
    FlowForecast? Flow,
    IReadOnlyList<DailyValue> Daily,
    int CyclesAtLimitOfLast3,
    Backtest Backtest)
{
    /// <summary>A stock meter (storage), fitted and backtested on its daily levels; the forecast starts from the level now.</summary>
    public static LimitedMeter OfStock(
        string meter, string name, string unit, EffectiveLimit limit, decimal used, decimal reserved, LocalDate today,
        IReadOnlyList<DailyValue> dailyLevels, int cyclesAtLimitOfLast3)
    {
        ArgumentNullException.ThrowIfNull(dailyLevels);
        var levels = dailyLevels.Select(d => (d.Day, d.Value)).ToList();
        var forecast = StockForecast.Fit(levels) with { Level = used, AsOf = today };
        return new(meter, name, unit, limit, used, reserved, forecast, null, dailyLevels, cyclesAtLimitOfLast3, Backtest.Of(levels));
    }

    /// <summary>A flow meter, fitted on the amounts of its complete days.</summary>
    public static LimitedMeter OfFlow(
        string meter, string name, string unit, EffectiveLimit limit, decimal used, decimal reserved, FlowForecast forecast,
        IReadOnlyList<DailyValue> dailyAmounts, int cyclesAtLimitOfLast3) =>
        new(meter, name, unit, limit, used, reserved, null, forecast, dailyAmounts, cyclesAtLimitOfLast3, Backtest.None);
}

/// <summary>A reply of the account that is still open: while it is, the same question is not asked again.</summary>
/// <param name="Response"><c>snooze</c>, <c>dismiss</c>, or <c>dispute</c>, which silences every question until a person has answered.</param>
/// <param name="To">The verdict that it replied to.</param>
/// <param name="At">When it was given.</param>
/// <param name="Until">When it ends; none until it is closed.</param>
public sealed record OpenReply(string Response, DecisionKind To, Instant At, Instant? Until);

/// <summary>A way to make room without another plan, as measured on the account's own data.</summary>
/// <param name="Key">Stable key: <c>empty-bin</c>, <c>compress</c>, <c>top-up</c>.</param>
/// <param name="Title">What one does: "Empty the bin".</param>
/// <param name="EffectBytes">What it takes off the level once (of a flow: off the period), in the meter's unit; 0 or more.</param>
/// <param name="GrowthEffectPerDay">What it takes off the growth of a day, in the meter's unit.</param>
/// <param name="LimitEffect">What it adds to the limit (a top-up), in the meter's unit.</param>
/// <param name="CostPerCycle">What it costs, in the plan's currency, per cycle; 0 for a free way.</param>
/// <param name="Detail">What it touches: "214 files deleted by members".</param>
/// <param name="Meter">The meter that it eases.</param>
/// <param name="Touches">The figures in <paramref name="Detail"/>; none in records of before they were kept.</param>
public sealed record Remedy(
    string Key,
    string Title,
    decimal EffectBytes,
    decimal GrowthEffectPerDay = 0,
    decimal LimitEffect = 0,
    decimal CostPerCycle = 0,
    string? Detail = null,
    string Meter = "storage",
    Touched? Touches = null);

/// <summary>What a way to make room touches, in figures, so that it can be said in any language.</summary>
/// <param name="Files">Files that it is about.</param>
/// <param name="Oldest">The day of the oldest of them.</param>
/// <param name="Plan">Name of the plan that it needs.</param>
public sealed record Touched(long Files = 0, LocalDate? Oldest = null, string? Plan = null);

/// <summary>What drove the growth of the last 28 days.</summary>
/// <param name="Kind">Kind of what was added: <c>video</c>, <c>photo</c>, <c>other</c>.</param>
/// <param name="Label">For people: "Video of 2 events".</param>
/// <param name="Amount">What it added, in the meter's unit.</param>
/// <param name="Share">Of the whole growth, 0 to 1.</param>
/// <param name="Files">Files that were added; none in records of before they were kept.</param>
public sealed record GrowthContributor(string Kind, string Label, decimal Amount, decimal Share, long? Files = null);

/// <summary>What the account cost the platform in its last cycle.</summary>
/// <param name="Period">The cycle, <c>2026-10</c>.</param>
/// <param name="Amount">In the plan's currency.</param>
public sealed record PlatformCost(string Period, decimal Amount);

/// <summary>Everything that a decision depends on, as values: nothing is looked up while it is made.</summary>
/// <param name="Account"><c>group:trail-runners</c> or <c>user:ann</c>.</param>
/// <param name="Name">The account's name.</param>
/// <param name="ComputedAt">The instant of which everything here is true.</param>
/// <param name="Zone">The billing time zone.</param>
/// <param name="Current">The plan version that the account is on.</param>
/// <param name="Offered">The public plans, at the versions and prices that a new customer would get.</param>
/// <param name="CatalogueVersion">Names the state of the plan catalogue.</param>
/// <param name="Cycles">Complete past cycles, in any order; the last twelve count.</param>
/// <param name="Meters">The meters that a plan limits or might limit.</param>
/// <param name="DaysOfData">Days since the account's first event.</param>
/// <param name="Replies">Replies that may still be open.</param>
/// <param name="Remedies">Measured ways to make room; equally cheap ones stay in this order.</param>
/// <param name="Contributors">What drove the growth of the last 28 days, greatest first.</param>
/// <param name="PlatformCost">What the account cost in its last cycle; none where unknown.</param>
/// <param name="MaxMeters">Slugs of the meters that are priced by their maximum.</param>
/// <param name="Rule">The rule to apply; the standard one where it is not named.</param>
public sealed record DecisionInputs(
    string Account,
    string Name,
    Instant ComputedAt,
    DateTimeZone Zone,
    Plan Current,
    IReadOnlyList<Plan> Offered,
    string CatalogueVersion,
    IReadOnlyList<CycleUsage> Cycles,
    IReadOnlyList<LimitedMeter> Meters,
    int DaysOfData,
    IReadOnlyList<OpenReply> Replies,
    IReadOnlyList<Remedy> Remedies,
    IReadOnlyList<GrowthContributor> Contributors,
    PlatformCost? PlatformCost = null,
    IReadOnlySet<string>? MaxMeters = null,
    AppliedRule? Rule = null);
