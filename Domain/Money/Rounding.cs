namespace OpenMeet.Insights.Domain.Money;

/// <summary>The one way in which money is rounded.</summary>
public static class Rounding
{
    // A third of a month has no exact decimal: 8.25 * (1/30) comes out as 0.27499…9 where 0.275 is meant.
    private const int ExactDecimals = 18;

    /// <summary>
    /// Rounds half away from zero: 0.125 to 0.13, -0.125 to -0.13. What a division left beyond the 18th decimal is dropped
    /// first, so that a half is recognised as one.
    /// </summary>
    /// <param name="value">Any decimal.</param>
    /// <param name="digits">Decimals to keep, 0 to 28.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="digits"/> is outside 0 to 28.</exception>
    public static decimal HalfAwayFromZero(decimal value, int digits) =>
        Math.Round(digits < ExactDecimals ? WithoutDust(value) : value, digits, MidpointRounding.AwayFromZero);

    /// <summary>The value at 18 decimals: what inexact divisions leave behind is gone, nothing that anyone measured is.</summary>
    internal static decimal WithoutDust(decimal value) => Math.Round(value, ExactDecimals, MidpointRounding.AwayFromZero);
}
