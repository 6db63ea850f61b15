using System.Globalization;
using System.Text.Json;
using NodaTime;
using NodaTime.Text;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>An event as it was sent, with no meaning yet.</summary>
public sealed record RawEvent(string Source, string Id, string Type, string? Subject, Instant Time, JsonElement Data)
{
    public string? Group => Text("group");

    public static RawEvent Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        string? Member(string name) => root.TryGetProperty(name, out var value) ? value.GetString() : null;
        return new RawEvent(
            Member("source")!, Member("id")!, Member("type")!, Member("subject"), InstantPattern.ExtendedIso.Parse(Member("time")!).Value, root.GetProperty("data").Clone());
    }

    /// <summary>In the order in which things happened: by time, then source, then id.</summary>
    public static IEnumerable<RawEvent> InOrder(IEnumerable<RawEvent> events) =>
        events.OrderBy(e => e.Time).ThenBy(e => e.Source, StringComparer.Ordinal).ThenBy(e => e.Id, StringComparer.Ordinal);

    public string? Text(string member) => Data.TryGetProperty(member, out var value) ? value.GetString() : null;

    public decimal? Number(string member) =>
        Data.TryGetProperty(member, out var value) ? decimal.Parse(value.GetRawText(), NumberStyles.Float, CultureInfo.InvariantCulture) : null;
}
