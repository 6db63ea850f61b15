using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Audit;

/// <summary>Who makes a change, and when.</summary>
/// <param name="Name"><c>key:name</c> of a service, email of a person.</param>
/// <param name="At">Now.</param>
public sealed record Actor(string Name, Instant At);

/// <summary>Adds lines to the audit log, in the change's own transaction.</summary>
public static class AuditLog
{
    /// <summary>Notes a change; it is saved with the context's other changes.</summary>
    public static void Note(this InsightsDbContext db, int tenantId, Actor actor, string action, string target, JsonNode? before, JsonNode? after, string? reason = null) =>
        db.Audit.Add(new AuditEntry
        {
            TenantId = tenantId,
            At = actor.At,
            Actor = actor.Name,
            Action = action,
            Target = target,
            Reason = reason,
            Before = before?.ToJsonString(),
            After = after?.ToJsonString(),
        });

    /// <summary>A record as the JSON of an audit line.</summary>
    public static JsonNode? ToJson(object? value) => value is null ? null : JsonSerializer.SerializeToNode(value, Web);

    private static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web) { Converters = { new InstantText() } };

    private sealed class InstantText : System.Text.Json.Serialization.JsonConverter<Instant>
    {
        public override Instant Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Instant value, JsonSerializerOptions options) =>
            writer.WriteStringValue(Domain.Metering.Rfc3339.Format(value));
    }
}
