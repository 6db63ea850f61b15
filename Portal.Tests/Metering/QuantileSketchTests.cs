using CsCheck;
using OpenMeet.Insights.Domain.Metering;

namespace OpenMeet.Insights.Tests.Metering;

public sealed class QuantileSketchTests
{
    private static readonly double[] Quantiles = [0.5, 0.9, 0.95, 0.99];

    // From a thousandth to 10^9, both signs and nothing at all, many of them equal.
    private static readonly Gen<double> Values = Gen.OneOf(
        Gen.Double[-3, 9].Select(e => Math.Pow(10, e)), Gen.Double[-3, 9].Select(e => -Math.Pow(10, e)), Gen.Const(0.0), Gen.Int[1, 5].Select(i => (double)i));

    [Fact]
    public void Every_quantile_is_within_one_percent_of_the_exact_one() =>
        Values.Array[1, 200].Sample(values =>
        {
            var sketch = Of(values);
            foreach (var q in Quantiles) AssertNear(Exact(values, q), sketch.Quantile(q)!.Value);
        }, iter: 10_000);

    [Fact]
    public void Merged_sketches_are_the_sketch_of_all() =>
        Gen.Select(Values.Array[0, 100], Values.Array[1, 100]).Sample((some, others) =>
        {
            var merged = Of(some);
            merged.Merge(Of(others));
            var all = Of([.. some, .. others]);
            Assert.Equal(all.Count, merged.Count);
            foreach (var q in Quantiles) Assert.Equal(all.Quantile(q), merged.Quantile(q));
        }, iter: 10_000);

    [Fact]
    public void Nothing_seen_has_no_quantile() => Assert.Null(new QuantileSketch().Quantile(0.5));

    private static QuantileSketch Of(double[] values)
    {
        var sketch = new QuantileSketch();
        foreach (var value in values) sketch.Add(value);
        return sketch;
    }

    private static double Exact(double[] values, double q) => values.Order().ElementAt(Math.Max(1, (int)Math.Ceiling(q * values.Length)) - 1);

    private static void AssertNear(double exact, double answered) =>
        Assert.True(Math.Abs(answered - exact) <= (Math.Abs(exact) * QuantileSketch.RelativeError) + 1e-12, $"{answered} for {exact}");
}
