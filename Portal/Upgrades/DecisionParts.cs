using System.Globalization;
using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Shared.Charts;

namespace OpenMeet.Insights.Portal.Upgrades;

/// <summary>The parts of a decision record as its page asks for them. Nothing here works a figure out.</summary>
internal static class DecisionParts
{
    /// <summary>The meter that it is about; null where nothing is limited.</summary>
    public static DecisionMeter? Headline(this DecisionRecord record) => record.Meters.FirstOrDefault(m => m.Meter == record.Meter);

    /// <summary>The plan that the account is on.</summary>
    public static DecisionPlan Own(this DecisionRecord record) => record.Plans.First(p => p.IsOwn);

    /// <summary>The plan that the verdict names; null to stay.</summary>
    public static DecisionPlan? Recommended(this DecisionRecord record) =>
        record.Plans.FirstOrDefault(p => p.Key == record.Verdict.Plan && p.Version == record.Verdict.PlanVersion);

    /// <summary>"Club v3".</summary>
    public static string Label(this DecisionPlan plan) => $"{plan.Name} v{plan.Version.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>"Oct 2026" of <c>2026-10</c>.</summary>
    public static string Month(string cycle) =>
        DateOnly.TryParseExact(cycle, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.None, out var month)
            ? month.ToString("MMM yyyy", CultureInfo.InvariantCulture)
            : cycle;

    /// <summary>A sentence and the range that ends it, apart, so that the range never breaks.</summary>
    public static (string Sentence, string? Range) Split(string sentence)
    {
        var open = sentence.LastIndexOf(" (", StringComparison.Ordinal);
        return open > 0 && sentence.EndsWith(").", StringComparison.Ordinal) ? (sentence[..open], sentence[(open + 1)..]) : (sentence, null);
    }

    /// <summary>What the page is called for each verdict: the same weight for all three.</summary>
    public static string Title(DecisionKind kind) => kind switch
    {
        DecisionKind.Upgrade => "Why are we asking?",
        DecisionKind.CheaperPlan => "Why a cheaper plan?",
        _ => "Why we do not ask",
    };

    /// <summary>The verdict in two words.</summary>
    public static string Word(DecisionKind kind) => kind switch
    {
        DecisionKind.Upgrade => "A larger plan",
        DecisionKind.CheaperPlan => "A cheaper plan",
        _ => "Stay",
    };

    /// <summary>The parts of the rule in words.</summary>
    public static string GroupName(string group) => group switch
    {
        "on" => "Is the rule on?",
        "a" => "Is a limit near?",
        "b" => "Would another plan help?",
        "c" => "Is no reply open?",
        "d" => "Is there enough data?",
        "e" => "Is there no cheaper way?",
        _ => "Would a cheaper plan do?",
    };

    /// <summary>What a dispute may be about, as it is stored and in words.</summary>
    public static IReadOnlyList<(string Reason, string Words)> Reasons { get; } = [("data", "The data"), ("forecast", "The forecast"), ("notRelevant", "Not relevant"), ("price", "The price")];

    /// <summary>The zone of everything that a record dates.</summary>
    public static DateTimeZone ZoneOf(DecisionRecord record) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(record.TimeZone) ?? DateTimeZone.Utc;

    /// <summary>An answer in words.</summary>
    public static string Answer(DecisionResponse given, DateTimeZone zone) => (given.Response, given.Ends) switch
    {
        ("snooze", "90%") => "Not asked again until 90 % of the limit is used",
        ("snooze", "limit") => "Not asked again until the limit is reached",
        ("snooze", "never") => "Not asked again for this reason",
        ("snooze", _) => $"Not asked again until {Formats.Date(given.Until?.InZone(zone).Date)}",
        ("dispute", _) => "Disputed" + (Reasons.FirstOrDefault(r => r.Reason == given.Reason).Words is { } words ? $" ({words.ToLowerInvariant()})" : "") + $": {given.Text?.TrimEnd('.')}",
        ("dismiss", _) => $"{given.Text ?? "Stay"}{(given.Until is { } until ? $", not asked again until {Formats.Date(until.InZone(zone).Date)}" : "")}",
        ("accepted", _) => "Accepted",
        ("withdrawn", _) => "The answer was taken back",
        _ => given.Text ?? given.Response,
    };

    /// <summary>Where a dispute stands.</summary>
    public static string DisputeState(Dispute dispute) => dispute.State switch
    {
        Dispute.Open => "open, with a person",
        "upheld" => "upheld: you were right; nothing is asked for 90 days",
        "notUpheld" => "not upheld",
        _ => "taken back",
    };

