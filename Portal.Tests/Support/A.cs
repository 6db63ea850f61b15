using System.Globalization;
using System.Text.Json.Nodes;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>Makes events as CloudEvents: <c>A.Upload("ann", size: 300, group: "g", at: "2025-11-11T00:00:00Z")</c>.</summary>
public static class A
{
    /// <summary>The source of events that do not say another.</summary>
    public const string Source = "/test";

    private static int s_ids;

    /// <summary>An event of any type. Members of data that are null are left out.</summary>
    public static JsonObject Event(string type, string? by = null, string? at = null, string? id = null, params (string Name, object? Value)[] data)
    {
        var e = new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = id ?? "e" + Interlocked.Increment(ref s_ids).ToString(CultureInfo.InvariantCulture),
            ["source"] = Source,
            ["type"] = type,
        };
        if (by is not null) e["subject"] = by;
        if (at is not null) e["time"] = at;
        var members = new JsonObject();
        foreach (var (name, value) in data)
        {
            if (value is not null) members[name] = JsonValue.Create(value);
        }
        e["data"] = members;
        return e;
    }

    /// <summary>A file comes.</summary>
    public static JsonObject Upload(string? by, long? size, string? file = null, string? group = null, string? kind = null, string? at = null, string? id = null) =>
        Event("file.uploaded", by, at, id, ("file", file), ("size_bytes", size), ("group", group), ("kind", kind));

    /// <summary>A file goes.</summary>
    public static JsonObject Deletion(string? by, long? size, string? file = null, string? group = null, string? kind = null, string? at = null, string? id = null) =>
        Event("file.deleted", by, at, id, ("file", file), ("size_bytes", size), ("group", group), ("kind", kind));

    /// <summary>A file becomes a group's.</summary>
    public static JsonObject Attachment(string? by, string file, string group, long? size = null, string? at = null, string? id = null) =>
        Event("file.attached", by, at, id, ("file", file), ("group", group), ("size_bytes", size));

    /// <summary>Bytes come or go without a file.</summary>
    public static JsonObject Change(string? by, long delta, string? group = null, string? kind = null, string? at = null, string? id = null) =>
        Event("storage.changed", by, at, id, ("delta_bytes", delta), ("group", group), ("kind", kind));

    /// <summary>Somebody counted what is there.</summary>
    public static JsonObject Snapshot(string? by, long bytes, string? group = null, string? kind = null, string? at = null, string? id = null) =>
        Event("storage.snapshot", by, at, id, ("bytes", bytes), ("group", group), ("kind", kind));

    /// <summary>The API was asked.</summary>
    public static JsonObject Request(
        string? by, decimal? ms = null, string? area = null, string? method = null, int? status = null, long? bytesOut = null, string? group = null,
        string? at = null, string? id = null) =>
        Event("api.request", by, at, id, ("duration_ms", ms), ("area", area), ("method", method), ("status", status), ("bytes_out", bytesOut), ("group", group));

    /// <summary>A chat message.</summary>
    public static JsonObject Message(string? by, string? group = null, string? at = null, string? id = null) =>
        Event("message.sent", by, at, id, ("group", group));
}
