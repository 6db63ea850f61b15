using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Alerts;

/// <summary>Rules on pages, in the reader's language: what <see cref="AlertText"/> says in messages and records.</summary>
internal static class AlertWords
{
    /// <inheritdoc cref="AlertText.Describe"/>
    public static string Rule(StandingRule standing)
    {
        var (rule, unit) = (standing.Stored.Rule, standing.Now.Unit);
        var what = Words.Named(standing.What);
        var at = Listed([.. rule.Thresholds.Select(t => rule.IsPercent || rule.Subject == AlertSubject.Forecast ? Formats.Number(t) : Figure(t, unit))]);
        var isCharge = rule.Money == AlertMoney.Charge;
        return rule.Subject switch
        {
            AlertSubject.Share => Words.Say("{0} at {1} % of the limit", what, at),
            AlertSubject.Value => Words.Say("{0} at {1}", what, at),
            AlertSubject.Forecast => Words.Say("{0}: limit forecast within {1} days", what, at),
            AlertSubject.Cost => isCharge ? Words.Say("Charge of the month at {0}", at) : Words.Say("Cost of the month at {0}", at),
            AlertSubject.Budget => Budget(Figure(rule.Amount ?? 0, unit), at, isCharge, rule.WithForecast),
            _ when rule.Below => Words.Say("{0} below {1}", Metric(rule), at),
            _ => Words.Say("{0} from {1}", Metric(rule), at),
        };
    }

    /// <inheritdoc cref="AlertText.Figure"/>
    public static string Figure(decimal value, string unit) =>
        Currency.TryParse(unit, out var currency) ? Formats.Money(new Amount(value, currency).RoundToMinor()) : Formats.Legible(value, unit);

    private static string Budget(string amount, string at, bool isCharge, bool withForecast) => (isCharge, withForecast) switch
    {
        (true, true) => Words.Say("Budget of {0} a month (charge) at {1} %, and when it is forecast to be passed", amount, at),
        (true, _) => Words.Say("Budget of {0} a month (charge) at {1} %", amount, at),
        (_, true) => Words.Say("Budget of {0} a month (cost) at {1} %, and when it is forecast to be passed", amount, at),
        _ => Words.Say("Budget of {0} a month (cost) at {1} %", amount, at),
    };

    private static string Metric(AlertRule rule) => CommunityMetric.Find(rule.Metric) is { } metric ? Words.Named(metric.Name) : rule.Metric ?? "";

    private static string Listed(IReadOnlyList<string> parts) => parts.Count < 2 ? string.Concat(parts) : Words.Say("{0} and {1}", string.Join(", ", parts.SkipLast(1)), parts[^1]);
}
