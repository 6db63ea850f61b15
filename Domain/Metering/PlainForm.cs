using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace OpenMeet.Insights.Domain.Metering;

/// <summary>The same form as <see cref="CanonicalJson"/> makes, straight from the bytes of plain JSON and without a tree.</summary>
internal ref struct PlainForm
{
    /// <summary>Longer events are left to the careful way.</summary>
    public const int MostBytes = 2_048;

    private readonly Span<byte> _buffer;
    private int _length;

    private PlainForm(Span<byte> buffer) => _buffer = buffer;

    /// <summary>SHA-256 of the canonical form; null where it cannot be made this way.</summary>
    /// <param name="json">An object, ASCII without escapes.</param>
    /// <param name="members">Its members in order of their names.</param>
    public static byte[]? Hash(ReadOnlySpan<byte> json, ReadOnlySpan<JsonMember> members)
    {
        var form = new PlainForm(stackalloc byte[2 * MostBytes]);
        return form.TryWriteObject(json, members, optionalLevels: 2) ? SHA256.HashData(form._buffer[..form._length]) : null;
    }

    private bool TryWriteObject(ReadOnlySpan<byte> json, scoped ReadOnlySpan<JsonMember> members, int optionalLevels)
    {
        if (!TryWrite("{"u8)) return false;
        foreach (var member in members)
        {
            if (optionalLevels > 0 && member.Kind == JsonTokenType.Null) continue;
            var name = member.Name(json);
            if (!TryWriteText(name) || !TryWriteValue(member.Kind, member.Value(json), name.SequenceEqual("data"u8) ? optionalLevels - 1 : 0)) return false;
        }
        return TryWrite("}"u8);
    }

    private bool TryWriteValue(JsonTokenType kind, ReadOnlySpan<byte> value, int optionalLevels)
    {
        switch (kind)
        {
            case JsonTokenType.String:
                return TryWriteText(value[1..^1]);
            case JsonTokenType.Number:
                return TryWriteNumber(value);
            case JsonTokenType.StartObject:
                Span<JsonMember> members = stackalloc JsonMember[JsonMember.Most];
                return JsonMember.TryRead(value, ref members) && TryWriteObject(value, members, optionalLevels);
            case JsonTokenType.StartArray:
                return TryWriteArray(value);
            case JsonTokenType.True:
                return TryWrite("True"u8);
            case JsonTokenType.False:
                return TryWrite("False"u8);
            default:
                return TryWrite("Null"u8);
        }
    }

    private bool TryWriteArray(ReadOnlySpan<byte> json)
    {
        if (!TryWrite("["u8)) return false;
        var reader = new Utf8JsonReader(json, EventReader.Deep);
        reader.Read();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var (start, kind) = ((int)reader.TokenStartIndex, reader.TokenType);
            reader.Skip();
            if (!TryWriteValue(kind, json[start..(int)reader.BytesConsumed], 0)) return false;
        }
        return TryWrite("]"u8);
    }

    private bool TryWriteNumber(ReadOnlySpan<byte> value)
    {
        Span<char> text = stackalloc char[32];
        if (value.Length > text.Length || !Encoding.ASCII.TryGetChars(value, text, out var length)) return false;
        if (!DecimalText.TryParseShort(text[..length], out var digits, out var exponent)) return false;
        return TryWrite("n"u8) && TryWrite(digits) && TryWrite("e"u8) && TryWrite(exponent);
    }

    private bool TryWriteText(ReadOnlySpan<byte> text) => TryWrite("s"u8) && TryWrite(text.Length) && TryWrite(":"u8) && TryWrite(text);

    private bool TryWrite(long number)
    {
        if (!Utf8Formatter.TryFormat(number, _buffer[_length..], out var written)) return false;
        _length += written;
        return true;
    }

    private bool TryWrite(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.TryCopyTo(_buffer[_length..])) return false;
        _length += bytes.Length;
        return true;
    }
}
