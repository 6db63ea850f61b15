using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Metering;

/// <summary>The package that OpenMeet adds: built from its lock file, its own tests against this portal.</summary>
public sealed class OpenMeetPackageTests(RunningPortal portal) : IClassFixture<RunningPortal>
{
    private static readonly string Package = Path.Combine(Checkout.Root, "integrations", "openmeet");

    [Fact]
    public async Task It_builds_and_its_tests_pass_against_a_portal()
    {
        var community = await portal.NewCommunityAsync();
        await RunAsync(community, "ci", "--prefer-offline", "--fetch-retries=5", "--loglevel=error");
        var told = await RunAsync(community, "test");

        Assert.Equal((0, 0, 0), (Count(told, "fail"), Count(told, "cancelled"), Count(told, "skipped")));
        Assert.True(Count(told, "pass") >= 39, told);
        Assert.Equal(Count(told, "tests"), Count(told, "pass"));

        // What the package says it sent is what stands here, and counts.
        Assert.Equal("600", await community.ValueAsync("messages", "subject=killed-host"));
        Assert.True(await community.RecountAsync() > 600);
    }

    private static int Count(string told, string what) =>
        Regex.Match(told, $"^# {what} ([0-9]+)$", RegexOptions.Multiline) is { Success: true } found ? int.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture) : -1;

    private async Task<string> RunAsync(TestCommunity community, params string[] arguments)
    {
        var start = new ProcessStartInfo("npm", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = Package,
            Environment =
            {
                ["PORTAL"] = portal.Address.ToString().TrimEnd('/'), ["PORTAL_KEY"] = RunningPortal.Key, ["PORTAL_TENANT"] = community.Key,
                ["NO_PROXY"] = "127.0.0.1", ["NODE_USE_ENV_PROXY"] = "0",
            },
        };
        using var npm = Process.Start(start)!;
        var (said, complained) = (npm.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), npm.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await npm.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(npm.ExitCode == 0, await said + await complained);
        return await said;
    }
}
