namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>What a quantity costs.</summary>
public static class PriceCalculator
{
    /// <summary>The charge, unrounded.</summary>
    public static decimal Charge(Price price, decimal billableQuantity, decimal share = 1m) => throw new NotImplementedException();
}
