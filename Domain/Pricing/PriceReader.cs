using System.Text.Json;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>Reads an item's price. Each model has its own members, and no others.</summary>
internal static class PriceReader
{
    public static Price? Read(JsonElement body, string path, List<InputFault> faults)
    {
        if (JsonMembers.Of(body, path, faults) is not { } price || price.Text("model") is not { } model)
        {
            return null;
        }

        switch (model)
        {
            case "flat":
                price.AllowOnly("A flat price", "model", "amount");
                return price.Number("amount", JsonMembers.MaxMoney) is { } flat ? new Price.Flat(flat) : null;
            case "per_unit":
                price.AllowOnly("A per_unit price", "model", "unitPrice");
                return price.Number("unitPrice", JsonMembers.MaxMoney) is { } each ? new Price.PerUnit(each) : null;
            case "package":
                price.AllowOnly("A package price", "model", "size", "amount");
                var size = price.Above0("size", price.Number("size"));
                var amount = price.Number("amount", JsonMembers.MaxMoney);
                return size is not null && amount is not null ? new Price.Package(size.Value, amount.Value) : null;
            case "graduated":
                price.AllowOnly("A graduated price", "model", "tiers");
                return Tiers(price, faults) is { } graduated ? new Price.Graduated(graduated) : null;
            case "volume":
                price.AllowOnly("A volume price", "model", "tiers");
                return Tiers(price, faults) is { } volume ? new Price.Volume(volume) : null;
            default:
                price.Fault(
                    "model", "unknown_model", $"'{model}' is no price model; there are flat, per_unit, package, graduated and volume.");
                return null;
        }
    }

    private static List<Tier>? Tiers(JsonMembers price, List<InputFault> faults)
    {
        if (price.Elements("tiers") is not { } elements)
        {
            return null;
        }

        if (elements.Count == 0)
        {
            price.Fault("tiers", "empty", "At least one tier is needed; the last one is without upTo.");
            return null;
        }

        var before = faults.Count;
        var tiers = new List<Tier>(elements.Count);
        var bound = 0m;
        for (var i = 0; i < elements.Count; i++)
        {
            if (JsonMembers.Of(elements[i], $"{price.At("tiers")}[{i}]", faults) is not { } tier)
            {
                continue;
            }

            tier.AllowOnly("A tier", "upTo", "unitPrice", "flat");
            var upTo = i < elements.Count - 1 ? Bound(tier, bound) : Unbounded(tier);
            var unitPrice = tier.Number("unitPrice", JsonMembers.MaxMoney);
            tiers.Add(new Tier(upTo, unitPrice ?? 0m, tier.OptionalNumber("flat", JsonMembers.MaxMoney)));
            bound = Math.Max(bound, upTo ?? 0m);
        }

        return faults.Count == before ? tiers : null;
    }

    private static decimal? Bound(JsonMembers tier, decimal previous)
    {
        var upTo = tier.Above0("upTo", tier.Number("upTo"));
        if (upTo <= previous)
        {
            tier.Fault("upTo", "tiers_not_ascending", "Each tier's upTo is to be above the one before.");
        }

        return upTo;
    }

    private static decimal? Unbounded(JsonMembers tier)
    {
        if (tier.Find("upTo") is not null)
        {
            tier.Fault("upTo", "last_tier_bounded", "The last tier has no upTo: every quantity needs a price.");
        }

        return null;
    }
}
