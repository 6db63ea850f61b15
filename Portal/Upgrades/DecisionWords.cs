using System.Globalization;
using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Usage;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>
/// A decision in the reader's language, made of the values that stand in its record. In English it is word for word what
/// <see cref="DecisionText"/> wrote into the record.
/// </summary>
internal static class DecisionWords
{
    private const int Year = 365;

    /// <summary>The verdict in sentences, the headline first.</summary>
    public static IReadOnlyList<string> Sentences(DecisionRecord record) => record.Verdict.Kind switch
    {
        DecisionKind.Upgrade => Larger(record),
        DecisionKind.CheaperPlan => Cheaper(record),
        _ => Stay(record),
    };

    /// <summary>Reasons against the verdict.</summary>
    public static IReadOnlyList<string> Counter(DecisionRecord record) => [.. record.Counter.Select(c => Against(record, c))];

    /// <summary>Why there is no reason against it.</summary>
    public static string? NoCounter(DecisionRecord record) => record.NoCounter is { } none ? Words.Named(none) : null;

    /// <summary>What the platform has of it.</summary>
    public static string? Interest(DecisionRecord record) => record.Interest is { } interest ? Had(record, interest) : null;

    /// <summary>The time that a condition speaks of.</summary>
    public static string LookBack(DecisionRecord record, DecisionCondition condition) =>
        !condition.LookBack.StartsWith("last ", StringComparison.Ordinal) ? Words.Named(condition.LookBack)
        : record.Headline() is { } meter && (meter.Stock?.Days ?? meter.Flow?.Days) is { } days ? Words.Count(days, "last {0} day", "last {0} days")
        : condition.LookBack;

    /// <summary>What a way out is called.</summary>
    public static string Title(Alternative way) =>
        way.Key.StartsWith("group-plan:", StringComparison.Ordinal) ? Words.Say("Give {0} a plan of its own", way.Key["group-plan:".Length..]) : Words.Named(way.Title);

    /// <summary>What it touches.</summary>
    public static string? Detail(Alternative way) => (way.Key, way.Touches) switch
    {
        (_, null) => way.Detail,
        (_, { Plan: { } plan }) => Words.Say("its files then count there; {0} is the cheapest with room for them", plan),
        ("cap-50-mb", { } t) => Words.Count(t.Files, "{0} file of the last 28 days would have met it", "{0} files of the last 28 days would have met it"),
        ("attach", { } t) => Words.Count(t.Files, "{0} file that you carry yourself; it then counts for that group", "{0} files that you carry yourself; they then count for that group"),
        (_, { Oldest: { } oldest } t) => Words.Count(t.Files, "{0} file of {1}; its owner keeps a copy first if they wish", "{0} files, the oldest of {1}; their owners keep a copy first if they wish", Formats.Date(oldest)),
        _ => way.Detail,
    };

    /// <summary>What drove the growth.</summary>
    public static string Label(GrowthContributor source) => source.Files is not { } files ? source.Label : Words.Say("{0}: {1} added", Capital(Storage.FileKinds.Name(source.Kind)), Formats.Number(files));

    /// <inheritdoc cref="DecisionText.Effect"/>
    public static string Effect(DecisionRecord record, Alternative way)
    {
        var unit = record.Headline()?.Unit ?? "";
        var parts = new List<string>();
        if (way.Effect != 0) parts.Add("-" + Formats.Legible(way.Effect, unit));
        if (way.GrowthEffectPerDay != 0) parts.Add(Words.Say("{0} a day", "-" + Formats.Legible(way.GrowthEffectPerDay, unit)));
        if (way.LimitEffect is null) parts.Add(Words.Say("no limit"));
        else if (way.LimitEffect != 0) parts.Add(Words.Say("{0} of room", "+" + Formats.Legible(way.LimitEffect.Value, unit)));
        return parts.Count == 0 ? Words.Say("no effect") : string.Join(", ", parts);
    }

    /// <inheritdoc cref="DecisionText.When"/>
    public static string When(DecisionRecord record, Alternative way) => way.When is { } when ? ForecastWords.When(when, record.Today) : Words.Say("no limit");

