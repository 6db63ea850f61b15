using OpenMeet.Insights.Domain.Forecasting;

namespace OpenMeet.Insights.Domain.Alerts;

/// <summary>What a rule watches.</summary>
public enum AlertSubject
{
    /// <summary>A meter's use in percent of the limit in force.</summary>
    Share,

    /// <summary>A meter's use in its own unit; storage: the level in bytes.</summary>
    Value,

    /// <summary>The days until the middle forecast reaches a meter's limit.</summary>
    Forecast,

    /// <summary>The money of the period so far.</summary>
    Cost,

    /// <summary>The money of the period in percent of an amount of one's own.</summary>
    Budget,

    /// <summary>A figure of a group's community.</summary>
    Community,
}

/// <summary>Which money a rule watches.</summary>
public enum AlertMoney
{
    /// <summary>What the account costs the platform by unit rates.</summary>
    Cost,

    /// <summary>What the account's plan asks: the total of its statement.</summary>
    Charge,
}

/// <summary>One threshold of a rule.</summary>
/// <param name="Threshold">In percent, days, money or the unit of what is watched.</param>
/// <param name="IsForecast">A budget's other side: it is expected to be passed by the period's end.</param>
public sealed record AlertStep(decimal Threshold, bool IsForecast = false);

/// <summary>What stands now of what a rule watches; null is unknown, and what is unknown passes no threshold.</summary>
/// <param name="Value">Use, money or a figure of the community.</param>
/// <param name="Against">The limit in force, or the budget's amount; null where nothing limits.</param>
/// <param name="Unit">The unit of both; a currency code for money.</param>
/// <param name="Reaches">When the limit is reached.</param>
/// <param name="AtPeriodEnd">The value that is expected at the period's end.</param>
public sealed record AlertReading(decimal? Value, decimal? Against, string Unit, LimitDate? Reaches = null, decimal? AtPeriodEnd = null)
{
    /// <summary>Nothing is known.</summary>
    public static AlertReading Unknown { get; } = new(null, null, "");
}

/// <summary>A rule: what is watched, and the thresholds of which each speaks once in a period.</summary>
/// <param name="Subject">What is watched.</param>
/// <param name="Meter">The meter's slug, for <c>Share</c>, <c>Value</c> and <c>Forecast</c>.</param>
/// <param name="Metric">One of <see cref="CommunityMetric.All"/>, for <c>Community</c>.</param>
/// <param name="Money">Which money, for <c>Cost</c> and <c>Budget</c>.</param>
/// <param name="Below">For <c>Community</c>: it speaks below the threshold instead of from it on.</param>
/// <param name="Thresholds">Percent of the limit or budget; days; money; or the unit of what is watched.</param>
/// <param name="Amount">A budget's amount for a period.</param>
/// <param name="WithForecast">A budget also speaks when it is expected to be passed by the period's end.</param>
public sealed record AlertRule(
    AlertSubject Subject, string? Meter, string? Metric, AlertMoney? Money, bool Below, IReadOnlyList<decimal> Thresholds, decimal? Amount = null, bool WithForecast = false)
{
    /// <summary>Percentages that a rule starts with.</summary>
    public static IReadOnlyList<decimal> DefaultShares { get; } = [75m, 90m, 100m];

    /// <summary>Days before a limit that a rule starts with.</summary>
    public static IReadOnlyList<decimal> DefaultDays { get; } = [14m];

    /// <summary>Whether its thresholds are percentages.</summary>
    public bool IsPercent => Subject is AlertSubject.Share or AlertSubject.Budget;

    /// <summary>Whether it is about money, which of a group only its owner sees.</summary>
    public bool IsMoney => Subject is AlertSubject.Cost or AlertSubject.Budget;

    /// <summary>Whether two rules watch the same thing, so that what one has said the other need not say again.</summary>
    public bool WatchesSameAs(AlertRule other) =>
        (Subject, Meter, Metric, Money, Below) == (other.Subject, other.Meter, other.Metric, other.Money, other.Below);

    /// <summary>
    /// The thresholds that are to be told now: of those that are passed the sharpest, unless it or a sharper one was told already in this
    /// period against the same limit. What was passed on the way is not told apart: after a stop one message says what stands.
    /// </summary>
    /// <param name="reading">What stands.</param>
    /// <param name="told">What this rule told in this period against <see cref="AlertReading.Against"/>.</param>
    public IReadOnlyList<AlertStep> Due(AlertReading reading, IReadOnlyCollection<AlertStep> told)
    {
        var due = new List<AlertStep>();
        var passed = Thresholds.Where(t => IsPassed(t, reading)).ToList();
        if (passed.Count > 0)
        {
            var sharpest = IsFalling ? passed.Min() : passed.Max();
            if (!told.Any(s => !s.IsForecast && (IsFalling ? s.Threshold <= sharpest : s.Threshold >= sharpest))) due.Add(new AlertStep(sharpest));
        }
        if (WithForecast && Subject == AlertSubject.Budget && reading is { Value: { } value, Against: { } amount, AtPeriodEnd: { } end } && value < amount && end > amount
            && !told.Any(s => s.IsForecast))
            due.Add(new AlertStep(100m, IsForecast: true));
        return due;
    }

    // Fewer days and lower figures are the sharper ones.
    private bool IsFalling => Below || Subject == AlertSubject.Forecast;

    private bool IsPassed(decimal threshold, AlertReading reading) => Subject switch
    {
        AlertSubject.Share or AlertSubject.Budget => reading is { Value: { } value, Against: > 0 and { } against } && value * 100m >= threshold * against,
        AlertSubject.Forecast => reading.Reaches is { Outcome: LimitDateOutcome.Reached } or { Outcome: LimitDateOutcome.Dated } && (reading.Reaches.P50Days ?? 0) <= threshold,
        _ when Below => reading.Value < threshold,
        _ => reading.Value >= threshold,
    };
}
