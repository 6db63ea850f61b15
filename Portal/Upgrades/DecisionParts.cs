using System.Globalization;
using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Domain.Upgrades;
using OpenMeet.Insights.Infrastructure.Upgrades;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Portal.Shared.Charts;
using OpenMeet.Insights.Portal.Usage;

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
            ? month.ToString("MMM yyyy", Language.Current.Culture)
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
        DecisionKind.Upgrade => Words.Say("Why are we asking?"),
        DecisionKind.CheaperPlan => Words.Say("Why a cheaper plan?"),
        _ => Words.Say("Why we do not ask"),
    };

    /// <summary>The verdict in two words.</summary>
    public static string Word(DecisionKind kind) => kind switch
    {
        DecisionKind.Upgrade => Words.Say("A larger plan"),
        DecisionKind.CheaperPlan => Words.Say("A cheaper plan"),
        _ => Words.Say("Stay"),
    };

    /// <summary>The parts of the rule in words.</summary>
    public static string GroupName(string group) => group switch
    {
        "on" => Words.Say("Is the rule on?"),
        "a" => Words.Say("Is a limit near?"),
        "b" => Words.Say("Would another plan help?"),
        "c" => Words.Say("Is no reply open?"),
        "d" => Words.Say("Is there enough data?"),
        "e" => Words.Say("Is there no cheaper way?"),
        _ => Words.Say("Would a cheaper plan do?"),
    };

    /// <summary>What a dispute may be about, as it is stored and in words.</summary>
    public static IReadOnlyList<(string Reason, string Text)> Reasons => [("data", Words.Say("The data")), ("forecast", Words.Say("The forecast")), ("notRelevant", Words.Say("Not relevant")), ("price", Words.Say("The price"))];

    /// <summary>The zone of everything that a record dates.</summary>
    public static DateTimeZone ZoneOf(DecisionRecord record) => DateTimeZoneProviders.Tzdb.GetZoneOrNull(record.TimeZone) ?? DateTimeZone.Utc;

    /// <summary>An answer in words.</summary>
    public static string Answer(DecisionResponse given, DateTimeZone zone) => (given.Response, given.Ends) switch
    {
        ("snooze", "90%") => Words.Say("Not asked again until 90 % of the limit is used"),
        ("snooze", "limit") => Words.Say("Not asked again until the limit is reached"),
        ("snooze", "never") => Words.Say("Not asked again for this reason"),
        ("snooze", _) => Words.Say("Not asked again until {0}", Formats.Date(given.Until?.InZone(zone).Date)),
        ("dispute", _) => Disputed(given),
        ("dismiss", _) => Dismissed(given, zone),
        ("accepted", _) => Words.Say("Accepted"),
        ("withdrawn", _) => Words.Say("The answer was taken back"),
        _ => given.Text ?? given.Response,
    };

    private static string Disputed(DecisionResponse given)
    {
        var text = given.Text?.TrimEnd('.');
        return given.Reason switch
        {
            "data" => Words.Say("Disputed (the data): {0}", text),
            "forecast" => Words.Say("Disputed (the forecast): {0}", text),
            "notRelevant" => Words.Say("Disputed (not relevant): {0}", text),
            "price" => Words.Say("Disputed (the price): {0}", text),
            _ => Words.Say("Disputed: {0}", text),
        };
    }

    // What a button of this page stored is said anew, what somebody wrote is not.
    private static string Dismissed(DecisionResponse given, DateTimeZone zone)
    {
        const string stay = "Stay on ";
        var text = given.Text is not { } said ? Words.Say("Stay") : said.StartsWith(stay, StringComparison.Ordinal) ? Words.Say("Stay on {0}", said[stay.Length..]) : said;
        return given.Until is { } until ? Words.Say("{0}, not asked again until {1}", text, Formats.Date(until.InZone(zone).Date)) : text;
    }

    /// <summary>What kind of answer it is.</summary>
    public static string Reply(string response) => response switch
    {
        "snooze" => Words.Say("snooze"),
        "dismiss" => Words.Say("dismiss"),
        "dispute" => Words.Say("dispute"),
        _ => response,
    };

    /// <summary>Where a dispute stands.</summary>
    public static string DisputeState(Dispute dispute) => dispute.State switch
    {
        Dispute.Open => Words.Say("open, with a person"),
        "upheld" => Words.Say("upheld: you were right; nothing is asked for 90 days"),
        "notUpheld" => Words.Say("not upheld"),
        _ => Words.Say("taken back"),
    };

    /// <summary>What one would lose by a plan: limits that are lower there.</summary>
    public static IReadOnlyList<string> Lost(this DecisionRecord record, DecisionPlan plan) =>
    [
        .. plan.Limits.Where(l => l.Limit is not null && record.Own().Limits.FirstOrDefault(o => o.Meter == l.Meter) is var own && (own?.Limit is not { } before || before > l.Limit))
            .Select(l => Words.Say("{0} of {1} instead of {2}", Formats.Legible(l.Limit!.Value, l.Unit), MeterNames.Of(l.Meter, l.Name), record.Own().Limits.FirstOrDefault(o => o.Meter == l.Meter)?.Limit is { } before ? Formats.Legible(before, l.Unit) : Words.Say("no limit"))),
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
            ? Words.Say("How did {0} grow, and when would it reach {1}?", MeterNames.Of(meter.Meter, meter.Name), Text(limit))
            : Words.Say("How much of {0} does this cycle use, and would it reach {1}?", MeterNames.Of(meter.Meter, meter.Name), Text(limit));
        var (history, forecast, band) = meter.Stock is { } stock ? OfStock(stock) : OfFlow();
        List<ChartSeries> series = [new(meter.Stock is null ? "So far this cycle" : "Level", ChartKind.Line, history)];
        if (forecast.Count > 0) series.Add(new ChartSeries("Forecast, middle", ChartKind.Forecast, forecast));
        return new ChartModel(
            question, DecisionWords.Growth(record), meter.Unit == QuantityText.Bytes ? Formats.BytesUnit : meter.Unit, series, limit,
            limit is null ? null : Words.Say("Limit {0}", Text(limit)), [new ChartAnnotation(Words.Say("Today"), At(record.Today), ChartAnnotationKind.Today)],
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
            Words.Say("about {0}", ForecastWords.Date(middle, record.Today)), At(middle), At(when.P10 ?? middle), At(when.P90 ?? record.Today.PlusDays(Longest)),
            ForecastWords.Range(when, record.Today))
        : null;

    private string Text(decimal? quantity) => quantity is { } q ? Formats.Legible(q, meter.Unit) : Words.Say("a limit");

    private static ChartPoint Point(LocalDate day, decimal value) => new(Label(day), At(day), value);

    private static string Label(LocalDate day) => Formats.Date(day);

    private static DateTimeOffset At(LocalDate day) => new(day.Year, day.Month, day.Day, 0, 0, 0, TimeSpan.Zero);
}