    /// <inheritdoc cref="DecisionText.Made"/>
    public static string Made(DecisionRecord record) =>
        Words.Say("computed automatically, {0}, no person involved", Formats.DateTime(record.ComputedAt, DecisionParts.ZoneOf(record)));

    /// <inheritdoc cref="DecisionText.Rule"/>
    public static string Rule(DecisionRecord record) => Words.Say("{0} version {1}", record.RuleId, record.RuleVersion.ToString(CultureInfo.InvariantCulture));

    /// <inheritdoc cref="DecisionText.Days"/>
    public static string Days(int days) => Words.Count(days, "{0} day", "{0} days");

    /// <inheritdoc cref="DecisionText.Growth"/>
    public static string Growth(DecisionRecord record) => record.Headline() switch
    {
        { Stock: { IsFitted: true } f } meter => Words.Count(
            f.Days, "The last {0} day moved by {1} a day ({2} – {3}).", "The last {0} days moved by {1} a day ({2} – {3}).",
            Formats.Legible(f.SlopePerDay, meter.Unit), Formats.Legible(f.LowSlope, meter.Unit), Formats.Legible(f.HighSlope, meter.Unit)),
        { Flow: { IsFitted: true } f } meter => Words.Say(
            "{0} expected by the end of the period ({1} – {2}).", Formats.Legible(f.Expected, meter.Unit), Formats.Legible(f.Low, meter.Unit), Formats.Legible(f.High, meter.Unit)),
        { When: { } when } => Words.Say("No growth is given: {0}.", ForecastWords.When(when, record.Today)),
        _ => Words.Say("Nothing is limited, so nothing is forecast."),
    };

    /// <summary>The limit of a meter: "10 GB of storage".</summary>
    public static string Limit(DecisionMeter meter)
    {
        var limit = Formats.Legible(meter.Limit.Limit ?? 0, meter.Unit);
        return meter switch
        {
            { Meter: DefaultMeters.Storage, Name: "storage" } => Words.Say("{0} of storage", limit),
            { Unit: Formats.BytesUnit } => Words.Say("{0} of {1}", limit, MeterNames.Of(meter.Meter, meter.Name)),
            _ => limit,
        };
    }

    private static List<string> Larger(DecisionRecord record)
    {
        var (meter, plan, own) = (record.Headline()!, record.Recommended()!, record.Own());
        var said = new List<string> { Reaching(record, meter) };
        if (own.PausedDays.Middle > plan.PausedDays.Middle)
            said.Add(Words.Say("{0} would avoid a pause: {1} until the end of the next 3 cycles by the middle forecast, {2} with it.", plan.Label(), Days((int)own.PausedDays.Middle), Days((int)plan.PausedDays.Middle)));
        var (now, then) = (record.Interest!.Now, record.Interest.Then!.Value);
        var (nowText, thenText) = (Money(record, now), Money(record, then));
        said.Add(then < now ? Words.Say("It would save you money: it asks {0} instead of {1} per cycle, expected for the next 3.", thenText, nowText)
            : then > now ? Words.Say("It would not save you money: it asks {0} instead of {1} per cycle, expected for the next 3.", thenText, nowText)
            : Words.Say("It costs the same: it asks {0} instead of {1} per cycle, expected for the next 3.", thenText, nowText));
        var free = record.Alternatives.Where(w => w is { IsPlan: false, CostPerCycle: 0 }).ToList();
        said.Add(free.Count == 0 ? Words.Say("No free way out was measured.")
            : free.Max(w => w.DaysGained) is { } most and > 0 ? Words.Count(most, "Free ways gain up to {0} day each and come first.", "Free ways gain up to {0} days each and come first.")
            : Words.Say("Free ways come first."));
        if (meter.Limit.Kind == LimitKind.Hard) said.Add(Promise(meter));
        return said;
    }

