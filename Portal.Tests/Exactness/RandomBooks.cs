using System.Globalization;
using System.Text.Json.Nodes;
using NodaTime;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>Random owners, plans, rates and bills for a history, and the calls that tell the portal of them.</summary>
public static class RandomBooks
{
    private static readonly string[] Months = ["2025-09", "2025-10", "2025-11"];

    public static PlainBooks Of(Random random, DateTimeZone zone, IReadOnlyList<string> people, IReadOnlyList<string> groups)
    {
        var books = new PlainBooks(zone);
        books.NewSlugs[History.Renamed] = History.NewSlug;
        string[] present = [.. groups, History.NewSlug];
        foreach (var group in present.Where(_ => random.Next(3) > 0))
        {
            books.Owners.Add(new PlainOwner(group, History.Any(random, people), null));
            if (random.Next(2) == 0) books.Owners.Add(new PlainOwner(group, History.Any(random, people), History.AnyTime(random, zone)));
        }
        PlainPlan[] plans = [.. Enumerable.Range(1, 4).Select(n => Plan(random, $"plan-{n}"))];
        foreach (var account in people.Select(p => "user:" + p).Concat(present.Select(g => "group:" + g)).Where(_ => random.Next(5) > 1))
        {
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                var from = random.Next(3) == 0 ? History.Start : History.AnyTime(random, zone);
                if (books.Assignments.All(a => a.Account != account || a.From != from)) books.Assignments.Add(new PlainAssignment(account, History.Any(random, plans), from));
            }
        }
        foreach (var meter in PlainMeters.Priced.Where(_ => random.Next(2) == 0))
        {
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                var from = random.Next(2) == 0 ? History.Start : History.AnyTime(random, zone);
                if (books.Rates.All(r => r.Meter != meter || r.From != from)) books.Rates.Add(new PlainRate(meter, Finely(random, 12), from));
            }
        }
        foreach (var period in Months)
        {
            for (var i = random.Next(1, 5); i > 0; i--)
                books.Bills.Add(new PlainBill($"bill-{i}", period, random.Next(1_000_000) / 100m, History.Any(random, PlainMeters.Priced), random.Next(2) == 0 ? 0 : random.Next(1000) / 10m));
        }
        return books;
    }

    /// <summary>All that is to be sent, in order: method, address, body. Rates and bills are said wrong first, and then corrected.</summary>
    public static IEnumerable<(HttpMethod Method, string Path, JsonObject Body)> Calls(PlainBooks books)
    {
        foreach (var (old, now) in books.NewSlugs) yield return (HttpMethod.Put, $"directory/groups/{now}", new JsonObject { ["oldKey"] = old });
        foreach (var owner in books.Owners.OrderBy(o => o.From ?? Instant.MinValue))
            yield return (HttpMethod.Put, $"directory/groups/{owner.Group}", new JsonObject { ["name"] = owner.Group, ["ownerKey"] = owner.Owner, ["from"] = owner.From is { } from ? History.Text(from) : null });
        foreach (var plan in books.Assignments.Select(a => a.Plan).Distinct())
        {
            yield return (HttpMethod.Post, "plans", Json(plan));
            yield return (HttpMethod.Post, $"plans/{plan.Key}/publish", new JsonObject { ["effective"] = "2025-01-01T00:00:00Z" });
        }
        foreach (var a in books.Assignments)
            yield return (HttpMethod.Put, $"accounts/{a.Account.Replace(':', '/')}/plan", new JsonObject { ["plan"] = a.Plan.Key, ["effective"] = History.Text(a.From) });
        foreach (var r in books.Rates.SelectMany(r => new[] { r with { UnitCost = r.UnitCost + 1 }, r }))
            yield return (HttpMethod.Post, "rates", new JsonObject { ["meter"] = r.Meter, ["unitCost"] = Text(r.UnitCost), ["currency"] = "USD", ["from"] = History.Text(r.From) });
        foreach (var b in books.Bills.SelectMany(b => new[] { b with { Amount = b.Amount + 1 }, b }))
            yield return (HttpMethod.Post, "cost-pools", new JsonObject
            {
                ["name"] = b.Name,
                ["period"] = b.Period,
                ["amount"] = Text(b.Amount),
                ["currency"] = "USD",
                ["driver"] = b.Driver,
                ["idlePercent"] = Text(b.IdlePercent),
            });
    }

    /// <summary>A plan with a few items of all models.</summary>
    public static PlainPlan Plan(Random random, string key)
    {
        var meters = PlainMeters.Priced.ToArray();
        random.Shuffle(meters);
        return new PlainPlan(key, random.Next(3) == 0 ? 0 : random.Next(5000) / 100m, [.. meters.Take(random.Next(1, 7)).Select(m => Item(random, m))]);
    }

    /// <summary>A usual amount of a meter, as prices see it.</summary>
    public static decimal Unit(string meter) => meter switch
    {
        PlainMeters.Storage => 0.000001m,
        "uploaded" or "egress" or "api_time" or "db_time" => 100_000m,
        _ => 1m,
    };

    /// <summary>A plan as the wire has it.</summary>
    public static JsonObject Json(PlainPlan plan) => new()
    {
        ["key"] = plan.Key,
        ["name"] = plan.Key,
        ["currency"] = "USD",
        ["fee"] = Text(plan.Fee),
        ["items"] = new JsonArray([.. plan.Items.Select(i => new JsonObject
        {
            ["meter"] = i.Meter,
            ["included"] = Text(i.Included),
            ["price"] = i.Price is { } price ? Json(price) : null,
            ["discountPercent"] = Text(i.DiscountPercent),
            ["minimum"] = i.Minimum is { } minimum ? Text(minimum) : null,
        })]),
    };

    // What people use of it differs by meter: bytes are GB-months and small, sums of bytes and milliseconds are large.
    private static PlainItem Item(Random random, string meter)
    {
        var unit = Unit(meter);
        var included = random.Next(2) == 0 ? 0 : random.Next(200) * unit;
        decimal? minimum = random.Next(3) == 0 ? random.Next(2000) / 100m : null;
        return new PlainItem(meter, included, random.Next(8) == 0 ? null : Price(random, unit), random.Next(2) == 0 ? 0 : random.Next(1001) / 10m, minimum);
    }

    private static PlainPrice Price(Random random, decimal unit)
    {
        decimal Each() => Math.Round(random.Next(1, 2000) / 1000m / unit, 12);
        switch (random.Next(5))
        {
            case 0: return new PlainPrice("flat", Amount: random.Next(3000) / 100m);
            case 1: return new PlainPrice("per_unit", UnitPrice: Each());
            case 2: return new PlainPrice("package", Amount: random.Next(500) / 100m, Size: random.Next(1, 60) * unit);
            default:
                var bound = 0m;
                var tiers = Enumerable.Range(0, random.Next(1, 4)).Select(_ => new PlainTier(bound += random.Next(1, 60) * unit, Each(), Flat(random))).ToList();
                return new PlainPrice(random.Next(2) == 0 ? "graduated" : "volume", Tiers: [.. tiers, new PlainTier(null, Each(), Flat(random))]);
        }
    }

    private static decimal? Flat(Random random) => random.Next(2) == 0 ? null : random.Next(300) / 100m;

    private static decimal Finely(Random random, int decimals) => random.NextInt64(1, 1_000_000_000) / (decimal)Math.Pow(10, random.Next(6, decimals + 1));

    private static JsonObject Json(PlainPrice price)
    {
        var json = new JsonObject { ["model"] = price.Model };
        if (price.Model is "flat" or "package") json["amount"] = Text(price.Amount);
        if (price.Model == "per_unit") json["unitPrice"] = Text(price.UnitPrice);
        if (price.Model == "package") json["size"] = Text(price.Size);
        if (price.Tiers is { } tiers)
        {
            json["tiers"] = new JsonArray([.. tiers.Select(t => new JsonObject
            {
                ["upTo"] = t.UpTo is { } upTo ? Text(upTo) : null,
                ["unitPrice"] = Text(t.UnitPrice),
                ["flat"] = t.Flat is { } flat ? Text(flat) : null,
            })]);
        }
        return json;
    }

    private static string Text(decimal value) => value.ToString(CultureInfo.InvariantCulture);
}
