using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace OpenMeet.Insights.Domain.Metering;

/// <summary>
/// Turns lines of the OpenMeet API's own log into <c>api.request</c> events, one log at a time. A line's identity is its hash and its ordinal
/// among equal lines, so that a log sent twice counts once; the event follows from the line, and from who had the user's number.
/// </summary>
/// <param name="users">Keys of users by OpenMeet's number; a number that is not there is the key itself.</param>
/// <param name="tenant">OpenMeet's tenant whose lines are taken; null takes those of all.</param>
public sealed class OpenMeetLog(IReadOnlyDictionary<long, string> users, string? tenant = null)
{
    /// <summary>The source of the events.</summary>
    public const string Source = "/openmeet/api-log";

    /// <summary>
    /// So many different lines are remembered at least. Equal lines name the same millisecond and stand close together; a line that comes
    /// again after so many others is a copy of a piece of the log, and is the same event.
    /// </summary>
    public const int Remembered = 250_000;

    private static readonly string[] NoSlugs = ["me", "dashboard"];
    private Dictionary<UInt128, int> _newer = [], _older = [];

    /// <summary>The event of a line as CloudEvents JSON; null for a line that is no request, or one of another tenant.</summary>
    /// <param name="line">The line without its end, with any prefix before the first <c>{</c> and anything behind the object, such as colours.</param>
    public byte[]? Read(ReadOnlySpan<byte> line)
    {
        var start = line.IndexOf((byte)'{');
        if (start < 0 || ReadObject(line[start..]) is not { } json) return null;
        if (Text(json, "event") is not ("http_request" or "http_request_error") || Text(json, "timestamp") is not { } time) return null;
        if (tenant is not null && Scalar(json, "tenant_id") != tenant) return null;

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(line, hash);
        using var written = new MemoryStream(512);
        using (var e = new Utf8JsonWriter(written))
        {
            e.WriteStartObject();
            e.WriteString("specversion", "1.0");
            e.WriteString("id", $"{Convert.ToHexStringLower(hash)}-{OrdinalOf(BinaryPrimitives.ReadUInt128LittleEndian(hash))}");
            e.WriteString("source", Source);
            e.WriteString("type", "api.request");
            e.WriteString("time", time);
            if (Scalar(json, "user_id") is { Length: > 0 } user) e.WriteString("subject", long.TryParse(user, out var number) && users.TryGetValue(number, out var key) ? key : user);
            e.WriteStartObject("data");
            foreach (var name in (ReadOnlySpan<string>)["method", "path", "area", "status", "duration_ms"])
            {
                if (!json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) continue;
                e.WritePropertyName(name);
                // As it was written: what is wrong with it is said by the reader of the event.
                e.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
            }
            if (GroupOf(Text(json, "path")) is { } group) e.WriteString("group", group);
            e.WriteEndObject();
            e.WriteEndObject();
        }
        return written.ToArray();
    }

    /// <summary>
    /// The group that a path names: <c>/api/groups/:slug/...</c>, where <c>me</c> and <c>dashboard</c> are no slugs, and the group's
    /// calendar, its embedded list and its description for search engines.
    /// </summary>
    public static string? GroupOf(string? path) => path?.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries) switch
    {
        ["api", "groups", var slug, ..] when Array.IndexOf(NoSlugs, slug) < 0 => Uri.UnescapeDataString(slug),
        ["api", "calendar", "groups", var slug, "calendar.ics"] => Uri.UnescapeDataString(slug),
        ["api", "embed" or "meta", "groups", var slug, ..] => Uri.UnescapeDataString(slug),
        _ => null,
    };

    // The first JSON value: OpenMeet's logger puts an end of colour behind it.
    private static JsonElement? ReadObject(ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            return JsonElement.TryParseValue(ref reader, out var json) && json.Value.ValueKind == JsonValueKind.Object ? json : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    // Two halves: when the newer one is full the older one goes. What is asked for again counts as new.
    private int OrdinalOf(UInt128 line)
    {
        var ordinal = (_newer.TryGetValue(line, out var seen) || _older.TryGetValue(line, out seen) ? seen : 0) + 1;
        if (_newer.Count == Remembered && !_newer.ContainsKey(line))
        {
            (_newer, _older) = (_older, _newer);
            _newer.Clear();
        }
        return _newer[line] = ordinal;
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Unescaped(value) : null;

    private static string? Scalar(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? value.ValueKind == JsonValueKind.String ? Unescaped(value) : value.GetRawText() : null;

    // A lone surrogate is no text.
    private static string? Unescaped(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
