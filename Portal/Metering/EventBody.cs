using System.Buffers;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.Net.Http.Headers;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Portal.Metering;

/// <summary>One event of a body: one well-formed JSON value, or why it is none.</summary>
internal readonly record struct SentEvent(ReadOnlyMemory<byte> Json, InputFault? Fault = null);

/// <summary>Why a body is not taken at all.</summary>
internal sealed record Refusal(int Status, string Detail, IReadOnlyList<InputFault>? Faults = null);

/// <summary>The events of one request, in any of the media types that are taken.</summary>
internal sealed record EventBody(IReadOnlyList<SentEvent> Events, bool IsBatch, Refusal? Refusal = null)
{
    // Memory comes with the bytes: what a request claims to bring is believed up to so many times what it has brought.
    private const int Believed = 8;

    public static async Task<EventBody> ReadAsync(HttpRequest request, IngestLimits limits)
    {
        // Known to be too large: said without reading. The server drains what still comes, for a bounded time.
        if (request.ContentLength > limits.MaxBodyBytes) return TooLarge(limits);
        var hasType = MediaTypeHeaderValue.TryParse(request.ContentType, out var media);
        var type = hasType ? media!.MediaType.ToString().ToLowerInvariant() : "";
        var binary = request.Headers.ContainsKey("ce-specversion") && !type.StartsWith("application/cloudevents", StringComparison.Ordinal);
        if (!binary && type is not ("application/cloudevents+json" or "application/cloudevents-batch+json" or "application/json" or "application/x-ndjson"))
        {
            return Refuse(415, "Send application/cloudevents+json, application/cloudevents-batch+json, application/json, application/x-ndjson, or CloudEvents headers in binary mode.");
        }
        if (binary && hasType && type != "application/json" && !type.EndsWith("+json", StringComparison.Ordinal))
            return Refuse(415, "In binary mode the body is the event's data, as application/json.");
        if (request.Headers.ContentEncoding.ToString() is { Length: > 0 } encoding && encoding is not ("gzip" or "identity"))
            return Refuse(415, "Content-Encoding may be gzip.");

        Memory<byte>? bytes;
        try
        {
            bytes = await ReadBytesAsync(request, limits.MaxBodyBytes);
        }
        catch (InvalidDataException)
        {
            return Malformed("The body is no gzip.");
        }
        if (bytes is not { } body) return TooLarge(limits);
        if (body.Span.StartsWith("\uFEFF"u8)) body = body[3..];
        return binary ? ReadBinary(request, body, hasType ? type : null)
            : type == "application/x-ndjson" ? ReadLines(body, limits.MaxBatchEvents)
            : ReadJson(body, type, limits.MaxBatchEvents);
    }

    private static async Task<Memory<byte>?> ReadBytesAsync(HttpRequest request, int most)
    {
        var zipped = request.Headers.ContentEncoding == "gzip";
        await using var unzip = zipped ? new GZipStream(request.Body, CompressionMode.Decompress) : null;
        var from = unzip ?? request.Body;
        var claimed = zipped ? 0 : (request.ContentLength ?? -1) + 1;
        var (to, length) = (new byte[4_096], 0);
        int read;
        while ((read = await from.ReadAsync(to.AsMemory(length), request.HttpContext.RequestAborted)) > 0)
        {
            length += read;
            if (length > most) return null;
            // Room for one byte more than is claimed, or taken: so the end is found, or that there is too much.
            if (length == to.Length) Array.Resize(ref to, (int)Math.Min(claimed > length ? Math.Min(claimed, (long)Believed * length) : 2L * length, most + 1L));
        }
        return to.AsMemory(0, length);
    }

