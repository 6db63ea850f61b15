namespace OpenMeet.Insights.Domain.Alerts;

/// <summary>A figure of a group's community that a rule may watch, over the last 28 days as the members page shows it.</summary>
/// <param name="Key">Its name on the wire.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="Unit">Its unit; may be empty.</param>
public sealed record CommunityMetric(string Key, string Name, string Unit)
{
    /// <summary>How many days back a figure looks.</summary>
    public const int Days = 28;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<CommunityMetric> All { get; } =
    [
        new("active_members", "Active members", "people"), new("members", "Members", "people"), new("attendance", "Attendance", "%"), new("messages", "Messages", "messages"),
        new("rsvps", "Answers to events", "answers"),
    ];

    /// <summary>The figure of that name; null where there is none.</summary>
    public static CommunityMetric? Find(string? key) => All.FirstOrDefault(m => m.Key == key);
}
