using System.Text.Json.Nodes;
using NodaTime;
using NodaTime.Text;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>
/// Five months of a real project's history (August to December 2025), and, woven into it, events of the kinds that it lacks.
/// Its first deletions are of files that came before: levels go below zero.
/// </summary>
public static class History
{
    public const string Renamed = "g-scripts";
    public const string NewSlug = "g-tools";

    public static readonly Instant Start = Instant.FromUtc(2025, 8, 1, 0, 0);
    public static readonly Instant End = Instant.FromUtc(2026, 1, 1, 0, 0);

    private static readonly string[] Lines = Read();

    /// <summary>The real events.</summary>
    public static IReadOnlyList<JsonObject> Real => [.. Lines.Select(l => JsonNode.Parse(l)!.AsObject())];

    /// <summary>Everybody who acts.</summary>
    public static IReadOnlyList<string> People { get; } = [.. Real.Select(e => (string)e["subject"]!).Distinct().Order(StringComparer.Ordinal), "ann", "bob"];

    /// <summary>The groups that snapshots and attachments may name: not those of the renamed one.</summary>
    public static IReadOnlyList<string> Groups { get; } =
        [.. Real.Select(e => (string)e["data"]!["group"]!).Where(g => g != Renamed).Distinct().Order(StringComparer.Ordinal), "g-new"];

    /// <summary>So many random events of every other kind.</summary>
    public static IEnumerable<JsonObject> More(Random random, int count, DateTimeZone zone)
    {
        string[] files = [.. Real.Select(e => (string?)e["data"]!["file"]).OfType<string>().Distinct()];
        for (var i = 0; i < count; i++)
        {
            var person = random.Next(8) == 0 ? null : Any(random, People);
            var group = random.Next(3) == 0 ? null : Any(random, Groups);
            var anyGroup = group is not null && random.Next(12) == 0 ? Any(random, [Renamed, NewSlug]) : group;
            string? kind = random.Next(2) == 0 ? null : Any(random, ["ts", "md", "photo"]);
            decimal number = random.Next(1_000_000_000) / (decimal)Any(random, [1, 100, 1_000_000]);
            long bytes = random.Next(1, 400_000);
            var (at, id) = (Text(AnyTime(random, zone)), $"more-{i}");
            yield return random.Next(15) switch
            {
                0 or 1 or 2 => A.Request(person, number, "events", "GET", 200, bytes, anyGroup, at, id),
                3 => A.Event("db.operation", person, at, id, ("count", random.Next(-20, 50)), ("duration_ms", number), ("operation", "read"), ("group", anyGroup)),
                4 => A.Event("email.sent", person, at, id, ("count", random.Next(-50, 200)), ("kind", "digest"), ("group", anyGroup)),
                5 => A.Snapshot(person, bytes, group, kind, at, id),
                6 => A.Change(person, bytes - 200_000, anyGroup, kind, at, id),
                7 => A.Event("media.shared", person, at, id, ("size_bytes", bytes), ("group", anyGroup), ("kind", kind), ("file", random.Next(2) == 0 ? null : $"m-{random.Next(20)}")),
                8 or 9 => A.Attachment(person, Any(random, files), Any(random, Groups), bytes, at, id),
                10 => A.Upload(person, bytes, random.Next(2) == 0 ? null : Any(random, files), random.Next(2) == 0 ? null : anyGroup, kind, at, id),
                11 => A.Deletion(person, bytes, random.Next(2) == 0 ? null : Any(random, files), anyGroup, kind, at, id),
                12 => A.Message(person, anyGroup, at, id),
                13 => A.Event(Any(random, ["event.created", "event.rsvp.added", "event.attendee.status.changed"]), person, at, id, ("event", "ev"), ("group", anyGroup)),
                _ => A.Event("user.visited", person, at, id, ("group", anyGroup)),
            };
        }
    }

    public static string Text(Instant instant) => InstantPattern.ExtendedIso.Format(instant);

    public static T Any<T>(Random random, IReadOnlyList<T> of) => of[random.Next(of.Count)];

    /// <summary>Any microsecond; or an hour's first, or the first of a month, or the last one before it.</summary>
    public static Instant AnyTime(Random random, DateTimeZone zone)
    {
        var micros = random.NextInt64((End - Start).BclCompatibleTicks / 10);
        var month = zone.AtStartOfDay(new LocalDate(2025, random.Next(9, 13), 1)).ToInstant();
        return random.Next(10) switch
        {
            0 => month,
            1 => month - Duration.FromTicks(10),
            2 or 3 => Start + Duration.FromHours(micros / 3_600_000_000),
            _ => Start + Duration.FromTicks(micros * 10),
        };
    }

    private static string[] Read()
    {
        using var reader = new StreamReader(typeof(History).Assembly.GetManifestResourceStream("history.ndjson")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
