using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace OpenMeet.Insights.Domain.Metering;

/// <summary>
/// The form in which two events are the same event: members in ordinal order (of a repeated member the last counts),
/// numbers by decimal value, an absent optional member and a null one alike.
/// </summary>
internal static class CanonicalJson
{
    /// <summary>SHA-256 of an event's canonical form.</summary>
    public static byte[] Hash(JsonElement e)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        Write(buffer, e, optionalLevels: 2);
        return SHA256.HashData(buffer.WrittenSpan);
    }

    private static void Write(ArrayBufferWriter<byte> to, JsonElement value, int optionalLevels)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                Append(to, "{");
                var members = new List<(string Name, JsonElement Value, int Place)>(16);
                foreach (var member in value.EnumerateObject()) members.Add((member.Name, member.Value, members.Count));
                members.Sort(static (a, b) => string.CompareOrdinal(a.Name, b.Name) is var order and not 0 ? order : a.Place.CompareTo(b.Place));
                for (var i = 0; i < members.Count; i++)
                {
                    var (name, member, _) = members[i];
                    if (i + 1 < members.Count && members[i + 1].Name == name) continue;
                    if (optionalLevels > 0 && member.ValueKind == JsonValueKind.Null) continue;
                    WriteText(to, name);
                    Write(to, member, name == "data" ? optionalLevels - 1 : 0);
                }
                Append(to, "}");
                break;
            case JsonValueKind.Array:
                Append(to, "[");
                foreach (var item in value.EnumerateArray()) Write(to, item, 0);
                Append(to, "]");
                break;
            case JsonValueKind.String:
                WriteText(to, value.GetString()!);
                break;
            case JsonValueKind.Number:
                Append(to, DecimalText.TryParse(value.GetRawText(), out var number) ? "n" + number : value.GetRawText());
                break;
            default:
                Append(to, value.ValueKind.ToString());
                break;
        }
    }

    private static void WriteText(ArrayBufferWriter<byte> to, string text)
    {
        Append(to, "s");
        Append(to, Encoding.UTF8.GetByteCount(text).ToString(System.Globalization.CultureInfo.InvariantCulture));
        Append(to, ":");
        Append(to, text);
    }

    private static void Append(ArrayBufferWriter<byte> to, string text) => Encoding.UTF8.GetBytes(text, to);
}
