using System.Numerics;
using NodaTime;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Domain.Attribution;
using OpenMeet.Insights.Domain.Calendar;
using OpenMeet.Insights.Domain.Metering;
using OpenMeet.Insights.Domain.Storage;

namespace OpenMeet.Insights.Infrastructure.Metering;

/// <summary>Whose rollup a row is.</summary>
public enum RollupScope : short
{
    /// <summary>The acting user, as sent.</summary>
    Subject = 1,

    /// <summary>The named group, as sent.</summary>
    Group = 2,

    /// <summary>The carrier, by the attribution policy.</summary>
    Carrier = 3,
}

/// <summary>The key of one row of hourly rollups.</summary>
public readonly record struct RollupKey(int Meter, RollupScope Scope, string Key, Instant Hour) : IComparable<RollupKey>
{
    // Every writer takes rows in this order, so that two never wait for each other.
    public int CompareTo(RollupKey other)
    {
        var order = Meter.CompareTo(other.Meter);
        if (order == 0) order = Scope.CompareTo(other.Scope);
        if (order == 0) order = KeyOrder.Compare(Key, other.Key);
        return order == 0 ? Hour.CompareTo(other.Hour) : order;
    }
}

/// <summary>What one row of hourly rollups holds; states of the same key add up.</summary>
public sealed class RollupState
{
    public long Count { get; set; }
    public Quantity Sum { get; set; }
    public Integral Moment { get; set; }
    public Quantity? Min { get; set; }
    public Quantity? Max { get; set; }

    /// <summary>Adds a part of the span, which begins some microseconds after it.</summary>
    public void Add(RollupState part, long microsAfter)
    {
        Count += part.Count;
        Sum += part.Sum;
        Moment += part.Moment + Integral.Of(part.Sum, microsAfter);
        if (part.Min is { } min && !(Min < min)) Min = min;
        if (part.Max is { } max && !(Max > max)) Max = max;
    }

    /// <summary>Whether nothing is left of it.</summary>
    public bool IsEmpty => Count == 0 && Sum == Quantity.Zero && Moment == Integral.Zero;

    public override string ToString() => $"count {Count}, sum {Sum}, moment {Moment}, min {Min?.ToString() ?? "-"}, max {Max?.ToString() ?? "-"}";
}

/// <summary>Adds events up in memory to as few rollup rows as they touch, and writes them in one statement.</summary>
/// <param name="attribution">Who carries.</param>
/// <param name="only">Takes only what happens in this range; null for everything.</param>
public sealed class RollupFold(AttributionSchedule attribution, TimeRange? only = null)
{
    private static readonly Int128 s_mostDecimal = (Int128)decimal.MaxValue;

    private readonly Dictionary<RollupKey, RollupState> _rows = [];

    /// <summary>The rows so far.</summary>
    public IReadOnlyDictionary<RollupKey, RollupState> Rows => _rows;

    /// <summary>Adds what one event means to the meters that read it; marks the event where a meter cannot use its value.</summary>
    public void Add(UsageEvent e, MeterSet meters)
    {
        foreach (var stored in meters.Reading(e.Type))
        {
            if (stored.Meter.IsStorage || !stored.Counts(e)) continue;
            foreach (var reading in stored.Meter.Read(e, error => e.ValidationError = e.ValidationError is null ? error : e.ValidationError + " " + error))
            {
                if (stored.Meter.IsRolledUp) Add(stored, e, reading);
            }
        }
    }

    /// <summary>Adds one event to one meter.</summary>
    public void Add(StoredMeter stored, UsageEvent e, Action<string>? error = null)
    {
        foreach (var reading in stored.Meter.Read(e, error)) Add(stored, e, reading);
    }

    /// <summary>Takes back what an event added, except from meters that keep the least or the greatest value.</summary>
    public void TakeBack(UsageEvent e, MeterSet meters)
    {
        foreach (var stored in meters.Reading(e.Type).Where(m => m.Meter is { IsStorage: false, IsRolledUp: true, HasExtremes: false } && m.Counts(e)))
        {
            foreach (var reading in stored.Meter.Read(e)) Add(stored, e, reading, -1);
        }
    }

    /// <summary>Adds (sign 1) or takes back (sign -1) a change of a stored level.</summary>
    public void Add(int storageMeter, StorageDelta delta, int sign)
    {
        var value = sign < 0 ? -delta.Delta : delta.Delta;
        var e = delta.Event;
        AddTo(storageMeter, RollupScope.Carrier, delta.Carrier.Key, value, delta.Time, sign, null, null);
        if (delta.IsMove) return;
        AddTo(storageMeter, RollupScope.Subject, e.Subject ?? "", value, delta.Time, sign, null, null);
        AddTo(storageMeter, RollupScope.Group, e.Group ?? "", value, delta.Time, sign, null, null);
    }

    /// <summary>Forgets all other rows.</summary>
    public void KeepOnly(Func<RollupKey, bool> kept)
    {
        foreach (var key in _rows.Keys.Where(k => !kept(k)).ToArray()) _rows.Remove(key);
    }

    /// <summary>The clock hour (UTC) of an instant.</summary>
    public static Instant HourOf(Instant time)
    {
        var ticks = time.ToUnixTimeTicks();
        var rest = ticks % NodaConstants.TicksPerHour;
        return Instant.FromUnixTimeTicks(ticks - (rest < 0 ? rest + NodaConstants.TicksPerHour : rest));
    }

