namespace OpenMeet.Insights.Domain.Metering;

/// <summary>
/// Events from which nothing but figures over time follows: no member, no file, no gathering hangs on one. They are most of all events, and
/// the only ones that may be given up when their sums stand.
/// </summary>
public static class Traffic
{
    /// <summary>Their types.</summary>
    public static IReadOnlyList<string> Types { get; } = ["api.request", "db.operation"];

    /// <summary>Whether a meter reads any of them.</summary>
    public static bool IsReadBy(Meter meter) => meter.Sources.Any(s => Types.Contains(s.EventType));
}