    private static List<string> Cheaper(DecisionRecord record)
    {
        var (plan, own) = (record.Recommended()!, record.Own());
        return
        [
            Words.Say("A cheaper plan fits you: {0} saves about {1} per cycle.", plan.Label(), Money(record, record.Verdict.SavingPerCycle)),
            Words.Say("Your last 3 cycles would have cost {0} instead of {1}, the last {2} together {3} instead of {4}.", Money(record, plan.Last3), Money(record, own.Last3), Formats.Number(record.Cycles.Count), Money(record, plan.Total), Money(record, own.Total)),
            Words.Say("None of its limits would have been reached."),
        ];
    }

    private static List<string> Stay(DecisionRecord record)
    {
        bool Held(string key) => record.Conditions.Any(c => c.Key == key && c.Held);
        var near = Held("forecast_p50_days") || Held("cycles_at_limit_of_3");
        var helps = Held("replay_saving_3") || Held("forecast_saving_3") || Held("paused_days_avoided");
        var limited = record.Headline();
        if (!record.RuleIsOn) return [Words.Say("Nothing is asked: the rule is switched off."), .. limited is null ? Array.Empty<string>() : [Reaching(record, limited)]];
        var said = new List<string> { Words.Say("Stay. You would not benefit.") };
        var early = record.DaysOfData < record.Terms.NeededDays;
        if (early)
            said.Add(Words.Say("It is too early to say more: there are {0} of {1} days of data.", Formats.Number(record.DaysOfData), Formats.Number(record.Terms.NeededDays)));
        else if (near && helps && !Held("open_replies"))
            said = [Words.Say("Stay for now: your reply stands, and nothing is asked meanwhile."), Reaching(record, limited!)];
        else if (record.Verdict.Remedy is { } key && record.Alternatives.FirstOrDefault(w => w.Key == key) is { } way)
            said.AddRange([Reaching(record, limited!), way.CostPerCycle <= 0
                ? Words.Say("{0} (free) solves it alone: {1} is then reached: {2}.", Title(way), Limit(limited!), When(record, way))
                : Words.Say("{0} ({1} per cycle) solves it alone: {2} is then reached: {3}.", Title(way), Money(record, way.CostPerCycle), Limit(limited!), When(record, way))]);
        else if (near)
            said.AddRange([Reaching(record, limited!), Words.Say("No offered plan would be cheaper for you or spare you a pause.")]);
        else if (limited is not null)
            said.Add(Words.Say("{0} of {1} used; the limit: {2}.", Formats.Legible(limited.Used, limited.Unit), Limit(limited), ForecastWords.When(limited.When!, record.Today)));
        else
            said.Add(Words.Say("Nothing that you use is limited."));
        if (near && !early && limited is { Limit.Kind: LimitKind.Hard }) said.Add(Promise(limited));
        return said;
    }

    private static string Reaching(DecisionRecord record, DecisionMeter meter) => meter.When switch
    {
        { Outcome: LimitDateOutcome.Reached } => Words.Say("{0} has reached {1}.", record.Subject.Name, Limit(meter)),
        { Outcome: LimitDateOutcome.Dated } dated => Words.Say("At the present pace {0} reaches {1} {2}.", record.Subject.Name, Limit(meter), ForecastWords.When(dated, record.Today)),
        _ => Words.Say("{0} reached {1} in {2} of the last 3 cycles.", record.Subject.Name, Limit(meter), Formats.Number(meter.CyclesAtLimitOfLast3)),
    };

    private static string Promise(DecisionMeter meter) => meter.Unit == Formats.BytesUnit
        ? Words.Say("Nothing is deleted; new uploads would pause; reading, exporting and deleting always work.")
        : Words.Say("Nothing is deleted; new {0} would pause until the next cycle; reading, exporting and deleting always work.", MeterNames.Of(meter.Meter, meter.Name));

