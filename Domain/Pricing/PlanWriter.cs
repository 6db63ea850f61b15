using System.Text.Json.Nodes;
using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>Writes a plan as <see cref="PlanReader"/> reads it. Version and status are added by whoever knows them.</summary>
public static class PlanWriter
{
    /// <summary>
    /// <c>{key, name, currency, fee, items}</c>. Decimals are strings; what is absent is left out. Money has at least the decimals of
    /// the minor unit, quantities have no trailing zeros.
    /// </summary>
    public static JsonObject ToJson(Plan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new JsonObject
        {
            ["key"] = plan.Key,
            ["name"] = plan.Name,
            ["currency"] = plan.Currency.Code,
            ["fee"] = DecimalText.Money(plan.Fee, plan.Currency),
            ["items"] = new JsonArray([.. plan.Items.Select(item => Item(item, plan.Currency))]),
        };
    }

    private static JsonObject Item(PlanItem item, Currency currency)
    {
        var json = new JsonObject { ["meter"] = item.Meter, ["included"] = DecimalText.Quantity(item.Included) };
        if (item.Limit is { } limit)
        {
            json["limit"] = DecimalText.Quantity(limit);
        }

        json["limitKind"] = item.LimitKind == LimitKind.Hard ? "hard" : "soft";
        if (item.Price is { } price)
        {
            json["price"] = OfPrice(price, currency);
        }

        if (item.DiscountPercent != 0)
        {
            json["discountPercent"] = DecimalText.Quantity(item.DiscountPercent);
        }

        if (item.Minimum is { } minimum)
        {
            json["minimum"] = DecimalText.Money(minimum, currency);
        }

        return json;
    }

    private static JsonObject OfPrice(Price price, Currency currency)
    {
        var json = new JsonObject { ["model"] = price.Model };
        switch (price)
        {
            case Price.Flat flat:
                json["amount"] = DecimalText.Money(flat.Amount, currency);
                break;
            case Price.PerUnit unit:
                json["unitPrice"] = DecimalText.Money(unit.UnitPrice, currency);
                break;
            case Price.Package package:
                json["size"] = DecimalText.Quantity(package.Size);
                json["amount"] = DecimalText.Money(package.Amount, currency);
                break;
            case Price.Graduated graduated:
                json["tiers"] = Tiers(graduated.Tiers, currency);
                break;
            case Price.Volume volume:
                json["tiers"] = Tiers(volume.Tiers, currency);
                break;
        }

        return json;
    }

    private static JsonArray Tiers(IReadOnlyList<Tier> tiers, Currency currency) => [.. tiers.Select(tier => OfTier(tier, currency))];

    private static JsonObject OfTier(Tier tier, Currency currency)
    {
        var json = new JsonObject();
        if (tier.UpTo is { } upTo)
        {
            json["upTo"] = DecimalText.Quantity(upTo);
        }

        json["unitPrice"] = DecimalText.Money(tier.UnitPrice, currency);
        if (tier.Flat is { } flat)
        {
            json["flat"] = DecimalText.Money(flat, currency);
        }

        return json;
    }
}
