using NodaTime;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>A stretch of time, its end not in it.</summary>
public readonly record struct Stretch(Instant From, Instant To)
{
    public Fraction Seconds => PlainLedger.Seconds(From, To);

    public Stretch? Within(Stretch other)
    {
        var (from, to) = (Instant.Max(From, other.From), Instant.Min(To, other.To));
        return from < to ? new Stretch(from, to) : null;
    }
}

public sealed record PlainTier(decimal? UpTo, decimal UnitPrice, decimal? Flat);

/// <summary>A price; which of its numbers count says the model.</summary>
public sealed record PlainPrice(string Model, decimal Amount = 0, decimal UnitPrice = 0, decimal Size = 0, IReadOnlyList<PlainTier>? Tiers = null);

public sealed record PlainItem(string Meter, decimal Included, PlainPrice? Price, decimal DiscountPercent, decimal? Minimum);

public sealed record PlainPlan(string Key, decimal Fee, IReadOnlyList<PlainItem> Items)
{
    /// <summary>The plan of who never took one.</summary>
    public static readonly PlainPlan Free = new("free", 0, []);

    public PlainItem? Item(string meter) => Items.SingleOrDefault(i => i.Meter == meter);
}

public sealed record PlainOwner(string Group, string Owner, Instant? From);

public sealed record PlainAssignment(string Account, PlainPlan Plan, Instant From);

public sealed record PlainRate(string Meter, decimal UnitCost, Instant From);

public sealed record PlainBill(string Name, string Period, decimal Amount, string Driver, decimal IdlePercent);

/// <summary>All that was said about a community beside its events.</summary>
public sealed record PlainBooks(DateTimeZone Zone)
{
    public Dictionary<string, string> NewSlugs { get; } = [];

    public List<PlainOwner> Owners { get; } = [];

    public List<PlainAssignment> Assignments { get; } = [];

    public List<PlainRate> Rates { get; } = [];

    public List<PlainBill> Bills { get; } = [];

    public string Present(string key) => key.StartsWith("group:", StringComparison.Ordinal) ? "group:" + NewSlugs.GetValueOrDefault(key[6..], key[6..]) : key;

    public Stretch Month(string period)
    {
        var first = LocalDate.FromYearMonthWeekAndDay(int.Parse(period[..4], null), int.Parse(period[5..], null), 1, IsoDayOfWeek.Monday).With(DateAdjusters.StartOfMonth);
        return new Stretch(Zone.AtStartOfDay(first).ToInstant(), Zone.AtStartOfDay(first.PlusMonths(1)).ToInstant());
    }

    /// <summary>The months that a stretch touches, each with its part of the stretch.</summary>
    public IReadOnlyList<(string Period, Stretch Month, Stretch Part)> Months(Stretch range)
    {
        var months = new List<(string, Stretch, Stretch)>();
        for (var first = range.From.InZone(Zone).Date.With(DateAdjusters.StartOfMonth); ; first = first.PlusMonths(1))
        {
            var period = first.ToString("uuuu-MM", null);
            var month = Month(period);
            if (month.From >= range.To) return months;
            if (month.Within(range) is { } part) months.Add((period, month, part));
        }
    }

    public string Payer(string group, Instant at)
    {
        if (Assignments.Any(a => a.Account == "group:" + group && a.From <= at)) return "group:" + group;
        var owner = Owners.Where(o => o.Group == group && (o.From is null || o.From <= at)).MaxBy(o => o.From ?? Instant.MinValue);
        return owner is null ? "group:" + group : "user:" + owner.Owner;
    }

    public PlainPlan PlanAt(string account, Instant at) =>
        Assignments.Where(a => a.Account == account && a.From <= at).OrderBy(a => a.From).LastOrDefault()?.Plan ?? PlainPlan.Free;

    /// <summary>The plans of an account, where it is on one plan throughout.</summary>
    public IReadOnlyList<(Stretch Range, PlainPlan Plan)> Plans(string account, Stretch range) =>
        Cut(range, Assignments.Where(a => a.Account == account).Select(a => a.From), t => PlanAt(account, t));

    /// <summary>Who pays for a group, one after the other.</summary>
    public IReadOnlyList<(Stretch Range, string Account)> Payers(string group, Stretch range) =>
        Cut(range, Owners.Where(o => o.Group == group).Select(o => o.From ?? range.From).Concat(Assignments.Where(a => a.Account == "group:" + group).Select(a => a.From)), t => Payer(group, t));

    /// <summary>The carriers that an account pays for, and when.</summary>
    public IReadOnlyList<(string Carrier, Stretch Range)> PaidBy(string account, Stretch range)
    {
        var paid = new List<(string, Stretch)>();
        if (account.StartsWith("user:", StringComparison.Ordinal)) paid.Add((account, range));
        var groups = Owners.Select(o => o.Group).Concat(account.StartsWith("group:", StringComparison.Ordinal) ? [account[6..]] : []).Distinct();
        foreach (var group in groups) paid.AddRange(Payers(group, range).Where(p => p.Account == account).Select(p => ("group:" + group, p.Range)));
        return paid;
    }

    private static List<(Stretch Range, T Value)> Cut<T>(Stretch range, IEnumerable<Instant> cuts, Func<Instant, T> at) where T : notnull
    {
        var parts = new List<(Stretch Range, T Value)>();
        Instant[] bounds = [.. cuts.Where(c => c > range.From && c < range.To).Append(range.From).Append(range.To).Distinct().Order()];
        foreach (var (from, to) in bounds.Zip(bounds.Skip(1)))
        {
            var value = at(from);
            if (parts.Count > 0 && parts[^1].Value.Equals(value)) parts[^1] = (new Stretch(parts[^1].Range.From, to), value);
            else parts.Add((new Stretch(from, to), value));
        }
        return parts;
    }
}
