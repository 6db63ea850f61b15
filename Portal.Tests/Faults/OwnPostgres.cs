using System.Diagnostics;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Database;

namespace OpenMeet.Insights.Tests.Faults;

/// <summary>A PostgreSQL of the test's own that keeps every commit, and that the test may break.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class OwnPostgres : IAsyncDisposable
{
    private readonly string folder;
    private readonly EmbeddedPostgres server;

    private OwnPostgres(string folder, EmbeddedPostgres server) => (this.folder, this.server) = (folder, server);

    /// <summary>How to reach it, before and after it was broken.</summary>
    public string ConnectionString => server.ConnectionString;

    private string Cluster => Path.Combine(folder, "postgres");

    public static async Task<OwnPostgres> StartAsync()
    {
        var folder = Path.Combine(Path.GetTempPath(), "insights-tests-faults-" + RandomNumberGenerator.GetHexString(8, lowercase: true));
        return new OwnPostgres(folder, await EmbeddedPostgres.StartAsync(folder, null, Checkout.Root, NullLogger.Instance, CancellationToken.None));
    }

    /// <summary>Ends one of the portal's backends as <c>kill -9</c> does, one at work where there is one. PostgreSQL ends all others then, and recovers.</summary>
    public async Task KillBackendAsync()
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var find = new NpgsqlCommand($"SELECT pid FROM pg_stat_activity WHERE application_name = '{InsightsDatabase.ApplicationName}' ORDER BY state = 'active' DESC, random() LIMIT 1", connection);
        using var backend = Process.GetProcessById((int)(await find.ExecuteScalarAsync())!);
        backend.Kill();
    }

    /// <summary>Stops it without a clean end: nothing is written any more, and the next start recovers.</summary>
    public Task StopAtOnceAsync() => RunAsync("stop", "-m", "immediate", "-w");

    /// <summary>Starts it again where it was.</summary>
    public Task StartAgainAsync() =>
        RunAsync("start", "-l", Path.Combine(Cluster, "start.log"), "-w", "-o", $"-p {new NpgsqlConnectionStringBuilder(ConnectionString).Port}");

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        System.IO.Directory.Delete(folder, recursive: true);
    }

    private async Task RunAsync(string what, params string[] arguments)
    {
        var account = await ServerAccount.ChooseAsync(Cluster, CancellationToken.None);
        var copies = (await ServerFolders.PlaceAsync(folder, account, NullLogger.Instance, CancellationToken.None)).Copies;
        var binaries = await PostgresBinaries.FindAsync(null, Checkout.Root, copies, null, account, CancellationToken.None);
        var ran = await account.RunAsync(binaries.Program("pg_ctl"), [what, "-D", Cluster, .. arguments], CancellationToken.None);
        Assert.True(ran.Succeeded, ran.LastWords);
    }
}
