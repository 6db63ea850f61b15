namespace OpenMeet.Insights.Domain.Money;

/// <summary>The one way in which money is rounded.</summary>
public static class Rounding
{
    // A third of a month has no exact decimal: 8.25 * (1/30) comes out as 0.27499…9 where 0.275 is meant.
    // What stands so near a number of few decimals is meant to be that number; everything else keeps all its digits, since a price
    // may still multiply what was cut off.
    private const int ExactDecimals = 13;
    private const decimal Dust = 0.000_000_000_000_000_01m;

    /// <summary>
    /// Rounds half away from zero: 0.125 to 0.13, -0.125 to -0.13. What a division left in or beyond the 17th decimal is
    /// dropped first, so that a half is recognised as one.
    /// </summary>
    /// <param name="value">Any decimal.</param>
    /// <param name="digits">Decimals to keep, 0 to 28.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="digits"/> is outside 0 to 28.</exception>
    public static decimal HalfAwayFromZero(decimal value, int digits) =>
        Math.Round(digits < ExactDecimals ? WithoutDust(value) : value, digits, MidpointRounding.AwayFromZero);

    /// <summary>The value without what inexact divisions leave behind; nothing that anyone measured is gone.</summary>
    internal static decimal WithoutDust(decimal value)
    {
        var near = Math.Round(value, ExactDecimals, MidpointRounding.AwayFromZero);
        return Math.Abs(value - near) < Dust ? near : value;
    }
}
