using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Domain.Storage;

/// <summary>
/// Who carries the bytes of one file, worked out from all its events in order of their times. A function of event times only:
/// the order of arrival does not matter.
/// </summary>
public static class FileHistory
{
    /// <summary>The changes of level that follow from a file's events, which must be in order.</summary>
    /// <param name="eventsOfOneFile">Uploads, changes and attachments of one file.</param>
    /// <param name="attribution">The tenant's policies.</param>
    public static IEnumerable<StorageDelta> Derive(IEnumerable<StorageEvent> eventsOfOneFile, AttributionSchedule attribution)
    {
        // The group that the file belongs to now, and who uploaded it first.
        Holder? holder = null;
        var isUploaded = false;
        string? kindOfFile = null;
        var levels = new SortedDictionary<string, Quantity>(StringComparer.Ordinal);
        foreach (var e in eventsOfOneFile)
        {
            if (e.Action == StorageAction.Attach)
            {
                var next = new Holder(e.Group, holder?.Subject);
                var part = 1;
                if (holder is { } from && from != next)
                {
                    foreach (var (kind, level) in levels.Where(l => l.Value != Quantity.Zero))
                    {
                        foreach (var delta in StorageDelta.Of(e, kind.Length > 0 ? kind : null, attribution.Move(from, next, e.Time, level), part))
                        {
                            part = delta.Part + 1;
                            yield return delta;
                        }
                    }
                }
                holder = next;
                continue;
            }
            if (e.Action == StorageAction.Upload && !isUploaded)
            {
                holder = new Holder(holder is null ? e.Group : holder.Value.Group, e.Subject);
                isUploaded = true;
            }
            var ofKind = e.Kind ?? kindOfFile;
            if (e.Action == StorageAction.Upload) kindOfFile ??= e.Kind;
            levels[ofKind ?? ""] = levels.GetValueOrDefault(ofKind ?? "") + e.Amount;
            foreach (var delta in StorageDelta.Of(e, ofKind, attribution.Spread(holder ?? e.Own, e.Time, e.Amount))) yield return delta;
        }
    }

    /// <summary>The changes of level that follow from an event that names no file.</summary>
    public static IEnumerable<StorageDelta> OfPlain(StorageEvent e, AttributionSchedule attribution) =>
        StorageDelta.Of(e, e.Kind, attribution.Spread(e.Own, e.Time, e.Amount));
}
