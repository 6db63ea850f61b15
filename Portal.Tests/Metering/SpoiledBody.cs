using System.IO.Compression;
using System.Text;
using CsCheck;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Metering;

/// <summary>One thing done to a body: what, where (of a thousand parts of it) and with what.</summary>
public sealed record Spoiling(int What, int Where, int With)
{
    private const int Parts = 1000;

    /// <summary>How many kinds there are.</summary>
    public const int Kinds = 11;

    /// <summary>Values that stand where a number, a name or a time is expected.</summary>
    private static readonly string[] Values =
    [
        "1e999999999999999999", "-1e-400", "-0", "0.0000001", "1000000000000000", "1000000000000001", "0.1234567", "99999999999999999999999999999999999999", new string('9', 20_000), "1e", "01", "NaN", "Infinity", "-",
        "true", "null", "[]", "{}", "\"\"", "\"7\"", "\"1e15\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\"", "\"\\x\"", "\"\\u12G4\"", "\"\u00e4\\u00e4\u4e16\ud83d\ude00\\ud83d\\ude00\"", "\"\u0001\"",
        '"' + new string('k', 255) + '"', '"' + new string('k', 257) + '"', '"' + string.Concat(Enumerable.Repeat("\ud83d\ude00", 300)) + '"', '"' + new string(' ', 66_000) + '"',
        "\"0001-01-01T00:00:00Z\"", "\"0002-01-01T00:00:00+18:00\"", "\"9999-12-31T23:59:59.9999999999Z\"", "\"2025-02-30T00:00:00Z\"", "\"2025-03-01T24:00:00Z\"", "\"2025-03-01T12:00:00.123456789-00:00\"", "\"2025-03-01 12:00:00z\"",
        "\"2025-03-01T12:00:60Z\"", "\"\u0662\u0660\u0662\u0665-03-01T12:00:00Z\"",
    ];

    private static readonly string[] Members =
    [
        "\"id\":\"again\",", "\"id\":null,", "\"type\":7,", "\"type\":\"file.deleted\",", "\"time\":\"2025-01-01T00:00:00Z\",", "\"data\":{\"size_bytes\":5},", "\"data\":null,", "\"data\":[1],", "\"data_base64\":\"e30=\",",
        "\"specversion\":\"0.3\",", "\"subject\":\"\",", "\"group\":{\"group\":\"x\"},", "\"size_bytes\":\"12\",", "\"i\\u0064\":\"escaped\",", "\"\\ud800\":1,", "\"\":1,", "\"__proto__\":{},", "\"" + new string('n', 3_000) + "\":1,",
    ];

    private static readonly byte[][] NoText = [[0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xFE], [0xEF, 0xBB, 0xBF], [0x80], [0xE2, 0x82], [0x00], [0xF4, 0x90, 0x80, 0x80]];

    private static readonly string[] Escapes = ["\\u0000", "\\uD800", "\\u12G4", "\\/", "\\\"", "\\", "\\uDBFF\\uDFFF", "\\u", "\\b\\f\\n\\r\\t"];

    private const string Signs = ",]}[{\":\n\t \r0e-.\\";

    /// <summary>Any of them.</summary>
    public static Gen<Spoiling> Any { get; } = Gen.Select(Gen.Int[0, Kinds - 1], Gen.Int[0, Parts - 1], Gen.Int[0, 1_000_000], (what, where, with) => new Spoiling(what, where, with));

    /// <summary>The body afterwards.</summary>
    public byte[] Do(byte[] body)
    {
        var at = (int)((long)body.Length * Where / Parts);
        switch (What)
        {
            case 0: return body.Length == 0 ? body : [.. body[..at], (byte)(body[at] ^ (1 << (With % 8))), .. body[(at + 1)..]];
            case 1: return body.Length == 0 ? body : [.. body[..at], (byte)(With % 256), .. body[(at + 1)..]];
            case 2: return body[..at];
            case 3: return [.. body[..at], .. body[Math.Min(body.Length, at + 1 + (With % 40))..]];
            case 4: return [.. body[..Math.Min(body.Length, at + 1 + (With % 400))], .. body[at..]];
            case 5: return Value(body, at, Nested(1 + (With % 700), With % 3));
            case 6: return Value(body, at, Values[With % Values.Length]);
            case 7: return After(body, at, (byte)'{', Encoding.UTF8.GetBytes(Members[With % Members.Length]));
            case 8: return [.. body[..at], .. NoText[With % NoText.Length], .. body[at..]];
            case 9: return After(body, at, (byte)'"', Encoding.UTF8.GetBytes(Escapes[With % Escapes.Length]));
            default: return [.. body[..at], (byte)Signs[With % Signs.Length], .. body[at..]];
        }
    }

    // Another value in front of the one that is there; that one becomes an unknown member's.
    private static byte[] Value(byte[] body, int at, string value) => After(body, at, (byte)':', Encoding.UTF8.GetBytes(value + ",\"was\":"));

