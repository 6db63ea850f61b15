using NodaTime;

namespace OpenMeet.Insights.Domain.Webhooks;

/// <summary>When a message that could not be delivered is tried again: eight attempts over a little more than a day.</summary>
public static class RetrySchedule
{
    private static readonly Duration[] Pauses =
    [
        Duration.FromSeconds(5), Duration.FromMinutes(5), Duration.FromMinutes(30), Duration.FromHours(2), Duration.FromHours(5), Duration.FromHours(10), Duration.FromHours(10),
    ];

    /// <summary>How long to wait after so many failed attempts; null where it is given up.</summary>
    /// <param name="attempts">Attempts made, from 1.</param>
    public static Duration? After(int attempts) => attempts >= 1 && attempts <= Pauses.Length ? Pauses[attempts - 1] : null;
}
