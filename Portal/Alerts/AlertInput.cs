using System.Globalization;
using System.Text.Json;
using OpenMeet.Insights.Domain.Alerts;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Alerts;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Infrastructure.Webhooks;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Portal.Alerts;

/// <summary>Reads a rule as the API's body and the page's form have it, and names every fault.</summary>
internal static class AlertInput
{
    private const int MostThresholds = 6;

    /// <summary>The subjects on the wire.</summary>
    public static string[] Subjects { get; } = [.. Enum.GetNames<AlertSubject>().Select(n => n.ToLowerInvariant())];

    /// <summary>Reads a rule of an account; null where anything is wrong.</summary>
    public static async Task<AlertDraft?> ReadAsync(BodyInput input, string account, MeterSet meters, WebhookTargets targets, CancellationToken cancel)
    {
        var word = input.OneOf("subject", true, Subjects);
        AlertSubject? subject = word is null ? null : Enum.Parse<AlertSubject>(word, ignoreCase: true);
        var meter = subject is AlertSubject.Share or AlertSubject.Value or AlertSubject.Forecast ? Meter(input, subject.Value, meters) : null;
        var metric = subject == AlertSubject.Community ? Metric(input, account) : null;
        var below = subject == AlertSubject.Community && input.OneOf("direction", false, "above", "below") == "below";
        AlertMoney? money = subject is AlertSubject.Cost or AlertSubject.Budget ? input.OneOf("money", false, "cost", "charge") == "charge" ? AlertMoney.Charge : AlertMoney.Cost : null;
        var amount = subject == AlertSubject.Budget ? input.Number("amount", required: true) : null;
        if (amount <= 0) input.Fault("amount", "out_of_range", "'amount' must be more than 0.");
        var forecast = subject == AlertSubject.Budget && input.Flag("forecast") == true;
        if (forecast && money == AlertMoney.Charge) input.Fault("forecast", "not_for_charges", "A charge has fees and tiers and is not forecast; leave 'forecast' out, or watch the cost.");
        var thresholds = subject is { } known ? Thresholds(input, known) : [];
        var url = input.Text("webhookUrl", most: 2000);
        if (url is not null && await targets.FaultAsync(url, cancel) is { } fault) input.Fault("webhookUrl", "refused_target", $"'webhookUrl' {fault}");
        var draft = subject is null ? null : new AlertDraft(account, new AlertRule(subject.Value, meter, metric, money, below, thresholds, amount, forecast), input.Flag("mail") == true, input.Flag("webhook") == true, url);
        return input.Faults.Count > 0 ? null : draft;
    }

    private static string? Meter(BodyInput input, AlertSubject subject, MeterSet meters)
    {
        if (input.Text("meter", required: true) is not { } slug) return null;
        if (meters.Find(slug) is not { } found) input.Fault("meter", "unknown", $"There is no meter '{slug}'.");
        else if (subject != AlertSubject.Value && !found.Meter.IsPriceable) input.Fault("meter", "not_limited", $"No plan can limit '{slug}', so it has no percentage of a limit and no day of reaching one.");
        else if (subject == AlertSubject.Forecast && found.Meter is { IsStorage: false, Aggregation: not (Aggregation.Count or Aggregation.Sum) }) input.Fault("meter", "no_forecast", $"'{slug}' has no forecast.");
        return slug;
    }

    private static string? Metric(BodyInput input, string account)
    {
        if (!account.StartsWith("group:", StringComparison.Ordinal)) input.Fault("subject", "groups_only", "Only a group has a community.");
        return input.OneOf("metric", true, [.. CommunityMetric.All.Select(m => m.Key)]);
    }

    // An array, or a text with commas. Left out: the usual ones, where there are any.
    private static IReadOnlyList<decimal> Thresholds(BodyInput input, AlertSubject subject)
    {
        if (input.Find("thresholds") is not { } given)
        {
            if (subject is AlertSubject.Share or AlertSubject.Budget) return AlertRule.DefaultShares;
            if (subject == AlertSubject.Forecast) return AlertRule.DefaultDays;
            input.Fault("thresholds", "required", "'thresholds' is required: one number or more.");
            return [];
        }
        var texts = given.ValueKind switch
        {
            JsonValueKind.Array => [.. given.EnumerateArray().Select(Text)],
            _ => Text(given).Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries),
        };
        var thresholds = new List<decimal>();
        for (var i = 0; i < texts.Length; i++)
        {
            var path = texts.Length == 1 ? "thresholds" : $"thresholds[{i}]";
            if (!decimal.TryParse(texts[i], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) || Math.Abs(value) > 1_000_000_000_000_000m || decimal.Round(value, 6) != value)
                input.Fault(path, "not_a_number", $"'{texts[i]}' is no number of at most 10^15 with at most 6 decimals.");
            else if (RangeFault(subject, value) is { } fault) input.Fault(path, "out_of_range", $"'{texts[i]}' {fault}");
            else if (!thresholds.Contains(value)) thresholds.Add(value);
        }
        if (texts.Length is 0 or > MostThresholds) input.Fault("thresholds", "out_of_range", $"'thresholds' has 1 to {MostThresholds} numbers.");
        thresholds.Sort();
        return thresholds;
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static string? RangeFault(AlertSubject subject, decimal value) => subject switch
    {
        AlertSubject.Share or AlertSubject.Budget when value is <= 0 or > 1000 => "must be a percentage above 0 and at most 1000.",
        AlertSubject.Forecast when value is < 1 or > 365 || value != decimal.Truncate(value) => "must be whole days from 1 to 365.",
        AlertSubject.Community when value < 0 => "must not be negative.",
        AlertSubject.Value or AlertSubject.Cost when value <= 0 => "must be more than 0.",
        _ => null,
    };
}
