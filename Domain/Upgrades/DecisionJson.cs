using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using NodaTime;
using NodaTime.Text;

namespace OpenMeet.Insights.Domain.Upgrades;

/// <summary>
/// Decision records as JSON: camelCase, decimals as strings (numbers are read too), instants as RFC 3339, days as
/// <c>2026-11-23</c>, enums by name in camelCase. What is written and read again gives the same record.
/// </summary>
public static class DecisionJson
{
    /// <summary>The options that it is written and read with.</summary>
    public static JsonSerializerOptions Options { get; } = Make();

    /// <summary>The record as JSON.</summary>
    public static string Write(DecisionRecord record) => JsonSerializer.Serialize(record, Options);

    /// <summary>A record that was written before.</summary>
    /// <exception cref="JsonException">It is no decision record.</exception>
    public static DecisionRecord Read(string json) =>
        JsonSerializer.Deserialize<DecisionRecord>(json, Options) ?? throw new JsonException("There is no decision record in null.");

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters =
            {
                new DecimalConverter(),
                new TextConverter<Instant>(InstantPattern.ExtendedIso),
                new TextConverter<LocalDate>(LocalDatePattern.Iso),
                new JsonStringEnumConverter(JsonNamingPolicy.CamelCase),
            },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private sealed class DecimalConverter : JsonConverter<decimal>
    {
        public override decimal Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType != JsonTokenType.String ? reader.GetDecimal()
            : decimal.TryParse(reader.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
            : throw new JsonException("A decimal is expected.");

        public override void Write(Utf8JsonWriter writer, decimal value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
    }

    private sealed class TextConverter<T>(IPattern<T> pattern) : JsonConverter<T>
    {
        public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            pattern.Parse(reader.GetString() ?? "") is { Success: true } parsed
                ? parsed.Value
                : throw new JsonException($"A {typeof(T).Name} is expected.");

        public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
            writer.WriteStringValue(pattern.Format(value));
    }
}
