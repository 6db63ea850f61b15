using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NodaTime;

namespace OpenMeet.Insights.Domain.Metering;

/// <summary>
/// One usage event as it was sent (a CloudEvent), already checked: an instance is always valid. Its identity is
/// (tenant, <see cref="Source"/>, <see cref="Id"/>), compared ordinally.
/// </summary>
public sealed class UsageEvent
{
    private JsonElement? _data;
    private bool _isParsed;
    private Guid? _key;

    /// <summary>The sender's name for itself.</summary>
    public required string Source { get; init; }

    /// <summary>Unique within the source.</summary>
    public required string Id { get; init; }

    /// <summary>What happened, such as <c>file.uploaded</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Key of the acting user; null for anonymous traffic.</summary>
    public string? Subject { get; init; }

    /// <summary>Key of the group that the event names (<c>data.group</c>).</summary>
    public string? Group { get; init; }

    /// <summary>When it happened, UTC, whole microseconds; the arrival where the sender did not say.</summary>
    public required Instant Time { get; init; }

    /// <summary>The event's <c>data</c>, an object, or null. Of a stored event it is parsed when it is first asked for.</summary>
    public JsonElement? Data
    {
        get
        {
            if (_isParsed) return _data;
            _isParsed = true;
            return _data = ParseData();
        }
        init => (_data, _isParsed) = (value, true);
    }

    /// <summary>The event as sent: JSON in UTF-8; empty where nobody will ask for its data.</summary>
    public required ReadOnlyMemory<byte> Json { get; init; }

    /// <summary>SHA-256 of the content in canonical form; equal for JSON-equal events.</summary>
    public required byte[] ContentHash { get; init; }

    /// <summary>Why a meter that an admin made skips this event's value; null where none does.</summary>
    public string? ValidationError { get; set; }

    /// <summary>The identity within its tenant as a fixed-size key.</summary>
    public Guid Key => _key ??= KeyOf(Source, Id);

    /// <summary>The fixed-size key of an identity: the first 128 bits of SHA-256 over source, NUL, id.</summary>
    public static Guid KeyOf(string source, string id) =>
        new(SHA256.HashData(Encoding.UTF8.GetBytes(source + "\0" + id)).AsSpan(0, 16), bigEndian: true);

    /// <summary>A text member of <c>data</c>, or null.</summary>
    public string? Text(string member) => Find(member) is { Kind: JsonValueKind.String } found ? found.Text : null;

    /// <summary>A number (or numeric text) of <c>data</c>, or null where it is absent or no number.</summary>
    public Quantity? Number(string member) => Find(member) is { } found && found.TryReadNumber(out var quantity) ? quantity : null;

    /// <summary>
    /// The value at a path of names in <c>data</c>, or null where it is absent or JSON null. Reads no more of a stored event than it must.
    /// </summary>
    internal JsonValue? Find(IReadOnlyList<byte[]> path)
    {
        if (_isParsed) return JsonValue.Find(_data, path);
        return Json.IsEmpty ? null : JsonValue.Find(Json.Span, path);
    }

    // Most events do not have most members: a name that stands nowhere is not looked for, unless it may be written with escapes.
    private JsonValue? Find(string member)
    {
        if (_isParsed) return JsonValue.Find(_data, [Encoding.UTF8.GetBytes(member)]);
        Span<byte> quoted = stackalloc byte[member.Length + 2];
        quoted[0] = quoted[^1] = (byte)'"';
        Encoding.ASCII.GetBytes(member, quoted[1..]);
        return Json.Span.IndexOf(quoted) < 0 && !Json.Span.Contains((byte)'\\') ? null : Find([quoted[1..^1].ToArray()]);
    }

    private JsonElement? ParseData()
    {
        if (Json.IsEmpty) return null;
        var root = JsonDocument.Parse(Json, new JsonDocumentOptions { MaxDepth = EventReader.MostDepth }).RootElement;
        return root.TryGetProperty("data", out var found) && found.ValueKind == JsonValueKind.Object ? found : null;
    }

    /// <summary>Reads a JSON number or numeric string by the rule for readings (at most 10^15, at most 6 decimals).</summary>
    public static bool ReadNumber(JsonElement value, out Quantity quantity)
    {
        quantity = default;
        return value.ValueKind switch
        {
            JsonValueKind.Number => Quantity.TryRead(value.GetRawText(), out quantity),
            JsonValueKind.String => Quantity.TryRead(value.GetString(), out quantity),
            _ => false,
        };
    }
}

/// <summary>The order of events at the same instant: by source, then id, by code point (as PostgreSQL's collation "C").</summary>
public static class KeyOrder
{
    /// <summary>Compares two keys by code point.</summary>
    public static int Compare(string a, string b)
    {
        var length = Math.Min(a.Length, b.Length);
        for (var i = 0; i < length; i++)
        {
            if (a[i] == b[i]) continue;
            var surrogateA = char.IsSurrogate(a[i]);
            return surrogateA == char.IsSurrogate(b[i]) ? a[i].CompareTo(b[i]) : surrogateA ? 1 : -1;
        }
        return a.Length.CompareTo(b.Length);
    }

    /// <summary>Compares by (time, source, id).</summary>
    public static int Compare(Instant timeA, string sourceA, string idA, Instant timeB, string sourceB, string idB)
    {
        var order = timeA.CompareTo(timeB);
        if (order == 0) order = Compare(sourceA, sourceB);
        return order == 0 ? Compare(idA, idB) : order;
    }
}
