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
    /// PostgreSQL takes any process that has a killed server's number for a server: another program's, which happens at once where a
    /// container counts anew, and a dead child's that nobody has waited for. The number is replaced by one that no process has; the rest
    /// of the file stays, since by it PostgreSQL makes sure that the killed server's children are gone too.
    /// </summary>
    public static void ClearStale(string cluster)
    {
        var file = PidFile(cluster);
        var lines = Read(file).Split('\n');
        if (System.IO.Directory.Exists($"/proc/{lines[0].Trim()}") && Path.GetFileName(Command(lines[0])[0]) != "postgres")
        {
            lines[0] = int.MaxValue.ToString(CultureInfo.InvariantCulture);
            File.WriteAllText(file, string.Join('\n', lines));
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
