using System.Net;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OpenMeet.Insights.Infrastructure.Database;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Portal.Tests.Support;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.Account;

/// <summary>A portal that holds cookies against their sessions each second.</summary>
public sealed class StrictPortal(PostgresServer server) : RunningPortal(server)
{
    internal override void Adjust(WebApplicationBuilder builder)
    {
        builder.Configuration["Insights:SignIn:CheckSeconds"] = "1";
        builder.Configuration["Insights:SignIn:PerMinute"] = "10000";
    }
}

/// <summary>The ways in and what ends them, over HTTP as a browser does it.</summary>
public sealed partial class SecurityTests(StrictPortal portal) : IClassFixture<StrictPortal>
{
    private const string Security = "/account/security";
    private const string Authenticator = "/account/security/authenticator";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_is_not_signed_in_is_sent_to_the_sign_in_and_comes_back()
    {
        using var nobody = new Visitor(portal.Address);
        foreach (var path in (string[])[Security, Authenticator])
            Assert.StartsWith("/account/login?returnUrl=", (await nobody.GetAsync(path)).To, StringComparison.Ordinal);
        var email = await AccountAsync();
        var back = await nobody.PostAsync("/account/login?returnUrl=%2Faccount%2Fsecurity", "login", ("Email", email), ("Password", Visitor.Password));
        Assert.Equal(Security, back.To);
    }

    [Fact]
    public async Task A_changed_password_opens_the_former_opens_nothing_and_others_are_signed_out()
    {
        var email = await AccountAsync();
        using var ann = await Visitor.InAsync(portal.Address, email);
        using var elsewhere = await Visitor.InAsync(portal.Address, email);
        Assert.Contains("present password is not right", (await ann.PostAsync(Security, "password", ("Present", "wrong-one-2026"), ("Chosen", "Another-2026"))).Text, StringComparison.Ordinal);
        Assert.Contains("8 characters or more", (await ann.PostAsync(Security, "password", ("Present", Visitor.Password), ("Chosen", "aaaaaaaa"))).Text, StringComparison.Ordinal);
        foreach (var tried in (string[])["Password123", email, email.Split('@')[0]])
            Assert.Contains("tried first", (await ann.PostAsync(Security, "password", ("Present", Visitor.Password), ("Chosen", tried))).Text, StringComparison.Ordinal);
        Assert.Equal(Security + "?done=password", (await ann.PostAsync(Security, "password", ("Present", Visitor.Password), ("Chosen", "Another-2026"))).To);
        Assert.True(await ann.IsInAsync());
        Assert.False(await elsewhere.IsInAsync());
        using var again = new Visitor(portal.Address);
        Assert.Contains("not right", (await again.SignInAsync(email)).Text, StringComparison.Ordinal);
        await again.InAsync(email, "Another-2026");
        Assert.Contains(await ActionsAsync(email), a => a == "account.password.changed");
    }