    /// <summary>What happens to one who does nothing.</summary>
    public static IReadOnlyList<Consequence> IfNothing(DecisionRecord record)
    {
        if (record.Headline() is not { } meter) return [new(Words.Say("Always"), Words.Say("Nothing that you use is limited; nothing changes."))];
        var when = ForecastWords.When(meter.When!, record.Today);
        var at = Words.Say("At {0}", Limit(meter));
        return
        [
            meter.When!.Outcome switch
            {
                LimitDateOutcome.Reached => new(Words.Say("Now"), Words.Say("The limit is reached.")),
                LimitDateOutcome.Dated => new(Words.Say("Until {0}", when), Words.Say("Nothing changes. You get one notice at 90 %, one at 100 %.")),
                _ => new(Words.Say("Now"), Words.Say("Nothing changes. The limit: {0}. You get one notice at 90 %, one at 100 %.", when)),
            },
            meter.Limit.Kind != LimitKind.Hard ? new(at, Words.Say("Nothing stops. What your plan charges beyond its included amount is charged as before."))
            : meter.Unit == Formats.BytesUnit ? new(at, Words.Say("Nothing is deleted; new uploads would pause until there is room. Chat, events and RSVPs go on. No fee changes."))
            : new(at, Words.Say("New {0} would pause until the next cycle. All else goes on. No fee changes.", MeterNames.Of(meter.Meter, meter.Name))),
            new(Words.Say("Always"), Words.Say("Reading, exporting, deleting and cancelling work.")),
        ];
    }

    private static string Had(DecisionRecord record, DecisionInterest interest)
    {
        var (now, nowText) = (interest.Now, Money(record, interest.Now));
        var text = interest.Then switch
        {
            null => Words.Say("OpenMeet expects {0} per cycle from the present plan.", nowText),
            { } t when t > now => Words.Say("OpenMeet would receive {0} more per cycle ({1} instead of an expected {2}).", Money(record, t - now), Money(record, t), nowText),
            { } t when t < now => Words.Say("OpenMeet would receive {0} less per cycle ({1} instead of an expected {2}).", Money(record, now - t), Money(record, t), nowText),
            _ => Words.Say("OpenMeet would receive the same, {0} per cycle.", nowText),
        };
        return record.PlatformCost is not { } cost ? text
            : text + " " + (interest.LastCycle == cost.Period
                ? Words.Say("This account cost the platform {0} in {1} and was charged {2} by its present plan.", Money(record, cost.Amount), DecisionParts.Month(cost.Period), Money(record, interest.PaidLastCycle))
                : Words.Say("This account cost the platform {0} in {1}.", Money(record, cost.Amount), DecisionParts.Month(cost.Period)));
    }

    private static string Confidence(DecisionConfidence confidence)
    {
        var track = confidence.Backtest;
        var sure = confidence.Low ? Words.Say("Low confidence") : Words.Say("Normal confidence");
        var data = Days(confidence.DaysOfData);
        return track is not { MedianError: { } median, WorstError: { } worst } ? Words.Say("{0}: {1} of data; no earlier forecast could be held against facts yet.", sure, data)
            : track.Within is { } within ? Words.Count(
                track.Forecasts,
                "{1}: {2} of data; the last {0} forecast of this account was off by {3} (median), {4} at worst; {5} of {0} facts lay in the 80 % range.",
                "{1}: {2} of data; the last {0} forecasts of this account were off by {3} (median), {4} at worst; {5} of {0} facts lay in the 80 % range.",
                sure, data, Formats.WholePercent(median), Formats.WholePercent(worst), Formats.Number(within))
            : Words.Count(
                track.Forecasts,
                "{1}: {2} of data; the last {0} forecast of this account was off by {3} (median), {4} at worst.",
                "{1}: {2} of data; the last {0} forecasts of this account were off by {3} (median), {4} at worst.",
                sure, data, Formats.WholePercent(median), Formats.WholePercent(worst));
    }

