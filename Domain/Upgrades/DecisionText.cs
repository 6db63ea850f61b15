using System.Globalization;
using NodaTime;
using NodaTime.Text;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Domain.Upgrades;

/// <summary>
/// A decision in words. Every sentence is made of what stands in the record, so that a page only prints it. Nothing here
/// threatens: what stops is named together with what never does.
/// </summary>
public static class DecisionText
{
    /// <summary>The promise that stands wherever a pause is named.</summary>
    public const string NothingIsDeleted =
        "Nothing is deleted; new uploads would pause; reading, exporting and deleting always work.";

    private static readonly LocalDatePattern MonthName = LocalDatePattern.CreateWithInvariantCulture("MMM uuuu");
    private static readonly ZonedDateTimePattern Moment = ZonedDateTimePattern.CreateWithInvariantCulture("d MMM uuuu, HH:mm", null);

    /// <summary>An amount with its currency: <c>14.00 USD</c>; <c>none</c> where there is nothing to compare.</summary>
    public static string Money(decimal? amount, Currency currency) => amount is { } value
        ? new Amount(value, currency).RoundToMinor().ToString()
        : "none";

    /// <summary><c>1 day</c>, <c>40 days</c>.</summary>
    public static string Days(int days) => Counted(days, "day");

    /// <summary>When and how it was made: "computed automatically, 23 Nov 2026, 14:10 Europe/Berlin, no person involved".</summary>
    public static string Made(DecisionRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var zone = DateTimeZoneProviders.Tzdb.GetZoneOrNull(record.TimeZone) ?? DateTimeZone.Utc;
        return $"computed automatically, {Moment.Format(record.ComputedAt.InZone(zone))} {zone.Id}, no person involved";
    }

    /// <summary>The rule that was applied: "limit.p50_cross version 1".</summary>
    public static string Rule(DecisionRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return $"{record.RuleId} version {record.RuleVersion.ToString(CultureInfo.InvariantCulture)}";
    }

    /// <summary>A condition on one line, as a log would hold it: <c>✓ forecast_p50_days ≤ 45: 40 days</c>.</summary>
    public static string Condition(DecisionCondition condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return $"{(condition.Held ? '✓' : '✗')} {condition.Expression}: {condition.ValueText}";
    }

