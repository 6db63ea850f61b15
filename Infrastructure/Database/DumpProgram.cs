using System.Globalization;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>One of PostgreSQL's client programs: <c>pg_dump</c> or <c>pg_restore</c>.</summary>
internal sealed record DumpProgram(string Path, string Name, int Major)
{
    /// <summary>
    /// Those that fit a server, the best first: of its own major version, then newer ones, the oldest of these first. An older one cannot
    /// read what a newer server has.
    /// </summary>
    /// <exception cref="BackupException">There is none.</exception>
    public static async Task<IReadOnlyList<DumpProgram>> FindAsync(string name, IEnumerable<string> folders, int serverMajor, CancellationToken cancel)
    {
        var found = new List<DumpProgram>();
        foreach (var path in folders.Select(folder => System.IO.Path.Combine(folder, name)).Where(File.Exists).Distinct())
        {
            // "pg_dump (PostgreSQL) 18.4", with a distribution's own words behind it
            var answer = await ServerAccount.Own.RunAsync(path, ["--version"], cancel);
            var version = answer.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ElementAtOrDefault(2) ?? "";
            if (answer.Succeeded && int.TryParse(version.Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major)) found.Add(new DumpProgram(path, name, major));
        }
        DumpProgram[] fitting = [.. found.Where(p => p.Major >= serverMajor).OrderBy(p => p.Major)];
        return fitting.Length > 0 ? fitting : throw new BackupException(
            (found.Count > 0
                ? $"The database runs on PostgreSQL {serverMajor}, and {name} is here only in version {found.Max(p => p.Major)}, which cannot read a newer server. "
                : $"PostgreSQL's program {name} was not found. ")
            + $"Install the client programs of PostgreSQL {serverMajor} (apt-get install postgresql-client-{serverMajor}; where the distribution has an older one, "
            + "PostgreSQL's own packages are described at https://www.postgresql.org/download), or put a folder that has them into PATH.");
    }

    /// <summary>Runs it. A password goes by the environment, never by the arguments, which every user of the machine may read.</summary>
    public Task<CommandResult> RunAsync(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment, CancellationToken cancel) =>
        ServerAccount.Own.RunAsync(Path, arguments, cancel, environment);
}
