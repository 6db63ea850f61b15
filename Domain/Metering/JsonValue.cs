using System.Text;
using System.Text.Json;

namespace OpenMeet.Insights.Domain.Metering;

/// <summary>One value found in an event, with the text that meters and dimensions take it for.</summary>
/// <param name="Kind">What it is; never null.</param>
/// <param name="Text">A string as it is, a number in its plain form, anything else as JSON.</param>
internal readonly record struct JsonValue(JsonValueKind Kind, string Text)
{
    /// <summary>Walks members of a parsed object; of a repeated member the last counts.</summary>
    public static JsonValue? Find(JsonElement? data, IReadOnlyList<byte[]> path)
    {
        if (data is not { } current) return null;
        foreach (var member in path)
        {
            if (current.ValueKind != JsonValueKind.Object || !current.TryGetProperty(member, out current)) return null;
        }
        return current.ValueKind == JsonValueKind.Null ? null
            : new JsonValue(current.ValueKind, current.ValueKind == JsonValueKind.String ? current.GetString()! : current.GetRawText());
    }

    /// <summary>The same from an event's JSON, without parsing the whole of it.</summary>
    public static JsonValue? Find(ReadOnlySpan<byte> json, IReadOnlyList<byte[]> path)
    {
        var reader = new Utf8JsonReader(json, EventReader.Deep);
        reader.Read();
        if (!TryEnter(ref reader, "data"u8) || reader.TokenType != JsonTokenType.StartObject) return null;
        foreach (var member in path)
        {
            if (reader.TokenType != JsonTokenType.StartObject || !TryEnter(ref reader, member)) return null;
        }
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String:
                return new JsonValue(JsonValueKind.String, reader.GetString()!);
            case JsonTokenType.Number:
                return new JsonValue(JsonValueKind.Number, Encoding.UTF8.GetString(reader.ValueSpan));
            default:
                var kind = reader.TokenType switch
                {
                    JsonTokenType.True => JsonValueKind.True,
                    JsonTokenType.False => JsonValueKind.False,
                    JsonTokenType.StartArray => JsonValueKind.Array,
                    _ => JsonValueKind.Object,
                };
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                return new JsonValue(kind, Encoding.UTF8.GetString(json[start..(int)reader.BytesConsumed]));
        }
    }

    /// <summary>Reads it by the rule for readings (at most 10^15, at most 6 decimals); false where it is no number.</summary>
    public bool TryReadNumber(out Quantity quantity)
    {
        quantity = default;
        return Kind is JsonValueKind.Number or JsonValueKind.String && Quantity.TryRead(Text, out quantity);
    }

    // From an object's start to the value of its last member of that name. A reader is a value: the copy remembers the place.
    private static bool TryEnter(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        Utf8JsonReader place = default;
        var found = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var matches = reader.ValueTextEquals(name);
            reader.Read();
            if (matches)
            {
                place = reader;
                found = true;
            }
            reader.Skip();
        }
        if (found) reader = place;
        return found;
    }
}
