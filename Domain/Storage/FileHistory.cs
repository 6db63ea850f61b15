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
    public static IEnumerable<StorageDelta> Derive(IEnumerable<StorageEvent> eventsOfOneFile)
    {
        Carrier? carrier = null;
        string? kindOfFile = null;
        var levels = new SortedDictionary<string, Quantity>(StringComparer.Ordinal);
        foreach (var e in eventsOfOneFile)
        {
            if (e.Action == StorageAction.Attach)
            {
                var group = Carrier.Group(e.Group!);
                if (carrier is { } from && from != group)
                {
                    var part = 1;
                    foreach (var (kind, level) in levels.Where(l => l.Value != Quantity.Zero))
                    {
                        yield return new StorageDelta(e, part++, from, kind.Length > 0 ? kind : null, -level);
                        yield return new StorageDelta(e, part++, group, kind.Length > 0 ? kind : null, level);
                    }
                }
                carrier = group;
                continue;
            }
            if (e.Action == StorageAction.Upload) carrier ??= e.Own;
            var ofKind = e.Kind ?? kindOfFile;
            if (e.Action == StorageAction.Upload) kindOfFile ??= e.Kind;
            levels[ofKind ?? ""] = levels.GetValueOrDefault(ofKind ?? "") + e.Amount;
            yield return new StorageDelta(e, 0, carrier ?? e.Own, ofKind, e.Amount);
        }
    }
}
