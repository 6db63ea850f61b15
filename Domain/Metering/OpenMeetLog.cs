using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OpenMeet.Insights.Domain.Metering;

/// <summary>
/// Turns lines of the OpenMeet API's own log into <c>api.request</c> events. A line's identity is its hash and its ordinal among equal
/// lines, so that a file sent twice counts once; the event follows from the line alone.
/// </summary>
public sealed class OpenMeetLog
{
    /// <summary>The source of the events.</summary>
    public const string Source = "/openmeet/api-log";

    private static readonly string[] Reserved = ["me", "dashboard"];
    private readonly Dictionary<string, int> _seen = new(StringComparer.Ordinal);

    /// <summary>The event of a line as CloudEvents JSON; null for a line that is no request.</summary>
    public byte[]? Read(string line)
    {
        var start = line.IndexOf('{', StringComparison.Ordinal);
        if (start < 0) return null;
        JsonElement json;
        try
        {
            using var document = JsonDocument.Parse(line[start..].TrimEnd());
            json = document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
        if (json.ValueKind != JsonValueKind.Object || Text(json, "event") is not ("http_request" or "http_request_error") || Text(json, "timestamp") is not { } time) return null;

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line)));
        var ordinal = _seen[hash] = _seen.GetValueOrDefault(hash) + 1;
        var data = new JsonObject();
        foreach (var name in (string[])["method", "path", "area", "status", "duration_ms"])
        {
            if (json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null) data[name] = JsonNode.Parse(value.GetRawText());
        }
        if (GroupOf(Text(json, "path")) is { } group) data["group"] = group;
        var e = new JsonObject { ["specversion"] = "1.0", ["id"] = $"{hash}-{ordinal}", ["source"] = Source, ["type"] = "api.request", ["time"] = time, ["data"] = data };
        if (json.TryGetProperty("user_id", out var user) && user.ValueKind is JsonValueKind.String or JsonValueKind.Number && user.ToString() is { Length: > 0 } key) e["subject"] = key;
        return JsonSerializer.SerializeToUtf8Bytes(e);
    }

    /// <summary>The group that a path names: <c>/api/groups/:slug/...</c>, where <c>me</c> and <c>dashboard</c> are no slugs.</summary>
    public static string? GroupOf(string? path)
    {
        if (path?.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries) is not ["api", "groups", var slug, ..]) return null;
        return Array.IndexOf(Reserved, slug) >= 0 ? null : Uri.UnescapeDataString(slug);
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