    private static string Against(DecisionRecord record, CounterReason reason)
    {
        var meter = record.Headline();
        var plan = record.Recommended();
        var cycles = record.Cycles.Count;
        switch (reason.Key, record.Verdict.Kind)
        {
            case ("one-off", _) when record.Contributors.MaxBy(c => c.Share) is { } top && reason.When is { } when:
                var growth = reason.Value > 0 ? Words.Say("Without it you grow {0} a day", Formats.Legible(reason.Value.Value, reason.Unit ?? "")) : Words.Say("Without it you do not grow");
                var (source, share, date) = (Label(top), Formats.WholePercent(top.Share), ForecastWords.When(when, record.Today));
                return when.P50Days <= record.Terms.NearDays
                    ? Words.Say("{0} was a one-off ({1} of the growth). {2}; the limit: {3}.", source, share, growth, date)
                    : Words.Say("{0} was a one-off ({1} of the growth). {2}; the limit: {3}, and this rule would not have fired.", source, share, growth, date);
            case ("make-room", _) when record.Alternatives.FirstOrDefault(w => w is { IsPlan: false, CostPerCycle: 0 } && w.When == reason.When && w.DaysGained == reason.Value) is { } free:
                return Words.Say("You are willing to tidy up: {0} alone moves the limit to: {1}.", Title(free), When(record, free));
            case ("top-up", _) when record.Alternatives.FirstOrDefault(w => !w.IsPlan && w.CostPerCycle == reason.Value) is { } topUp:
                return Words.Say("You need only a little more: {0} costs {1} per cycle, the plan {2} more.", Title(topUp), Money(record, topUp.CostPerCycle), Money(record, record.Interest?.Then - record.Interest?.Now));
            case ("money", DecisionKind.Upgrade):
                return Words.Count(cycles, "Money is the only reason. On your last {0} cycle {1} would have been {2} dearer.", "Money is the only reason. On your last {0} cycles {1} would have been {2} dearer.", plan?.Name, Money(record, reason.Value));
            case ("money", DecisionKind.CheaperPlan):
                return Words.Say("Your use goes on as forecast: over the next 3 cycles it would cost {0} more.", Money(record, reason.Value));
            case ("money", _) when record.Plans.Where(p => p is { IsOwn: false, IsOffered: true }).MinBy(p => p.Total) is { } cheaper:
                return Words.Count(cycles, "Money alone: your last {0} cycle would have cost {1} less on {2}, which another condition speaks against.", "Money alone: your last {0} cycles would have cost {1} less on {2}, which another condition speaks against.", Money(record, reason.Value), cheaper.Label());
            case ("next-money", _) when record.Plans.Where(p => p is { IsOwn: false, IsOffered: true, PausedDays.Middle: 0 }).MinBy(p => p.Next.Middle) is { } ahead:
                return Words.Say("Your use goes on as forecast: the next 3 cycles would cost {0} less on {1}.", Money(record, reason.Value), ahead.Label());
            case ("range", DecisionKind.Stay) when meter is not null && reason.When?.P10 is { } early:
                return Words.Say("Growth rises to the high end of its range: {0} is then reached about {1}.", Limit(meter), ForecastWords.Date(early, record.Today));
            case ("range", _):
                return reason.When?.P90 is { } late ? Words.Say("Growth slows to the low end of its range: the limit is then reached only about {0}.", ForecastWords.Date(late, record.Today))
                    : meter?.Stock is null ? Words.Say("Growth slows to the low end of its range: the limit is then reached not in this period.")
                    : Words.Say("Growth slows to the low end of its range: the limit is then reached not within a year.");
            case ("reached", _) when meter is not null:
                return Words.Say("The limit is reached: {0} of {1}.", Formats.Legible(meter.Used, meter.Unit), Limit(meter));
            case ("data", _) when record.Confidence is { } confidence:
                return Words.Say("You would rather wait for better data. {0}", Confidence(confidence));
            case ("dearer-cycles", _):
                return Words.Count(cycles, "In {1} of {0} cycle it would not have been cheaper than {2}.", "In {1} of {0} cycles it would not have been cheaper than {2}.", Formats.Number(reason.Value), record.Own().Name);
            case ("less-room", _) when plan?.Limits.FirstOrDefault(l => l.Limit == reason.Value && l.Unit == reason.Unit && l.When == reason.When) is { } limit:
                return Words.Say("You expect to need more {0} than {1}; the most so far was {2}.", MeterNames.Of(limit.Meter, limit.Name), Formats.Legible(limit.Limit!.Value, limit.Unit), Formats.Legible(limit.HighestUsed, limit.Unit));
            default:
                return reason.Text;
        }
    }

