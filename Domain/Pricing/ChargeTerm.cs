using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>One summand of a charge. The charge and its printed arithmetic come from the same terms.</summary>
/// <param name="Times">Units, packages, or 1 for a flat amount.</param>
/// <param name="Unit">What is counted: null for units, <see cref="FlatAmount"/>, or packages and their size.</param>
/// <param name="Price">Of one of them.</param>
/// <param name="Share">The part of a period that counts, 0 to 1; always 1 but for a flat amount.</param>
internal sealed record ChargeTerm(decimal Times, string? Unit, decimal Price, decimal Share = 1m)
{
    public const string FlatAmount = "flat";

    public decimal Amount => Times * Price * Share;

    public string Words(Currency currency, string shareWords)
    {
        var price = Figures.Money(Price, currency);
        return Unit switch
        {
            null => $"{Figures.Quantity(Times)} × {price}",
            FlatAmount => $"{price} {FlatAmount}{(Share == 1m ? "" : $" × {shareWords}")}",
            _ => $"{Figures.Quantity(Times)} {Unit} × {price}",
        };
    }
}
