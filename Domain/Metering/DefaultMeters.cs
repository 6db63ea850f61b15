namespace OpenMeet.Insights.Domain.Metering;

/// <summary>The meters that every tenant starts with.</summary>
public static class DefaultMeters
{
    /// <summary>The slug of the storage meter, which follows files and snapshots and not only single values.</summary>
    public const string Storage = "storage";

    /// <summary>All of them, in the order in which they are shown.</summary>
    public static IReadOnlyList<Meter> All { get; } =
    [
        Make("storage", "Storage", "Bytes kept, over time", "bytes", Aggregation.TimeWeightedSum, "kind",
            new MeterSource("file.uploaded", JsonPath.Of("$.size_bytes")), new MeterSource("file.deleted", JsonPath.Of("$.size_bytes"), -1m),
            new MeterSource("storage.changed", JsonPath.Of("$.delta_bytes")), new MeterSource("media.shared", JsonPath.Of("$.size_bytes")),
            new MeterSource("storage.snapshot", JsonPath.Of("$.bytes"))),
        Make("uploaded", "Uploads", "Bytes added by uploads and shared media", "bytes", Aggregation.Sum, "kind",
            new MeterSource("file.uploaded", JsonPath.Of("$.size_bytes")), new MeterSource("media.shared", JsonPath.Of("$.size_bytes"))),
        Make("files", "Files", "Files uploaded", "files", Aggregation.Count, "kind", new MeterSource("file.uploaded", null)),
        Make("api_calls", "API calls", "Requests to the API", "calls", Aggregation.Count, "area method status", new MeterSource("api.request", null)),
        Make("api_time", "API time", "Time the API worked", "ms", Aggregation.Sum, "area method status",
            new MeterSource("api.request", JsonPath.Of("$.duration_ms"))),
        Make("api_latency", "API latency", "How long requests took", "ms", Aggregation.Percentile, "area method status",
            new MeterSource("api.request", JsonPath.Of("$.duration_ms"))),
        Make("egress", "Downloads", "Bytes sent by the API", "bytes", Aggregation.Sum, "area", new MeterSource("api.request", JsonPath.Of("$.bytes_out"))),
        Make("db_operations", "Database operations", "Operations of the database", "operations", Aggregation.Sum, "operation",
            new MeterSource("db.operation", JsonPath.Of("$.count"))),
        Make("db_time", "Database time", "Time the database worked", "ms", Aggregation.Sum, "operation",
            new MeterSource("db.operation", JsonPath.Of("$.duration_ms"))),
        Make("messages", "Messages", "Chat messages sent", "messages", Aggregation.Count, "", new MeterSource("message.sent", null)),
        Make("emails", "Emails", "Emails sent", "emails", Aggregation.Sum, "kind", new MeterSource("email.sent", JsonPath.Of("$.count"))),
        Make("events", "Events", "Events created", "events", Aggregation.Count, "", new MeterSource("event.created", null)),
        Make("rsvps", "RSVPs", "Answers to events", "answers", Aggregation.Count, "", new MeterSource("event.rsvp.added", null)),
        Make("groups", "Groups", "Groups created", "groups", Aggregation.Count, "", new MeterSource("group.created", null)),
        Make("users", "Users", "Users created", "users", Aggregation.Count, "", new MeterSource("user.created", null)),
        Make("members_joined", "Members joined", "Members who joined a group", "members", Aggregation.Count, "", new MeterSource("group.member.joined", null)),
        Make("active_members", "Active members", "People who took part", "people", Aggregation.UniqueCount, "",
            Taking("message.sent"), Taking("media.shared"), Taking("file.uploaded"), Taking("event.created"),
            Taking("event.rsvp.added"), Taking("event.attendee.status.changed")),
        Make("visitors", "Visitors", "People who came", "people", Aggregation.UniqueCount, "", Taking("user.visited")),
    ];

    private static MeterSource Taking(string eventType) => new(eventType, JsonPath.Of("subject"));

    private static Meter Make(string slug, string name, string description, string unit, Aggregation aggregation, string dimensions, params MeterSource[] sources) =>
        new(slug, name, description, unit, aggregation, sources,
            dimensions.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToDictionary(d => d, d => JsonPath.Of("$." + d), StringComparer.Ordinal));
}
