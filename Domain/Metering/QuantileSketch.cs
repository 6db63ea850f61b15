namespace OpenMeet.Insights.Domain.Metering;

/// <summary>
/// A mergeable sketch of a distribution: values fall into buckets whose bounds grow by a constant factor, so every quantile is
/// within 1 % of the exact one (Masson, Rim, Lee: DDSketch, 2019). Zero and negative values are kept apart.
/// </summary>
public sealed class QuantileSketch
{
    /// <summary>The largest relative error of a quantile.</summary>
    public const double RelativeError = 0.01;

    private static readonly double LogGamma = Math.Log((1 + RelativeError) / (1 - RelativeError));
    private readonly SortedDictionary<int, long> _positive = [];
    private readonly SortedDictionary<int, long> _negative = [];
    private long _zeros;

    /// <summary>How many values it has seen.</summary>
    public long Count { get; private set; }

    /// <summary>Adds one value.</summary>
    public void Add(double value)
    {
        Count++;
        if (value == 0) _zeros++;
        else Add(value > 0 ? _positive : _negative, Bucket(Math.Abs(value)), 1);
    }

    /// <summary>Adds all that another sketch has seen.</summary>
    public void Merge(QuantileSketch other)
    {
        Count += other.Count;
        _zeros += other._zeros;
        foreach (var (bucket, count) in other._positive) Add(_positive, bucket, count);
        foreach (var (bucket, count) in other._negative) Add(_negative, bucket, count);
    }

    /// <summary>The quantile (0 to 1), by rank <c>ceil(q * n)</c>; null when nothing was seen.</summary>
    public double? Quantile(double q)
    {
        if (Count == 0) return null;
        var rank = Math.Max(1, (long)Math.Ceiling(q * Count));
        foreach (var (bucket, count) in _negative.Reverse())
        {
            if ((rank -= count) <= 0) return -Middle(bucket);
        }
        if ((rank -= _zeros) <= 0) return 0;
        foreach (var (bucket, count) in _positive)
        {
            if ((rank -= count) <= 0) return Middle(bucket);
        }
        return Middle(_positive.Keys.Last());
    }

    private static int Bucket(double value) => (int)Math.Ceiling(Math.Log(value) / LogGamma);

    private static double Middle(int bucket) => 2 * Math.Exp(bucket * LogGamma) / (1 + Math.Exp(LogGamma));

    private static void Add(SortedDictionary<int, long> buckets, int bucket, long count) =>
        buckets[bucket] = buckets.TryGetValue(bucket, out var now) ? now + count : count;
}
