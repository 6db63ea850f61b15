using System.Diagnostics;

namespace OpenMeet.Insights.Tests.Support;

/// <summary>A program of the distribution, run to its end.</summary>
public static class Tool
{
    /// <summary>Runs it; its exit code, and what it wrote on both outputs.</summary>
    public static async Task<(int Code, string Said)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start) ?? throw new InvalidOperationException(program + " does not start.");
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(said));
    }
}
