namespace OpenMeet.Insights.Domain.Forecasting;

/// <summary>
/// Resamples residuals in blocks of a week, so that a weekend that is unlike a Monday stays whole. The random numbers are a fixed
/// sequence (SplitMix64): equal data give an equal range, on every machine.
/// </summary>
internal sealed class ResidualBootstrap(double[] residuals)
{
    internal const int Rounds = 500;
    internal const int Block = 7;

    private ulong state = 20_261_123;

    /// <summary>Fills a sequence with residuals, drawn in whole blocks; the last may be cut.</summary>
    internal void Draw(Span<double> into)
    {
        for (var start = 0; start < into.Length; start += Block)
        {
            var at = (int)(Next() % (ulong)residuals.Length);
            foreach (ref var residual in into.Slice(start, Math.Min(Block, into.Length - start)))
            {
                residual = residuals[at];
                at = at + 1 == residuals.Length ? 0 : at + 1;
            }
        }
    }

    /// <summary>Draws as <see cref="Draw"/> does, and adds up.</summary>
    internal double DrawSum(Span<double> into)
    {
        Draw(into);
        var sum = 0.0;
        foreach (var residual in into) sum += residual;
        return sum;
    }

    private ulong Next()
    {
        unchecked
        {
            state += 0x9E3779B97F4A7C15;
            var z = state;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}

/// <summary>Medians and quantiles of small samples.</summary>
internal static class OrderStatistics
{
    internal static double Median(IEnumerable<double> values) => Quantile([.. values.Order()], 0.5);

    /// <summary>Linear interpolation between the two neighbouring values of a sorted sample.</summary>
    internal static double Quantile(double[] sorted, double q)
    {
        var at = q * (sorted.Length - 1);
        var below = (int)Math.Floor(at);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
    }
}