    /// <summary>A way out's effect: <c>-1.1 GB</c>, <c>-16 MB a day</c>, <c>+2 GB of room</c>, <c>no limit</c>.</summary>
    public static string Effect(DecisionRecord record, Alternative way)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(way);
        var unit = record.Headline?.Unit ?? "";
        var parts = new List<string>();
        if (way.Effect != 0)
        {
            parts.Add("-" + QuantityText.Of(way.Effect, unit));
        }
        if (way.GrowthEffectPerDay != 0)
        {
            parts.Add($"-{QuantityText.Of(way.GrowthEffectPerDay, unit)} a day");
        }
        if (way.LimitEffect is null)
        {
            parts.Add("no limit");
        }
        else if (way.LimitEffect != 0)
        {
            parts.Add($"+{QuantityText.Of(way.LimitEffect.Value, unit)} of room");
        }
        return parts.Count == 0 ? "no effect" : string.Join(", ", parts);
    }

    /// <summary>A way out's new date: "about 15 Jan (1 Jan – 14 Feb)"; "no limit".</summary>
    public static string When(DecisionRecord record, Alternative way)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(way);
        return way.When is { } when ? ForecastText.When(when, record.Today) : "no limit";
    }

    /// <summary>The growth of the headline meter: "The last 28 days rose by 54 MB a day (39 MB – 70 MB)".</summary>
    public static string Growth(DecisionRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var meter = record.Headline;
        return meter switch
        {
            { Stock: { IsFitted: true } f } =>
                $"The last {Days(f.Days)} moved by {QuantityText.Of(f.SlopePerDay, meter.Unit)} a day "
                + $"({QuantityText.Of(f.LowSlope, meter.Unit)} – {QuantityText.Of(f.HighSlope, meter.Unit)}).",
            { Flow: { IsFitted: true } f } =>
                $"{QuantityText.Of(f.Expected, meter.Unit)} expected by the end of the period "
                + $"({QuantityText.Of(f.Low, meter.Unit)} – {QuantityText.Of(f.High, meter.Unit)}).",
            { When: { } when } => $"No growth is given: {ForecastText.When(when, record.Today)}.",
            _ => "Nothing is limited, so nothing is forecast.",
        };
    }

    /// <summary>The record with all its sentences.</summary>
    internal static DecisionRecord Told(DecisionRecord record)
    {
        var told = record with { Interest = Interest(record), Confidence = Confidence(record) };
        var counter = CounterCase.Against(told);
        return told with
        {
            Counter = counter,
            NoCounter = counter.Count > 0 ? null : CounterCase.WhyNone(told),
            Sentences = Sentences(told),
            IfNothing = IfNothing(told),
        };
    }

    internal static string Limit(DecisionMeter meter) =>
        $"{QuantityText.Of(meter.Limit.Limit ?? 0, meter.Unit)}{(meter.Unit == QuantityText.Bytes ? " of " + meter.Name : "")}";

    internal static string PlanName(DecisionPlan plan) => $"{plan.Name} v{plan.Version.ToString(CultureInfo.InvariantCulture)}";

    internal static string Counted(int n, string one) =>
        string.Create(CultureInfo.InvariantCulture, $"{n} {one}{(n == 1 ? "" : "s")}");

    private static List<string> Sentences(DecisionRecord record) => record.Verdict.Kind switch
    {
        DecisionKind.Upgrade => Upgrade(record),
        DecisionKind.CheaperPlan => Cheaper(record),
        _ => Stay(record),
    };

    private static List<string> Upgrade(DecisionRecord record)
    {
        var meter = record.Headline!;
        var plan = record.Recommended!;
        var currency = new Currency(record.Currency);
        var sentences = new List<string> { Reaching(record, meter) };
        var avoided = record.Own.PausedDays.Middle - plan.PausedDays.Middle;
        if (avoided > 0)
        {
            sentences.Add($"{PlanName(plan)} would avoid a pause: {Days((int)record.Own.PausedDays.Middle)} until the end of the "
                + $"next 3 cycles "
                + $"by the middle forecast, {Days((int)plan.PausedDays.Middle)} with it.");
        }
        var (now, then) = (record.Interest!.Now, record.Interest.Then!.Value);
        var asks = $"it asks {Money(then, currency)} instead of {Money(now, currency)} per cycle, expected for the next 3";
        sentences.Add(then < now ? $"It would save you money: {asks}." : then > now ? $"It would not save you money: "
            + $"{asks}." : $"It costs the same: {asks}.");
        sentences.Add(Ways(record));
        if (meter.Limit.Kind == LimitKind.Hard)
        {
            sentences.Add(Promise(meter));
        }
        return sentences;
    }

    private static List<string> Cheaper(DecisionRecord record)
    {
        var plan = record.Recommended!;
        var currency = new Currency(record.Currency);
        return
        [
            $"A cheaper plan fits you: {PlanName(plan)} saves about {Money(record.Verdict.SavingPerCycle, currency)} per cycle.",
            $"Your last 3 cycles would have cost {Money(plan.Last3, currency)} instead of {Money(record.Own.Last3, currency)}, "
                + $"the last {record.Cycles.Count.ToString(CultureInfo.InvariantCulture)} together {Money(plan.Total, currency)} "
                + $"instead of {Money(record.Own.Total, currency)}.",
            "None of its limits would have been reached.",
        ];
    }

    private static List<string> Stay(DecisionRecord record)
    {
        bool Held(string key) => record.Conditions.Any(c => c.Key == key && c.Held);
        var near = Held("forecast_p50_days") || Held("cycles_at_limit_of_3");
        var helps = Held("replay_saving_3") || Held("forecast_saving_3") || Held("paused_days_avoided");
        var sentences = new List<string> { "Stay. You would not benefit." };
        if (!record.RuleIsOn)
        {
            sentences = ["Nothing is asked: the rule is switched off."];
            if (record.Headline is { } limited)
            {
                sentences.Add(Reaching(record, limited));
            }
            return sentences;
        }
        if (record.DaysOfData < record.Terms.NeededDays)
        {
            sentences.Add($"It is too early to say more: there are {record.DaysOfData.ToString(CultureInfo.InvariantCulture)} of "
                + $"{record.Terms.NeededDays.ToString(CultureInfo.InvariantCulture)} days of data.");
        }
        else if (near && helps && !Held("open_replies"))
        {
            sentences = ["Stay for now: your reply stands, and nothing is asked meanwhile.", Reaching(record, record.Headline!)];
        }
        else if (record.Verdict.Remedy is { } key && record.Alternatives.FirstOrDefault(w => w.Key == key) is { } way)
        {
            var currency = new Currency(record.Currency);
            var cost = way.CostPerCycle <= 0 ? "free" : $"{Money(way.CostPerCycle, currency)} per cycle";
            sentences.Add($"{Reaching(record, record.Headline!)} {way.Title} ({cost}) solves it alone: {Limit(record.Headline!)} is "
                + $"then reached: {When(record, way)}.");
        }
        else if (near)
        {
            sentences.Add($"{Reaching(record, record.Headline!)} No offered plan would be cheaper for you or spare you a pause.");
        }
        else if (record.Headline is { } meter)
        {
            sentences.Add($"{QuantityText.Of(meter.Used, meter.Unit)} of {Limit(meter)} used; the limit: "
                + $"{ForecastText.When(meter.When!, record.Today)}.");
        }
        else
        {
            sentences.Add("Nothing that you use is limited.");
        }
        if (near && record.Headline is { Limit.Kind: LimitKind.Hard } hard && record.DaysOfData >= record.Terms.NeededDays)
        {
            sentences.Add(Promise(hard));
        }
        return sentences;
    }

    private static string Reaching(DecisionRecord record, DecisionMeter meter) => meter.When switch
    {
        { Outcome: LimitDateOutcome.Reached } => $"{record.Subject.Name} has reached {Limit(meter)}.",
        { Outcome: LimitDateOutcome.Dated } dated => $"At the present pace {record.Subject.Name} reaches {Limit(meter)} "
            + $"{ForecastText.When(dated, record.Today)}.",
        _ => $"{record.Subject.Name} reached {Limit(meter)} in {meter.CyclesAtLimitOfLast3.ToString(CultureInfo.InvariantCulture)} "
            + $"of the last 3 cycles.",
    };

    private static string Ways(DecisionRecord record)
    {
        var free = record.Alternatives.Where(w => w is { IsPlan: false, CostPerCycle: 0 }).ToArray();
        return free.Length == 0 ? "No free way out was measured."
            : free.Max(w => w.DaysGained) is { } most and > 0 ? $"Free ways gain up to {Days(most)} each and come first."
            : "Free ways come first.";
    }

    private static string Promise(DecisionMeter meter) => meter.Unit == QuantityText.Bytes
        ? NothingIsDeleted
        : $"Nothing is deleted; new {meter.Name} would pause until the next cycle; reading, exporting and deleting always work.";

    private static List<Consequence> IfNothing(DecisionRecord record)
    {
        if (record.Headline is not { } meter)
        {
            return [new("Always", "Nothing that you use is limited; nothing changes.")];
        }
        var when = ForecastText.When(meter.When!, record.Today);
        var always = new Consequence("Always", "Reading, exporting, deleting and cancelling work.");
        var before = meter.When!.Outcome switch
        {
            LimitDateOutcome.Reached => new Consequence("Now", "The limit is reached."),
            LimitDateOutcome.Dated => new Consequence($"Until {when}", "Nothing changes. You get one notice at 90 %, one at 100 %."),
            _ => new Consequence("Now", $"Nothing changes. The limit: {when}. You get one notice at 90 %, one at 100 %."),
        };
        var at = meter.Limit.Kind == LimitKind.Hard
            ? new Consequence($"At {Limit(meter)}", meter.Unit == QuantityText.Bytes
                ? "Nothing is deleted; new uploads would pause until there is room. Chat, events and RSVPs go on. No fee changes."
                : $"New {meter.Name} would pause until the next cycle. All else goes on. No fee changes.")
            : new Consequence($"At {Limit(meter)}",
                "Nothing stops. What your plan charges beyond its included amount is charged as before.");
        return [before, at, always];
    }

    private static DecisionConfidence Confidence(DecisionRecord record)
    {
        var backtest = record.Headline?.Backtest ?? Backtest.None;
        var few = record.DaysOfData < record.Terms.SureDays;
        var wrong = backtest.MedianError > record.Terms.SureError;
        var behind = $"{Days(record.DaysOfData)} of data";
        var track = backtest is { MedianError: { } median, WorstError: { } worst }
            ? $"; the last {Counted(backtest.Forecasts, "forecast")} of this account {(backtest.Forecasts == 1 ? "was" : "were")} "
                + $"off by {QuantityText.Percent(median)} (median), {QuantityText.Percent(worst)} at worst"
                + (backtest.Within is { } within ? $"; {within} of {backtest.Forecasts} facts lay in the 80 % range" : "")
            : "; no earlier forecast could be held against facts yet";
        return new(few || wrong, record.DaysOfData, backtest, $"{(few || wrong ? "Low confidence" : "Normal confidence")}: "
            + $"{behind}{track}.");
    }

    private static DecisionInterest Interest(DecisionRecord record)
    {
        var currency = new Currency(record.Currency);
        decimal PerCycle(DecisionPlan plan) => Rounding.HalfAwayFromZero(plan.Next.Middle / PlanComparison.Recent, currency.MinorDigits);
        var now = PerCycle(record.Own);
        decimal? then = record.Recommended is { } plan ? PerCycle(plan) : null;
        var last = record.Replay.LastOrDefault(r => r.Plan == record.Own.Key && r.PlanVersion == record.Own.Version);
        var cost = record.PlatformCost;
        var text = then switch
        {
            null => $"OpenMeet expects {Money(now, currency)} per cycle from the present plan.",
            { } t when t > now => $"OpenMeet would receive {Money(t - now, currency)} more per cycle ({Money(t, currency)} instead "
                + $"of an expected {Money(now, currency)}).",
            { } t when t < now => $"OpenMeet would receive {Money(now - t, currency)} less per cycle ({Money(t, currency)} instead "
                + $"of an expected {Money(now, currency)}).",
            _ => $"OpenMeet would receive the same, {Money(now, currency)} per cycle.",
        };
        if (cost is not null)
        {
            text += $" This account cost the platform {Money(cost.Amount, currency)} in {Month(cost.Period)}"
                + (last?.Cycle == cost.Period ? $" and was charged {Money(last.Total, currency)} by its present plan." : ".");
        }
        return new(now, then, last?.Cycle, last?.Total, cost?.Amount, text);
    }

    private static string Month(string period) =>
        LocalDatePattern.Iso.Parse(period + "-01") is { Success: true } day ? MonthName.Format(day.Value) : period;
}
