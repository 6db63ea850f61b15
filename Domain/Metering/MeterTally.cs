using System.Globalization;
using System.Numerics;
using NodaTime;

namespace OpenMeet.Insights.Domain.Metering;

/// <summary>
/// Adds readings and rollups up to the rows of an answer. The same code serves queries of the ledger, of the rollups, and any mix,
/// so a number does not depend on the way it was read.
/// </summary>
public sealed class MeterTally
{
    private readonly Aggregation _aggregation;
    private readonly MeterQuery _query;
    private readonly IReadOnlyList<Instant> _starts;
    private readonly Dictionary<SeriesKey, Series> _series = [];

    public MeterTally(Aggregation aggregation, MeterQuery query)
    {
        (_aggregation, _query) = (aggregation, query);
        _starts = query.WindowStarts();
        if (query.GroupBy.Count == 0) SeriesOf(null, []);
    }

    /// <summary>The starts of the answer's windows.</summary>
    public IReadOnlyList<Instant> WindowStarts => _starts;

    /// <summary>Adds one reading at an instant before the query's end. For a level, readings before its start count as well.</summary>
    public void Add(Instant time, string id, MeterReading reading, string? subject, string?[] dimensions)
    {
        if (time >= _query.To) return;
        if (_aggregation == Aggregation.TimeWeightedSum)
        {
            var series = SeriesOf(subject, dimensions);
            if (time < _query.From) series.Before += reading.Value;
            else series.Window(IndexOf(time)).AddDelta(reading.Value, Micros(_starts[IndexOf(time)], time));
            return;
        }
        if (time < _query.From) return;
        SeriesOf(subject, dimensions).Window(IndexOf(time)).Add(_aggregation, reading, time, id);
    }

    /// <summary>Adds rollups that lie wholly inside one window.</summary>
    /// <param name="window">The window's index.</param>
    /// <param name="state">What they hold; the moment counts from the window's start.</param>
    /// <param name="subject">The series' acting user.</param>
    /// <param name="dimensions">The series' values.</param>
    public void AddRollup(int window, RollupSum state, string? subject, string?[] dimensions) =>
        SeriesOf(subject, dimensions).Window(window).AddRollup(state);

    /// <summary>Adds what a level was made of before the query, in one sum.</summary>
    public void AddBefore(Quantity sum, string? subject, string?[] dimensions) => SeriesOf(subject, dimensions).Before += sum;

    /// <summary>The rows, series by series in ordinal order, windows in time order.</summary>
    public IReadOnlyList<MeterRow> Rows()
    {
        var rows = new List<MeterRow>();
        var names = _query.GroupBy.Where(d => d != "subject").ToArray();
        foreach (var (key, series) in _series.OrderBy(s => s.Key))
        {
            if (_query.GroupBy.Count > 0 && !series.Occurs) continue;
            var groupBy = names.Select((name, i) => (name, value: key.Dimensions[i])).ToDictionary(d => d.name, d => d.value, StringComparer.Ordinal);
            var level = series.Before;
            for (var i = 0; i < _starts.Count; i++)
            {
                var end = i + 1 < _starts.Count ? _starts[i + 1] : _query.To;
                var window = series.WindowOrNull(i);
                rows.Add(new MeterRow(_starts[i], end, key.Subject, groupBy, Value(window, level, Micros(_starts[i], end))));
                if (window is not null) level += window.Sum;
            }
        }
        return rows;
    }

    private string? Value(Window? window, Quantity level, long micros) => _aggregation switch
    {
        Aggregation.Count => (window?.Count ?? 0).ToString(CultureInfo.InvariantCulture),
        Aggregation.Sum => (window?.Sum ?? Quantity.Zero).ToString(),
        Aggregation.TimeWeightedSum => window is null
            ? Integral.Of(level, micros).ToString()
            : (Integral.Of(level + window.Sum, micros) - window.Moment).ToString(),
        _ => window?.Value(_aggregation, _query.Quantile),
    };

