using System.Numerics;
using NodaTime;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>What a carrier's use costs at one rate; with the rate's stretch where the range has several.</summary>
public sealed record PlainCostLine(string Carrier, string Meter, decimal Quantity, decimal Rate, decimal Amount, Stretch? Stretch);

/// <summary>A bill, or its estimated part, shared.</summary>
public sealed record PlainPool(PlainBill Bill, decimal Idle, decimal Unattributed, IReadOnlyDictionary<string, decimal> ByCarrier, bool Estimated)
{
    public decimal Attributed => ByCarrier.Values.Sum();

    public decimal Amount => Idle + Unattributed + Attributed;
}

/// <summary>What the platform pays for whom: at unit rates, and of its bills.</summary>
public sealed class PlainCosts
{
    public PlainCosts(PlainUsage usage, Stretch range, bool acted = false)
    {
        var keys = acted ? usage.Ledger.Actors : usage.Ledger.Carriers;
        IReadOnlyList<Reading> Of(string meter, string key) => acted ? usage.Ledger.Acted(meter, key) : usage.Ledger.Carried(meter, key);
        Fraction Quantity(string meter, string key, Stretch stretch) => usage.Books.Months(stretch)
            .Total(m => PlainUsage.Priced(meter, PlainLedger.Quantity(meter, Of(meter, key), m.Part.From, m.Part.To), m.Month));

        var lines = new List<PlainCostLine>();
        foreach (var ofMeter in usage.Books.Rates.GroupBy(r => r.Meter))
        {
            var rates = ofMeter.OrderBy(r => r.From).ToArray();
            for (var i = 0; i < rates.Length; i++)
            {
                if (new Stretch(rates[i].From, i + 1 < rates.Length ? rates[i + 1].From : Instant.MaxValue).Within(range) is not { } stretch) continue;
                foreach (var key in keys)
                {
                    var quantity = Quantity(ofMeter.Key, key, stretch);
                    if (quantity.Sign == 0) continue;
                    lines.Add(new PlainCostLine(
                        key, ofMeter.Key, quantity.Round(12), rates[i].UnitCost, (quantity * rates[i].UnitCost).Round(12), stretch == range ? null : stretch));
                }
            }
        }
        Lines = lines;
        Pools =
        [
            .. usage.Books.Months(range).SelectMany(m => usage.Books.Bills.Where(b => b.Period == m.Period).OrderBy(b => b.Name, StringComparer.Ordinal)
                .Select(b => Share(b, keys.ToDictionary(k => k, k => Quantity(b.Driver, k, m.Month)), m.Part == m.Month ? null : m.Part.Seconds / m.Month.Seconds))),
        ];
    }

    public IReadOnlyList<PlainCostLine> Lines { get; }

    public IReadOnlyList<PlainPool> Pools { get; }

    public decimal UnitRates(string carrier) => Lines.Where(l => l.Carrier == carrier).Sum(l => l.Amount);

    public decimal OfPools(string carrier) => Pools.Sum(p => p.ByCarrier.GetValueOrDefault(carrier));

    /// <summary>Idle first; then whole cents to everybody, and the cents left over one by one to those who miss most of one.</summary>
    public static PlainPool Share(PlainBill bill, IReadOnlyDictionary<string, Fraction> drivers, Fraction? part = null)
    {
        var idle = ((Fraction)bill.Amount * bill.IdlePercent / 100m).Round(2);
        var weights = drivers.Where(d => d.Value.Sign > 0).OrderBy(d => d.Key.Length == 0).ThenBy(d => d.Key, StringComparer.Ordinal).ToArray();
        var shares = weights.ToDictionary(d => d.Key, _ => 0m);
        var rest = (bill.Amount - idle) * 100m;
        if (weights.Length > 0)
        {
            var total = weights.Total(d => d.Value);
            var exact = weights.Select(d => (d.Key, Cents: (rest * d.Value / total).Split())).ToArray();
            var left = (int)((BigInteger)rest - exact.Aggregate(BigInteger.Zero, (sum, s) => sum + s.Cents.Whole));
            foreach (var (key, cents) in exact) shares[key] = (decimal)cents.Whole / 100m;
            foreach (var (key, _) in exact.OrderByDescending(s => s.Cents.Left).Take(left)) shares[key] += 0.01m;
        }
        var unattributed = weights.Length > 0 ? shares.GetValueOrDefault("") : bill.Amount - idle;
        shares.Remove("");
        decimal Cut(decimal amount) => part is { } of ? (amount * of).Round(2) : amount;
        return new PlainPool(bill, Cut(idle), Cut(unattributed), shares.ToDictionary(s => s.Key, s => Cut(s.Value)), part is not null);
    }
}
