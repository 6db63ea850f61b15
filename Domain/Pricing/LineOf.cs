using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>The lines of one segment, each with its arithmetic.</summary>
internal static class LineOf
{
    public static StatementLine Fee(BillingPeriod period, RatedSegment segment)
    {
        var plan = segment.Plan;
        var share = Segments.Share(period, segment.Range);
        var fee = plan.Fee * segment.Range.Seconds / period.Seconds;
        var (amount, result) = Round(fee, plan.Currency);
        var prorated = $"{Figures.Money(plan.Fee, plan.Currency)} × {Segments.ShareWords(period, segment.Range)} = {result}";
        return new StatementLine(
            StatementLine.Fee,
            $"Fee of {plan.Name}{Segments.Between(period, segment.Range)}",
            ForLine(share),
            plan.Fee,
            amount,
            share == 1m ? result : prorated);
    }

    public static StatementLine Usage(BillingPeriod period, RatedSegment segment, PlanItem item, SegmentAllowance allowance, bool isMax)
    {
        var currency = segment.Plan.Currency;
        var share = Segments.Share(period, segment.Range);
        var shareWords = Segments.ShareWords(period, segment.Range);
        var terms = item.Price is null ? [] : PriceCalculator.Terms(item.Price, allowance.Over, isMax ? 1m : share);
        var charge = terms.Sum(term => term.Amount) * (isMax ? share : 1m);

        var sum = terms.Count == 0 ? "no price" : string.Join(" + ", terms.Select(term => term.Words(currency, shareWords)));
        sum = isMax && share != 1m && terms.Count > 0 ? $"({sum}) × {shareWords}" : sum;
        var discount = "";
        if (item.DiscountPercent != 0 && terms.Count > 0)
        {
            discount = $" = {Figures.Money(charge, currency)}, less {Figures.Quantity(item.DiscountPercent)} %";
            charge *= 1m - (item.DiscountPercent / 100m);
        }

        var (amount, result) = Round(charge, currency);
        var included = $"{Figures.Quantity(allowance.Covered)} of {Figures.Quantity(allowance.Included)} included";
        var brief = $"{Figures.Brief(allowance.Covered)} of {Figures.Brief(allowance.Included)} included";
        var (inDescription, inArithmetic) = allowance.Included == 0 ? ("", "") : ($"{brief}, ", $"{included}; ");
        return new StatementLine(
            item.Meter,
            $"{Figures.Words(item.Meter)}: {inDescription}{Charged(item.Price, allowance.Over)}{Segments.Between(period, segment.Range)}",
            ForLine(allowance.Over),
            UnitPrice(item.Price, allowance.Over),
            amount,
            $"{inArithmetic}{sum}{discount} = {result}");
    }

    public static StatementLine? ToMinimum(BillingPeriod period, RatedSegment segment, PlanItem item, StatementLine line)
    {
        var currency = segment.Plan.Currency;
        var whole = item.Minimum ?? 0m;
        var minimum = whole * segment.Range.Seconds / period.Seconds;
        var (amount, result) = Round(minimum - line.Amount, currency);
        if (amount <= 0)
        {
            return null;
        }

        var prorated = segment.Range == period.Range ? "" : $" × {Segments.ShareWords(period, segment.Range)}";
        return new StatementLine(
            item.Meter,
            $"{Figures.Words(item.Meter)}: to minimum{Segments.Between(period, segment.Range)}",
            1m,
            null,
            amount,
            $"minimum {Figures.Money(whole, currency)}{prorated} - {Figures.Money(line.Amount, currency)} = {result}");
    }

    private static (decimal Amount, string Result) Round(decimal unrounded, Currency currency)
    {
        var amount = new Amount(unrounded, currency).RoundToMinor();
        var exact = Rounding.WithoutDust(unrounded) == amount.Value;
        var rounded = $"{Figures.Money(amount.Value, currency)} {currency}";
        return (amount.Value, exact ? rounded : $"{Figures.Money(unrounded, currency)}, rounded {rounded}");
    }

    private static decimal ForLine(decimal quantity) => Rounding.HalfAwayFromZero(quantity, DecimalText.MaxDecimals);

    private static string Charged(Price? price, decimal over) => price switch
    {
        null => $"{Figures.Brief(over)} beyond, not charged",
        Price.Flat => "flat",
        Price.PerUnit => $"{Figures.Brief(over)} charged per unit",
        Price.Package package => $"{Figures.Brief(over)} charged in packages of {Figures.Quantity(package.Size)}",
        Price.Graduated => $"{Figures.Brief(over)} charged by graduated tiers",
        _ => $"{Figures.Brief(over)} charged at one tier's price",
    };

    private static decimal? UnitPrice(Price? price, decimal over) => price switch
    {
        Price.PerUnit unit => unit.UnitPrice,
        Price.Volume volume => volume.Tiers.First(tier => tier.UpTo is null || over <= tier.UpTo).UnitPrice,
        _ => null,
    };
}
