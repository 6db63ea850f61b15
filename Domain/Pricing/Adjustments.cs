using OpenMeet.Insights.Domain.Money;

namespace OpenMeet.Insights.Domain.Pricing;

/// <summary>
/// What a closed month's statement would be off by today. The frozen statement never changes; the difference is charged, or given back,
/// with the oldest month that is still open.
/// </summary>
public static class Adjustments
{
    /// <summary>
    /// One line for each meter (and the fee) whose charge is different now: the re-rated lines, less the frozen ones, less what earlier
    /// adjustments of the same month have charged. It may be negative.
    /// </summary>
    /// <param name="period">The closed month, <c>2026-10</c>.</param>
    /// <param name="rerated">Its lines as they would be today.</param>
    /// <param name="frozen">Its own lines as they were frozen, without adjustments of other months in them.</param>
    /// <param name="earlier">Frozen adjustment lines of this month in later statements.</param>
    /// <param name="currency">Of all amounts.</param>
    /// <param name="cause">What happened since, by meter.</param>
    public static IEnumerable<StatementLine> Of(
        string period, IReadOnlyList<StatementLine> rerated, IReadOnlyList<StatementLine> frozen, IReadOnlyList<StatementLine> earlier, Currency currency, Func<string, string> cause)
    {
        foreach (var meter in rerated.Concat(frozen).Concat(earlier).Select(line => line.Meter).Distinct())
        {
            var (now, then, since) = (Sum(rerated, meter), Sum(frozen, meter), Sum(earlier, meter));
            if (now.Amount == then.Amount + since.Amount) continue;
            var amount = now.Amount - then.Amount - since.Amount;
            var less = since.Amount == 0 ? "" : $" - {Figures.Money(since.Amount, currency)} adjusted before";
            var why = cause(meter);
            yield return new StatementLine(
                meter,
                $"Adjustment of {period}, {Figures.Words(meter)}: {why}",
                Rounding.HalfAwayFromZero(now.Quantity - then.Quantity - since.Quantity, DecimalText.MaxDecimals),
                null,
                amount,
                $"{Figures.Money(now.Amount, currency)} now - {Figures.Money(then.Amount, currency)} charged{less} = {Figures.Money(amount, currency)} {currency}",
                new Adjustment(period, why));
        }
    }

    private static (decimal Amount, decimal Quantity) Sum(IReadOnlyList<StatementLine> lines, string meter) =>
        (lines.Where(line => line.Meter == meter).Sum(line => line.Amount), lines.Where(line => line.Meter == meter).Sum(line => line.Quantity));
}
