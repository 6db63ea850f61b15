using System.ComponentModel;
using System.Diagnostics;

namespace OpenMeet.Insights.Infrastructure.Database;

/// <summary>The user of the operating system who runs the embedded server: PostgreSQL refuses to be run by root.</summary>
internal sealed class ServerAccount
{
    private readonly string? name;

    private ServerAccount(string? name) => this.name = name;

    /// <summary>The user of this process.</summary>
    public static ServerAccount Own { get; } = new(null);

    /// <summary>Whether the server runs as somebody else than this process.</summary>
    public bool IsSomebodyElse => name is not null;

    /// <summary>The user's name, as messages say it.</summary>
    public string Name => name ?? Environment.UserName;

    /// <summary>This process's own user; for root the owner of an existing cluster, and <c>nobody</c> for a new one.</summary>
    public static async Task<ServerAccount> ChooseAsync(string cluster, CancellationToken cancellation)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return Own;
        }

        if (System.IO.Directory.Exists(cluster))
        {
            var owner = (await Own.RunAsync("stat", ["-L", "-c", "%U", cluster], cancellation)).Output.Trim();
            if (owner is not ("root" or "UNKNOWN" or ""))
            {
                return new ServerAccount(owner);
            }
        }

        return new ServerAccount("nobody");
    }

    /// <summary>
    /// Runs a program as this user, from the root folder and in the C locale, and waits for its end. Of PostgreSQL's variables it sees
    /// those of <paramref name="environment"/> alone.
    /// </summary>
    public async Task<CommandResult> RunAsync(
        string program, IEnumerable<string> arguments, CancellationToken cancellation, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
            UserName = name ?? "",
        };
        start.Environment["LC_ALL"] = "C";
        foreach (var key in start.Environment.Keys.Where(key => key.StartsWith("PG", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(key);
        }

        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        try
        {
            using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var error = process.StandardError.ReadToEndAsync(cancellation);
            try
            {
                await process.WaitForExitAsync(cancellation);
                return new CommandResult(process.ExitCode, await output, await error);
            }
            catch (OperationCanceledException)
            {
                process.Kill();
                throw;
            }
        }
        catch (Win32Exception cause)
        {
            return new CommandResult(127, "", cause.Message);
        }
    }

    /// <summary>Whether this user can enter a folder, tried by entering it: modes alone do not tell of lists, mounts and namespaces.</summary>
    public async Task<bool> CanEnterAsync(string folder, CancellationToken cancellation) =>
        (await RunAsync("/bin/sh", ["-c", "cd -- \"$0\"", folder], cancellation)).Succeeded;

    /// <summary>Makes this user the owner of a file, or of a folder and all that is in it.</summary>
    public async Task OwnAsync(string path, CancellationToken cancellation)
    {
        if (name is null)
        {
            return;
        }

        var change = await Own.RunAsync("chown", ["-R", $"{name}:", path], cancellation);
        if (!change.Succeeded)
        {
            throw new EmbeddedPostgresException($"{path} cannot be given to the user {name}: {change.LastWords}");
        }
    }
}

/// <summary>How a program ended and what it said.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>Whether it ended with 0.</summary>
    public bool Succeeded => ExitCode == 0;

    /// <summary>The last line it wrote, errors first.</summary>
    public string LastWords =>
        (Error + "\n" + (Error.Length == 0 ? Output : "")).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .LastOrDefault($"it ended with {ExitCode}");
}