    [Fact]
    public async Task A_second_factor_is_asked_for_and_each_code_opens_once()
    {
        var email = await AccountAsync();
        using var ann = await Visitor.InAsync(portal.Address, email);
        var (secret, recovery) = await EnrolAsync(ann);
        Assert.True(await ann.IsInAsync());
        Assert.DoesNotContain(recovery[0], (await ann.GetAsync(Security)).Text, StringComparison.Ordinal);

        using var later = new Visitor(portal.Address);
        Assert.Equal("/account/login/code", (await later.SignInAsync(email)).To);
        Assert.False(await later.IsInAsync());
        Assert.Contains("not right", (await later.PostAsync("/account/login/code", "login-code", ("Code", "000000"))).Text, StringComparison.Ordinal);
        var code = Visitor.Code(secret, 1);
        Assert.Equal("/", (await later.PostAsync("/account/login/code", "login-code", ("Code", code))).To);
        Assert.True(await later.IsInAsync());

        using var shoulder = new Visitor(portal.Address);
        await shoulder.SignInAsync(email);
        Assert.Contains("used before", (await shoulder.PostAsync("/account/login/code", "login-code", ("Code", code))).Text, StringComparison.Ordinal);
        Assert.Equal("/", (await shoulder.PostAsync("/account/login/code", "login-code", ("Code", recovery[3]))).To);
        using var late = new Visitor(portal.Address);
        await late.SignInAsync(email);
        Assert.Contains("not right", (await late.PostAsync("/account/login/code", "login-code", ("Code", recovery[3]))).Text, StringComparison.Ordinal);
        Assert.Contains("9 recovery codes are left", (await ann.GetAsync(Security)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_of_the_second_factor_cannot_be_read_in_the_database()
    {
        var email = await AccountAsync();
        using var ann = await Visitor.InAsync(portal.Address, email);
        var (secret, recovery) = await EnrolAsync(ann);
        await using var db = await portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(Cancel);
        var kept = string.Join('\n', await db.UserTokens.Select(t => t.Value).ToListAsync(Cancel));
        Assert.Contains('\n', kept);
        Assert.DoesNotContain(secret.Replace(" ", "", StringComparison.Ordinal), kept, StringComparison.OrdinalIgnoreCase);
        Assert.All(recovery, code => Assert.DoesNotContain(code, kept, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_second_factor_is_turned_off_again()
    {
        var email = await AccountAsync();
        using var ann = await Visitor.InAsync(portal.Address, email);
        var (_, recovery) = await EnrolAsync(ann);
        var again = await ann.PostAsync(Security, "second-factor", ("Act", "codes"));
        Assert.Equal(SecretOf(again.Text, "recovery-codes").Split('\n').Length, recovery.Length);
        Assert.DoesNotContain(recovery[0], again.Text, StringComparison.Ordinal);
        Assert.Equal(Security + "?done=code-off", (await ann.PostAsync(Security, "second-factor", ("Act", "off"))).To);
        using var later = await Visitor.InAsync(portal.Address, email);
        Assert.Contains("account.code.removed", await ActionsAsync(email));
    }

    [Fact]
    public async Task A_locked_account_answers_as_one_that_does_not_exist()
    {
        var email = await AccountAsync();
        using var guesser = new Visitor(portal.Address);
        var unknown = (await guesser.SignInAsync("nobody@nowhere.example")).Text;
        var error = Alert().Match(unknown).Value;
        Assert.Contains("After 10 wrong tries", error, StringComparison.Ordinal);
        for (var i = 0; i < 10; i++) Assert.Equal(error, Alert().Match((await guesser.SignInAsync(email, "wrong-one-2026")).Text).Value);
        Assert.Equal(error, Alert().Match((await guesser.SignInAsync(email)).Text).Value);
        await using var scope = portal.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<InsightsUser>>();
        var user = (await users.FindByEmailAsync(email))!;
        Assert.True(await users.IsLockedOutAsync(user));
        await users.SetLockoutEndDateAsync(user, null);
        await guesser.InAsync(email);
    }

    [Fact]
    public async Task Wrong_codes_lock_too()
    {
        var email = await AccountAsync();
        using var ann = await Visitor.InAsync(portal.Address, email);
        var (secret, recovery) = await EnrolAsync(ann);
        using var thief = new Visitor(portal.Address);
        await thief.SignInAsync(email);
        for (var i = 0; i < 10; i++) await thief.PostAsync("/account/login/code", "login-code", ("Code", i % 2 == 0 ? "AAAAA-AAAAA" : "000000"));
        Assert.Contains("Too many", (await thief.PostAsync("/account/login/code", "login-code", ("Code", recovery[0]))).Text, StringComparison.Ordinal);
        Assert.Contains("Too many", (await thief.PostAsync("/account/login/code", "login-code", ("Code", Visitor.Code(secret, 1)))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_are_listed_and_each_is_signed_out_alone()
    {
        var email = await AccountAsync();
        using var ann = await Visitor.InAsync(portal.Address, email);
        using var second = await Visitor.InAsync(portal.Address, email);
        using var third = await Visitor.InAsync(portal.Address, email);
        var buttons = Session().Matches((await ann.GetAsync(Security)).Text).Select(m => m.Groups[1].Value).ToArray();
        Assert.Equal(2, buttons.Length);
        // The one last seen comes first.
        Assert.Equal(Security + "?done=session", (await ann.PostAsync(Security, "sessions", ("End", buttons[0]))).To);
        Assert.Equal((true, true, false), (await ann.IsInAsync(), await second.IsInAsync(), await third.IsInAsync()));
        Assert.Equal(Security + "?done=sessions", (await ann.PostAsync(Security, "sessions", ("End", "others"))).To);
        Assert.Equal((true, false), (await ann.IsInAsync(), await second.IsInAsync()));
        Assert.Contains("account.session.ended", await ActionsAsync(email));
    }

    [Fact]
    public async Task Nobody_ends_the_session_of_somebody_else()
    {
        using var ann = await Visitor.InAsync(portal.Address, await AccountAsync());
        using var annElsewhere = await Visitor.InAsync(portal.Address, await AccountAsync());
        var other = await AccountAsync();
        using var bob = await Visitor.InAsync(portal.Address, other);
        using var bobElsewhere = await Visitor.InAsync(portal.Address, other);
        var his = Session().Match((await bob.GetAsync(Security)).Text).Groups[1].Value;
        await ann.PostAsync(Security, "sessions", ("End", his));
        Assert.True(await bobElsewhere.IsInAsync());
    }

    [Fact]
    public async Task A_stolen_cookie_is_worth_nothing_after_the_sign_out()
    {
        using var ann = await Visitor.InAsync(portal.Address, await AccountAsync());
        using var thief = ann.Thief();
        Assert.Equal(HttpStatusCode.OK, (await thief.GetAsync("/inbox")).Status);
        await ann.PostAsync("/account/logout", "logout");
        Assert.False(await thief.IsInAsync());
        // Every other page within the interval at which cookies are checked.
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        while ((await thief.GetAsync("/inbox")).Status != HttpStatusCode.Redirect) await Task.Delay(100, patience.Token);
    }

    private static async Task<(string Secret, string[] Recovery)> EnrolAsync(Visitor visitor)
    {
        Assert.Equal(Authenticator, (await visitor.PostAsync(Security, "second-factor", ("Act", "begin"))).To);
        var page = (await visitor.GetAsync(Authenticator)).Text;
        Assert.Matches("<svg class=\"qr\"[^>]*>.*<path d=\"M4 4h1v1h-1z", page);
        var secret = SecretOf(page, "secret");
        Assert.Contains("not right", (await visitor.PostAsync(Authenticator, "authenticator", ("Code", "000000"))).Text, StringComparison.Ordinal);
        var done = await visitor.PostAsync(Authenticator, "authenticator", ("Code", Visitor.Code(secret)));
        var codes = SecretOf(done.Text, "recovery-codes").Split('\n');
        Assert.Equal(10, codes.Distinct().Count());
        return (secret, codes);
    }

    private async Task<string> AccountAsync() => await Visitor.NewAccountAsync(portal, await portal.NewCommunityAsync(), "ann");

    private async Task<string[]> ActionsAsync(string email)
    {
        await using var db = await portal.Services.GetRequiredService<IDbContextFactory<InsightsDbContext>>().CreateDbContextAsync(Cancel);
        return await db.Audit.Where(a => a.Actor == email).Select(a => a.Action).ToArrayAsync(Cancel);
    }

    private static string SecretOf(string page, string id) => Regex.Match(page, $"<pre class=\"secret\" id=\"{id}\">([^<]+)</pre>").Groups[1].Value;

    [GeneratedRegex("name=\"End\" value=\"([0-9a-f-]{36})\"")]
    private static partial Regex Session();

    [GeneratedRegex("<p class=\"form-error\".*?</p>", RegexOptions.Singleline)]
    private static partial Regex Alert();
}