    /// <summary>Writes all rows, added to what the tables hold: the hours, and the days and months that stand behind them already.</summary>
    /// <param name="connection">Inside the transaction that stores the events.</param>
    /// <param name="tenantId">The tenant.</param>
    /// <param name="meters">As this transaction sees them: they say up to where days and months stand.</param>
    /// <param name="cancel">Ends the writing.</param>
    public async Task WriteAsync(NpgsqlConnection connection, int tenantId, MeterSet meters, CancellationToken cancel)
    {
        var rows = await WriteHoursAsync(connection, tenantId, cancel);
        foreach (var tier in (RollupTier[])[RollupTier.Day, RollupTier.Month])
        {
            var behind = new Dictionary<RollupKey, RollupState>();
            foreach (var (key, state) in rows)
            {
                if (key.Hour >= meters.TierEnd(key.Meter, tier)) continue;
                var start = tier.StartOf(key.Hour);
                var span = key with { Hour = start };
                if (!behind.TryGetValue(span, out var sum)) behind[span] = sum = new RollupState();
                sum.Add(state, (key.Hour - start).BclCompatibleTicks / 10);
            }
            await WriteAsync(connection, tenantId, tier, [.. behind.OrderBy(r => r.Key)], cancel);
        }
    }

    /// <summary>Writes the hours alone, for who makes days and months anew.</summary>
    internal async Task<KeyValuePair<RollupKey, RollupState>[]> WriteHoursAsync(NpgsqlConnection connection, int tenantId, CancellationToken cancel)
    {
        var rows = _rows.Where(r => !r.Value.IsEmpty || r.Value.Min is not null).OrderBy(r => r.Key).ToArray();
        await WriteAsync(connection, tenantId, RollupTier.Hour, rows, cancel);
        return rows;
    }

    private static async Task WriteAsync(NpgsqlConnection connection, int tenantId, RollupTier tier, KeyValuePair<RollupKey, RollupState>[] rows, CancellationToken cancel)
    {
        if (rows.Length == 0) return;
        await using var upsert = new NpgsqlCommand(tier.Upsert, connection)
        {
            Parameters =
            {
                new() { Value = tenantId },
                new() { Value = Array.ConvertAll(rows, r => r.Key.Meter) },
                new() { Value = Array.ConvertAll(rows, r => (short)r.Key.Scope) },
                new() { Value = Array.ConvertAll(rows, r => r.Key.Key) },
                new() { Value = Array.ConvertAll(rows, r => r.Key.Hour), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                new() { Value = Array.ConvertAll(rows, r => r.Value.Count) },
                Numeric(Array.ConvertAll(rows, r => r.Value.Sum.Millionths)),
                Numeric(Array.ConvertAll(rows, r => r.Value.Moment.Raw)),
                Numeric(Array.ConvertAll(rows, r => r.Value.Min is { } min ? (BigInteger)min.Millionths : (BigInteger?)null)),
                Numeric(Array.ConvertAll(rows, r => r.Value.Max is { } max ? (BigInteger)max.Millionths : (BigInteger?)null)),
            },
        };
        await upsert.ExecuteNonQueryAsync(cancel);
    }

    internal static NpgsqlParameter Numeric<T>(T[] values) => new() { Value = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Numeric };

    // Decimals are sent with far less work than numbers of any length, and almost all sums fit.
    private static NpgsqlParameter Numeric(Int128[] values) => Array.TrueForAll(values, v => v <= s_mostDecimal && v >= -s_mostDecimal)
        ? Numeric(Array.ConvertAll(values, v => (decimal)v))
        : Numeric(Array.ConvertAll(values, v => (BigInteger)v));

    private void Add(StoredMeter stored, UsageEvent e, MeterReading reading, int sign = 1)
    {
        var value = sign < 0 ? -reading.Value : reading.Value;
        Quantity? min = stored.Meter.Aggregation == Aggregation.Min ? reading.Value : null;
        Quantity? max = stored.Meter.Aggregation == Aggregation.Max ? reading.Value : null;
        AddTo(stored.Id, RollupScope.Subject, e.Subject ?? "", value, e.Time, sign, min, max);
        AddTo(stored.Id, RollupScope.Group, e.Group ?? "", value, e.Time, sign, min, max);
        var holder = new Holder(e.Group, e.Subject);
        if (stored.Meter.Aggregation == Aggregation.TimeWeightedSum)
        {
            foreach (var change in attribution.Spread(holder, e.Time, value)) AddTo(stored.Id, RollupScope.Carrier, change.Carrier.Key, change.Delta, change.Time, sign, null, null);
        }
        else if (stored.Meter.IsAdditive)
        {
            var parts = attribution.At(e.Time).Share(holder, value);
            AddTo(stored.Id, RollupScope.Carrier, parts.First.Key, parts.FirstPart, e.Time, sign, null, null);
            if (parts.Second is { } second) AddTo(stored.Id, RollupScope.Carrier, second.Key, parts.SecondPart, e.Time, sign, null, null);
        }
        else
        {
            var (first, second) = attribution.At(e.Time).Whole(holder);
            AddTo(stored.Id, RollupScope.Carrier, first.Key, value, e.Time, sign, min, max);
            if (second is { } other) AddTo(stored.Id, RollupScope.Carrier, other.Key, value, e.Time, sign, min, max);
        }
    }

    private void AddTo(int meter, RollupScope scope, string carrier, Quantity value, Instant time, int count, Quantity? min, Quantity? max)
    {
        if (only is { } range && !range.Contains(time)) return;
        var key = new RollupKey(meter, scope, carrier, HourOf(time));
        if (!_rows.TryGetValue(key, out var state)) _rows[key] = state = new RollupState();
        state.Count += count;
        state.Sum += value;
        state.Moment += Integral.Of(value, (time.ToUnixTimeTicks() - key.Hour.ToUnixTimeTicks()) / 10);
        if (min is { } least && !(state.Min < least)) state.Min = least;
        if (max is { } most && !(state.Max > most)) state.Max = most;
    }
}
