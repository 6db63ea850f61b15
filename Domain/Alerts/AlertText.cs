using System.Globalization;
using NodaTime;
using OpenMeet.Insights.Domain.Forecasting;
using OpenMeet.Insights.Domain.Money;
using OpenMeet.Insights.Domain.Quotas;

namespace OpenMeet.Insights.Domain.Alerts;

/// <summary>What rules say, in plain words: the rule, the value, the threshold.</summary>
public static class AlertText
{
    /// <summary>What a rule watches: <c>Storage at 75, 90 and 100 % of its limit</c>.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="what">The name of the meter; ignored where the rule has none.</param>
    /// <param name="unit">The unit of the thresholds that are no percentages.</param>
    public static string Describe(AlertRule rule, string what, string unit)
    {
        var thresholds = Listed(rule.Thresholds.Select(t => rule.IsPercent ? Number(t) : Figure(t, unit)));
        return rule.Subject switch
        {
            AlertSubject.Share => $"{what} at {thresholds} % of the limit",
            AlertSubject.Value => $"{what} at {thresholds}",
            AlertSubject.Forecast => $"{what}: limit forecast within {Listed(rule.Thresholds.Select(Number))} days",
            AlertSubject.Cost => $"{MoneyName(rule)} of the month at {thresholds}",
            AlertSubject.Budget => $"Budget of {Figure(rule.Amount ?? 0, unit)} a month ({MoneyName(rule).ToLowerInvariant()}) at {thresholds} %{(rule.WithForecast ? ", and when it is forecast to be passed" : "")}",
            _ => $"{CommunityMetric.Find(rule.Metric)?.Name ?? rule.Metric} {(rule.Below ? "below" : "from")} {thresholds}",
        };
    }

    /// <summary>The line that tells of a passed threshold: <c>Storage: 90 % of the limit is used</c>.</summary>
    public static string Title(AlertRule rule, AlertStep step, AlertReading reading, string what) => rule.Subject switch
    {
        AlertSubject.Share => $"{what}: {Number(step.Threshold)} % of the limit is used",
        AlertSubject.Value => $"{what}: reached {Figure(step.Threshold, reading.Unit)}",
        AlertSubject.Forecast => $"{what}: the limit is forecast to be reached within {Number(step.Threshold)} days",
        AlertSubject.Cost => $"{MoneyName(rule)} of the month: reached {Figure(step.Threshold, reading.Unit)}",
        AlertSubject.Budget when step.IsForecast => $"The budget of {Figure(reading.Against ?? 0, reading.Unit)} is forecast to be passed before the month ends",
        AlertSubject.Budget => $"{Number(step.Threshold)} % of the budget of {Figure(reading.Against ?? 0, reading.Unit)} is used",
        _ => $"{CommunityMetric.Find(rule.Metric)?.Name ?? rule.Metric}: {(rule.Below ? "below" : "from")} {Figure(step.Threshold, reading.Unit)}",
    };

    /// <summary>The figures behind the line: <c>22.8 GB of 25 GB used (91 %)</c>.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="reading">What stands.</param>
    /// <param name="today">The day in the billing zone, for forecasts.</param>
    public static string Detail(AlertRule rule, AlertReading reading, LocalDate today)
    {
        if (reading.Value is not { } value) return "Not known now.";
        var figure = Figure(value, reading.Unit);
        return rule.Subject switch
        {
            AlertSubject.Share or AlertSubject.Forecast when reading.Against is null => $"{figure} used; there is no limit now.",
            AlertSubject.Share => $"{Of(value, reading)} used.",
            AlertSubject.Forecast => $"{Of(value, reading)} used now; the limit: {(reading.Reaches is { } reaches ? ForecastText.When(reaches, today) : "no forecast")}.",
            AlertSubject.Value => $"{figure} now.",
            AlertSubject.Cost => $"{figure} in the month so far, {Basis(rule)}.",
            AlertSubject.Budget => $"{Of(value, reading)} so far, {Basis(rule)}{(reading.AtPeriodEnd is { } end ? $"; {Figure(end, reading.Unit)} expected at the month's end" : "")}.",
            _ => string.Create(CultureInfo.InvariantCulture, $"{figure} {(rule.Metric == "members" ? "now" : $"in the last {CommunityMetric.Days} days")}."),
        };
    }

    /// <summary>A figure with its unit; money with the decimals of its currency.</summary>
    public static string Figure(decimal value, string unit) =>
        Currency.TryParse(unit, out var currency) ? new Amount(value, currency).RoundToMinor().ToString() : QuantityText.Of(value, unit);

    private static string Of(decimal value, AlertReading reading) =>
        reading.Against is { } against
            ? $"{Figure(value, reading.Unit)} of {Figure(against, reading.Unit)}{(against > 0 ? $" ({QuantityText.Number(decimal.Floor(value / against * 1000m) / 10m, 1)} %)" : "")}"
            : Figure(value, reading.Unit);

    private static string MoneyName(AlertRule rule) => rule.Money == AlertMoney.Charge ? "Charge" : "Cost";

    private static string Basis(AlertRule rule) => rule.Money == AlertMoney.Charge ? "as the statement shows it" : "by unit rates, as the cost page shows it";

    private static string Number(decimal value) => QuantityText.Number(value, 2);

    private static string Listed(IEnumerable<string> parts)
    {
        var all = parts.ToList();
        return all.Count < 2 ? string.Concat(all) : string.Join(", ", all.SkipLast(1)) + " and " + all[^1];
    }
}
