using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Infrastructure.Delivery;

/// <summary>Puts what is to be told beside a change, in the change's own transaction.</summary>
public static class Outbox
{
    /// <summary>An event for every endpoint of the tenant that wants its type; it is saved with the context's other changes.</summary>
    public static OutgoingEvent Announce(this InsightsDbContext db, int tenantId, string type, object data, Instant at)
    {
        var announced = new OutgoingEvent { Id = Guid.CreateVersion7(), TenantId = tenantId, Type = type, Data = AuditLog.ToJson(data)!.ToJsonString(), At = at, NotBefore = at };
        db.OutgoingEvents.Add(announced);
        return announced;
    }

    /// <summary>The body of a webhook: type, time of the event, data.</summary>
    public static string Body(string type, Instant at, string data) =>
        new JsonObject { ["type"] = type, ["timestamp"] = Rfc3339.Format(at), ["data"] = JsonNode.Parse(data) }.ToJsonString(JsonSerializerOptions.Web);
}
