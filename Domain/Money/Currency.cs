namespace OpenMeet.Insights.Domain.Money;

/// <summary>A currency in use, by its ISO 4217 code.</summary>
/// <param name="Code">Three upper-case letters of ISO 4217, such as <c>USD</c>.</param>
/// <exception cref="ArgumentException">The code names no currency with a minor unit.</exception>
public readonly record struct Currency(string Code)
{
    /// <summary>Three upper-case letters of ISO 4217.</summary>
    public string Code { get; } = Iso4217.Contains(Code)
        ? Code
        : throw new ArgumentException($"'{Code}' is no ISO 4217 currency code.", nameof(Code));

    /// <summary>Decimals of the minor unit: 2 for USD, 0 for JPY, 3 for BHD.</summary>
    public int MinorDigits => Iso4217.MinorDigits(Code);

    /// <summary>Reads a code exactly as ISO 4217 writes it: no blanks, no lower case.</summary>
    /// <param name="code">What was sent; null and unknown codes give false.</param>
    /// <param name="currency">The currency, or the default value where the answer is false.</param>
    public static bool TryParse(string? code, out Currency currency)
    {
        var known = Iso4217.Contains(code);
        currency = known ? new Currency(code!) : default;
        return known;
    }

    /// <summary>The code.</summary>
    public override string ToString() => Code ?? "";
}
