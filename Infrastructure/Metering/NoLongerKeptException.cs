using NodaTime;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>A figure needs events that are no longer kept: it is not known any more, and never 0.</summary>
/// <param name="from">From when they are kept.</param>
public sealed class NoLongerKeptException(Instant from)
    : Exception($"Requests and database operations before {Rfc3339.Format(from)} are no longer kept one by one; their sums by the hour are. This needs them: ask for whole hours, or from then on.")
{
    /// <summary>From when they are kept.</summary>
    public Instant From { get; } = from;

    /// <summary>Throws where a meter's events from an instant on are not all kept; null is the beginning of time.</summary>
    internal static void ThrowIfBefore(StoredMeter meter, Instant? since)
    {
        if (meter.KeptFrom is { } kept && !(since >= kept)) throw new NoLongerKeptException(kept);
    }
}
