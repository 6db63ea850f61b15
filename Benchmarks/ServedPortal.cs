using System.Diagnostics;
using System.Net;
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
/// The real portal in a process of its own, so that its CPU time and the client's are told apart. Beside its own endpoints it has two for
/// comparison.
/// </summary>
internal sealed partial class ServedPortal : IAsyncDisposable
{
    /// <summary>The endpoint that ingest is compared with: the same authentication and one durable row.</summary>
    public const string OneRow = "/bench/one-row";

    /// <summary>The endpoint that checks are compared with: the same authentication and one <c>SELECT 1</c>.</summary>
    public const string SelectOne = "/bench/select-one";

    /// <summary>The statements that the portal sent to its database since this was asked last; of the demo's portal only.</summary>
    public const string Statements = "/bench/statements";

    /// <summary>What the portal's memory holds after everything that nobody needs was thrown away; the circuits that are open.</summary>
    public const string Memory = "/bench/memory";

    private const string Key = "omi_for-benchmarks-only-0123456789abcdefghijklmno";
    private const string AdminEmail = "admin@bench.example";
    private const string AdminPassword = "Bench-portal-2026";
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
        "--Insights:Bootstrap:AdminEmail=" + AdminEmail, "--Insights:Bootstrap:AdminPassword=" + AdminPassword, "--Insights:Demo=" + (demo ? "true" : "false"), "--Logging:LogLevel:Default=Warning",
    ]);

    /// <summary>The program of the other process: serves until its input ends.</summary>
    public static async Task<int> ServeAsync()
    {
        var demo = Environment.GetEnvironmentVariable(DemoVariable) is not null;
        await using var portal = await BuildAsync(Environment.GetEnvironmentVariable(ConnectionVariable)!, demo);
        using var statements = demo ? new StatementCount() : null;
        portal.MapGet(Memory, () =>
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
            GC.WaitForPendingFinalizers();
            return Results.Json(new { live = GC.GetTotalMemory(forceFullCollection: true), process = Environment.WorkingSet });
        });
        if (statements is not null) portal.MapGet(Statements, statements.Take);
        var compared = portal.MapGroup("/bench").AddEndpointFilterFactory((factory, next) =>
        {
            var access = factory.ApplicationServices.GetRequiredService<ApiAccess>();
            return invocation => access.InvokeAsync(invocation, next);
        });
        compared.MapPost("/one-row", StoreOneRowAsync).RequireScope("ingest");
        compared.MapGet("/select-one", SelectOneAsync).RequireScope("quota");
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

    /// <summary>A browser's client, of the administrator.</summary>
    public Task<HttpClient> SignInAsync(CancellationToken cancel) => SignInAsync(AdminEmail, AdminPassword, new CookieContainer(), cancel);

    /// <summary>A browser's client, of anybody who has a password.</summary>
    public async Task<HttpClient> SignInAsync(string email, string password, CookieContainer cookies, CancellationToken cancel)
    {
        var http = new HttpClient(new HttpClientHandler { UseProxy = false, CookieContainer = cookies }) { BaseAddress = Client.BaseAddress };
        var token = AntiforgeryToken().Match(await http.GetStringAsync("account/login", cancel)).Groups[1].Value;
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["_handler"] = "login", ["__RequestVerificationToken"] = token, ["Email"] = email, ["Password"] = password });
        using var answer = await http.PostAsync("account/login", form, cancel);
        WrongAnswerException.Unless(answer.RequestMessage!.RequestUri!.AbsolutePath != "/account/login", email + " could not sign in.");
        return http;
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

    private static async Task<IResult> SelectOneAsync(HttpContext context, NpgsqlDataSource dataSource)
    {
        await using var select = dataSource.CreateCommand("SELECT 1");
        return Results.Json(new { one = await select.ExecuteScalarAsync(context.RequestAborted) });
    }

    [System.Text.RegularExpressions.GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial System.Text.RegularExpressions.Regex AntiforgeryToken();
}
