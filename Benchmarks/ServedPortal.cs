using System.Diagnostics;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using NpgsqlTypes;
using OpenMeet.Insights.Portal.Hosting;

namespace OpenMeet.Insights.Benchmarks;

/// <summary>
/// The real portal in a process of its own, so that its CPU time and the client's are told apart. Beside its own endpoints it has one for
/// comparison: the same authentication and one durable row.
/// </summary>
internal sealed class ServedPortal : IAsyncDisposable
{
    /// <summary>The endpoint for comparison.</summary>
    public const string OneRow = "/bench/one-row";

    /// <summary>The statements that the portal sent to its database since this was asked last; of the demo's portal only.</summary>
    public const string Statements = "/bench/statements";

    private const string Key = "omi_for-benchmarks-only-0123456789abcdefghijklmno";
    private const string Listening = "listening on ";
    private const string ConnectionVariable = "INSIGHTS_BENCH_DATABASE";
    private const string DemoVariable = "INSIGHTS_BENCH_DEMO";
    private readonly Process _process;
    private readonly Task _log;

    private ServedPortal(Process process, Uri address)
    {
        _process = process;
        _log = ReadLogAsync();
        Client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256, UseProxy = false }) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
    }

    /// <summary>A client with all scopes.</summary>
    public HttpClient Client { get; }

    /// <summary>CPU time of the portal so far.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Builds a portal in this process, for its services; it does not listen.</summary>
    public static Task<WebApplication> BuildAsync(string connectionString, bool demo = false) => PortalHost.BuildAsync(
    [
        "--ConnectionStrings:Insights=" + connectionString, "--urls=http://127.0.0.1:0", "--Insights:Bootstrap:ApiKey=" + Key,
        "--Insights:Demo=" + (demo ? "true" : "false"), "--Logging:LogLevel:Default=Warning",
    ]);

    /// <summary>The program of the other process: serves until its input ends.</summary>
    public static async Task<int> ServeAsync()
    {
        var demo = Environment.GetEnvironmentVariable(DemoVariable) is not null;
        await using var portal = await BuildAsync(Environment.GetEnvironmentVariable(ConnectionVariable)!, demo);
        using var statements = demo ? new StatementCount() : null;
        if (statements is not null) portal.MapGet(Statements, statements.Take);
        portal.MapGroup("/bench").AddEndpointFilterFactory((factory, next) =>
        {
            var access = factory.ApplicationServices.GetRequiredService<ApiAccess>();
            return invocation => access.InvokeAsync(invocation, next);
        }).MapPost("/one-row", StoreOneRowAsync).RequireScope("ingest");
        await portal.StartAsync();
        Console.WriteLine(Listening + portal.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        while (await Console.In.ReadLineAsync() is not null)
        {
        }
        await portal.StopAsync();
        return 0;
    }

    /// <summary>Starts the other process and waits until it listens, and, where it shows the demo, until that is filled.</summary>
    public static async Task<ServedPortal> StartAsync(string connectionString, CancellationToken cancel, bool demo = false)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            ArgumentList = { typeof(ServedPortal).Assembly.Location, "serve" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { [ConnectionVariable] = connectionString },
        };
        if (demo) start.Environment[DemoVariable] = "true";
        var process = Process.Start(start)!;
        while (await process.StandardOutput.ReadLineAsync(cancel) is { } line)
        {
            if (!line.StartsWith(Listening, StringComparison.Ordinal)) continue;
            var portal = new ServedPortal(process, new Uri(line[Listening.Length..]));
            while (!(await portal.Client.GetAsync("/health/ready", cancel)).IsSuccessStatusCode) await Task.Delay(100, cancel);
            return portal;
        }
        process.Kill();
        process.Dispose();
        throw new InvalidOperationException("The portal under load did not start.");
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.StandardInput.Close();
        using (var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60)))
        {
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
            }
        }
        await _log;
        _process.Dispose();
    }

    // Read to the end, so that the portal never waits to say something.
    private async Task ReadLogAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line) await Console.Error.WriteLineAsync(line);
    }

    private static async Task<IResult> StoreOneRowAsync(HttpContext context, NpgsqlDataSource dataSource)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        await using var insert = dataSource.CreateCommand("INSERT INTO bench_row (tenant_id, key, event) VALUES ($1, $2, $3)");
        insert.Parameters.Add(new NpgsqlParameter { Value = context.Caller().Tenant.Id });
        insert.Parameters.Add(new NpgsqlParameter { Value = Guid.NewGuid() });
        insert.Parameters.Add(new NpgsqlParameter { Value = body, NpgsqlDbType = NpgsqlDbType.Json });
        await insert.ExecuteNonQueryAsync(context.RequestAborted);
        return Results.Json(new { accepted = 1 });
    }
}
