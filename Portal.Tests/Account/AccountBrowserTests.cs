using Deque.AxeCore.Playwright;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Account;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Tests.Browser;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Account;

/// <summary>What only a real browser shows: passkeys, and open pages whose sign-in ends.</summary>
public sealed class AccountBrowserTests(StrictPortal portal) : IClassFixture<StrictPortal>, IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.LaunchAsync(_playwright);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    [Fact]
    public async Task A_passkey_is_made_named_used_and_removed()
    {
        var email = await Visitor.NewAccountAsync(portal, await portal.NewCommunityAsync(), "ann");
        var page = await OpenAsync();
        var device = await page.Context.NewCDPSessionAsync(page);
        await device.SendAsync("WebAuthn.enable");
        await device.SendAsync("WebAuthn.addVirtualAuthenticator", new Dictionary<string, object>
        {
            ["options"] = new Dictionary<string, object> { ["protocol"] = "ctap2", ["transport"] = "internal", ["hasResidentKey"] = true, ["hasUserVerification"] = true, ["isUserVerified"] = true, ["automaticPresenceSimulation"] = true },
        });
        await SignInAsync(page, email);
        await page.GotoAsync("/account/security");
        Assert.Empty((await page.RunAxe()).Violations.Where(v => v.Impact is "serious" or "critical").Select(v => $"{v.Id}: {v.Nodes[0].Html}"));
        await page.GetByLabel("What shall it be called?").FillAsync("Laptop");
        await Button(page, "Add a passkey").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("Your passkey is kept.");
        await Assertions.Expect(page.GetByLabel("Name of the passkey")).ToHaveValueAsync("Laptop");
        await page.GetByLabel("Name of the passkey").FillAsync("Old laptop");
        await Button(page, "Rename it").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The passkey has its new name.");
        await Assertions.Expect(page.GetByLabel("Name of the passkey")).ToHaveValueAsync("Old laptop");

        await page.Context.ClearCookiesAsync();
        await page.GotoAsync("/account/login?returnUrl=%2Faccount%2Fsecurity");
        await Button(page, "Use a passkey").ClickAsync();
        await Assertions.Expect(page.Locator("#sessions")).ToContainTextAsync("with a passkey");

        await Button(page, "Remove it").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("That passkey opens nothing any more.");
        await Assertions.Expect(page.GetByLabel("Name of the passkey")).ToHaveCountAsync(0);
        await page.Context.ClearCookiesAsync();
        await page.GotoAsync("/account/login");
        await Button(page, "Use a passkey").ClickAsync();
        await Assertions.Expect(page.Locator("#login-error")).ToContainTextAsync("opens nothing here");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task The_circuit_of_an_ended_session_loses_access()
    {
        var email = await Visitor.NewAccountAsync(portal, await portal.NewCommunityAsync(), "ann");
        var page = await OpenAsync();
        await SignInAsync(page, email);
        await page.GotoAsync("/me/usage");
        await DemoPortal.InteractiveAsync(page);
        var user = await UserAsync(email);
        Assert.Equal(1, await portal.Services.GetRequiredService<PortalSessions>().EndOthersAsync(user.Id, null, Cancel));
        await page.WaitForURLAsync(url => url.Contains("/account/login", StringComparison.Ordinal));
        await page.GotoAsync("/me/usage");
        Assert.Contains("/account/login", page.Url, StringComparison.Ordinal);
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task An_open_page_follows_the_roles_of_who_looks_at_it()
    {
        var c = await portal.NewCommunityAsync();
        var directory = portal.Services.GetRequiredService<DirectoryStore>();
        var tester = new Actor("test", Instant.FromUtc(2025, 1, 1, 0, 0));
        await directory.DescribeAsync(c.Id, [new UserDescription("ann", "Ann", null, null, null, false), new GroupDescription("chess", "Chess", "bob", null, null, null), new MemberDescription("chess", "ann", "admin")], tester, Cancel);
        var page = await OpenAsync();
        await SignInAsync(page, await Visitor.NewAccountAsync(portal, c, "ann"));
        await page.GotoAsync("/groups/chess/usage");
        await DemoPortal.InteractiveAsync(page);
        await Assertions.Expect(page.Locator("main .verdict .say")).Not.ToContainTextAsync("right");
        await directory.DescribeAsync(c.Id, [new MemberDescription("chess", "ann", "member")], tester, Cancel);
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("No permission");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task An_administrator_who_is_none_any_more_loses_open_pages()
    {
        var c = await portal.NewCommunityAsync();
        var email = await Visitor.NewAccountAsync(portal, c);
        var page = await OpenAsync();
        await SignInAsync(page, email);
        await page.GotoAsync("/admin/keys");
        await DemoPortal.InteractiveAsync(page);
        await using (var db = await portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(Cancel))
            await db.Users.Where(u => u.Email == email).ExecuteUpdateAsync(u => u.SetProperty(x => x.IsAdmin, false), Cancel);
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("permission", new LocatorAssertionsToContainTextOptions { IgnoreCase = true });
        await page.Context.CloseAsync();
    }

    // By name and not by number: a passkey belongs to a name.
    private async Task<IPage> OpenAsync()
    {
        var context = await _browser!.NewContextAsync(new BrowserNewContextOptions { BaseURL = $"http://localhost:{portal.Address.Port}" });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(60_000);
        return page;
    }

    private static ILocator Button(IPage page, string name) => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name });

    private static async Task SignInAsync(IPage page, string email)
    {
        await page.GotoAsync("/account/login");
        await page.GetByLabel("Email").FillAsync(email);
        await page.GetByLabel("Password").FillAsync(Visitor.Password);
        await Button(page, "Sign in").ClickAsync();
        await page.WaitForURLAsync(url => !url.Contains("/account/login", StringComparison.Ordinal));
    }

    private async Task<InsightsUser> UserAsync(string email)
    {
        await using var scope = portal.Services.CreateAsyncScope();
        return (await scope.ServiceProvider.GetRequiredService<UserManager<InsightsUser>>().FindByEmailAsync(email))!;
    }
}
