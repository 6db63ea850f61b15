using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Portal.Metering;

/// <summary>One source of a meter as a form holds it.</summary>
internal sealed class SourceFields
{
    public string? EventType { get; set; }

    /// <summary>Such as <c>$.size_bytes</c>.</summary>
    public string? Value { get; set; }

    public string? Factor { get; set; }

    /// <summary>Conditions such as <c>kind=photo, area=groups</c>.</summary>
    public string? Filter { get; set; }
}

/// <summary>A meter as a form holds it: texts only. It becomes the JSON that the API takes, so both have the same rules.</summary>
internal sealed class MeterFields
{
    public string? Slug { get; set; }

    public string? Name { get; set; }

    public string? Description { get; set; }

    public string? Unit { get; set; }

    /// <summary>As the wire names it; empty where nothing was chosen.</summary>
    public string Aggregation { get; set; } = "";

    /// <summary>Dimensions such as <c>area, method=$.http.method</c>.</summary>
    public string? Dimensions { get; set; }

    public List<SourceFields> Sources { get; } = [];

    /// <summary>A form to make a meter with.</summary>
    public static MeterFields New() => new() { Sources = { new SourceFields() } };

    /// <summary>A form filled with a meter.</summary>
    public static MeterFields Of(Meter meter)
    {
        var fields = new MeterFields
        {
            Slug = meter.Slug,
            Name = meter.Name,
            Description = meter.Description,
            Unit = meter.Unit,
            Aggregation = MeterJson.NameOf(meter.Aggregation),
            Dimensions = string.Join(", ", meter.GroupBy.Select(d => d.Value.Text == "$." + d.Key ? d.Key : $"{d.Key}={d.Value.Text}")),
        };
        fields.Sources.AddRange(meter.Sources.Select(s => new SourceFields
        {
            EventType = s.EventType,
            Value = s.Value?.Text,
            Factor = s.Factor == 1m ? null : s.Factor.ToString(CultureInfo.InvariantCulture),
            Filter = s.Filter is null ? null : string.Join(", ", s.Filter.Select(f => $"{(f.Key.StartsWith("$.", StringComparison.Ordinal) ? f.Key[2..] : f.Key)}={f.Value}")),
        }));
        return fields;
    }

    /// <summary>The body that the API would be sent. What a built-in meter counts is left out: it is fixed.</summary>
    public JsonElement Body(bool builtIn)
    {
        var body = new JsonObject { ["description"] = Description?.Trim() ?? "", ["unit"] = Unit?.Trim() ?? "" };
        if (Trimmed(Slug) is { } slug) body["slug"] = slug;
        if (Trimmed(Name) is { } name) body["name"] = name;
        body["groupBy"] = Pairs(Dimensions, path => path);
        if (!builtIn)
        {
            if (Aggregation.Length > 0) body["aggregation"] = Aggregation;
            body["sources"] = new JsonArray([.. Sources.Select(Source)]);
        }
        return JsonSerializer.SerializeToElement(body);
    }

    private static JsonObject Source(SourceFields fields)
    {
        var source = new JsonObject();
        if (Trimmed(fields.EventType) is { } type) source["eventType"] = type;
        if (Trimmed(fields.Value) is { } value) source["valueProperty"] = value;
        if (Trimmed(fields.Factor) is { } factor) source["factor"] = factor;
        if (Trimmed(fields.Filter) is not null) source["filter"] = Pairs(fields.Filter, _ => "");
        return source;
    }

    // "area, method=$.http.method": a name alone stands for what the caller says of it.
    private static JsonObject Pairs(string? text, Func<string, string> alone)
    {
        var pairs = new JsonObject();
        foreach (var part in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var cut = part.IndexOf('=', StringComparison.Ordinal);
            var name = cut < 0 ? part : part[..cut].Trim();
            pairs[name] = cut < 0 ? alone("$." + name) : part[(cut + 1)..].Trim();
        }
        return pairs;
    }

    private static string? Trimmed(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
