namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>A figure needs meters whose stored events are still being counted: it is not known yet, and never 0.</summary>
/// <param name="meters">Their slugs.</param>
public sealed class StillCountingException(IReadOnlyList<string> meters)
    : Exception($"{string.Join(", ", meters)}: stored events are still being counted; the figure is known when they are.")
{
    /// <summary>The slugs of the meters.</summary>
    public IReadOnlyList<string> Meters => meters;

    /// <summary>Throws where any of the meters is not whole.</summary>
    internal static void ThrowIfAny(IEnumerable<StoredMeter> meters)
    {
        if (meters.Where(m => !m.IsWhole).Select(m => m.Meter.Slug).Distinct().ToArray() is { Length: > 0 } counting) throw new StillCountingException(counting);
    }
}
