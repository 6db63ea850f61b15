using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Domain.Storage;

/// <summary>
/// What the snapshots of one carrier mean: each changes the level by the difference to the level just before it, of its kind where it
/// names one.
/// </summary>
public static class SnapshotHistory
{
    /// <summary>
    /// The changes that follow from a carrier's snapshots, which must be in order, given its other changes in order of their events.
    /// </summary>
    public static IEnumerable<StorageDelta> Derive(IReadOnlyList<StorageDelta> others, IEnumerable<StorageEvent> snapshots)
    {
        var next = 0;
        var total = Quantity.Zero;
        var kinds = new Dictionary<string, Quantity>(StringComparer.Ordinal);
        void Apply(StorageDelta delta)
        {
            total += delta.Delta;
            var kind = delta.Kind ?? "";
            kinds[kind] = kinds.GetValueOrDefault(kind) + delta.Delta;
        }
        foreach (var snapshot in snapshots)
        {
            while (next < others.Count && others[next].Event.CompareTo(snapshot) < 0) Apply(others[next++]);
            var level = snapshot.Kind is { } kind ? kinds.GetValueOrDefault(kind) : total;
            var delta = new StorageDelta(snapshot, 0, snapshot.Own, snapshot.Kind, snapshot.Amount - level);
            Apply(delta);
            yield return delta;
        }
    }
}