    private static EventBody ReadJson(ReadOnlyMemory<byte> body, string type, int most)
    {
        if (!Utf8.IsValid(body.Span)) return Malformed("The body is not valid UTF-8.");
        var events = new List<SentEvent>();
        var (isArray, count) = (false, 0);
        try
        {
            var reader = new Utf8JsonReader(body.Span, EventReader.Deep);
            reader.Read();
            isArray = reader.TokenType == JsonTokenType.StartArray;
            if (isArray) reader.Read();
            while (reader.TokenType != JsonTokenType.EndArray)
            {
                // Counted, and not kept, beyond what is taken: a body of millions of nothings stays one body.
                var value = ReadValue(ref reader, body);
                if (++count <= most) events.Add(new SentEvent(value));
                if (!reader.Read()) break;
            }
            if (isArray) reader.Read();
        }
        catch (JsonException e)
        {
            return Malformed($"The body is no JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}.");
        }
        if (type == "application/cloudevents+json" && isArray) return Malformed("application/cloudevents+json is one event; a batch is application/cloudevents-batch+json.");
        if (type == "application/cloudevents-batch+json" && !isArray) return Malformed("application/cloudevents-batch+json is an array of events.");
        return count > most ? TooMany(count, most) : new EventBody(events, isArray);
    }

    // From its first byte to its last; the reader stands on it, and afterwards on its end.
    private static ReadOnlyMemory<byte> ReadValue(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return body[start..(int)reader.BytesConsumed];
    }

    private static EventBody ReadLines(ReadOnlyMemory<byte> body, int most) =>
        Lines(body).Count() is var count && count > most ? TooMany(count, most) : new EventBody([.. Lines(body).Select(ReadLine)], true);

    private static IEnumerable<ReadOnlyMemory<byte>> Lines(ReadOnlyMemory<byte> body)
    {
        while (!body.IsEmpty)
        {
            var end = body.Span.IndexOf((byte)'\n');
            var line = end < 0 ? body : body[..end];
            body = end < 0 ? default : body[(end + 1)..];
            if (!line.Span.Trim(" \t\r"u8).IsEmpty) yield return line;
        }
    }

    private static SentEvent ReadLine(ReadOnlyMemory<byte> line)
    {
        if (!Utf8.IsValid(line.Span)) return new SentEvent(default, new InputFault("", "bad_text", "The line is not valid UTF-8."));
        try
        {
            var reader = new Utf8JsonReader(line.Span, EventReader.Deep);
            reader.Read();
            var value = ReadValue(ref reader, line);
            reader.Read();
            return new SentEvent(value);
        }
        catch (JsonException e)
        {
            return new SentEvent(default, new InputFault("", "malformed", $"The line is no JSON: byte {e.BytePositionInLine + 1}."));
        }
    }

    // CloudEvents' HTTP binding, binary mode: attributes are headers, percent-encoded; the body is data, kept as it was sent.
    private static EventBody ReadBinary(HttpRequest request, ReadOnlyMemory<byte> body, string? type)
    {
        var attributes = request.Headers.Where(h => h.Key.StartsWith("ce-", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(h => h.Key[3..].ToLowerInvariant(), h => Uri.UnescapeDataString(h.Value.ToString()), StringComparer.Ordinal);
        // JSON is what an event without this member means: sent either way it is the same event.
        if (type is not null and not "application/json") attributes["datacontenttype"] = type;
        if (!body.IsEmpty)
        {
            if (!Utf8.IsValid(body.Span)) return Malformed("The body is not valid UTF-8.");
            try
            {
                using var data = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = EventReader.MostDepth });
                attributes.Remove("data");
            }
            catch (JsonException fault)
            {
                return Malformed($"The body is no JSON: line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}.");
            }
        }
        var whole = new ArrayBufferWriter<byte>(body.Length + 512);
        using (var json = new Utf8JsonWriter(whole))
        {
            json.WriteStartObject();
            foreach (var (name, value) in attributes) json.WriteString(name, value);
            if (!body.IsEmpty)
            {
                json.WritePropertyName("data");
                json.WriteRawValue(body.Span, skipInputValidation: true);
            }
            json.WriteEndObject();
        }
        return new EventBody([new SentEvent(whole.WrittenMemory)], false);
    }

    private static EventBody TooMany(int events, int most) => Refuse(413, $"The batch has {events} events; at most {most} are taken at once.");

    private static EventBody TooLarge(IngestLimits limits) => Refuse(413, $"The body has more than {limits.MaxBodyBytes} bytes (unpacked).");

    private static EventBody Malformed(string detail) => new([], false, new Refusal(400, detail, [new InputFault("", "malformed", detail)]));

    private static EventBody Refuse(int status, string detail) => new([], false, new Refusal(status, detail));
}
