namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>The meters that every community starts with, written down once more.</summary>
public static class PlainMeters
{
    public const string Storage = "storage";

    /// <summary>Meters whose values are added up: the event types they read, and where the number stands (nowhere: each event is one).</summary>
    public static readonly IReadOnlyDictionary<string, (string[] Types, string? Number)> Sums = new Dictionary<string, (string[], string?)>
    {
        ["uploaded"] = (["file.uploaded", "media.shared"], "size_bytes"),
        ["files"] = (["file.uploaded"], null),
        ["api_calls"] = (["api.request"], null),
        ["api_time"] = (["api.request"], "duration_ms"),
        ["egress"] = (["api.request"], "bytes_out"),
        ["db_operations"] = (["db.operation"], "count"),
        ["db_time"] = (["db.operation"], "duration_ms"),
        ["messages"] = (["message.sent"], null),
        ["emails"] = (["email.sent"], "count"),
        ["events"] = (["event.created"], null),
        ["rsvps"] = (["event.rsvp.added"], null),
        ["groups"] = (["group.created"], null),
        ["users"] = (["user.created"], null),
        ["members_joined"] = (["group.member.joined"], null),
    };

    /// <summary>Meters that count different people.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> People = new Dictionary<string, string[]>
    {
        ["active_members"] = ["message.sent", "media.shared", "file.uploaded", "event.created", "event.rsvp.added", "event.attendee.status.changed"],
        ["visitors"] = ["user.visited"],
    };

    /// <summary>Meters that plans price and bills are shared by.</summary>
    public static readonly IReadOnlyList<string> Priced = [Storage, .. Sums.Keys];
}
