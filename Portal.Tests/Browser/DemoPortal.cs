using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using OpenMeet.Insights.Infrastructure.Demo;
using OpenMeet.Insights.Portal.Hosting;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>A portal with the demo in it, and a Chromium to look at it: made once for all browser tests.</summary>
public sealed class DemoPortal(PostgresServer server) : IAsyncLifetime
{
    private WebApplication? _app;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Where it listens.</summary>
    public string Address { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var database = await RunningPortal.CreateDatabaseAsync(server);
        _app = await PortalHost.BuildAsync([
            "--ConnectionStrings:Insights=" + database, "--urls=http://127.0.0.1:0", "--Insights:Demo=true", "--Insights:Bootstrap:ApiKey=" + RunningPortal.Key, "--Logging:LogLevel:Default=Warning",
        ]);
        await _app.StartAsync();
        Address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        using var http = new HttpClient { BaseAddress = new Uri(Address) };
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!(await http.GetAsync("/health/ready", patience.Token)).IsSuccessStatusCode) await Task.Delay(100, patience.Token);
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(30_000);
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Environment.GetEnvironmentVariable("INSIGHTS_TEST_CHROMIUM") ?? "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
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

    /// <summary>Waits until a page answers to clicks: its circuit stands.</summary>
    public static Task InteractiveAsync(IPage page) => page.Locator(".shell[data-interactive=true]").WaitForAsync();

    /// <summary>A fresh window, signed in as one of the demo's people; nobody where it is null.</summary>
    public async Task<IPage> OpenAsync(string? email, int width = 1440, ColorScheme scheme = ColorScheme.Light)
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions { BaseURL = Address, ViewportSize = new ViewportSize { Width = width, Height = 900 }, ColorScheme = scheme });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(30_000);
        if (email is null) return page;
        await page.GotoAsync("/account/login");
        await page.GetByLabel("Email").FillAsync(email);
        await page.GetByLabel("Password").FillAsync(DemoFill.Password);
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign in" }).ClickAsync();
        await page.WaitForURLAsync(url => !url.Contains("/account/login", StringComparison.Ordinal));
        return page;
    }
}
