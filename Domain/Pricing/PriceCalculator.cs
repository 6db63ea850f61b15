namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>What a quantity costs under a price.</summary>
public static class PriceCalculator
{
    /// <summary>
    /// The charge, unrounded, before discount and minimum. Flat amounts and tier flats count by <paramref name="share"/>;
    /// unit prices, tier bounds and package sizes do not.
    /// </summary>
    /// <param name="price">In the plan's currency.</param>
    /// <param name="billableQuantity">Units less the included ones; below zero counts as zero.</param>
    /// <param name="share">The segment's part of the period, 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The share is outside 0 to 1.</exception>
    public static decimal Charge(Price price, decimal billableQuantity, decimal share = 1m) =>
        Terms(price, billableQuantity, share).Sum(term => term.Amount);

    /// <summary>The summands of the charge; at least one, so that a charge of nothing can be printed too.</summary>
    internal static IReadOnlyList<ChargeTerm> Terms(Price price, decimal billableQuantity, decimal share)
    {
        ArgumentNullException.ThrowIfNull(price);
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1m);
        var quantity = Math.Max(0m, billableQuantity);
        return price switch
        {
            Price.Flat flat => [new(1m, ChargeTerm.FlatAmount, flat.Amount, share)],
            Price.PerUnit unit => [new(quantity, null, unit.UnitPrice)],
            Price.Package package =>
                [new(PackagesBegun(quantity, package.Size), $"packages of {Figures.Quantity(package.Size)}", package.Amount)],
            Price.Graduated graduated => Graduated(graduated.Tiers, quantity, share),
            Price.Volume volume => Volume(volume.Tiers, quantity, share),
            _ => throw new ArgumentException($"No such price model: {price.Model}.", nameof(price)),
        };
    }

    // A remainder is exact where a quotient may be rounded up to the next whole number or down to this one.
    private static decimal PackagesBegun(decimal quantity, decimal size)
    {
        var begun = quantity % size;
        return ((quantity - begun) / size) + (begun > 0 ? 1 : 0);
    }

    private static List<ChargeTerm> Graduated(IReadOnlyList<Tier> tiers, decimal quantity, decimal share)
    {
        var terms = new List<ChargeTerm>();
        var below = 0m;
        foreach (var tier in tiers.TakeWhile(_ => quantity > below || terms.Count == 0))
        {
            Enter(terms, tier, Math.Min(quantity, tier.UpTo ?? quantity) - below, share);
            below = tier.UpTo ?? quantity;
        }

        return terms;
    }

    private static List<ChargeTerm> Volume(IReadOnlyList<Tier> tiers, decimal quantity, decimal share)
    {
        var terms = new List<ChargeTerm>();
        Enter(terms, tiers.First(tier => tier.UpTo is null || quantity <= tier.UpTo), quantity, share);
        return terms;
    }

    private static void Enter(List<ChargeTerm> terms, Tier tier, decimal quantity, decimal share)
    {
        terms.Add(new(quantity, null, tier.UnitPrice));
        if (quantity > 0 && tier.Flat is { } flat and not 0)
        {
            terms.Add(new(1m, ChargeTerm.FlatAmount, flat, share));
        }
    }
}
