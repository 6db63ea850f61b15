using System.Globalization;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>What may be said on the command line.</summary>
/// <param name="Events">How many events the benchmark is about; null for its own number.</param>
/// <param name="Rounds">How often the measurement is repeated on the same data; the figure is the median.</param>
internal sealed record BenchmarkOptions(int? Events, int Rounds)
{
    public const string Usage = "[--events N] [--rounds N]";

    public static bool TryParse(string[] arguments, out BenchmarkOptions options)
    {
        options = new BenchmarkOptions(null, 3);
        for (var i = 0; i < arguments.Length; i += 2)
        {
            if (i + 1 == arguments.Length || !int.TryParse(arguments[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0) return false;
            switch (arguments[i])
            {
                case "--events": options = options with { Events = number }; break;
                case "--rounds": options = options with { Rounds = number }; break;
                default: return false;
            }
        }
        return true;
    }
}
