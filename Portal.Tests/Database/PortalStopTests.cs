using System.Security.Cryptography;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Tests.Database;

/// <summary>The embedded server lives exactly as long as its portal.</summary>
public sealed class PortalStopTests
{
    [Fact]
    public async Task A_portal_that_stops_stops_its_database_too()
    {
        var folder = Path.Combine(Path.GetTempPath(), "insights-tests-stop-" + RandomNumberGenerator.GetHexString(8, lowercase: true));
        try
        {
            var pid = Path.Combine(folder, "postgres", "postmaster.pid");
            await using (var portal = await PortalHost.BuildAsync(["--Insights:DataDirectory=" + folder, "--urls=http://127.0.0.1:0", "--Logging:LogLevel:Default=Warning"]))
            {
                await portal.StartAsync(TestContext.Current.CancellationToken);
                Assert.True(File.Exists(pid));
                await portal.StopAsync(TestContext.Current.CancellationToken);
            }
            Assert.False(File.Exists(pid), "The database still runs.");
        }
        finally
        {
            System.IO.Directory.Delete(folder, recursive: true);
        }
    }
}
