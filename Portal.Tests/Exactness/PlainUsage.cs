using NodaTime;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>One row of a usage answer; only bytes have byte-seconds and a level.</summary>
public sealed record PlainRow(decimal Value, decimal? Included, decimal? Over, decimal? ByteSeconds, decimal? Level)
{
    public static readonly PlainRow Nothing = new(0, null, null, null, null);
}

/// <summary>Usage as it is to be answered, and the quantities from which costs and charges are worked out.</summary>
public sealed class PlainUsage(PlainLedger ledger, PlainBooks books)
{
    private static readonly Fraction Gigabyte = 1_000_000_000m;

    public PlainLedger Ledger => ledger;

    public PlainBooks Books => books;

    /// <summary>A quantity as prices see it: bytes in GB-months of a month so long.</summary>
    public static Fraction Priced(string meter, Fraction quantity, Stretch month) => meter == PlainMeters.Storage ? quantity / Gigabyte / month.Seconds : quantity;

    /// <summary>What an account pays for of a meter within a stretch of one month, as prices see it.</summary>
    public Fraction Paid(string account, string meter, Stretch range, Stretch month) =>
        Priced(meter, books.PaidBy(account, range).Total(c => PlainLedger.Quantity(meter, ledger.Carried(meter, c.Carrier), c.Range.From, c.Range.To)), month);

    public Dictionary<string, PlainRow> Acted(string user, Stretch range) => Rows(meter => [(ledger.Acted(meter, "user:" + user), range)], range);

    public Dictionary<string, PlainRow> Carried(string carrier, Stretch range) => Rows(meter => [(ledger.Carried(meter, carrier), range)], range);

    /// <summary>What an account pays for, with what its plans include.</summary>
    public Dictionary<string, PlainRow> Account(string account, Stretch range)
    {
        var rows = Of(books.PaidBy(account, range), range);
        foreach (var (meter, row) in rows)
        {
            if (Allowance(account, meter, range) is { } allowance) rows[meter] = row with { Included = allowance.Included.Round(12), Over = allowance.Over.Round(12) };
        }
        return rows;
    }

    /// <summary>The groups that fall to an account.</summary>
    public Dictionary<string, Dictionary<string, PlainRow>> Groups(string account, Stretch range) => books.PaidBy(account, range)
        .Where(c => c.Carrier != account).GroupBy(c => c.Carrier[6..]).ToDictionary(g => g.Key, g => Of([.. g], range));

    /// <summary>Who did what of that which a group carries.</summary>
    public Dictionary<string, Dictionary<string, PlainRow>> Members(string group, Stretch range)
    {
        var people = PlainMeters.Priced.SelectMany(m => ledger.Carried(m, "group:" + group)).Where(r => r.Time < range.To).Select(r => r.Person ?? "").Distinct();
        return people.ToDictionary(p => p, p => Rows(meter => [([.. ledger.Carried(meter, "group:" + group).Where(r => (r.Person ?? "") == p)], range)], range));
    }

    private Dictionary<string, PlainRow> Of(IReadOnlyList<(string Carrier, Stretch Range)> carriers, Stretch range) =>
        Rows(meter => [.. carriers.Select(c => (ledger.Carried(meter, c.Carrier), c.Range))], range);

    private Dictionary<string, PlainRow> Rows(Func<string, IReadOnlyList<(IReadOnlyList<Reading> Readings, Stretch Range)>> of, Stretch range)
    {
        var rows = new Dictionary<string, PlainRow> { [PlainMeters.Storage] = StorageRow(of(PlainMeters.Storage), range) };
        foreach (var meter in PlainMeters.Sums.Keys) rows[meter] = PlainRow.Nothing with { Value = of(meter).Total(p => PlainLedger.Sum(p.Readings, p.Range.From, p.Range.To)).Round(12) };
        foreach (var meter in PlainMeters.People.Keys)
        {
            var people = of(meter).SelectMany(p => p.Readings.Where(r => r.Time >= p.Range.From && r.Time < p.Range.To)).Select(r => r.Person).Distinct();
            rows[meter] = PlainRow.Nothing with { Value = people.Count() };
        }
        return rows;
    }

    // A month's byte-seconds are GB-months by that month's own length; what was paid for only at first is not there at the end.
    private PlainRow StorageRow(IReadOnlyList<(IReadOnlyList<Reading> Readings, Stretch Range)> parts, Stretch range)
    {
        var (byteSeconds, gigabyteMonths, level) = (Fraction.Zero, Fraction.Zero, Fraction.Zero);
        foreach (var (readings, stretch) in parts)
        {
            foreach (var (_, month, part) in books.Months(stretch))
            {
                var integral = PlainLedger.Integral(readings, part.From, part.To);
                byteSeconds += integral;
                gigabyteMonths += Priced(PlainMeters.Storage, integral, month);
            }
            if (stretch.To == range.To) level += PlainLedger.Level(readings, range.To);
        }
        return new PlainRow(gigabyteMonths.Round(12), null, null, byteSeconds.Round(12), level.Round(12));
    }

    private (Fraction Included, Fraction Over)? Allowance(string account, string meter, Stretch range)
    {
        if (books.Plans(account, range).All(p => p.Plan.Item(meter) is null)) return null;
        var (included, over) = (Fraction.Zero, Fraction.Zero);
        foreach (var (_, month, part) in books.Months(range))
        {
            var plans = books.Plans(account, part);
            var inMonth = plans.Total(p => (p.Plan.Item(meter)?.Included ?? 0m) * p.Range.Seconds / month.Seconds);
            included += inMonth;
            over += Fraction.Max(Fraction.Zero, Paid(account, meter, part, month) - inMonth);
        }
        return (included, over);
    }
}
