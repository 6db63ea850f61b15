using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace OpenMeet.Insights.Domain.Metering;

/// <summary>A meter in the shape of the wire: read with every fault named, and written.</summary>
public static partial class MeterJson
{
    private static readonly Dictionary<string, Aggregation> Names = Enum.GetValues<Aggregation>().ToDictionary(NameOf, a => a, StringComparer.Ordinal);

    /// <summary>The wire's name, such as <c>TIME_WEIGHTED_SUM</c>.</summary>
    public static string NameOf(Aggregation aggregation) => aggregation switch
    {
        Aggregation.UniqueCount => "UNIQUE_COUNT",
        Aggregation.TimeWeightedSum => "TIME_WEIGHTED_SUM",
        _ => aggregation.ToString().ToUpperInvariant(),
    };

    /// <summary>Reads a new meter, or changes <paramref name="current"/> where the body names something. Null when there is any fault.</summary>
    public static Meter? Read(JsonElement body, Meter? current, List<InputFault> faults)
    {
        var before = faults.Count;
        if (body.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new InputFault("", "not_an_object", "A meter is a JSON object."));
            return null;
        }
        var slug = ReadText(body, "slug", faults) ?? current?.Slug;
        if (slug is null) faults.Add(new InputFault("slug", "required", "'slug' is required."));
        else if (!Slug().IsMatch(slug)) faults.Add(new InputFault("slug", "malformed", "A slug has 1 to 63 of a-z, 0-9, '_' and '-', and starts with a letter or digit."));
        else if (current is not null && slug != current.Slug) faults.Add(new InputFault("slug", "unchangeable", "A meter keeps its slug."));

        var aggregation = current?.Aggregation ?? default;
        var aggregationText = ReadText(body, "aggregation", faults);
        if (aggregationText is null)
        {
            if (current is null) faults.Add(new InputFault("aggregation", "required", "'aggregation' is required, one of " + string.Join(", ", Names.Keys) + "."));
        }
        else if (!Names.TryGetValue(aggregationText, out aggregation))
        {
            faults.Add(new InputFault("aggregation", "unknown", "'aggregation' must be one of " + string.Join(", ", Names.Keys) + "."));
        }

