using System.Text.Json;
using NodaTime;
using NodaTime.Text;
using OpenMeet.Insights.Infrastructure.Demo;

namespace OpenMeet.Insights.Tests.Demo;

/// <summary>An event of the demo as a test reads it.</summary>
public sealed record DemoEvent(
    string Source, string Id, string Type, Instant Time, string? Subject, string? Group, JsonElement Data, JsonElement Root)
{
    public static DemoEvent Read(string json)
    {
        var root = JsonDocument.Parse(json).RootElement;
        var data = root.GetProperty("data");
        return new DemoEvent(
            root.GetProperty("source").GetString()!, root.GetProperty("id").GetString()!, root.GetProperty("type").GetString()!,
            InstantPattern.ExtendedIso.Parse(root.GetProperty("time").GetString()!).Value,
            Text(root, "subject"), Text(data, "group"), data, root);
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.GetString() : null;
}

/// <summary>Carried storage, worked out event by event: a file lies with its uploader or group until it is attached or deleted.</summary>
public sealed class DemoLevels
{
    private readonly Dictionary<string, List<(Instant Time, long Level)>> _levels = [];

    public DemoLevels(DemoCommunity community)
    {
        var carriers = new Dictionary<string, string>();
        foreach (var one in community.Events().Where(text => text.Contains("size_bytes", StringComparison.Ordinal)).Select(DemoEvent.Read))
        {
            var size = one.Data.GetProperty("size_bytes").GetInt64();
            var own = one.Group is null ? "user:" + one.Subject : "group:" + one.Group;
            var file = one.Data.TryGetProperty("file", out var value) ? value.GetString()! : "media:" + one.Id;
            switch (one.Type)
            {
                case "file.uploaded" or "media.shared":
                    carriers.Add(file, own);
                    Move(own, one.Time, size);
                    break;
                case "file.attached":
                    Move(carriers[file], one.Time, -size);
                    Move(carriers[file] = own, one.Time, size);
                    break;
                case "file.deleted":
                    Move(carriers[file], one.Time, -size);
                    carriers.Remove(file);
                    break;
                default:
                    throw new InvalidOperationException(one.Type);
            }
        }
    }

    public IReadOnlyDictionary<string, long> Highest => _levels.ToDictionary(pair => pair.Key, pair => pair.Value.Max(step => step.Level));

    public IReadOnlyDictionary<string, long> Lowest => _levels.ToDictionary(pair => pair.Key, pair => pair.Value.Min(step => step.Level));

    public long At(string carrier, Instant time) => _levels[carrier].LastOrDefault(step => step.Time <= time).Level;

    private void Move(string carrier, Instant time, long bytes)
    {
        if (!_levels.TryGetValue(carrier, out var steps))
        {
            _levels.Add(carrier, steps = []);
        }

        steps.Add((time, (steps.Count == 0 ? 0 : steps[^1].Level) + bytes));
    }
}
