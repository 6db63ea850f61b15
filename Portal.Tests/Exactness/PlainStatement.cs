namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>A line of a statement: a fee's quantity is its part of the month, a minimum's is one.</summary>
public sealed record PlainLine(string Meter, decimal Quantity, decimal Amount);

/// <summary>What an account owes for a month, or who owes it instead.</summary>
public sealed record PlainStatement(string? Plan, string? PaidBy, IReadOnlyList<PlainLine> Lines)
{
    public decimal Total => Lines.Sum(l => l.Amount);

    public static PlainStatement Of(PlainUsage usage, string account, string period)
    {
        var month = usage.Books.Month(period);
        var own = new[] { month };
        if (account.StartsWith("group:", StringComparison.Ordinal))
        {
            var payers = usage.Books.Payers(account[6..], month);
            own = [.. payers.Where(p => p.Account == account).Select(p => p.Range)];
            if (own.Length == 0) return new PlainStatement(null, payers[^1].Account, []);
        }
        var segments = own.SelectMany(stretch => usage.Books.Plans(account, stretch)).ToArray();
        return new PlainStatement(segments[^1].Plan.Key, null, Rate(month, segments, (meter, range) => usage.Paid(account, meter, range, month)));
    }

    /// <summary>The lines of a month on one or several plans, given what was used within each.</summary>
    public static IReadOnlyList<PlainLine> Rate(Stretch month, IReadOnlyList<(Stretch Range, PlainPlan Plan)> segments, Func<string, Stretch, Fraction> used)
    {
        var lines = new List<PlainLine>();
        foreach (var (range, plan) in segments.Where(s => s.Plan.Fee != 0))
        {
            var part = range.Seconds / month.Seconds;
            lines.Add(new PlainLine("fee", part.Round(12), (plan.Fee * part).Round(2)));
        }
        foreach (var meter in segments.SelectMany(s => s.Plan.Items).Select(i => i.Meter).Distinct()) lines.AddRange(LinesOf(meter, month, segments, used));
        return lines;
    }

    private static IEnumerable<PlainLine> LinesOf(
        string meter, Stretch month, IReadOnlyList<(Stretch Range, PlainPlan Plan)> segments, Func<string, Stretch, Fraction> used)
    {
        var included = segments.Total(s => (s.Plan.Item(meter)?.Included ?? 0m) * s.Range.Seconds / month.Seconds);
        var over = Beyond(included, [.. segments.Select(s => used(meter, s.Range))]);
        foreach (var ((range, plan), beyond) in segments.Zip(over))
        {
            if (plan.Item(meter) is not { } item || (item.Price is null && item.Included == 0 && item.Minimum is null or 0)) continue;
            var part = range.Seconds / month.Seconds;
            var charge = item.Price is { } price ? Charge(price, beyond, part) * (Fraction.One - ((Fraction)item.DiscountPercent / 100m)) : Fraction.Zero;
            var line = new PlainLine(meter, beyond.Round(12), charge.Round(2));
            yield return line;
            var missing = (((item.Minimum ?? 0m) * part) - line.Amount).Round(2);
            if (missing > 0) yield return new PlainLine(meter, 1, missing);
        }
    }

    /// <summary>What of each segment lies beyond the allowance: units are piled up in time order, and a negative quantity takes from the top.</summary>
    private static Fraction[] Beyond(Fraction included, Fraction[] used)
    {
        var pile = new Fraction[used.Length];
        var missing = Fraction.Zero;
        for (var i = 0; i < used.Length; i++)
        {
            pile[i] = Fraction.Max(Fraction.Zero, used[i] - missing);
            missing = Fraction.Max(Fraction.Zero, missing - Fraction.Max(Fraction.Zero, used[i]));
            if (used[i].Sign >= 0) continue;
            pile[i] = Fraction.Zero;
            missing += -used[i];
            for (var below = i - 1; below >= 0; below--)
            {
                var taken = Fraction.Min(missing, pile[below]);
                (pile[below], missing) = (pile[below] - taken, missing - taken);
            }
        }
        var left = included;
        return [.. pile.Select(units =>
        {
            var covered = Fraction.Min(units, left);
            left -= covered;
            return units - covered;
        })];
    }

    private static Fraction Charge(PlainPrice price, Fraction quantity, Fraction part)
    {
        switch (price.Model)
        {
            case "flat": return price.Amount * part;
            case "per_unit": return quantity * price.UnitPrice;
            case "package":
                var (whole, rest) = (quantity / price.Size).Split();
                return (whole + (rest.Sign > 0 ? 1 : 0)) * (Fraction)price.Amount;
            case "volume":
                if (quantity.Sign == 0) return Fraction.Zero;
                var tier = price.Tiers!.First(t => t.UpTo is not { } upTo || quantity <= upTo);
                return (quantity * tier.UnitPrice) + ((tier.Flat ?? 0m) * part);
            default:
                var (sum, below) = (Fraction.Zero, Fraction.Zero);
                foreach (var step in price.Tiers!)
                {
                    if (quantity <= below) break;
                    var end = step.UpTo is { } upTo ? Fraction.Min(quantity, upTo) : quantity;
                    sum += ((end - below) * step.UnitPrice) + ((step.Flat ?? 0m) * part);
                    below = end;
                }
                return sum;
        }
    }
}
