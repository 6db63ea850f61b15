using NodaTime;
using OpenMeet.Insights.Infrastructure.Storage;
using OpenMeet.Insights.Portal.Languages;
using OpenMeet.Insights.Portal.Shared;

namespace OpenMeet.Insights.Portal.Storage;

/// <summary>How an anomaly is named and where it leads.</summary>
internal static class AnomalyWords
{
    /// <summary>As the wire names the kind.</summary>
    public static string Wire(AnomalyKind kind) => kind == AnomalyKind.LevelBelowZero ? "level_below_zero" : "attached_size_differs";

    /// <summary>The kind for people.</summary>
    public static string Title(AnomalyKind kind) => kind == AnomalyKind.LevelBelowZero ? "Level below zero" : "Attached with another size";

    /// <summary>What is odd, in a sentence.</summary>
    public static string Sentence(StorageAnomaly anomaly, DateTimeZone zone) => anomaly.Kind == AnomalyKind.LevelBelowZero
        ? anomaly.Until is { } until
            ? Words.Say("Down to {0}, until {1}: more was taken away than was there.", Formats.Bytes(anomaly.Level), Formats.DateTime(until, zone))
            : Words.Say("Down to {0}, and still below: more was taken away than was there.", Formats.Bytes(anomaly.Level))
        : Words.Say("The attachment names {0}; the file held {1}, and that is what counts.", Formats.Bytes(anomaly.Named), Formats.Bytes(anomaly.Level));

    /// <summary>The events of the day on which one of an anomaly's events happened, for who may see everybody's.</summary>
    public static string Events(AnomalyEvent e, DateTimeZone zone)
    {
        var day = e.Time.InZone(zone).Date.ToDateOnly();
        return PortalUrls.Events(user: e.Subject, group: e.Group, meter: "storage", range: RangeChoice.Between(day, day));
    }
}
