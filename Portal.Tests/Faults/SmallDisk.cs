using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Tests.Faults;

/// <summary>A data folder for a portal's own PostgreSQL, on a disk that the test makes full and frees again.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class SmallDisk : IAsyncDisposable
{
    private const int Megabyte = 1_048_576;

    // More than the largest file that a start and its transactions need, and not at the end of a page.
    private const long LargestFile = (17 * Megabyte) + 4_096;

    private readonly bool isMounted;

    private SmallDisk(string folder, bool isMounted) => (Folder, this.isMounted) = (folder, isMounted);

    /// <summary>The data folder.</summary>
    public string Folder { get; }

    /// <summary>How much an event must bring so that a few hundred of them need more room than there is.</summary>
    public int Padding => isMounted ? 0 : 40_000;

    private string Cluster => Path.Combine(Folder, "postgres");

    private string Ballast => Path.Combine(Folder, "ballast");

    /// <summary>A small file system in memory, where this user may mount one; null otherwise.</summary>
    public static async Task<SmallDisk?> MountAsync()
    {
        var folder = NewFolder();
        if ((await ServerAccount.Own.RunAsync("mount", ["-t", "tmpfs", "-o", "size=256m,mode=755", "insights-tests", folder], CancellationToken.None)).Succeeded) return new SmallDisk(folder, isMounted: true);
        System.IO.Directory.Delete(folder);
        return null;
    }

    /// <summary>A folder as any other: full means that no file of the server may grow beyond a size (RLIMIT_FSIZE).</summary>
    public static SmallDisk Limit() => new(NewFolder(), isMounted: false);

    /// <summary>From now on there is no room.</summary>
    public Task FillAsync() => isMounted ? WriteBallastAsync() : LimitAsync(LargestFile.ToString(CultureInfo.InvariantCulture));

    /// <summary>There is room again.</summary>
    public async Task FreeAsync()
    {
        if (isMounted) File.Delete(Ballast);
        else await LimitAsync("unlimited");
    }

    /// <summary>Ends the server whole, as the system does when it is out of memory.</summary>
    public void KillServer()
    {
        using var server = Process.GetProcessById(Server());
        server.Kill();
    }

    public override string ToString() => isMounted ? "a file system of 256 MB" : "a limit of files";

    public async ValueTask DisposeAsync()
    {
        if (RunningServer.Find(Cluster) is not null) KillServer();
        if (isMounted) await ServerAccount.Own.RunAsync("umount", ["-l", Folder], CancellationToken.None);
        System.IO.Directory.Delete(Folder, recursive: true);
    }

    private static string NewFolder() =>
        System.IO.Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "insights-tests-faults-" + RandomNumberGenerator.GetHexString(8, lowercase: true))).FullName;

    private int Server() => int.Parse(File.ReadLines(Path.Combine(Cluster, "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    private async Task WriteBallastAsync()
    {
        var stones = new byte[65_536];
        await using var file = new FileStream(Ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        // By ever smaller pieces, down to the last page.
        for (var piece = stones.Length; piece >= 1_024; piece /= 2)
        {
            try
            {
                while (true) await file.WriteAsync(stones.AsMemory(0, piece));
            }
            catch (IOException)
            {
                // full for pieces of this size
            }
        }
    }

    // New backends have it from the server, those that run have to be told. Only the server's own user may, or root with all its rights.
    private async Task LimitAsync(string most)
    {
        var account = await ServerAccount.ChooseAsync(Cluster, CancellationToken.None);
        var server = Server();
        foreach (var process in System.IO.Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(p => int.TryParse(p, CultureInfo.InvariantCulture, out var id) && (id == server || ParentOf(p!) == server)))
            await account.RunAsync("prlimit", ["--pid", process!, $"--fsize={most}:"], CancellationToken.None);
    }

    private static int ParentOf(string process)
    {
        try
        {
            // pid (name) state parent: a name may hold anything
            var line = File.ReadAllText($"/proc/{process}/stat");
            return int.Parse(line[(line.LastIndexOf(')') + 1)..].Split(' ')[2], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
