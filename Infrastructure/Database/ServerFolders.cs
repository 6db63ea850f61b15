using System.Runtime.Versioning;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>Where the embedded server's files lie, in folders that its account can enter.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class ServerFolders
{
    /// <summary>rwxr-xr-x</summary>
    public const UnixFileMode OpenFolder = OpenFile | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>rw-r--r--</summary>
    public const UnixFileMode OpenFile = OwnFile | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>rw-------</summary>
    public const UnixFileMode OwnFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private ServerFolders(string cluster, string copies, bool areElsewhere) => (Cluster, Copies, AreElsewhere) = (cluster, copies, areElsewhere);

    /// <summary>The server's data folder itself, behind any link.</summary>
    public string Cluster { get; }

    /// <summary>Whether the data folder holds only a link to the cluster.</summary>
    public bool AreElsewhere { get; }

    /// <summary>Where copies of programs may be kept.</summary>
    public string Copies { get; }

    /// <summary>The superuser's password, one line.</summary>
    public string Password => Cluster + ".password";

    /// <summary>
    /// The cluster is <c>postgres</c> in the data folder. Where root runs the portal and the server's account cannot enter that folder
    /// (a checkout below /root, which is 0700), <c>postgres</c> is a link to a folder below /var/lib instead: root's own folders
    /// stay closed, and whoever removes or moves the data folder takes the link along. Not below /var/tmp where it can be helped:
    /// systemd clears old files there.
    /// </summary>
    public static async Task<ServerFolders> PlaceAsync(
        string dataDirectory, ServerAccount account, ILogger logger, CancellationToken cancellation)
    {
        var place = Path.Combine(dataDirectory, "postgres");
        if (new FileInfo(place).LinkTarget is { } link)
        {
            var target = Path.GetFullPath(link, dataDirectory);
            return System.IO.Directory.Exists(target)
                ? new ServerFolders(target, account.IsSomebodyElse ? SharedRoot() : dataDirectory, areElsewhere: true)
                : throw new EmbeddedPostgresException(
                    $"{place} points to {target}, which is gone: bring it back, or remove the link to begin with an empty database.");
        }

        if (!account.IsSomebodyElse)
        {
            return new ServerFolders(place, dataDirectory, areElsewhere: false);
        }

        var root = SharedRoot();
        if (await account.CanEnterAsync(dataDirectory, cancellation))
        {
            return new ServerFolders(place, root, areElsewhere: false);
        }

        var outside = Path.Combine(root, "data-" + RandomNumberGenerator.GetHexString(12, lowercase: true));
        if (System.IO.Directory.Exists(place))
        {
            await MoveAsync(place, outside, cancellation);
            await MoveAsync(place + ".password", outside + ".password", cancellation);
        }
        else
        {
            System.IO.Directory.CreateDirectory(outside);
        }

        foreach (var note in System.IO.Directory.EnumerateFiles(root, "*.link").Where(note => File.ReadAllText(note) == place))
        {
            logger.LogWarning(
                "{Folder} holds the database that {Place} led to before it was removed: remove it too if nobody needs it",
                Path.ChangeExtension(note, null), place);
        }

        await File.WriteAllTextAsync(outside + ".link", place, cancellation);
        File.CreateSymbolicLink(place, outside);
        return new ServerFolders(outside, root, areElsewhere: true);
    }

    private static async Task MoveAsync(string from, string to, CancellationToken cancellation)
    {
        var move = await ServerAccount.Own.RunAsync("mv", ["-T", from, to], cancellation);
        if (!move.Succeeded)
        {
            throw new EmbeddedPostgresException(
                $"{from} lies where the database server cannot reach it and cannot be moved to {to}: {move.LastWords}");
        }
    }

    private static string SharedRoot()
    {
        foreach (var parent in (string[])["/var/lib", "/var/tmp"])
        {
            var folder = Path.Combine(parent, "openmeet-insights");
            try
            {
                System.IO.Directory.CreateDirectory(folder);
                // fails where somebody else made it first
                File.SetUnixFileMode(folder, OpenFolder);
                if (new DirectoryInfo(folder).LinkTarget is null)
                {
                    return folder;
                }
            }
            catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
            {
                // the next one
            }
        }

        throw new EmbeddedPostgresException(
            "Neither /var/lib nor /var/tmp takes a folder openmeet-insights for the database server's files.");
    }
}
