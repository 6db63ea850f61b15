namespace OpenMeet.Insights.Tests.Forecasting;

/// <summary>Random numbers of one seed, in the shapes that simulated histories need.</summary>
internal sealed class Chance(int seed)
{
    private readonly Random random = new(seed);

    /// <summary>Even between 0 and 1.</summary>
    public double Even() => random.NextDouble();

    /// <summary>Normal, mean 0, deviation 1.</summary>
    public double Normal() => Math.Sqrt(-2 * Math.Log(1 - Even())) * Math.Cos(2 * Math.PI * Even());

    /// <summary>Exponential, mean 1.</summary>
    public double Exponential() => -Math.Log(1 - Even());

    /// <summary>Log-normal, mean 1.</summary>
    public double LogNormal(double deviation) => Math.Exp((deviation * Normal()) - (deviation * deviation / 2));

    /// <summary>A count of rare things.</summary>
    public int Poisson(double mean)
    {
        var (count, product) = (0, Even());
        for (; product > Math.Exp(-mean); count++) product *= Even();
        return count;
    }
}
