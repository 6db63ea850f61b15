using NodaTime;

namespace OpenMeet.Insights.Tests.Exactness;

/// <summary>A change of one carrier's bytes, with the event that it is of.</summary>
public sealed record ByteChange(RawEvent Event, string Carrier, string Kind, Fraction Bytes)
{
    public Instant Time => Event.Time;

    public bool IsMove => Event.Type == "file.attached";
}

/// <summary>Bytes kept, replayed event by event from the first to the last.</summary>
public sealed class PlainStorage
{
    private readonly Policy policy;
    private readonly Dictionary<string, StoredFile> files = [];
    private readonly Dictionary<(string Carrier, string Kind), Fraction> levels = [];
    private readonly List<ByteChange> changes = [];

    private PlainStorage(Policy policy) => this.policy = policy;

    /// <summary>All changes that follow from events, in their order.</summary>
    public static IReadOnlyList<ByteChange> Replay(IEnumerable<RawEvent> events, Policy policy)
    {
        var storage = new PlainStorage(policy);
        foreach (var e in RawEvent.InOrder(events)) storage.Apply(e);
        return storage.changes;
    }

    private void Apply(RawEvent e)
    {
        switch (e.Type)
        {
            case "file.uploaded" or "media.shared": Add(e, e.Number("size_bytes"), isUpload: true); break;
            case "file.deleted": Add(e, -e.Number("size_bytes")); break;
            case "storage.changed": Add(e, e.Number("delta_bytes")); break;
            case "storage.snapshot" when e.Number("bytes") is { } bytes: SetLevel(e, bytes); break;
            case "file.attached" when e.Text("file") is { } file && e.Group is { } group: Attach(e, file, group); break;
        }
    }

    private void Add(RawEvent e, decimal? bytes, bool isUpload = false)
    {
        var file = e.Text("file") is { } key ? files.TryGetValue(key, out var known) ? known : files[key] = new StoredFile() : null;
        if (file is not null && isUpload) file.TakeIn(e);
        if (bytes is not { } size) return;
        var kind = e.Text("kind") ?? file?.Kind ?? "";
        file?.Levels[kind] = file.Levels.GetValueOrDefault(kind) + size;
        var parts = file is { IsKnown: true } ? policy.Share(file.Group, file.Uploader, size) : policy.Share(e.Group, e.Subject, size);
        foreach (var (carrier, part) in parts) Change(e, carrier, kind, part);
    }

    private void SetLevel(RawEvent e, decimal bytes)
    {
        var (carrier, kind) = (policy.SnapshotCarrier(e.Group, e.Subject), e.Text("kind"));
        var level = levels.Where(l => l.Key.Carrier == carrier && (kind is null || l.Key.Kind == kind)).Total(l => l.Value);
        Change(e, carrier, kind ?? "", bytes - level);
    }

    private void Attach(RawEvent e, string key, string group)
    {
        var file = files.TryGetValue(key, out var known) ? known : files[key] = new StoredFile();
        if (file.IsKnown)
        {
            foreach (var (kind, level) in file.Levels)
            {
                foreach (var (carrier, part) in policy.Share(file.Group, file.Uploader, level)) Change(e, carrier, kind, -part);
                foreach (var (carrier, part) in policy.Share(group, file.Uploader, level)) Change(e, carrier, kind, part);
            }
        }
        (file.Group, file.IsKnown) = (group, true);
    }

    private void Change(RawEvent e, string carrier, string kind, Fraction bytes)
    {
        levels[(carrier, kind)] = levels.GetValueOrDefault((carrier, kind)) + bytes;
        changes.Add(new ByteChange(e, carrier, kind, bytes));
    }

    private sealed class StoredFile
    {
        private bool wasUploaded;

        public bool IsKnown { get; set; }

        public string? Group { get; set; }

        public string? Uploader { get; private set; }

        public string? Kind { get; private set; }

        public Dictionary<string, Fraction> Levels { get; } = [];

        /// <summary>The first upload says whose it is; an attachment before it has said the group already.</summary>
        public void TakeIn(RawEvent upload)
        {
            Kind ??= upload.Text("kind");
            if (!IsKnown) Group = upload.Group;
            if (!wasUploaded) Uploader = upload.Subject;
            (wasUploaded, IsKnown) = (true, true);
        }
    }
}