    /// <summary>What one would lose by a plan: limits that are lower there.</summary>
    public static IReadOnlyList<string> Lost(this DecisionRecord record, DecisionPlan plan) =>
    [
        .. plan.Limits.Where(l => l.Limit is not null && record.Own().Limits.FirstOrDefault(o => o.Meter == l.Meter) is var own && (own?.Limit is not { } before || before > l.Limit))
            .Select(l => $"{QuantityText.Of(l.Limit!.Value, l.Unit)} of {l.Name} instead of {(record.Own().Limits.FirstOrDefault(o => o.Meter == l.Meter)?.Limit is { } before ? QuantityText.Of(before, l.Unit) : "no limit")}"),
    ];

    /// <summary>The evidence: the record's daily values, its forecast and the limit.</summary>
    public static ChartModel? Chart(this DecisionRecord record) => record.Headline() is { } meter ? new DecisionChart(record, meter).Model() : null;
}

/// <summary>Draws a record's meter: what was, and what its forecast says.</summary>
internal sealed class DecisionChart(DecisionRecord record, DecisionMeter meter)
{
    // Wide enough on a phone that the date above the crossing stands inside the plot.
    private const int Shortest = 60;
    private const int Longest = 180;

    public ChartModel Model()
    {
        var limit = meter.Limit.Limit;
        var question = meter.Stock is not null
            ? $"How did {meter.Name} grow, and when would it reach {Text(limit)}?"
            : $"How much of {meter.Name} does this cycle use, and would it reach {Text(limit)}?";
        var (history, forecast, band) = meter.Stock is { } stock ? OfStock(stock) : OfFlow();
        List<ChartSeries> series = [new(meter.Stock is null ? "So far this cycle" : "Level", ChartKind.Line, history)];
        if (forecast.Count > 0) series.Add(new ChartSeries("Forecast, middle", ChartKind.Forecast, forecast));
        return new ChartModel(
            question, DecisionText.Growth(record), meter.Unit == QuantityText.Bytes ? Formats.BytesUnit : meter.Unit, series, limit,
            limit is null ? null : "Limit " + Text(limit), [new ChartAnnotation("Today", At(record.Today), ChartAnnotationKind.Today)],
            band.Count == 0 ? null : new ChartBand("80 % range", band, Crossing()));
    }

    private (List<ChartPoint>, List<ChartPoint>, List<ChartBandPoint>) OfStock(Forecast stock)
    {
        var history = meter.Daily.Select(d => Point(d.Day, d.Value)).ToList();
        if (!stock.IsFitted || stock.AsOf is not { } start) return (history, [], []);
        var reach = meter.When?.P90Days ?? meter.When?.P50Days * 2 ?? Shortest;
        var days = Math.Clamp(reach * 8 / 5, Shortest, Longest);
        var step = Math.Max(1, days / 30);
        var ahead = Enumerable.Range(0, (days / step) + 1).Select(i => i * step).ToList();
        return (history,
            [.. ahead.Select(n => Point(start.PlusDays(n), stock.LevelAfter(n, stock.SlopePerDay)))],
            [.. ahead.Select(n => (Days: n, Range: stock.RangeAfter(n))).Select(a => new ChartBandPoint(Label(start.PlusDays(a.Days)), At(start.PlusDays(a.Days)), a.Range.Low, a.Range.High))]);
    }

    private (List<ChartPoint>, List<ChartPoint>, List<ChartBandPoint>) OfFlow()
    {
        var sum = 0m;
        var flow = meter.Flow;
        var history = new List<ChartPoint>();
        foreach (var day in meter.Daily.Where(d => flow is null || d.Day >= flow.PeriodStart)) history.Add(Point(day.Day, sum += day.Value));
        if (flow is not { IsFitted: true }) return (history, [], []);
        return (history,
            [.. history.TakeLast(1), .. flow.Ahead.Select(d => Point(d.Day, d.Expected))],
            [.. flow.Ahead.Select(d => new ChartBandPoint(Label(d.Day), At(d.Day), d.Low, d.High))]);
    }

    private ChartCrossing? Crossing() => meter.When is { Outcome: LimitDateOutcome.Dated, P50: { } middle } when
        ? new ChartCrossing(
            "about " + ForecastText.Date(middle, record.Today), At(middle), At(when.P10 ?? middle), At(when.P90 ?? record.Today.PlusDays(Longest)),
            ForecastText.Range(when, record.Today))
        : null;

    private string Text(decimal? quantity) => quantity is { } q ? QuantityText.Of(q, meter.Unit) : "a limit";

    private static ChartPoint Point(LocalDate day, decimal value) => new(Label(day), At(day), value);

    private static string Label(LocalDate day) => Formats.Date(day);

    private static DateTimeOffset At(LocalDate day) => new(day.Year, day.Month, day.Day, 0, 0, 0, TimeSpan.Zero);
}
