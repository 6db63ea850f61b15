using System.Globalization;
using System.Runtime.InteropServices;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>What a figure was measured on, and how busy it was.</summary>
internal static class Machine
{
    public static async Task<string> DescribeAsync(BenchmarkDatabase database, string loadBefore)
    {
        var model = Lines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
        var version = await database.VersionAsync();
        return string.Create(
            CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores {model}, {memory:0} GB, PostgreSQL {version}, {RuntimeInformation.FrameworkDescription}, load {loadBefore} before, {Load()} after");
    }

    /// <summary>The machine's load of the last minute.</summary>
    public static string Load() => Lines("/proc/loadavg").FirstOrDefault()?.Split(' ')[0] ?? "unknown";

    private static string[] Lines(string file) => File.Exists(file) ? File.ReadAllLines(file) : [];
}
