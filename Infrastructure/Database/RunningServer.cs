using System.Globalization;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>A PostgreSQL server that runs on a cluster, as its <c>postmaster.pid</c> and the process itself say.</summary>
internal sealed record RunningServer(int Port, string Program)
{
    /// <summary>The server that runs on a cluster; null where none does, also where a file of one that was killed is left.</summary>
    public static RunningServer? Find(string cluster)
    {
        // the process's number, the data folder, the time of its start, the port, ...
        var lines = Read(PidFile(cluster)).Split('\n');
        var command = Command(lines[0]);
        var port = lines.Length > 3 && int.TryParse(lines[3], CultureInfo.InvariantCulture, out var number) ? number : 0;
        return command.Contains(cluster) ? new RunningServer(port, command[0]) : null;
    }

    /// <summary>
    /// Removes the file of a server that was killed where another program has its number by now, which PostgreSQL would take for a server;
    /// in a container numbers come again at once. The other cases PostgreSQL clears by itself, and more carefully.
    /// </summary>
    public static void ClearStale(string cluster)
    {
        var command = Command(Read(PidFile(cluster)).Split('\n')[0]);
        if (command[0].Length > 0 && Path.GetFileName(command[0]) != "postgres")
        {
            File.Delete(PidFile(cluster));
        }
    }

    private static string[] Command(string number) => Read($"/proc/{number.Trim()}/cmdline").Split('\0');

    private static string PidFile(string cluster) => Path.Combine(cluster, "postmaster.pid");

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return "";
        }
    }
}
