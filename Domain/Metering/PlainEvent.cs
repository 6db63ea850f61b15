using System.Text;
using System.Text.Json;
using NodaTime;

namespace OpenMeet.Insights.Domain.Metering;

/// <summary>
/// The quick way in, for events that are plainly right: short, ASCII without escapes, no member twice, every member as the catalogue
/// wants it. No tree is built. Whatever is out of the ordinary is left to <see cref="EventReader"/>, which says what is wrong.
/// </summary>
internal static class PlainEvent
{
    /// <summary>Reads an event; null where it is not plainly right.</summary>
    /// <param name="json">One JSON value, known to be well formed, without white space around it. It is kept by the event.</param>
    /// <param name="arrival">Now: the time of an event that does not say its own.</param>
    /// <param name="latest">An event of later is left to the careful way.</param>
    public static UsageEvent? Read(ReadOnlyMemory<byte> json, Instant arrival, Instant latest)
    {
        var bytes = json.Span;
        Span<JsonMember> members = stackalloc JsonMember[JsonMember.Most], data = stackalloc JsonMember[JsonMember.Most];
        if (bytes.Length > PlainForm.MostBytes || !IsPlain(bytes) || !JsonMember.TryRead(bytes, ref members)) return null;

        string? id = null, source = null, type = null, subject = null, group = null;
        var (time, isVersion1, hasData) = (Rfc3339.ToMicroseconds(arrival), false, false);
        var dataBytes = ReadOnlySpan<byte>.Empty;
        foreach (var member in members)
        {
            if (member.Kind == JsonTokenType.Null) continue;
            var name = member.Name(bytes);
            var value = member.Value(bytes);
            if (name.SequenceEqual("id"u8) ? !TryReadKey(member, value, out id)
                : name.SequenceEqual("source"u8) ? !TryReadKey(member, value, out source)
                : name.SequenceEqual("type"u8) ? !TryReadKey(member, value, out type)
                : name.SequenceEqual("subject"u8) ? !TryReadKey(member, value, out subject)
                : name.SequenceEqual("time"u8) ? member.Kind != JsonTokenType.String || !Rfc3339.TryParse(value[1..^1], out time) || time > latest
                : name.SequenceEqual("specversion"u8) ? !(isVersion1 = value.SequenceEqual("\"1.0\""u8))
                : name.SequenceEqual("data"u8) ? !(hasData = JsonMember.TryRead(dataBytes = value, ref data))
                : name.SequenceEqual("data_base64"u8))
                return null;
        }
        if (id is null || source is null || type is null || !isVersion1) return null;
        if (hasData && !TryReadData(dataBytes, data, type, out group)) return null;
        return PlainForm.Hash(bytes, members) is { } hash ? EventReader.Restore(source, id, type, subject, group, time, json, hash) : null;
    }

    /// <summary>Without escapes and beyond-ASCII there is no bad text, and with so few brackets no deep nesting: true for almost all events.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> json) =>
        !json.ContainsAnyExceptInRange((byte)'\t', (byte)'~') && !json.Contains((byte)'\\') && json.Count((byte)'{') + json.Count((byte)'[') <= EventReader.MaxDepth;

    private static bool TryReadData(ReadOnlySpan<byte> data, ReadOnlySpan<JsonMember> members, string type, out string? group)
    {
        group = null;
        var namesFile = EventCatalogue.NamesFile(type);
        var numbers = EventCatalogue.Numbers.GetValueOrDefault(type) ?? [];
        foreach (var member in members)
        {
            if (member.Kind == JsonTokenType.Null) continue;
            var name = member.Name(data);
            var value = member.Value(data);
            if (name.SequenceEqual("group"u8) && !TryReadKey(member, value, out group)) return false;
            if (namesFile && name.SequenceEqual("file"u8) && !IsKey(member, value)) return false;
            foreach (var key in EventCatalogue.Keys)
            {
                if (Ascii.Equals(name, key) && !IsKey(member, value)) return false;
            }
            foreach (var number in numbers)
            {
                if (Ascii.Equals(name, number) && !IsReading(member, value)) return false;
            }
        }
        return true;
    }

    private static bool IsKey(JsonMember member, ReadOnlySpan<byte> value) =>
        member.Kind == JsonTokenType.String && value.Length - 2 is > 0 and <= EventCatalogue.KeyLength;

    private static bool TryReadKey(JsonMember member, ReadOnlySpan<byte> value, out string? key)
    {
        var isKey = IsKey(member, value);
        key = isKey ? Encoding.ASCII.GetString(value[1..^1]) : null;
        return isKey;
    }

    private static bool IsReading(JsonMember member, ReadOnlySpan<byte> value)
    {
        if (member.Kind == JsonTokenType.String) value = value[1..^1];
        else if (member.Kind != JsonTokenType.Number) return false;
        Span<char> text = stackalloc char[32];
        return value.Length <= text.Length && Encoding.ASCII.TryGetChars(value, text, out var length) && Quantity.TryRead(text[..length], out _);
    }
}

/// <summary>Where a member of an object stands in the object's bytes.</summary>
internal readonly record struct JsonMember(int NameStart, int NameLength, int ValueStart, int ValueLength, JsonTokenType Kind)
{
    /// <summary>The most members of an object that are read this way.</summary>
    public const int Most = 32;

    /// <summary>The name, as it stands between its quotes.</summary>
    public ReadOnlySpan<byte> Name(ReadOnlySpan<byte> json) => json.Slice(NameStart, NameLength);

    /// <summary>The value, a text with its quotes.</summary>
    public ReadOnlySpan<byte> Value(ReadOnlySpan<byte> json) => json.Slice(ValueStart, ValueLength);

    /// <summary>Finds the members of an object, in order of their names; false where it is none, has too many, or one twice.</summary>
    /// <param name="json">Plain JSON: names are compared as they are written.</param>
    /// <param name="members">Room for them; afterwards just they.</param>
    public static bool TryRead(ReadOnlySpan<byte> json, ref Span<JsonMember> members)
    {
        var reader = new Utf8JsonReader(json, EventReader.Deep);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
        var count = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (count == members.Length) return false;
            var (nameStart, nameLength) = ((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
            reader.Read();
            var (start, kind) = ((int)reader.TokenStartIndex, reader.TokenType);
            reader.Skip();
            var member = new JsonMember(nameStart, nameLength, start, (int)reader.BytesConsumed - start, kind);
            var place = count++;
            for (; place > 0; place--)
            {
                var order = members[place - 1].Name(json).SequenceCompareTo(member.Name(json));
                if (order == 0) return false;
                if (order < 0) break;
                members[place] = members[place - 1];
            }
            members[place] = member;
        }
        members = members[..count];
        return true;
    }
}