    /// <summary>A condition of the rule.</summary>
    public static string Condition(DecisionRecord record, DecisionCondition condition)
    {
        var terms = record.Terms;
        // A condition names the plan that it weighs, whether or not the verdict does.
        var plan = record.Plans.FirstOrDefault(p => condition.Text.EndsWith($"({p.Label()})", StringComparison.Ordinal))?.Label();
        return condition.Key switch
        {
            "rule_on" => Words.Say("The rule is switched on"),
            "forecast_p50_days" => Words.Count(terms.NearDays, "Limit reached within {0} day, middle forecast", "Limit reached within {0} days, middle forecast"),
            "cycles_at_limit_of_3" => Words.Say("or limit reached, or more than was included charged, in {0} of the last 3 cycles", Formats.Number(terms.HabitCycles)),
            "replay_saving_3" => Words.Say("Cheaper on your last 3 cycles ({0})", plan ?? Words.Say("no offered plan")),
            "forecast_saving_3" => Words.Say("or cheaper on the next 3, middle forecast ({0})", plan ?? Words.Say("no offered plan")),
            "paused_days_avoided" => Words.Say("or avoids days of paused use until the end of the next 3 cycles ({0})", plan ?? Words.Say("no offered plan")),
            "open_replies" => Words.Say("Nothing snoozed, declined or disputed"),
            "data_days" or "cheaper_data_days" => Words.Count(terms.NeededDays, "At least {0} day of data", "At least {0} days of data"),
            "best_free_days" => Words.Count(terms.SolvedDays, "No free or cheaper way lasts {0} day by itself", "No free or cheaper way lasts {0} days by itself"),
            "cheaper_saving_3" => Words.Say("Cheaper over your last 3 cycles ({0})", plan ?? Words.Say("no other plan")),
            "cheaper_saving_12" => Words.Say("and over all replayed cycles ({0} of up to 12)", Formats.Number(record.Cycles.Count)),
            "cheaper_saving_per_cycle" => terms.SavingNeeded == 0 ? Words.Say("by an amount that can be paid, each cycle") : Words.Say("by more than {0} each cycle", Money(record, terms.SavingNeeded)),
            "cheaper_limits_crossed" => Words.Say("None of its limits would have been reached"),
            "cheaper_p50_days" => Words.Count(terms.NearDays, "and none is forecast to be reached within {0} day", "and none is forecast to be reached within {0} days"),
            "cheaper_open_replies" => Words.Say("Nothing disputed, and no reply to a cheaper plan open"),
            _ => condition.Text,
        };
    }

    /// <summary>What the condition came to.</summary>
    public static string Value(DecisionRecord record, DecisionCondition condition) => (condition.Key, condition.Value) switch
    {
        ("rule_on", _) => record.RuleIsOn ? Words.Say("on") : Words.Say("off"),
        ("forecast_p50_days", null) => record.Headline()?.When is { } when ? ForecastWords.When(when, record.Today) : Words.Say("no limit"),
        ("cycles_at_limit_of_3", { } cycles) => Words.Say("{0} of 3", Formats.Number(cycles)),
        ("cycles_at_limit_of_3", _) => Words.Say("no limit"),
        ("best_free_days", null) => Words.Say("none measured"),
        ("best_free_days", > Year) => Words.Say("more than a year"),
        ("paused_days_avoided", { } avoided) => Words.Say("{0} to {1}", Formats.Number(record.Own().PausedDays.Middle, 0), Formats.Number(record.Own().PausedDays.Middle - avoided, 0)),
        ("cheaper_p50_days", null) => Words.Say("no date"),
        (_, null) => Words.Say("none"),
        (_, { } days) when condition.Unit == "days" => Days((int)days),
        (_, { } money) when condition.Unit == record.Currency => Money(record, money),
        (_, { } count) => Formats.Number(count, 0),
    };

    private static string Money(DecisionRecord record, decimal? amount) =>
        amount is { } value ? Formats.Money(new Amount(value, new Currency(record.Currency)).RoundToMinor()) : Words.Say("none");

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..];
}
