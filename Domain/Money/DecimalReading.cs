namespace OpenMeet.Insights.Domain.Money;

/// <summary>How the reading of a decimal went.</summary>
public enum DecimalReading
{
    /// <summary>The value is what the text says, to the last digit.</summary>
    Exact,

    /// <summary>The text is no number as JSON writes it.</summary>
    NotANumber,

    /// <summary>More than <see cref="DecimalText.MaxDecimals"/> decimals, trailing zeros not counted.</summary>
    TooManyDecimals,

    /// <summary>Beyond <see cref="DecimalText.MaxMagnitude"/>.</summary>
    TooLarge,
}