    private static byte[] After(byte[] body, int at, byte sign, byte[] inserted)
    {
        var found = body.AsSpan(at).IndexOf(sign);
        if (found < 0) return [.. body, .. inserted];
        var place = at + found + 1;
        return [.. body[..place], .. inserted, .. body[place..]];
    }

    private static string Nested(int levels, int kind) => kind switch
    {
        0 => new string('[', levels) + new string(']', levels),
        1 => string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels),
        _ => new string('[', levels),
    };

    public override string ToString() => $"({What},{Where},{With})";
}

/// <summary>A valid body that some things were done to, and how it is sent.</summary>
public sealed record SpoiledBody(int Start, int Number, int MediaType, int Packing, Spoiling[] Spoilings)
{
    private static readonly string[] MediaTypes =
    [
        "application/cloudevents+json", "application/cloudevents-batch+json", "application/json", "application/x-ndjson", "application/json; charset=utf-16", "Application/JSON;charset=\"utf-8\"",
        "application/x-ndjson;", "application/vnd.x+json", "text/plain", "", "application/json, text/html", "multipart/form-data; boundary=x", ";;;",
    ];

    /// <summary>Any of them; most are sent as what they are, some as something else, some packed.</summary>
    public static Gen<SpoiledBody> Any { get; } = Gen.Select(
        Gen.Int[0, 4], Gen.Int[0, 1_000_000_000], Gen.Int[0, 3 * MediaTypes.Length], Gen.Int[0, 15], Spoiling.Any.Array[0, 4], (start, number, type, packing, spoilings) => new SpoiledBody(start, number, type, packing, spoilings));

    /// <summary>Whether the attributes go as headers.</summary>
    public bool IsBinary => Start == 4;

    /// <summary>The media type that it claims.</summary>
    public string ContentType => MediaType < MediaTypes.Length ? MediaTypes[MediaType] : MediaTypes[Start switch { 0 => 0, 1 => 1, 2 => 2, 3 => 3, _ => 2 }];

    /// <summary>The headers besides.</summary>
    public IEnumerable<(string Name, string Value)> Headers
    {
        get
        {
            if (Packing is 1 or 2) yield return ("Content-Encoding", "gzip");
            if (Packing == 3) yield return ("Content-Encoding", "br");
            if (!IsBinary) yield break;
            yield return ("ce-specversion", "1.0");
            yield return ("ce-id", Packing == 4 ? "%ED%A0%80%00%" : "b" + Number);
            yield return ("ce-source", "/fuzz");
            yield return ("ce-type", "file.uploaded");
            if (Packing == 5) yield return ("ce-data", "{}");
            if (Packing == 6) yield return ("ce-time", "%32025-03-01T12:00:00Z");
        }
    }

    /// <summary>What is sent: packed and then spoiled, or the other way about; and how long it is unpacked, about.</summary>
    public (byte[] Bytes, int Unpacked) Make()
    {
        var valid = Valid();
        var body = Spoilings.Aggregate(Packing == 2 ? Zip(valid) : valid, (body, s) => s.Do(body));
        return (Packing == 1 ? Zip(body) : body, Packing == 2 ? 4 * valid.Length : body.Length);
    }

    public override string ToString()
    {
        var sent = Convert.ToBase64String(Make().Bytes);
        return $"({Start},{Number},{MediaType},{Packing}) {string.Join<Spoiling>(" ", Spoilings)} as '{ContentType}': {sent[..Math.Min(2_000, sent.Length)]}";
    }

    private byte[] Valid() => Encoding.UTF8.GetBytes(Start switch
    {
        0 => Event(Number % 5),
        1 => $"[{Event(0)},{Event(1)},{Event(2)},{Event(3)},{Event(4)}]",
        2 => Number % 2 == 0 ? Event(0) : $"[{Event(1)}, {Event(2)}]",
        3 => $"{Event(0)}\n{Event(1)}\n\r\n{Event(2)}\n{Event(3)}\n{Event(4)}\n",
        _ => """{"group":"chess","size_bytes":12,"file":"f1","more":{"deep":[1,2,{"er":"\u00e4"}]}}""",
    });

    private string Event(int kind) => (kind switch
    {
        0 => A.Upload("ann", 300 + (Number % 1000), "f" + (Number % 20), Number % 2 == 0 ? "chess" : null, "photo", "2025-03-01T12:00:00.123456Z", $"u{Number}"),
        1 => A.Request("bob", 12.5m, "events", "GET", 200, 1_234, "chess", "2025-03-02T09:30:00+01:00", $"r{Number}"),
        2 => A.Message("zo\u00eb", "l\u00e4ufer", "2025-03-03T00:00:00Z", $"m{Number}"),
        3 => A.Attachment("ann", "f" + (Number % 20), "chess", 300, "2025-03-04T00:00:00Z", $"a{Number}"),
        _ => A.Snapshot("bob", 5_000, null, "photo", "2025-03-05T00:00:00Z", $"s{Number}"),
    }).ToJsonString();

    private static byte[] Zip(byte[] body)
    {
        using var to = new MemoryStream();
        using (var zip = new GZipStream(to, CompressionLevel.Fastest, leaveOpen: true)) zip.Write(body);
        return to.ToArray();
    }
}
