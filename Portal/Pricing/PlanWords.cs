using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Domain.Quotas;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>A plan's items in words, so that nobody has to read JSON.</summary>
internal static class PlanWords
{
    /// <summary>"3,000 emails", "10 GB-months".</summary>
    public static string Included(PlanItem item, StoredMeter? meter) => $"{Formats.Number(item.Included, 6)} {UnitOf(meter)}".TrimEnd();

    /// <summary>"10 GB, hard: new use is refused there"; "none".</summary>
    public static string Limit(PlanItem item, StoredMeter? meter) => item.Limit is { } limit
        ? item.LimitKind == LimitKind.Hard
            ? Words.Say("{0}, hard: what would pass it is refused", Formats.Legible(limit, meter?.Meter.Unit ?? ""))
            : Words.Say("{0}, soft: nothing stops", Formats.Legible(limit, meter?.Meter.Unit ?? ""))
        : Words.Say("none");

    /// <summary>"1.00 USD for each GB-month beyond", "0.80 USD for every 1,000 begun, less 10 %".</summary>
    public static string Price(PlanItem item, StoredMeter? meter, string currency)
    {
        var unit = UnitOf(meter) is { Length: > 0 } name ? name : Words.Say("units");
        var text = item.Price switch
        {
            null => Words.Say("nothing"),
            Price.Flat flat => Words.Say("{0} a cycle, whatever is used", Money(flat.Amount)),
            Price.PerUnit each => Words.Say("{0} for each of the {1} beyond", Money(each.UnitPrice), unit),
            Price.Package package => Words.Say("{0} for every {1} {2} begun beyond", Money(package.Amount), Formats.Number(package.Size, 6), unit),
            Price.Graduated steps => Words.Say("beyond, by steps: {0}", string.Join("; ", steps.Tiers.Select(Step))),
            Price.Volume steps => Words.Say("all of it at the price of its step: {0}", string.Join("; ", steps.Tiers.Select(Step))),
            _ => item.Price.Model,
        };
        if (item.DiscountPercent != 0) text += ", " + Words.Say("less {0} %", Formats.Number(item.DiscountPercent));
        if (item.Minimum is { } least) text += ", " + Words.Say("at least {0} a cycle", Money(least));
        return text;

        string Step(Tier tier) => (tier.UpTo, tier.Flat) switch
        {
            ({ } upTo, { } flat) => Words.Say("up to {0} {1} each and {2} once", Formats.Number(upTo, 6), Money(tier.UnitPrice), Money(flat)),
            ({ } upTo, _) => Words.Say("up to {0} {1} each", Formats.Number(upTo, 6), Money(tier.UnitPrice)),
            (_, { } flat) => Words.Say("then {0} each and {1} once", Money(tier.UnitPrice), Money(flat)),
            _ => Words.Say("then {0} each", Money(tier.UnitPrice)),
        };

        string Money(decimal amount) => decimal.Round(amount, 2) == amount ? Formats.Money(amount, currency) : $"{Formats.Number(amount, 12)} {currency}";
    }

    private static string UnitOf(StoredMeter? meter) => meter is null ? "" : meter.Meter.Aggregation == Domain.Metering.Aggregation.TimeWeightedSum ? Words.Say("GB-months") : Units.Name(meter.Meter.Unit);
}
