using NodaTime;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Domain.Storage;

/// <summary>What an event does to stored bytes.</summary>
public enum StorageAction
{
    /// <summary>Adds bytes, and makes a file known.</summary>
    Upload,

    /// <summary>Adds or takes away bytes.</summary>
    Change,

    /// <summary>Moves a file to a group.</summary>
    Attach,

    /// <summary>Sets the level of a carrier.</summary>
    Snapshot,
}

/// <summary>The part of a usage event that stored bytes depend on.</summary>
/// <param name="Key">The event's key.</param>
/// <param name="Time">When it happened.</param>
/// <param name="Source">Its source: orders events of one instant, with <paramref name="Id"/>.</param>
/// <param name="Id">Its id.</param>
/// <param name="Action">What it does.</param>
/// <param name="Amount">Bytes added (negative: taken away); for a snapshot the level; nothing for an attachment.</param>
/// <param name="File">The file's key, where it names one.</param>
/// <param name="Kind">The kind of content, where given.</param>
/// <param name="Subject">The acting user.</param>
/// <param name="Group">The group that it names.</param>
public sealed record StorageEvent(
    Guid Key, Instant Time, string Source, string Id, StorageAction Action, Quantity Amount, string? File, string? Kind, string? Subject, string? Group)
    : IComparable<StorageEvent>
{
    /// <summary>The event's own group and user.</summary>
    public Holder Own => new(Group, Subject);

    /// <summary>What a usage event does to stored bytes; null where nothing.</summary>
    public static StorageEvent? From(UsageEvent e)
    {
        var (action, amount) = e.Type switch
        {
            "file.uploaded" or "media.shared" => (StorageAction.Upload, e.Number("size_bytes")),
            "file.deleted" => (StorageAction.Change, -e.Number("size_bytes")),
            "storage.changed" => (StorageAction.Change, e.Number("delta_bytes")),
            "file.attached" => (StorageAction.Attach, Quantity.Zero),
            "storage.snapshot" => (StorageAction.Snapshot, e.Number("bytes")),
            _ => (StorageAction.Change, null),
        };
        var file = e.Text("file");
        // An upload without a size adds nothing, but the file is known from then on.
        if (amount is null && action == StorageAction.Upload && file is not null) amount = Quantity.Zero;
        if (amount is not { } value || (action == StorageAction.Attach && (file is null || e.Group is null))) return null;
        return new StorageEvent(e.Key, e.Time, e.Source, e.Id, action, value, file, e.Text("kind"), e.Subject, e.Group);
    }

    public int CompareTo(StorageEvent? other) =>
        other is null ? 1 : KeyOrder.Compare(Time, Source, Id, other.Time, other.Source, other.Id);
}

/// <summary>A change of one carrier's level that follows from an event.</summary>
/// <param name="Event">The event that it follows from.</param>
/// <param name="Part">Numbers the changes that follow from one event; 0 is the event's own, an attachment's begin with 1.</param>
/// <param name="Carrier">Whose level changes.</param>
/// <param name="Kind">The kind of content, or null.</param>
/// <param name="Delta">By how many bytes.</param>
/// <param name="PolicyBegins">When the level passes to other carriers because another attribution policy begins; null at the event's own time.</param>
public sealed record StorageDelta(StorageEvent Event, int Part, Carrier Carrier, string? Kind, Quantity Delta, Instant? PolicyBegins = null)
{
    /// <summary>When the level changes.</summary>
    public Instant Time => PolicyBegins ?? Event.Time;

    /// <summary>Whether bytes only change hands: totals, and meter queries, do not see it.</summary>
    public bool IsMove => PolicyBegins is not null || Event.Action == StorageAction.Attach;

    /// <summary>The order in which levels change: by time; a new policy before anything that happens at its instant.</summary>
    public static Comparer<StorageDelta> Order { get; } = Comparer<StorageDelta>.Create((a, b) =>
    {
        var order = a.Time.CompareTo(b.Time);
        if (order == 0) order = (a.PolicyBegins is null).CompareTo(b.PolicyBegins is null);
        if (order == 0) order = KeyOrder.Compare(a.Event.Source, b.Event.Source);
        if (order == 0) order = KeyOrder.Compare(a.Event.Id, b.Event.Id);
        return order == 0 ? a.Part.CompareTo(b.Part) : order;
    });

    /// <summary>The numbered changes of one event.</summary>
    internal static IEnumerable<StorageDelta> Of(StorageEvent e, string? kind, IEnumerable<LevelChange> changes, int firstPart = 0) =>
        changes.Select((c, i) => new StorageDelta(e, firstPart + i, c.Carrier, kind, c.Delta, c.ByPolicy ? c.Time : null));
}
