using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>A plan's items in words, so that nobody has to read JSON.</summary>
internal static class PlanWords
{
    /// <summary>"3,000 emails", "10 GB-months".</summary>
    public static string Included(PlanItem item, StoredMeter? meter) => $"{Formats.Number(item.Included, 6)} {UnitOf(meter)}".TrimEnd();

    /// <summary>"10 GB, hard: new use is refused there"; "none".</summary>
    public static string Limit(PlanItem item, StoredMeter? meter) => item.Limit is { } limit
        ? $"{QuantityText.Of(limit, meter?.Meter.Unit ?? "")}, {(item.LimitKind == LimitKind.Hard ? "hard: what would pass it is refused" : "soft: nothing stops")}"
        : "none";

    /// <summary>"1.00 USD for each GB-month beyond", "0.80 USD for every 1,000 begun, less 10 %".</summary>
    public static string Price(PlanItem item, StoredMeter? meter, string currency)
    {
        var unit = UnitOf(meter) is { Length: > 0 } name ? name : "units";
        var text = item.Price switch
        {
            null => "nothing",
            Price.Flat flat => $"{Money(flat.Amount)} a cycle, whatever is used",
            Price.PerUnit each => $"{Money(each.UnitPrice)} for each of the {unit} beyond",
            Price.Package package => $"{Money(package.Amount)} for every {Formats.Number(package.Size, 6)} {unit} begun beyond",
            Price.Graduated steps => "beyond, by steps: " + string.Join("; ", steps.Tiers.Select(Step)),
            Price.Volume steps => "all of it at the price of its step: " + string.Join("; ", steps.Tiers.Select(Step)),
            _ => item.Price.Model,
        };
        if (item.DiscountPercent != 0) text += $", less {Formats.Number(item.DiscountPercent)} %";
        if (item.Minimum is { } least) text += $", at least {Money(least)} a cycle";
        return text;

        string Step(Tier tier) => (tier.UpTo is { } upTo ? $"up to {Formats.Number(upTo, 6)}" : "then") + $" {Money(tier.UnitPrice)} each" + (tier.Flat is { } flat ? $" and {Money(flat)} once" : "");
        string Money(decimal amount) => decimal.Round(amount, 2) == amount ? Formats.Money(amount, currency) : $"{Formats.Number(amount, 12)} {currency}";
    }

    private static string UnitOf(StoredMeter? meter) => meter is null ? "" : meter.Meter.Aggregation == Domain.Metering.Aggregation.TimeWeightedSum ? "GB-months" : meter.Meter.Unit;
}
