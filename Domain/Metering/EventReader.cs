using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using NodaTime;

namespace OpenMeet.Insights.Domain.Metering;

/// <summary>
/// Turns one JSON value into a <see cref="UsageEvent"/>, or says everything that is wrong with it.
/// The rules are CloudEvents 1.0 and the event catalogue's.
/// </summary>
/// <param name="MaxEventBytes">The most bytes of one event.</param>
/// <param name="FutureTolerance">How far ahead of the arrival an event's time may lie.</param>
public sealed record EventReader(int MaxEventBytes, Duration FutureTolerance)
{
    /// <summary>The most levels of objects and arrays in one event.</summary>
    public const int MaxDepth = 64;

    /// <summary>How deep a reader of JSON must be able to go: an event nested too deeply is told from one that is no JSON.</summary>
    public const int MostDepth = 512;

    /// <summary>For readers of an event's bytes.</summary>
    public static JsonReaderOptions Deep { get; } = new() { MaxDepth = MostDepth };

    /// <summary>Reads one event. Adds every fault found to <paramref name="faults"/> and returns null if there is any.</summary>
    /// <param name="json">One well-formed JSON value, without white space around it; the result keeps it.</param>
    /// <param name="arrival">Now: the time of an event that does not say its own.</param>
    /// <param name="index">The event's place in its batch.</param>
    /// <param name="faults">Collects what is wrong.</param>
    public UsageEvent? Read(ReadOnlyMemory<byte> json, Instant arrival, int? index, List<InputFault> faults) =>
        (json.Length <= MaxEventBytes ? PlainEvent.Read(json, arrival, arrival + FutureTolerance) : null)
        ?? Read(JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = MostDepth + 1 }).RootElement, json.Length, arrival, index, faults);

    /// <summary>Reads one event with care: whatever it is, it is taken or its faults are named.</summary>
    /// <param name="json">The event; must stay alive as long as the result.</param>
    /// <param name="bytes">Its size as sent.</param>
    /// <param name="arrival">Now: the time of an event that does not say its own.</param>
    /// <param name="index">The event's place in its batch.</param>
    /// <param name="faults">Collects what is wrong.</param>
    public UsageEvent? Read(JsonElement json, int bytes, Instant arrival, int? index, List<InputFault> faults)
    {
        var before = faults.Count;
        void Fault(string path, string code, string detail) => faults.Add(new InputFault(path, code, detail, index));

        if (bytes > MaxEventBytes)
        {
            Fault("", "too_large", $"The event has {bytes} bytes; at most {MaxEventBytes} are taken.");
            return null;
        }
        if (json.ValueKind != JsonValueKind.Object)
        {
            Fault("", "not_an_object", "An event is a JSON object.");
            return null;
        }
        if (!PlainEvent.IsPlain(JsonMarshal.GetRawUtf8Value(json)) && FindBadText(json, 1) is { } bad)
        {
            Fault(bad.Path, bad.Code, bad.Detail);
            return null;
        }

        var id = ReadKey(json, "id", required: true, Fault);
        var source = ReadKey(json, "source", required: true, Fault);
        var type = ReadKey(json, "type", required: true, Fault);
        var subject = ReadKey(json, "subject", required: false, Fault);
        ReadSpecVersion(json, Fault);
        var time = ReadTime(json, arrival, Fault);
        var data = ReadData(json, Fault);
        string? group = null;
        if (data is { } members)
        {
            foreach (var key in EventCatalogue.Keys)
            {
                var value = ReadKey(members, key, required: false, (path, code, detail) => Fault("data." + path, code, detail));
                if (key == "group") group = value;
            }
            if (type is not null) CheckNumbers(type, members, Fault);
        }
        if (faults.Count > before) return null;

        return new UsageEvent
        {
            Id = id!,
            Source = source!,
            Type = type!,
            Subject = subject,
            Group = group,
            Time = time,
            Data = data,
            Json = JsonMarshal.GetRawUtf8Value(json).ToArray(),
            ContentHash = CanonicalJson.Hash(json),
        };
    }

    /// <summary>Reads a stored event again; its time is the stored one, which holds also where the sender gave none.</summary>
    public static UsageEvent Restore(
        string source, string id, string type, string? subject, string? group, Instant time, ReadOnlyMemory<byte> json, byte[] contentHash) => new()
        {
            Source = source,
            Id = id,
            Type = type,
            Subject = subject,
            Group = group,
            Time = time,
            Json = json,
            ContentHash = contentHash,
        };

    private static string? ReadKey(JsonElement from, string name, bool required, Action<string, string, string> fault)
    {
        if (!from.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            if (required) fault(name, "required", $"'{name}' is required.");
            return null;
        }
        if (value.ValueKind != JsonValueKind.String)
        {
            fault(name, "not_a_string", $"'{name}' must be a string.");
            return null;
        }
        var text = value.GetString()!;
        if (text.Length == 0)
        {
            fault(name, "empty", $"'{name}' must not be empty.");
            return null;
        }
        if (text.Length > EventCatalogue.KeyLength && text.EnumerateRunes().Count() > EventCatalogue.KeyLength)
        {
            fault(name, "too_long", $"'{name}' has more than {EventCatalogue.KeyLength} characters.");
            return null;
        }
        return text;
    }

    private static void ReadSpecVersion(JsonElement json, Action<string, string, string> fault)
    {
        if (!json.TryGetProperty("specversion", out var version) || version.ValueKind == JsonValueKind.Null)
            fault("specversion", "required", "'specversion' is required and must be \"1.0\".");
        else if (version.ValueKind != JsonValueKind.String || version.GetString() != "1.0")
            fault("specversion", "unsupported", "'specversion' must be \"1.0\".");
    }

    private Instant ReadTime(JsonElement json, Instant arrival, Action<string, string, string> fault)
    {
        if (!json.TryGetProperty("time", out var time) || time.ValueKind == JsonValueKind.Null) return Rfc3339.ToMicroseconds(arrival);
        if (time.ValueKind != JsonValueKind.String || !Rfc3339.TryParse(time.GetString(), out var instant))
        {
            fault("time", "not_a_time", "'time' must be an RFC 3339 time such as 2026-11-24T14:05:00Z.");
            return default;
        }
        if (instant > arrival + FutureTolerance)
            fault("time", "in_the_future", $"'time' lies more than {FutureTolerance.TotalMinutes.ToString(CultureInfo.InvariantCulture)} minutes ahead of the portal's clock, {Rfc3339.Format(Rfc3339.ToMicroseconds(arrival))}.");
        return instant;
    }

    private static JsonElement? ReadData(JsonElement json, Action<string, string, string> fault)
    {
        if (json.TryGetProperty("data_base64", out var binary) && binary.ValueKind != JsonValueKind.Null)
            fault("data_base64", "unsupported", "'data_base64' is not taken; send 'data' as a JSON object.");
        if (!json.TryGetProperty("data", out var data) || data.ValueKind == JsonValueKind.Null) return null;
        if (data.ValueKind == JsonValueKind.Object) return data;
        fault("data", "not_an_object", "'data' must be an object or null.");
        return null;
    }

    private static void CheckNumbers(string type, JsonElement data, Action<string, string, string> fault)
    {
        if (EventCatalogue.NamesFile(type)) ReadKey(data, "file", false, (p, c, d) => fault("data." + p, c, d));
        if (!EventCatalogue.Numbers.TryGetValue(type, out var names)) return;
        foreach (var name in names)
        {
            if (data.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null && !UsageEvent.ReadNumber(value, out _))
                fault("data." + name, "not_a_number", $"'data.{name}' must be a number of at most 10^15 with at most 6 decimals.");
        }
    }

    private sealed record BadText(string Path, string Code, string Detail)
    {
        // Said on the way back, so that only a path that is named is ever put together.
        public BadText Below(string name) => this with { Path = Path.Length == 0 ? name : name + "." + Path };
    }

    // JsonDocument leaves escapes unread until a string is asked for: lone surrogates and U+0000 show only here.
    private static BadText? FindBadText(JsonElement value, int depth)
    {
        if (depth > MaxDepth && value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            return new BadText("", "too_deep", $"The event is nested deeper than {MaxDepth} levels.");
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                return CheckText(() => value.GetString()!);
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    if (FindBadText(item, depth + 1) is { } bad) return bad;
                }
                return null;
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    if (CheckText(() => member.Name) is { } badName) return badName;
                    if (FindBadText(member.Value, depth + 1) is { } bad) return bad.Code == "too_deep" && depth > 1 ? bad : bad.Below(member.Name);
                }
                return null;
            default:
                return null;
        }
    }

    private static BadText? CheckText(Func<string> read)
    {
        try
        {
            return read().Contains('\0', StringComparison.Ordinal)
                ? new BadText("", "null_character", "U+0000 cannot be stored.")
                : null;
        }
        catch (InvalidOperationException)
        {
            return new BadText("", "bad_text", "The text holds a lone surrogate or bytes that are not UTF-8.");
        }
    }
}
