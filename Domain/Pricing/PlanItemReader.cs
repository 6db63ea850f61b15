using System.Text.Json;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>Reads one item of a plan.</summary>
internal static class PlanItemReader
{
    public static PlanItem? Read(
        JsonElement body, string path, Func<string, bool> isPriceableMeter, HashSet<string> seen, List<InputFault> faults)
    {
        if (JsonMembers.Of(body, path, faults) is not { } item)
        {
            return null;
        }

        item.AllowOnly("An item", "meter", "included", "limit", "limitKind", "price", "discountPercent", "minimum");
        var meter = item.Text("meter");
        if (meter is not null && !isPriceableMeter(meter))
        {
            item.Fault("meter", "unknown_meter", $"'{meter}' is no meter that plans can price (count, sum, time_weighted_sum or max).");
        }
        else if (meter is not null && !seen.Add(meter))
        {
            item.Fault("meter", "duplicate_meter", $"'{meter}' has an item already; a plan has one for each meter.");
        }

        var included = item.OptionalNumber("included") ?? 0m;
        var limit = item.OptionalNumber("limit");
        var limitKind = Kind(item);
        var price = item.Find("price") is { } given ? PriceReader.Read(given, item.At("price"), faults) : null;
        var discount = item.OptionalNumber("discountPercent", 100m) ?? 0m;
        var minimum = item.OptionalNumber("minimum", JsonMembers.MaxMoney);
        return new PlanItem(meter ?? "", included, limit, limitKind, price, discount, minimum);
    }

    private static LimitKind Kind(JsonMembers item)
    {
        var given = item.Find("limit") is null ? item.Find("limitKind") : item.Require("limitKind");
        var text = given is { } value ? item.Text("limitKind", value) : null;
        if (text is not (null or "soft" or "hard"))
        {
            item.Fault("limitKind", "unknown_limit_kind", $"'{text}' is no kind of limit; there are soft and hard.");
        }

        return text == "hard" ? LimitKind.Hard : LimitKind.Soft;
    }
}