    private int IndexOf(Instant time)
    {
        int low = 0, high = _starts.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_starts[middle] <= time) low = middle;
            else high = middle - 1;
        }
        return low;
    }

    private Series SeriesOf(string? subject, string?[] dimensions)
    {
        var key = new SeriesKey(subject, dimensions);
        if (!_series.TryGetValue(key, out var series)) _series[key] = series = new Series();
        return series;
    }

    private static long Micros(Instant from, Instant to) => (to.ToUnixTimeTicks() - from.ToUnixTimeTicks()) / 10;

    private readonly record struct SeriesKey(string? Subject, string?[] Dimensions) : IComparable<SeriesKey>
    {
        public bool Equals(SeriesKey other) => Subject == other.Subject && Dimensions.AsSpan().SequenceEqual(other.Dimensions);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(Subject);
            foreach (var value in Dimensions) hash.Add(value);
            return hash.ToHashCode();
        }

        public int CompareTo(SeriesKey other)
        {
            var order = Compare(Subject, other.Subject);
            for (var i = 0; order == 0 && i < Dimensions.Length; i++) order = Compare(Dimensions[i], other.Dimensions[i]);
            return order;
        }

        private static int Compare(string? a, string? b) =>
            a is null ? (b is null ? 0 : -1) : b is null ? 1 : KeyOrder.Compare(a, b);
    }

    private sealed class Series
    {
        private readonly SortedDictionary<int, Window> _windows = [];

        public Quantity Before { get; set; }

        public bool Occurs => _windows.Count > 0 || Before != Quantity.Zero;

        public Window Window(int index)
        {
            if (!_windows.TryGetValue(index, out var window)) _windows[index] = window = new Window();
            return window;
        }

        public Window? WindowOrNull(int index) => _windows.GetValueOrDefault(index);
    }

    private sealed class Window
    {
        private Quantity? _min, _max, _latest;
        private (Instant Time, string Id) _latestAt;
        private HashSet<string>? _distinct;
        private QuantileSketch? _sketch;

        public long Count { get; private set; }

        public Quantity Sum { get; private set; }

        // Sum of each delta times the microseconds from the window's start to it.
        public Integral Moment { get; private set; }

        public void AddDelta(Quantity delta, long microsFromStart)
        {
            Count++;
            Sum += delta;
            Moment += Integral.Of(delta, microsFromStart);
        }

        public void Add(Aggregation aggregation, MeterReading reading, Instant time, string id)
        {
            Count++;
            Sum += reading.Value;
            switch (aggregation)
            {
                case Aggregation.Min: _min = _min is { } least && least < reading.Value ? least : reading.Value; break;
                case Aggregation.Max: _max = _max is { } most && most > reading.Value ? most : reading.Value; break;
                case Aggregation.UniqueCount: (_distinct ??= new HashSet<string>(StringComparer.Ordinal)).Add(reading.Text!); break;
                case Aggregation.Percentile: (_sketch ??= new QuantileSketch()).Add((double)reading.Value.ToDecimal()); break;
                case Aggregation.Latest:
                    if (_latest is null || time > _latestAt.Time || (time == _latestAt.Time && KeyOrder.Compare(id, _latestAt.Id) > 0))
                        (_latest, _latestAt) = (reading.Value, (time, id));
                    break;
            }
        }

        public void AddRollup(RollupSum state)
        {
            Count += state.Count;
            Sum += state.Sum;
            Moment += state.Moment;
            if (state.Min is { } least && !(_min < least)) _min = least;
            if (state.Max is { } most && !(_max > most)) _max = most;
        }

        public string? Value(Aggregation aggregation, double quantile) => aggregation switch
        {
            Aggregation.Avg => Mean(),
            Aggregation.Min => _min?.ToString(),
            Aggregation.Max => _max?.ToString(),
            Aggregation.Latest => _latest?.ToString(),
            Aggregation.UniqueCount => _distinct?.Count.ToString(CultureInfo.InvariantCulture),
            Aggregation.Percentile => _sketch?.Quantile(quantile)?.ToString("R", CultureInfo.InvariantCulture),
            _ => null,
        };

        private string Mean()
        {
            // Twelve decimals, half away from zero: (2 * sum * 10^6 + count) / (2 * count) on absolute values.
            var numerator = BigInteger.Abs(Sum.Millionths) * 1_000_000;
            var rounded = (Int128)(((2 * numerator) + Count) / (2 * (BigInteger)Count));
            return new ScaledNumber(Sum.Millionths < 0 ? -rounded : rounded, 12).ToString();
        }
    }
}

/// <summary>Rollups added up.</summary>
/// <param name="Count">Readings.</param>
/// <param name="Sum">Sum of the values.</param>
/// <param name="Moment">Sum of each value times the microseconds from a fixed start to it.</param>
/// <param name="Min">The least value, where the meter keeps it.</param>
/// <param name="Max">The greatest value, where the meter keeps it.</param>
public sealed record RollupSum(long Count, Quantity Sum, Integral Moment, Quantity? Min, Quantity? Max);
