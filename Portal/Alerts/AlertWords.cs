using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Alerts;

/// <summary>Rules on pages, in the reader's language: what <see cref="AlertText"/> says in messages and records.</summary>
internal static class AlertWords
{
    /// <summary>What was told already, as it stands in records: whole texts, and what they are made of.</summary>
    internal static readonly Recorded Told = new(
        "Test message: nothing has happened", "Somebody tries a rule out: {0}.", "Notice of a hard limit: {0} at 90 and 100 %", "Not known now.",
        "{0} New use is refused; reading, exporting and deleting go on.", "{0} At the limit new use is refused; reading, exporting and deleting go on.",
        "A budget is used up: shall new uploads pause until {0}?", "New uploads are paused until {0}: a budget is used up",
        "The {0} asks when it is used up", "The {0} pauses new uploads when it is used up",
        "{0} of the {1}. Uploads go on until you answer, under Controls.", "{0} of the {1}. Reading, exporting, deleting and cancelling go on. You can let uploads go on under Controls.",
        "budget of {0} a month (charge)", "budget of {0} a month (cost)",
        "Budget of {0} a month (charge) at {1} %, and when it is forecast to be passed", "Budget of {0} a month (charge) at {1} %",
        "Budget of {0} a month (cost) at {1} %, and when it is forecast to be passed", "Budget of {0} a month (cost) at {1} %",
        "The budget of {0} is forecast to be passed before the month ends", "{0} % of the budget of {1} is used",
        "Charge of the month: reached {0}", "Cost of the month: reached {0}", "Charge of the month at {0}", "Cost of the month at {0}",
        "{0} of {1} ({2} %) used now; the limit: {3}.", "{0} of {1} used now; the limit: {2}.",
        "{0}: {1} % of the limit is used", "{0}: the limit is reached", "{0}: the limit is forecast to be reached within {1} days", "{0}: limit forecast within {1} days", "{0}: reached {1}",
        "{0} at {1} % of the limit", "{0}: below {1}", "{0}: from {1}",
        "{0} of {1} ({2} %) so far, as the statement shows it; {3} expected at the month's end.", "{0} of {1} ({2} %) so far, as the statement shows it.",
        "{0} of {1} ({2} %) so far, by unit rates, as the cost page shows it; {3} expected at the month's end.", "{0} of {1} ({2} %) so far, by unit rates, as the cost page shows it.",
        "{0} in the month so far, as the statement shows it.", "{0} in the month so far, by unit rates, as the cost page shows it.",
        "{0} used; there is no limit now.", "{0} of {1} ({2} %) used.", "{0} of {1} used.",
        "{0} in the last {1} days.", "{0} now.",
        "about {0} ({1})", "more than a year (at the earliest {0})", "not in this period (at the earliest {0})", "too little data: {0} of {1} days",
        "{0} at {1}", "{0} below {1}", "{0} from {1}");

    /// <inheritdoc cref="AlertText.Describe"/>
    public static string Rule(StandingRule standing)
    {
        var (rule, unit) = (standing.Stored.Rule, standing.Now.Unit);
        var what = Words.Named(standing.What);
        var at = Words.Listed([.. rule.Thresholds.Select(t => rule.IsPercent || rule.Subject == AlertSubject.Forecast ? Formats.Number(t) : Figure(t, unit))]);
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
}
