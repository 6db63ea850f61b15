using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Domain.Storage;

/// <summary>
/// What snapshots mean: each changes its carrier's level by the difference to the level just before it, of its kind where it names one.
/// </summary>
public static class SnapshotHistory
{
    /// <summary>The changes that follow from snapshots, given all other changes of the carriers that they are about.</summary>
    /// <param name="others">In the order of <see cref="StorageDelta.Order"/>.</param>
    /// <param name="snapshots">In order of their events.</param>
    /// <param name="attribution">The tenant's policies.</param>
    /// <param name="present">The present key of a carrier: a group's old slugs are one level with its new one.</param>
    public static IEnumerable<StorageDelta> Derive(
        IReadOnlyList<StorageDelta> others, IEnumerable<StorageEvent> snapshots, AttributionSchedule attribution, Func<string, string> present)
    {
        var next = 0;
        var levels = new Dictionary<(string Carrier, string? Kind), Quantity>();
        // Of the snapshots' own changes, those that pass on when a later policy begins.
        var later = new PriorityQueue<StorageDelta, StorageDelta>(StorageDelta.Order);
        void Apply(StorageDelta delta)
        {
            var carrier = present(delta.Carrier.Key);
            levels[(carrier, null)] = levels.GetValueOrDefault((carrier, null)) + delta.Delta;
            levels[(carrier, delta.Kind ?? "")] = levels.GetValueOrDefault((carrier, delta.Kind ?? "")) + delta.Delta;
        }
        foreach (var snapshot in snapshots)
        {
            while (next < others.Count && IsBefore(others[next], snapshot)) Apply(others[next++]);
            while (later.TryPeek(out var moved, out _) && moved.Time <= snapshot.Time) Apply(later.Dequeue());
            var carrier = present(attribution.At(snapshot.Time).One(snapshot.Own).Key);
            var difference = snapshot.Amount - levels.GetValueOrDefault((carrier, snapshot.Kind));
            foreach (var delta in StorageDelta.Of(snapshot, snapshot.Kind, attribution.Spread(snapshot.Own, snapshot.Time, difference, isWhole: true)))
            {
                if (delta.PolicyBegins is null) Apply(delta);
                else later.Enqueue(delta, delta);
                yield return delta;
            }
        }
    }

    private static bool IsBefore(StorageDelta delta, StorageEvent snapshot) =>
        delta.PolicyBegins is { } begins ? begins <= snapshot.Time : delta.Event.CompareTo(snapshot) < 0;
}
