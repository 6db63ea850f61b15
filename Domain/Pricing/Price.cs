namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>
/// How a quantity becomes money. Quantities are in the meter's unit (storage: GB-months) and less what is included;
/// money is in the plan's currency, up to 12 decimals.
/// </summary>
public abstract record Price
{
    private Price()
    {
    }

    /// <summary>The model's name on the wire.</summary>
    public abstract string Model { get; }

    /// <summary>One amount per period, whatever was used.</summary>
    /// <param name="Amount">For a whole period.</param>
    public sealed record Flat(decimal Amount) : Price
    {
        /// <inheritdoc/>
        public override string Model => "flat";
    }

    /// <summary>Every unit costs the same.</summary>
    /// <param name="UnitPrice">For one unit.</param>
    public sealed record PerUnit(decimal UnitPrice) : Price
    {
        /// <inheritdoc/>
        public override string Model => "per_unit";
    }

    /// <summary>Units are sold in packages; a package begun is paid whole.</summary>
    /// <param name="Size">Units in a package, above 0.</param>
    /// <param name="Amount">For one package.</param>
    public sealed record Package(decimal Size, decimal Amount) : Price
    {
        /// <inheritdoc/>
        public override string Model => "package";
    }

    /// <summary>Each tier's part of the quantity costs that tier's unit price.</summary>
    /// <param name="Tiers">Ascending; the last is unbounded.</param>
    public sealed record Graduated(IReadOnlyList<Tier> Tiers) : Price
    {
        /// <inheritdoc/>
        public override string Model => "graduated";
    }

    /// <summary>The whole quantity costs the unit price of the tier that it falls in.</summary>
    /// <param name="Tiers">Ascending; the last is unbounded.</param>
    public sealed record Volume(IReadOnlyList<Tier> Tiers) : Price
    {
        /// <inheritdoc/>
        public override string Model => "volume";
    }
}
