using System.Diagnostics;
using System.Text.RegularExpressions;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Hosting;

/// <summary>docs/tutorial.md prints what it says: its commands, in one shell, against a running portal.</summary>
public sealed partial class TutorialTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private const string Key = "omi_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG";
    private const string Cut = "--- 8< ---";

    [Fact]
    public async Task Every_command_of_the_tutorial_prints_what_stands_below_it()
    {
        var text = await File.ReadAllTextAsync(Checkout.Resolve("docs/tutorial.md"), TestContext.Current.CancellationToken);
        // The start is the reader's: it names the key that the commands use.
        Assert.Contains("export Insights__Bootstrap__ApiKey=" + Key, text, StringComparison.Ordinal);
        var blocks = Block().Matches(text).Select(m => (Kind: m.Groups[1].Value, Text: m.Groups[2].Value)).Where(b => b.Kind.Length > 0).ToList();
        var commands = blocks.Where(b => b.Kind == "sh").Select(b => b.Text).ToList();
        Assert.InRange(commands.Count, 6, 30);
        // Each block of commands has its answer below it.
        Assert.Equal(commands.Count, blocks.Zip(blocks.Skip(1)).Count(p => (p.First.Kind, p.Second.Kind) == ("sh", "text")));

        var script = string.Join($"\necho '{Cut}'\n", commands).Replace("http://localhost:5270", portal.Address.ToString().TrimEnd('/'), StringComparison.Ordinal).Replace(Key, RunningPortal.Key, StringComparison.Ordinal);
        var printed = (await RunAsync(script)).Split(Cut + "\n");
        var expected = blocks.Where(b => b.Kind == "text").Select(b => b.Text).ToList();
        Assert.Equal(expected.Count, printed.Length);
        foreach (var (said, came) in expected.Zip(printed)) Assert.Matches("(?s)^" + Regex.Escape(said.TrimEnd()).Replace("…", ".*", StringComparison.Ordinal) + "$", came.TrimEnd());
    }

    private static async Task<string> RunAsync(string script)
    {
        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", script]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var bash = Process.Start(start)!;
        var (printed, complaints) = (bash.StandardOutput.ReadToEndAsync(), bash.StandardError.ReadToEndAsync());
        bash.StandardInput.Close();
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(5));
        Assert.True(bash.ExitCode == 0, $"bash ended with {bash.ExitCode}:\n{await printed}\n{await complaints}");
        return await printed;
    }

    [GeneratedRegex("^```(\\w*)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
