namespace OpenMeet.Insights.Domain.Money;

/// <summary>An amount of money: a decimal and its currency. It is not rounded unless asked to be.</summary>
/// <param name="Value">In major units of the currency (dollars, not cents).</param>
/// <param name="Currency">What the value counts.</param>
public readonly record struct Amount(decimal Value, Currency Currency)
{
    /// <summary>Nothing, in a currency.</summary>
    public static Amount Zero(Currency currency) => new(0m, currency);

    /// <summary>The sum of any number of amounts; of none, nothing in the currency.</summary>
    /// <param name="amounts">What is added up.</param>
    /// <param name="currency">The currency of them all.</param>
    /// <exception cref="InvalidOperationException">One of them is in another currency.</exception>
    public static Amount Sum(IEnumerable<Amount> amounts, Currency currency) => amounts.Aggregate(Zero(currency), (sum, amount) => sum + amount);

    /// <summary>The sum.</summary>
    /// <exception cref="InvalidOperationException">The two are in different currencies.</exception>
    public static Amount operator +(Amount left, Amount right) => new(left.Value + right.ValueIn(left.Currency), left.Currency);

    /// <summary>The difference; it may be negative.</summary>
    /// <exception cref="InvalidOperationException">The two are in different currencies.</exception>
    public static Amount operator -(Amount left, Amount right) => new(left.Value - right.ValueIn(left.Currency), left.Currency);

    /// <summary>The amount so many times, unrounded.</summary>
    public static Amount operator *(Amount amount, decimal times) => amount with { Value = amount.Value * times };

    /// <summary>The amount with so many decimals, half away from zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="digits"/> is outside 0 to 28.</exception>
    public Amount Round(int digits) => this with { Value = Rounding.HalfAwayFromZero(Value, digits) };

    /// <summary>The amount at the currency's minor unit, half away from zero.</summary>
    public Amount RoundToMinor() => Round(Currency.MinorDigits);

    /// <summary>Value and code: <c>8.14 USD</c>. At least the minor unit's decimals, more where the value has more.</summary>
    public override string ToString() => $"{DecimalText.Money(Value, Currency)} {Currency}";

    private decimal ValueIn(Currency currency) => Currency == currency
        ? Value
        : throw new InvalidOperationException($"{Currency} and {currency} do not add up; nothing here converts currencies.");
}
