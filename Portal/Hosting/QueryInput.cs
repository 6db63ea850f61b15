using System.Globalization;
using System.Text.Json;
using NodaTime;
using OpenMeet.Insights.Domain;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Portal.Hosting;

/// <summary>Reads parameters and bodies, and gathers everything that is wrong with them.</summary>
internal sealed class QueryInput(HttpRequest request)
{
    public List<InputFault> Faults { get; } = [];

    public string? Text(string name) => request.Query[name].ToString() is { Length: > 0 } text ? text : null;

    public IReadOnlyList<string> Texts(string name) => [.. request.Query[name].OfType<string>().Where(t => t.Length > 0)];

    public Instant? Time(string name) => ReadTime(name, Text(name));

    public Instant? ReadTime(string name, string? text)
    {
        if (text is null) return null;
        if (Rfc3339.TryParse(text, out var instant)) return instant;
        Faults.Add(new InputFault(name, "not_a_time", $"'{name}' must be an RFC 3339 time such as 2026-11-01T00:00:00Z."));
        return null;
    }

    public int Limit(int otherwise, int most)
    {
        if (Text("limit") is not { } text) return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= 1 && limit <= most) return limit;
        Faults.Add(new InputFault("limit", "out_of_range", $"'limit' is a number from 1 to {most}."));
        return otherwise;
    }

    public DateTimeZone Zone(string name, string? text)
    {
        if (text is null) return DateTimeZone.Utc;
        if (DateTimeZoneProviders.Tzdb.GetZoneOrNull(text) is { } zone) return zone;
        Faults.Add(new InputFault(name, "unknown_zone", $"'{text}' is no IANA time zone such as Europe/Berlin."));
        return DateTimeZone.Utc;
    }

    /// <summary>Reads the body as a JSON object; null (and a fault) when it is none.</summary>
    public static async Task<JsonElement?> BodyAsync(HttpRequest request, List<InputFault> faults)
    {
        try
        {
            var json = await JsonDocument.ParseAsync(request.Body, default, request.HttpContext.RequestAborted);
            if (json.RootElement.ValueKind == JsonValueKind.Object) return json.RootElement;
            faults.Add(new InputFault("", "not_an_object", "The body must be a JSON object."));
        }
        catch (JsonException e)
        {
            faults.Add(new InputFault("", "malformed", $"The body is no JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}."));
        }
        return null;
    }
}
