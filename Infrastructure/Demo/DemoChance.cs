namespace OpenMeet.Insights.Infrastructure.Demo;

/// <summary>The few distributions that the demo draws from.</summary>
internal static class DemoChance
{
    /// <summary>A stream of its own for one part of the year, so that parts do not move each other.</summary>
    public static Random Stream(int seed, int part) => new(unchecked((seed * 31) + part));

    public static bool Happens(this Random random, double probability) => random.NextDouble() < probability;

    public static double Between(this Random random, double from, double to) => from + (random.NextDouble() * (to - from));

    public static double Normal(this Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    public static double LogNormal(this Random random, double median, double sigma) => median * Math.Exp(sigma * random.Normal());

    public static double Exponential(this Random random, double mean) => -mean * Math.Log(1 - random.NextDouble());

    public static int Poisson(this Random random, double mean)
    {
        var bound = Math.Exp(-mean);
        var count = 0;
        for (var product = random.NextDouble(); product > bound; product *= random.NextDouble())
        {
            count++;
        }

        return count;
    }

    public static T Pick<T>(this Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];
}
