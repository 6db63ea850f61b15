using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Pricing;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.Metering;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Pricing;

/// <summary>A plan as its form holds it: texts as they were typed. It is read by the same reader as a body of the API.</summary>
internal sealed class PlanFormInput
{
    private const decimal Gigabyte = 1_000_000_000m;

    public string? Key { get; set; }

    public string? Name { get; set; }

    public string? Currency { get; set; }

    public string? Fee { get; set; }

    public List<Item> Items { get; } = [];

    /// <summary>What an item's fields hold.</summary>
    internal sealed class Item
    {
        public string? Meter { get; set; }

        public string? Included { get; set; }

        public string? Limit { get; set; }

        public string? LimitKind { get; set; }

        public string Model { get; set; } = "";

        public string? Amount { get; set; }

        public string? UnitPrice { get; set; }

        public string? Size { get; set; }

        public string? Discount { get; set; }

        public string? Minimum { get; set; }

        public List<Step> Tiers { get; } = [new Step()];
    }

    /// <summary>One tier.</summary>
    internal sealed class Step
    {
        public string? UpTo { get; set; }

        public string? UnitPrice { get; set; }

        public string? Flat { get; set; }
    }

    /// <summary>The form that shows a plan.</summary>
    public static PlanFormInput Of(Plan plan, MeterSet meters)
    {
        var form = new PlanFormInput { Key = plan.Key, Name = plan.Name, Currency = plan.Currency.Code, Fee = Text(plan.Fee) };
        foreach (var item in plan.Items)
        {
            var row = new Item
            {
                Meter = item.Meter,
                Included = Text(item.Included),
                Limit = item.Limit is { } limit ? Text(IsBytes(item.Meter, meters) ? limit / Gigabyte : limit) : null,
                LimitKind = item.LimitKind == LimitKind.Hard ? "hard" : "soft",
                Model = item.Price?.Model ?? "",
                Discount = item.DiscountPercent == 0 ? null : Text(item.DiscountPercent),
                Minimum = item.Minimum is { } least ? Text(least) : null,
                Amount = item.Price switch { Price.Flat flat => Text(flat.Amount), Price.Package package => Text(package.Amount), _ => null },
                UnitPrice = item.Price is Price.PerUnit each ? Text(each.UnitPrice) : null,
                Size = item.Price is Price.Package sold ? Text(sold.Size) : null,
            };
            if (item.Price switch { Price.Graduated steps => steps.Tiers, Price.Volume steps => steps.Tiers, _ => null } is { } tiers)
            {
                row.Tiers.Clear();
                row.Tiers.AddRange(tiers.Select(t => new Step { UpTo = t.UpTo is { } upTo ? Text(upTo) : null, UnitPrice = Text(t.UnitPrice), Flat = t.Flat is { } flat ? Text(flat) : null }));
            }
            form.Items.Add(row);
        }
        return form;
    }

    /// <summary>Reads the plan, or names every fault at the path of its field.</summary>
    public Plan? Read(Tenant tenant, MeterSet meters, List<InputFault> faults)
    {
        using var body = JsonDocument.Parse(Body(meters).ToJsonString());
        var plan = PlanReader.Read(body.RootElement, slug => meters.Find(slug)?.Meter.IsPriceable == true, faults);
        if (plan is not null && tenant.Terms.All(t => t.Currency != plan.Currency.Code))
            faults.Add(new InputFault("currency", "other_currency", $"All money of this tenant is in {tenant.Terms[^1].Currency}."));
        return faults.Count == 0 ? plan : null;
    }

    /// <summary>The body that the API would be sent. Storage limits are typed in GB and kept in bytes.</summary>
    internal JsonObject Body(MeterSet meters) => Object(
        ("key", Key), ("name", Name), ("currency", Currency), ("fee", Fee),
        ("items", new JsonArray([.. Items.Select(i => (JsonNode)Object(
            ("meter", i.Meter), ("included", i.Included), ("limit", Bytes(i.Limit, IsBytes(i.Meter, meters))), ("limitKind", string.IsNullOrWhiteSpace(i.Limit) ? null : i.LimitKind), ("price", PriceOf(i)),
            ("discountPercent", i.Discount), ("minimum", i.Minimum)))])));

    /// <summary>Whether a meter's limit is typed in GB.</summary>
    public static bool IsBytes(string? meter, MeterSet meters) => meter is not null && meters.Find(meter)?.Meter.Unit == Formats.BytesUnit;

    private static JsonObject? PriceOf(Item item) => item.Model switch
    {
        "" => null,
        "flat" => Object(("model", item.Model), ("amount", item.Amount)),
        "per_unit" => Object(("model", item.Model), ("unitPrice", item.UnitPrice)),
        "package" => Object(("model", item.Model), ("size", item.Size), ("amount", item.Amount)),
        _ => Object(("model", item.Model), ("tiers", new JsonArray([.. item.Tiers.Select(t => (JsonNode)Object(("upTo", t.UpTo), ("unitPrice", t.UnitPrice), ("flat", t.Flat)))]))),
    };

    private static JsonObject Object(params IEnumerable<(string Name, JsonNode? Value)> members) =>
        new(members.Where(m => m.Value is not null && !(m.Value is JsonValue text && string.IsNullOrWhiteSpace(text.ToString()))).Select(m => KeyValuePair.Create(m.Name, m.Value is JsonValue v ? JsonValue.Create(v.ToString().Trim()) : m.Value)));

    // What is no number stays as it was typed: the reader says what is wrong with it.
    private static string? Bytes(string? text, bool isBytes) =>
        isBytes && decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var size) && Math.Abs(size) < 1_000_000_000m
            ? Text(size * Gigabyte) : text;

    private static string Text(decimal value) => value.ToString("0.############", CultureInfo.InvariantCulture);
}
