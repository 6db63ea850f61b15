using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Deploy;

/// <summary>The unit, checked by systemd itself.</summary>
public sealed class SystemdTests
{
    private const string Unit = "openmeet-insights.service";

    [Fact]
    public async Task The_unit_is_right_and_closed()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("insights-unit-").FullName;
        try
        {
            // The .NET of this machine, wherever it is: the program must be there for systemd to call the unit right.
            var text = await File.ReadAllTextAsync(Checkout.Resolve("deploy/systemd/" + Unit), TestContext.Current.CancellationToken);
            var unit = Path.Combine(folder, Unit);
            await File.WriteAllTextAsync(unit, text.Replace("/usr/bin/dotnet", Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : await WhichDotnetAsync(), StringComparison.Ordinal), TestContext.Current.CancellationToken);

            var (code, said) = await Tool.RunAsync("systemd-analyze", "verify", "--man=no", unit);
            Assert.True(code == 0 && !said.Contains(Unit, StringComparison.Ordinal), said);
            // 0 is closed, 10 is open; from 2.0 on somebody opened a door.
            (code, said) = await Tool.RunAsync("systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=20", unit);
            Assert.True(code == 0, said);

            // What systemd does not know is found.
            await File.AppendAllTextAsync(unit, "[Service]\nProtectEverything=yes\n", TestContext.Current.CancellationToken);
            Assert.Contains("ProtectEverything", (await Tool.RunAsync("systemd-analyze", "verify", "--man=no", unit)).Said, StringComparison.Ordinal);
        }
        finally
        {
            System.IO.Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_stop_has_time_for_the_drain_and_for_what_is_in_hand()
    {
        var unit = File.ReadAllText(Checkout.Resolve("deploy/systemd/" + Unit));
        var drain = Number("Insights__Shutdown__DrainSeconds=", unit);
        Assert.True(Number("TimeoutStopSec=", unit) >= drain + 30);
    }

    private static int Number(string name, string unit) =>
        int.Parse(new string([.. unit[(unit.IndexOf(name, StringComparison.Ordinal) + name.Length)..].TakeWhile(char.IsAsciiDigit)]), System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<string> WhichDotnetAsync() => (await Tool.RunAsync("sh", "-c", "command -v dotnet")).Said.Trim();
}