        var sources = ReadSources(body, aggregation, current, faults);
        var groupBy = ReadGroupBy(body, faults) ?? current?.GroupBy ?? new Dictionary<string, JsonPath>();
        var name = ReadText(body, "name", faults) ?? current?.Name ?? slug;
        var description = ReadText(body, "description", faults) ?? current?.Description ?? "";
        var unit = ReadText(body, "unit", faults) ?? current?.Unit ?? "";
        return faults.Count > before ? null : new Meter(slug!, name!, description, unit, aggregation, sources, groupBy);
    }

    /// <summary>Writes a meter as the wire shows it.</summary>
    public static JsonObject Write(Meter meter)
    {
        var json = new JsonObject
        {
            ["slug"] = meter.Slug,
            ["name"] = meter.Name,
            ["description"] = meter.Description,
            ["unit"] = meter.Unit,
            ["aggregation"] = NameOf(meter.Aggregation),
        };
        if (meter.Sources is [{ Factor: 1m, Filter: null } only])
        {
            json["eventType"] = only.EventType;
            if (only.Value is { } value) json["valueProperty"] = value.Text;
        }
        else
        {
            json["eventType"] = meter.Sources[0].EventType;
            if (meter.Sources[0].Value is { } value) json["valueProperty"] = value.Text;
            json["sources"] = new JsonArray([.. meter.Sources.Select(WriteSource)]);
        }
        json["groupBy"] = new JsonObject(meter.GroupBy.Select(d => KeyValuePair.Create<string, JsonNode?>(d.Key, d.Value.Text)));
        return json;
    }

    private static JsonObject WriteSource(MeterSource source)
    {
        var json = new JsonObject { ["eventType"] = source.EventType };
        if (source.Value is { } value) json["valueProperty"] = value.Text;
        json["factor"] = source.Factor.ToString(CultureInfo.InvariantCulture);
        if (source.Filter is { } filter) json["filter"] = new JsonObject(filter.Select(f => KeyValuePair.Create<string, JsonNode?>(f.Key, f.Value)));
        return json;
    }

    private static List<MeterSource> ReadSources(JsonElement body, Aggregation aggregation, Meter? current, List<InputFault> faults)
    {
        if (body.TryGetProperty("sources", out var array) && array.ValueKind != JsonValueKind.Null)
        {
            if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() == 0)
            {
                faults.Add(new InputFault("sources", "malformed", "'sources' is an array with at least one source."));
                return [];
            }
            return [.. array.EnumerateArray().Select((s, i) => ReadSource(s, $"sources[{i}].", aggregation, faults))];
        }
        var names = body.TryGetProperty("eventType", out _) || body.TryGetProperty("valueProperty", out _);
        if (current is null || (names && current.Sources.Count == 1)) return [ReadSource(body, "", aggregation, faults, current?.Sources[0])];
        if (names) faults.Add(new InputFault("sources", "required", "This meter has several sources: send them all as 'sources'."));
        foreach (var source in current.Sources) CheckValue(source.Value, aggregation, "", faults);
        return [.. current.Sources];
    }

    private static MeterSource ReadSource(JsonElement json, string at, Aggregation aggregation, List<InputFault> faults, MeterSource? current = null)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new InputFault(at.TrimEnd('.'), "not_an_object", "A source is a JSON object."));
            return new MeterSource("", null);
        }
        var type = ReadText(json, "eventType", faults, at) ?? current?.EventType;
        if (string.IsNullOrEmpty(type)) faults.Add(new InputFault(at + "eventType", "required", "'eventType' (or 'sources') is required."));
        JsonPath? value = null;
        var valueText = ReadText(json, "valueProperty", faults, at) ?? current?.Value?.Text;
        if (valueText is not null && !JsonPath.TryParse(valueText, out value))
            faults.Add(new InputFault(at + "valueProperty", "malformed", "'valueProperty' is a path such as $.size_bytes."));
        else
            CheckValue(value, aggregation, at, faults);
        return new MeterSource(type ?? "", value, ReadFactor(json, at, current, faults), ReadFilter(json, at, current, faults));
    }

    private static void CheckValue(JsonPath? value, Aggregation aggregation, string at, List<InputFault> faults)
    {
        if (value is null && aggregation != Aggregation.Count)
            faults.Add(new InputFault(at + "valueProperty", "required", "'valueProperty' is required unless the aggregation is COUNT."));
        if (value is { IsSubject: true } && aggregation != Aggregation.UniqueCount)
            faults.Add(new InputFault(at + "valueProperty", "malformed", "'subject' can only be counted by UNIQUE_COUNT."));
    }

    private static decimal ReadFactor(JsonElement json, string at, MeterSource? current, List<InputFault> faults)
    {
        if (!json.TryGetProperty("factor", out var factor) || factor.ValueKind == JsonValueKind.Null) return current?.Factor ?? 1m;
        if (UsageEvent.ReadNumber(factor, out var value)) return value.ToDecimal();
        faults.Add(new InputFault(at + "factor", "not_a_number", "'factor' is a number of at most 10^15 with at most 6 decimals."));
        return 1m;
    }

    private static IReadOnlyDictionary<string, string>? ReadFilter(JsonElement json, string at, MeterSource? current, List<InputFault> faults)
    {
        if (!json.TryGetProperty("filter", out var filter) || filter.ValueKind == JsonValueKind.Null) return current?.Filter;
        if (filter.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new InputFault(at + "filter", "not_an_object", "'filter' maps paths to the texts that they must have."));
            return null;
        }
        var conditions = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in filter.EnumerateObject())
        {
            var path = member.Name.StartsWith("$.", StringComparison.Ordinal) ? member.Name : "$." + member.Name;
            if (!JsonPath.TryParse(path, out _) || member.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number))
                faults.Add(new InputFault($"{at}filter.{member.Name}", "malformed", "A filter maps a path such as $.kind to a text or a number."));
            else
                conditions[path] = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString()! : member.Value.GetRawText();
        }
        return conditions.Count > 0 ? conditions : null;
    }

    private static Dictionary<string, JsonPath>? ReadGroupBy(JsonElement body, List<InputFault> faults)
    {
        if (!body.TryGetProperty("groupBy", out var json) || json.ValueKind == JsonValueKind.Null) return null;
        if (json.ValueKind != JsonValueKind.Object)
        {
            faults.Add(new InputFault("groupBy", "not_an_object", "'groupBy' maps names of dimensions to paths."));
            return null;
        }
        var dimensions = new Dictionary<string, JsonPath>(StringComparer.Ordinal);
        foreach (var member in json.EnumerateObject())
        {
            if (member.Name is "group" or "subject") continue;
            if (!Slug().IsMatch(member.Name) || member.Value.ValueKind != JsonValueKind.String || !JsonPath.TryParse(member.Value.GetString(), out var path))
                faults.Add(new InputFault("groupBy." + member.Name, "malformed", "A dimension has a short lower-case name and a path such as $.area."));
            else
                dimensions[member.Name] = path;
        }
        return dimensions;
    }

    private static string? ReadText(JsonElement json, string name, List<InputFault> faults, string at = "")
    {
        if (!json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return null;
        if (value.ValueKind == JsonValueKind.String && value.GetString()!.Length <= 1000) return value.GetString();
        faults.Add(new InputFault(at + name, "not_a_string", $"'{name}' must be a string of at most 1,000 characters."));
        return null;
    }

    [GeneratedRegex("^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$")]
    private static partial Regex Slug();
}
