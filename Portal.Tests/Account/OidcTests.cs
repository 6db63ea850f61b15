using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Account;

/// <summary>A portal with a provider: OpenMeet, or any other.</summary>
public abstract class OidcPortal(PostgresServer server, string? preset) : RunningPortal(server), IAsyncLifetime
{
    public FakeProvider Provider { get; } = new();

    public new async ValueTask InitializeAsync()
    {
        await Provider.StartAsync();
        await base.InitializeAsync();
    }

    public new async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
        await Provider.DisposeAsync();
    }

    internal override void Adjust(WebApplicationBuilder builder)
    {
        var oidc = builder.Configuration;
        oidc["Insights:Oidc:Authority"] = Provider.Authority;
        oidc["Insights:Oidc:ClientId"] = FakeProvider.Client;
        oidc["Insights:Oidc:ClientSecret"] = FakeProvider.Secret;
        oidc["Insights:Oidc:Preset"] = preset;
        oidc["Insights:Oidc:Name"] = preset ?? "Club login";
        oidc["Insights:SignIn:PerMinute"] = "10000";
        oidc["Insights:Oidc:ResponseMode"] = preset is null ? "query" : null;
    }
}

/// <summary>With OpenMeet's quirks.</summary>
public sealed class OpenMeetPortal(PostgresServer server) : OidcPortal(server, "OpenMeet");

/// <summary>Any provider.</summary>
public sealed class ClubPortal(PostgresServer server) : OidcPortal(server, null);

