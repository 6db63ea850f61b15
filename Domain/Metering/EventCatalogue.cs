namespace OpenMeet.Insights.Domain.Metering;

/// <summary>The event types that OpenMeet is known to send, and which of their values must be numbers.</summary>
public static class EventCatalogue
{
    /// <summary>Members of <c>data</c> that are refused when they are present and are no number, by event type.</summary>
    public static IReadOnlyDictionary<string, string[]> Numbers { get; } = new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["api.request"] = ["duration_ms", "bytes_out"],
        ["db.operation"] = ["count", "duration_ms"],
        ["file.uploaded"] = ["size_bytes"],
        ["file.deleted"] = ["size_bytes"],
        ["file.attached"] = ["size_bytes"],
        ["storage.changed"] = ["delta_bytes"],
        ["storage.snapshot"] = ["bytes"],
        ["media.shared"] = ["size_bytes"],
        ["email.sent"] = ["count"],
        ["pool.sampled"] = ["used", "capacity"],
    };

    /// <summary>Members of <c>data</c> that name something, in any event: a string of 1 to 255 characters, or null.</summary>
    public static IReadOnlyList<string> Keys { get; } = ["group", "event", "user"];

    /// <summary>Whether <c>data.file</c> of an event of this type names a file, by the same rule as the keys.</summary>
    public static bool NamesFile(string type) => type is "file.uploaded" or "file.deleted" or "file.attached";

    /// <summary>The most characters of an id, source, type, subject or key.</summary>
    public const int KeyLength = 255;
}
