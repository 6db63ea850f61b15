using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using Npgsql;
using OpenMeet.Insights.Infrastructure.Demo;
using OpenMeet.Insights.Infrastructure.Jobs;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>Tests that look at one demo, one after the other: they may write where no other of them reads.</summary>
[CollectionDefinition]
public sealed class OneDemo : ICollectionFixture<DemoPortal>;

/// <summary>
/// A portal with the demo in it, and a Chromium to look at it: made once for all tests that share it. The demo is filled once a run, and
/// each portal has a copy of its own, so what one class writes no other reads.
/// </summary>
public sealed class DemoPortal(PostgresServer server) : IAsyncLifetime
{
    public const string Member = "member@demo.example";
    public const string Manager = "manager@demo.example";
    public const string Admin = "admin@demo.example";

    private static readonly SemaphoreSlim Gate = new(1);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static string? s_filled;

    private readonly ConcurrentDictionary<string, Task<string>> _signedIn = new();
    private readonly ErrorLog _errors = new();
    private WebApplication? _app;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Where it listens.</summary>
    public string Address { get; private set; } = "";

    /// <summary>What the portal is made of.</summary>
    public IServiceProvider Services => _app!.Services;

    /// <summary>What the portal logged as an error so far, such as the end of a circuit.</summary>
    public IReadOnlyCollection<string> Errors => _errors.Lines;

    public async ValueTask InitializeAsync()
    {
        _app = await StartAsync(await server.CreateDatabaseAsync(await FilledAsync(server)), _errors);
        Address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.LaunchAsync(_playwright);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        _errors.Dispose();
        if (_app is null) return;
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>A caller with a service key that may do everything.</summary>
    public HttpClient Api()
    {
        var http = new HttpClient { BaseAddress = new Uri(Address) };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RunningPortal.Key);
        return http;
    }

    /// <summary>A caller with the session of one of the demo's people, nobody's where it is null; without a browser, and keeping no cookie that it is given.</summary>
    public async Task<HttpClient> AskerAsync(string? email)
    {
        var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, UseProxy = false }) { BaseAddress = new Uri(Address) };
        if (email is null) return http;
        using var state = JsonDocument.Parse(await _signedIn.GetOrAdd(email, SignInAsync));
        http.DefaultRequestHeaders.Add("Cookie", string.Join("; ", state.RootElement.GetProperty("cookies").EnumerateArray().Select(c => $"{c.GetProperty("name").GetString()}={c.GetProperty("value").GetString()}")));
        return http;
    }

    /// <summary>Waits until a page answers to clicks: its circuit stands.</summary>
    public static Task InteractiveAsync(IPage page) => page.Locator(".shell[data-interactive=true]").WaitForAsync();

    /// <summary>A fresh window, signed in as one of the demo's people; nobody where it is null.</summary>
    public async Task<IPage> OpenAsync(string? email, int width = 1440, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = Address,
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = scheme,
            ReducedMotion = ReducedMotion.Reduce,
            StorageState = email is null ? null : await _signedIn.GetOrAdd(email, SignInAsync),
        });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(60_000);
        return page;
    }

    /// <summary>A fresh window at an address, its circuit standing.</summary>
    public async Task<IPage> OpenAsync(string email, string path, int width = 1440)
    {
        var page = await OpenAsync(email, width);
        await page.GotoAsync(path);
        await InteractiveAsync(page);
        return page;
    }

    // A database with the demo in it and the work of its first night done, so that no page changes while it is looked at.
    private static async Task<string> FilledAsync(PostgresServer server)
    {
        await Gate.WaitAsync();
        try
        {
            if (s_filled is not null) return s_filled;
            var database = await RunningPortal.CreateDatabaseAsync(server);
            using var errors = new ErrorLog();
            await using var app = await StartAsync(database, errors);
            var jobs = app.Services.GetServices<Job>().Count();
            using var patience = new CancellationTokenSource(Patience);
            await using var done = app.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("SELECT count(*) FROM job_run WHERE finished_at IS NOT NULL");
            while ((long)(await done.ExecuteScalarAsync(patience.Token))! < jobs) await Task.Delay(100, patience.Token);
            await app.StopAsync();
            Assert.Empty(errors.Lines);
            return s_filled = database;
        }
        finally
        {
            Gate.Release();
        }
    }

    private static async Task<WebApplication> StartAsync(string database, ErrorLog errors)
    {
        var app = await PortalHost.BuildAsync(
            ["--ConnectionStrings:Insights=" + database, "--urls=http://127.0.0.1:0", "--Insights:Demo=true", "--Insights:SignIn:PerMinute=10000", "--Insights:Bootstrap:ApiKey=" + RunningPortal.Key, "--Logging:LogLevel:Default=Warning"],
            builder => builder.Logging.AddProvider(errors));
        await app.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()) };
        using var patience = new CancellationTokenSource(Patience);
        while (!(await http.GetAsync("/health/ready", patience.Token)).IsSuccessStatusCode) await Task.Delay(100, patience.Token);
        return app;
    }

    // Through the form once a person; later windows begin with the cookie that it gave.
    private async Task<string> SignInAsync(string email)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions { BaseURL = Address });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(60_000);
        await page.GotoAsync("/account/login");
        await page.GetByLabel("Email").FillAsync(email);
        await page.GetByLabel("Password").FillAsync(DemoFill.Password);
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign in" }).ClickAsync();
        await page.WaitForURLAsync(url => !url.Contains("/account/login", StringComparison.Ordinal));
        var state = await context.StorageStateAsync();
        await context.CloseAsync();
        return state;
    }

    private sealed class ErrorLog : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) _lines.Enqueue(formatter(state, exception) + " " + exception?.Message);
        }

        public void Dispose()
        {
        }
    }
}
