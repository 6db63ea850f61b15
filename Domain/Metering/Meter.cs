using System.Text.Json;
using System.Text.Json.Serialization;

namespace OpenMeet.Insights.Domain.Metering;

/// <summary>How a meter turns readings into one value. The wire's names are upper snake case.</summary>
public enum Aggregation
{
    /// <summary>The number of events.</summary>
    Count,

    /// <summary>The sum of the values.</summary>
    Sum,

    /// <summary>The mean of the values, to 12 decimals.</summary>
    Avg,

    /// <summary>The least value.</summary>
    Min,

    /// <summary>The greatest value.</summary>
    Max,

    /// <summary>The exact number of distinct values.</summary>
    UniqueCount,

    /// <summary>The value of the event with the greatest (time, id).</summary>
    Latest,

    /// <summary>The integral over time of a level that the values change.</summary>
    TimeWeightedSum,

    /// <summary>A quantile with a relative error of at most 1 %.</summary>
    Percentile,
}

/// <summary>One event type that a meter reads.</summary>
/// <param name="EventType">The type that matches exactly.</param>
/// <param name="Value">Where the value stands; null for counts.</param>
/// <param name="Factor">What the value is multiplied with, such as -1 for what is taken away.</param>
/// <param name="Filter">Members of data that must have these texts; null for no condition.</param>
public sealed record MeterSource(string EventType, JsonPath? Value, decimal Factor = 1m, IReadOnlyDictionary<string, string>? Filter = null);

/// <summary>A meter: which events it reads and how it adds them up. Meters are data; they change without a deployment.</summary>
/// <param name="Slug">The name in addresses, unique in the tenant.</param>
/// <param name="Name">The name for people.</param>
/// <param name="Description">What it counts, in a sentence; may be empty.</param>
/// <param name="Unit">The unit of a value, such as <c>bytes</c>; may be empty.</param>
/// <param name="Aggregation">How values become one.</param>
/// <param name="Sources">At least one.</param>
/// <param name="GroupBy">Dimensions beside <c>group</c>: name to path.</param>
public sealed record Meter(
    string Slug, string Name, string Description, string Unit, Aggregation Aggregation,
    IReadOnlyList<MeterSource> Sources, IReadOnlyDictionary<string, JsonPath> GroupBy)
{
    /// <summary>Whether plans may price and limit it, and pools be driven by it.</summary>
    public bool IsAdditive => Aggregation is Aggregation.Count or Aggregation.Sum or Aggregation.TimeWeightedSum;

    /// <summary>Whether a plan may name it: the additive meters and <c>max</c>.</summary>
    public bool IsPriceable => IsAdditive || Aggregation == Aggregation.Max;

    /// <summary>Whether hourly rollups hold its whole state; the others are read from the ledger.</summary>
    public bool IsRolledUp => Aggregation is not (Aggregation.UniqueCount or Aggregation.Latest or Aggregation.Percentile);

    /// <summary>Whether its rollups keep the least or the greatest value, which cannot be taken back from them.</summary>
    public bool HasExtremes => Aggregation is Aggregation.Min or Aggregation.Max;

    /// <summary>Whether it is the storage meter, whose deltas come from files, snapshots and attachments.</summary>
    public bool IsStorage => Slug == DefaultMeters.Storage;

    /// <summary>Whether its readings depend on an event's data, and not only on type, time, subject and group.</summary>
    public bool ReadsData => Sources.Any(s => s.Filter is not null || (Aggregation != Aggregation.Count && s.Value is { IsSubject: false }));

    /// <summary>
    /// What one event means to this meter: none, or one reading for each source that matches it. A value that is absent means nothing;
    /// a value that is no number is left out and named in <paramref name="error"/>.
    /// </summary>
    public IEnumerable<MeterReading> Read(UsageEvent e, Action<string>? error = null)
    {
        foreach (var source in Sources)
        {
            if (source.EventType != e.Type || !Matches(source, e)) continue;
            if (Aggregation == Aggregation.Count || (Aggregation == Aggregation.UniqueCount && source.Value!.IsSubject))
            {
                if (Aggregation == Aggregation.Count) yield return new MeterReading(Quantity.One, null);
                else if (e.Subject is { } subject) yield return new MeterReading(Quantity.Zero, subject);
                continue;
            }
            if (Aggregation == Aggregation.UniqueCount)
            {
                if (source.Value!.FindText(e) is { } text) yield return new MeterReading(Quantity.Zero, text);
                continue;
            }
            if (source.Value!.Find(e) is not { } found) continue;
            if (!found.TryReadNumber(out var value) || !TryScale(value, source.Factor, out var scaled))
            {
                error?.Invoke($"Meter {Slug}: {source.Value} is no number of at most 10^15 with at most 6 decimals.");
                continue;
            }
            yield return new MeterReading(scaled, null);
        }
    }

    /// <summary>The values of the given dimensions for one event; <c>group</c> is a dimension of every meter.</summary>
    public string? Dimension(string name, UsageEvent e) =>
        name == "group" ? e.Group : name == "subject" ? e.Subject : GroupBy[name].FindText(e);

    /// <summary>Whether the meter has this dimension.</summary>
    public bool HasDimension(string name) => name is "group" or "subject" || GroupBy.ContainsKey(name);

    private static bool Matches(MeterSource source, UsageEvent e)
    {
        if (source.Filter is null) return true;
        foreach (var (path, wanted) in source.Filter)
        {
            if (JsonPath.Of(path).FindText(e) != wanted) return false;
        }
        return true;
    }

    private static bool TryScale(Quantity value, decimal factor, out Quantity scaled)
    {
        scaled = value;
        if (factor == 1m) return true;
        if (factor == -1m)
        {
            scaled = -value;
            return true;
        }
        var units = value.ToDecimal() * factor;
        if (Math.Abs(units) > Quantity.Limit.ToDecimal() || decimal.Round(units, 6) != units) return false;
        scaled = Quantity.Of(units);
        return true;
    }
}

/// <summary>What one event adds to a meter.</summary>
/// <param name="Value">The number (one for counts).</param>
/// <param name="Text">The distinct value for unique counts, else null.</param>
public readonly record struct MeterReading(Quantity Value, string? Text);
