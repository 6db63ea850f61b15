using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Infrastructure.Quotas;

/// <summary>The event that a committed reservation becomes: source <c>/reservations</c>, id of the reservation, the meter's first event type.</summary>
internal static class ReservationEvent
{
    private static readonly EventReader Reader = new(65_536, Duration.FromMinutes(1));

    public static UsageEvent For(Reservation reservation, Meter meter, Instant now)
    {
        var source = meter.Sources[0];
        var data = new JsonObject { ["reservation"] = reservation.Id.ToString() };
        if (reservation.GroupKey is { } group) data["group"] = group;
        if (source.Value is { IsSubject: false } path)
        {
            var members = path.Text[2..].Split('.');
            var at = data;
            foreach (var member in members[..^1]) at = (JsonObject)(at[member] ??= new JsonObject());
            at[members[^1]] = JsonNode.Parse((reservation.Amount / source.Factor).ToString(CultureInfo.InvariantCulture));
        }
        foreach (var (filter, wanted) in source.Filter ?? new Dictionary<string, string>()) data[filter[2..]] = wanted;
        var e = new JsonObject
        {
            ["specversion"] = "1.0",
            ["id"] = reservation.Id.ToString(),
            ["source"] = "/reservations",
            ["type"] = source.EventType,
            ["time"] = Rfc3339.Format(reservation.CreatedAt),
            ["data"] = data,
        };
        if (reservation.UserKey is { } user) e["subject"] = user;
        var faults = new List<Domain.InputFault>();
        return Reader.Read(JsonDocument.Parse(e.ToJsonString()).RootElement, 0, now, null, faults)
            ?? throw new InvalidOperationException("A reservation's event does not read: " + string.Join("; ", faults.Select(f => f.Detail)));
    }
}