/// <summary>Signing in with OpenMeet, end to end over HTTP.</summary>
public sealed class OpenMeetSignInTests(OpenMeetPortal portal) : OidcTest(portal), IClassFixture<OpenMeetPortal>
{
    [Fact]
    public async Task A_slug_of_a_tenant_is_the_directorys_user_with_the_roles_of_the_directory()
    {
        var c = await CommunityAsync();
        using var ann = new Visitor(Portal.Address);
        Assert.Contains("Continue with OpenMeet", (await ann.GetAsync("/account/login")).Text, StringComparison.Ordinal);
        Portal.Provider.Person = new() { ["sub"] = "ann", ["tenant_id"] = c.Key, ["name"] = "Ann", ["email"] = $"ann@{c.Key}.example" };
        var (at, _, way) = await ann.FollowAsync("/account/external?returnUrl=%2Fgroups%2Fchess%2Fusage");
        Assert.Equal("/groups/chess/usage", at.AbsolutePath);
        var asked = HttpUtility.ParseQueryString(way[1].Query);
        Assert.Equal(("query", 22), (asked["response_mode"] ?? "query", asked["state"]!.Length));
        Assert.True(way[1].ToString().Length < 700, way[1].ToString());
        Assert.Equal("User ann of chess.", await DescribeAsync(c, "ann"));
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Forbidden), ((await ann.GetAsync("/groups/chess/usage")).Status, (await ann.GetAsync("/groups/other/usage")).Status));
    }

    [Fact]
    public async Task The_same_slug_of_another_tenant_is_somebody_else()
    {
        var (c, d) = (await CommunityAsync(), await CommunityAsync());
        foreach (var community in (TestCommunity[])[c, d])
        {
            using var ann = new Visitor(Portal.Address);
            Portal.Provider.Person = new() { ["sub"] = "ann", ["tenant_id"] = community.Key, ["email"] = $"ann@{community.Key}.example" };
            Assert.Equal("/account/security", (await ann.FollowAsync("/account/external?returnUrl=%2Faccount%2Fsecurity")).At.AbsolutePath);
        }
        Assert.Equal([c.Id, d.Id], (await UsersAsync(u => u.UserKey == "ann" && (u.TenantId == c.Id || u.TenantId == d.Id))).Select(u => u.TenantId).Order());
    }

    [Fact]
    public async Task A_tenant_that_is_not_here_opens_nothing()
    {
        using var eve = new Visitor(Portal.Address);
        Portal.Provider.Person = new() { ["sub"] = "eve", ["tenant_id"] = "nowhere", ["email"] = "eve@nowhere.example" };
        var (at, text, _) = await eve.FollowAsync("/account/external");
        Assert.Equal("/account/external/done", at.AbsolutePath);
        Assert.Contains("Nobody here is known by that account", text, StringComparison.Ordinal);
        Assert.False(await eve.IsInAsync());
        Assert.Empty(await UsersAsync(u => u.Email == "eve@nowhere.example"));
    }

    [Fact]
    public async Task Whose_role_is_admin_runs_the_platform_until_it_is_not()
    {
        var c = await CommunityAsync();
        var person = new Dictionary<string, object> { ["sub"] = "ann", ["tenant_id"] = c.Key, ["email"] = $"ann@{c.Key}.example" };
        async Task<bool> SignInAsync(string? role)
        {
            Portal.Provider.Person = role is null ? person : new(person) { ["role"] = JsonSerializer.SerializeToElement(new { id = 1, name = role }) };
            using var ann = new Visitor(Portal.Address);
            Assert.Equal("/account/security", (await ann.FollowAsync("/account/external?returnUrl=%2Faccount%2Fsecurity")).At.AbsolutePath);
            return (await UsersAsync(u => u.TenantId == c.Id && u.UserKey == "ann")).Single().IsAdmin;
        }

        Assert.False(await SignInAsync(null));
        Assert.False(await SignInAsync("user"));
        Assert.True(await SignInAsync("admin"));
        Assert.True(await SignInAsync(null));
        Assert.False(await SignInAsync("user"));
    }

    [Fact]
    public async Task An_address_is_not_enough_to_take_over_an_account()
    {
        var c = await CommunityAsync();
        var email = await Visitor.NewAccountAsync(Portal, c);
        using var eve = new Visitor(Portal.Address);
        Portal.Provider.Person = new() { ["sub"] = "eve", ["tenant_id"] = c.Key, ["email"] = email };
        Assert.Contains("There is an account with your address", (await eve.FollowAsync("/account/external")).Text, StringComparison.Ordinal);
        Assert.False(await eve.IsInAsync());
    }

    [Fact]
    public async Task An_answer_that_nobody_asked_for_opens_nothing()
    {
        var c = await CommunityAsync();
        Portal.Provider.Person = new() { ["sub"] = "ann", ["tenant_id"] = c.Key, ["email"] = $"ann@{c.Key}.example" };
        using var eve = new Visitor(Portal.Address);
        foreach (var answer in (string[])["?code=00&state=0123456789012345678901", "?code=00", "?error=access_denied&state=x"])
        {
            var (at, text, _) = await eve.FollowAsync("/account/oidc" + answer);
            Assert.Equal("/account/login", at.AbsolutePath);
            Assert.Contains("did not succeed", text, StringComparison.Ordinal);
        }
        // The answer to one browser does not serve another.
        var asked = await eve.GetAsync("/account/external");
        using var ann = new Visitor(Portal.Address);
        var state = HttpUtility.ParseQueryString(new Uri("http://x" + asked.To).Query)["state"];
        Assert.Equal("/account/login", (await ann.FollowAsync($"/account/oidc?code=00&state={state}")).At.AbsolutePath);
    }

    [Fact]
    public async Task An_account_is_linked_by_its_holder_alone_and_then_opened_from_there()
    {
        var c = await CommunityAsync();
        var email = await Visitor.NewAccountAsync(Portal, c, "ann");
        using var ann = await Visitor.InAsync(Portal.Address, email);
        Portal.Provider.Person = new() { ["sub"] = "ann", ["tenant_id"] = c.Key, ["email"] = "elsewhere@example.org" };
        // Somebody else's link has no ticket of this session.
        Assert.Equal("/account/security", (await ann.FollowAsync("/account/external?link=forged")).At.AbsolutePath);
        var link = Regex.Match((await ann.GetAsync("/account/security")).Text, "href=\"(/account/external\\?link=[^\"]+)\"").Groups[1].Value;
        using (var eve = await Visitor.InAsync(Portal.Address, await Visitor.NewAccountAsync(Portal, c, "eve")))
            Assert.DoesNotContain("linked=", (await eve.FollowAsync(link)).At.Query, StringComparison.Ordinal);
        Assert.Contains("done=linked", (await ann.FollowAsync(link)).At.Query, StringComparison.Ordinal);
        using var later = new Visitor(Portal.Address);
        Assert.Contains(email, (await later.FollowAsync("/account/external?returnUrl=%2Faccount%2Fsecurity")).Text, StringComparison.Ordinal);
        Assert.Equal("/account/security?done=unlinked", (await ann.PostAsync("/account/security", "provider")).To);
    }
}

/// <summary>Signing in with any other provider.</summary>
public sealed class ClubSignInTests(ClubPortal portal) : OidcTest(portal), IClassFixture<ClubPortal>
{
    [Fact]
    public async Task A_confirmed_address_is_the_account_or_the_directorys_user()
    {
        var tenant = (await Portal.Services.GetRequiredService<TenantStore>().FindAsync("default", TestContext.Current.CancellationToken))!;
        await Portal.Services.GetRequiredService<DirectoryStore>().DescribeAsync(tenant.Id, [new UserDescription("cleo", "Cleo", "Cleo@club.example", null, null, false)], Tester, TestContext.Current.CancellationToken);
        using var cleo = new Visitor(Portal.Address);
        Portal.Provider.Person = new() { ["sub"] = "auth0|17", ["email"] = "cleo@club.example", ["email_verified"] = true };
        Assert.Equal("/account/security", (await cleo.FollowAsync("/account/external?returnUrl=%2Faccount%2Fsecurity")).At.AbsolutePath);
        Assert.Equal("cleo", (await UsersAsync(u => u.Email == "cleo@club.example")).Single().UserKey);
        // Linked: the address may change there.
        Portal.Provider.Person = new() { ["sub"] = "auth0|17", ["email"] = "other@club.example", ["email_verified"] = false };
        using var again = new Visitor(Portal.Address);
        Assert.Contains("cleo@club.example", (await again.FollowAsync("/account/external?returnUrl=%2Faccount%2Fsecurity")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cleo2@club.example", false)]
    [InlineData("stranger@club.example", true)]
    public async Task An_address_that_is_unconfirmed_or_unknown_opens_nothing(string email, bool isConfirmed)
    {
        var tenant = (await Portal.Services.GetRequiredService<TenantStore>().FindAsync("default", TestContext.Current.CancellationToken))!;
        await Portal.Services.GetRequiredService<DirectoryStore>().DescribeAsync(tenant.Id, [new UserDescription("cleo2", "Cleo", "cleo2@club.example", null, null, false)], Tester, TestContext.Current.CancellationToken);
        using var eve = new Visitor(Portal.Address);
        Portal.Provider.Person = new() { ["sub"] = "auth0|" + email, ["email"] = email, ["email_verified"] = isConfirmed };
        Assert.Contains("Nobody here is known", (await eve.FollowAsync("/account/external")).Text, StringComparison.Ordinal);
        Assert.False(await eve.IsInAsync());
    }
}

/// <summary>What both have in common.</summary>
public abstract class OidcTest(OidcPortal portal)
{
    protected static Actor Tester => new("test", Instant.FromUtc(2025, 1, 1, 0, 0));

    protected OidcPortal Portal => portal;

    /// <summary>A community with a user and her group.</summary>
    protected async Task<TestCommunity> CommunityAsync()
    {
        var c = await portal.NewCommunityAsync();
        await portal.Services.GetRequiredService<DirectoryStore>().DescribeAsync(
            c.Id, [new UserDescription("ann", "Ann", null, null, null, false), new GroupDescription("chess", "Chess", "ann", null, null, null), new GroupDescription("other", "Other", "bob", null, null, null)], Tester, TestContext.Current.CancellationToken);
        return c;
    }

    protected async Task<List<InsightsUser>> UsersAsync(System.Linq.Expressions.Expression<Func<InsightsUser, bool>> which)
    {
        await using var scope = portal.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<UserManager<InsightsUser>>().Users.AsNoTracking().Where(which).ToListAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Who the account of a key is to the pages: "User ann of chess."</summary>
    protected async Task<string?> DescribeAsync(TestCommunity c, string key)
    {
        await using var scope = portal.Services.CreateAsyncScope();
        var (users, signIn) = (scope.ServiceProvider.GetRequiredService<UserManager<InsightsUser>>(), scope.ServiceProvider.GetRequiredService<SignInManager<InsightsUser>>());
        if (await users.Users.SingleOrDefaultAsync(u => u.TenantId == c.Id && u.UserKey == key) is not { } user) return null;
        var groups = (await signIn.CreateUserPrincipalAsync(user)).FindAll("insights:manages").Select(m => m.Value.Split('|')[0]);
        return $"User {user.UserKey} of {string.Join(" and ", groups)}.";
    }
}
