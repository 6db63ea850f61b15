using System.Net;
using System.Text.RegularExpressions;
using Bunit;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using NodaTime;
using OpenMeet.Insights.Infrastructure.Audit;
using OpenMeet.Insights.Infrastructure.Delivery;
using OpenMeet.Insights.Infrastructure.Directory;
using OpenMeet.Insights.Infrastructure.People;
using OpenMeet.Insights.Portal.Account;
using OpenMeet.Insights.Portal.People;
using OpenMeet.Insights.Portal.Shared;
using OpenMeet.Insights.Tests.Account;
using OpenMeet.Insights.Tests.Shared;
using OpenMeet.Insights.Tests.Support;

namespace OpenMeet.Insights.Tests.People;

/// <summary>An administrator invites somebody; the link opens once, for a while, and by whoever has it.</summary>
public sealed partial class InvitationTests(MailingPortal portal) : AdminPageTest, IClassFixture<MailingPortal>
{
    private static readonly Actor Alice = new("alice@club.example", Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow()));

    private static CancellationToken Cancel => Xunit.TestContext.Current.CancellationToken;

    private Invitations Store => portal.Services.GetRequiredService<Invitations>();

    [Fact]
    public async Task Who_is_invited_by_mail_chooses_a_password_once_and_sees_the_own_figures()
    {
        var c = await CommunityAsync();
        var form = Open(c);
        await FillAsync(form, "Ann@Club.example", "member", "ann");
        form.WaitForAssertion(() => Assert.Contains("The link is on its way to ann@club.example", form.Find("#invite .preview").TextContent, StringComparison.Ordinal), Patience);
        Assert.Empty(form.FindAll("pre.secret"));
        form.WaitForAssertion(() => Assert.Contains("invited; the link opens until", Row(form, "ann@club.example"), StringComparison.Ordinal), Patience);

        var mail = await portal.Mail.NewestAsync("ann@club.example", TimeSpan.FromSeconds(60));
        Assert.Equal("You are invited to OpenMeet Insights", mail.Subject);
        Assert.Contains("Ada invites you", mail.TextBody, StringComparison.Ordinal);
        var link = LinkOf(mail.TextBody!);
        using var ann = new Visitor(portal.Address);
        Assert.Contains("You sign in with the address ann@club.example", (await ann.GetAsync(link)).Text, StringComparison.Ordinal);
        Assert.Contains("8 characters", (await ann.PostAsync(link, "invitation", ("Chosen", "short"))).Text, StringComparison.Ordinal);
        Assert.Contains("not right", (await ann.SignInAsync("ann@club.example", "short")).Text, StringComparison.Ordinal);
        Assert.Contains("Welcome", (await ann.PostAsync(link, "invitation", ("Chosen", "Chosen-first-2026"))).Text, StringComparison.Ordinal);
        await ann.InAsync("ann@club.example", "Chosen-first-2026");
        Assert.Equal(HttpStatusCode.OK, (await ann.GetAsync("/me/usage")).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await ann.GetAsync("/admin/people")).Status);
        using var thief = new Visitor(portal.Address);
        Assert.Contains("This link opens nothing", (await thief.GetAsync(link)).Text, StringComparison.Ordinal);
        // The way back to a new password is open: the mail has shown whose the address is.
        Assert.True((await FindAsync("ann@club.example"))!.EmailConfirmed);
        Assert.Equal(["person.invited", "person.joined"], (await c.GetAsync("api/v1/audit?target=user:ann")).Json.GetProperty("items").EnumerateArray().Select(l => l.GetProperty("action").GetString()!).Where(a => a.StartsWith("person", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_mail_the_link_is_shown_once_and_proves_no_address()
    {
        var c = await CommunityAsync();
        var form = Open(c, hasMail: false);
        await FillAsync(form, "eve@club.example", "admin", "");
        form.WaitForAssertion(() => Assert.NotEmpty(form.FindAll("pre.secret")), Patience);
        var link = LinkOf(form.Find("pre.secret").TextContent);
        form.WaitForAssertion(() => Assert.NotNull(Row(form, "eve@club.example")), Patience);
        await RestAsync(form);
        form.Find("#invite .preview button").Click();
        form.WaitForAssertion(() => Assert.Empty(form.FindAll("pre.secret")), Patience);
        Assert.DoesNotContain(link, form.Markup, StringComparison.Ordinal);
        Assert.Empty(portal.Mail.To("eve@club.example"));

        using var eve = new Visitor(portal.Address);
        Assert.Contains("Welcome", (await eve.PostAsync(link, "invitation", ("Chosen", "Chosen-first-2026"))).Text, StringComparison.Ordinal);
        await eve.InAsync("eve@club.example", "Chosen-first-2026");
        Assert.Equal(HttpStatusCode.OK, (await eve.GetAsync("/admin/people")).Status);
        Assert.False((await FindAsync("eve@club.example"))!.EmailConfirmed);
    }

    [Fact]
    public async Task A_newer_link_a_withdrawal_and_seven_days_end_a_link()
    {
        var c = await CommunityAsync();
        var wanted = new Invited("bob@club.example", false, "ann");
        async Task<string> InviteAsync()
        {
            var (link, fault) = await Store.InviteAsync(c.Id, wanted, true, Alice, Cancel);
            Assert.Null(fault);
            return PortalUrls.Invitation(link!.UserId, link.Token);
        }
        using var bob = new Visitor(portal.Address);
        async Task<bool> OpensAsync(string link) => (await bob.GetAsync(link)).Text.Contains("Choose a password", StringComparison.Ordinal);
        var first = await InviteAsync();
        Assert.True(await OpensAsync(first));
        var second = await InviteAsync();
        Assert.Equal((false, true), (await OpensAsync(first), await OpensAsync(second)));
        // On its last second, and after it.
        var clock = new FakeTimeProvider((Alice.At + Invitations.Life).ToDateTimeOffset().AddSeconds(-1));
        var later = new Invitations(portal.Services.GetRequiredService<IServiceScopeFactory>(), clock);
        var (id, token) = ((await FindAsync(wanted.Email))!.Id, second[(second.IndexOf("token=", StringComparison.Ordinal) + 6)..]);
        Assert.Equal(wanted.Email, await later.EmailOfAsync(id, token, Cancel));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await later.EmailOfAsync(id, token, Cancel));
        Assert.Null(await later.TakeAsync(id, token, "Chosen-first-2026", Cancel));

        var third = await InviteAsync();
        var page = Open(c);
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll("button[aria-label='Withdraw the invitation of bob@club.example']")), Patience);
        await RestAsync(page);
        page.Find("button[aria-label='Withdraw the invitation of bob@club.example']").Click();
        Assert.True(await OpensAsync(third));
        await ConfirmAsync(page, "Withdraw the invitation");
        page.WaitForAssertion(() => Assert.DoesNotContain("bob@club.example", page.Markup, StringComparison.Ordinal), Patience);
        Assert.False(await OpensAsync(third));
        Assert.Null(await FindAsync(wanted.Email));
    }

    [Fact]
    public async Task Whoever_takes_it_first_has_it_and_an_account_in_use_is_not_withdrawn()
    {
        var c = await CommunityAsync();
        var (link, _) = await Store.InviteAsync(c.Id, new Invited("cem@club.example", true, null), true, Alice, Cancel);
        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(n => Task.Run(() => Store.TakeAsync(link!.UserId, link.Token, $"Chosen-by-{n}-2026", Cancel))));
        Assert.Single(taken, t => t is { Succeeded: true });
        Assert.All(taken.Where(t => t is not { Succeeded: true }), Assert.Null);
        Assert.False(await Store.WithdrawAsync(c.Id, link!.UserId, Alice, Cancel));
        Assert.Equal((null, InvitationFault.Taken), await Store.InviteAsync(c.Id, new Invited("cem@club.example", false, "ann"), true, Alice, Cancel));
        Assert.True((await FindAsync("cem@club.example"))!.IsAdmin);
    }

    [Fact]
    public async Task Nobody_is_invited_over_somebody_else_or_as_nobody()
    {
        var (c, other) = (await CommunityAsync(), await CommunityAsync());
        var (waiting, _) = await Store.InviteAsync(other.Id, new Invited($"dora@{other.Key}.example", true, null), true, Alice, Cancel);
        var signedIn = await Visitor.NewAccountAsync(portal, c, "ann");
        foreach (var (email, user, fault) in new[]
        {
            ("x@club.example", "nobody", InvitationFault.UnknownUser), ("x@club.example", "ann", InvitationFault.UserHasSignIn), (signedIn, "ann", InvitationFault.Taken),
            ($"dora@{other.Key}.example", null, InvitationFault.Taken), ("o'neill@club.example", null, InvitationFault.BadAddress),
        })
        {
            Assert.Equal((null, fault), await Store.InviteAsync(c.Id, new Invited(email, user is null, user), true, Alice, Cancel));
        }
        // Nobody of this community withdraws another's.
        Assert.False(await Store.WithdrawAsync(c.Id, waiting!.UserId, Alice, Cancel));
        Assert.NotNull(await Store.EmailOfAsync(waiting.UserId, waiting.Token, Cancel));
        Assert.Null(await Store.EmailOfAsync(waiting.UserId, waiting.Token + "x", Cancel));
    }

    [Fact]
    public async Task A_service_invites_lists_and_withdraws_by_the_same_rules()
    {
        var (c, other) = (await CommunityAsync(), await CommunityAsync());
        var made = await c.JsonAsync(HttpMethod.Post, "api/v1/invitations", """{"email":"Gil@Club.example","role":"member","user":"ann"}""");
        Assert.Equal((HttpStatusCode.Created, "gil@club.example", true, null), (made.Status, made.Json.GetProperty("email").GetString(), made.Json.GetProperty("isMailed").GetBoolean(), made.Json.GetProperty("link").GetString()));
        var mail = await portal.Mail.NewestAsync("gil@club.example", TimeSpan.FromSeconds(60));
        Assert.Contains($"{c.Key} invites you", mail.TextBody, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Created, (await c.JsonAsync(HttpMethod.Post, "api/v1/invitations", """{"email":"hal@club.example","role":"admin"}""")).Status);
        var first = await c.GetAsync("api/v1/invitations?limit=1");
        Assert.Equal(["gil@club.example"], Addresses(first));
        var last = await c.GetAsync("api/v1/invitations?limit=1&cursor=" + Uri.EscapeDataString(first.Json.GetProperty("nextCursor").GetString()!));
        Assert.Equal(["hal@club.example"], Addresses(last));
        Assert.Null(last.Json.GetProperty("nextCursor").GetString());

        Assert.Equal(["- email malformed", "- role unknown", "- user required"], (await c.JsonAsync(HttpMethod.Post, "api/v1/invitations", """{"email":"no address","role":"owner"}""")).Faults);
        Assert.Equal(["- user unknown"], (await c.JsonAsync(HttpMethod.Post, "api/v1/invitations", """{"email":"ivo@club.example","role":"member","user":"nobody"}""")).Faults);
        var taken = await c.JsonAsync(HttpMethod.Post, "api/v1/invitations", """{"email":"ivo@club.example","role":"member","user":"ann"}""");
        Assert.Equal((HttpStatusCode.Conflict, "- user taken"), (taken.Status, Assert.Single(taken.Faults)));

        // Another community sees none of it and withdraws none of it.
        var id = made.Json.GetProperty("id").GetString();
        Assert.Empty(Addresses(await other.GetAsync("api/v1/invitations")));
        Assert.Equal(HttpStatusCode.NotFound, (await other.JsonAsync(HttpMethod.Delete, "api/v1/invitations/" + id, "")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await c.JsonAsync(HttpMethod.Delete, "api/v1/invitations/" + id, "")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await c.JsonAsync(HttpMethod.Delete, "api/v1/invitations/" + id, "")).Status);
        Assert.Equal(["hal@club.example"], Addresses(await c.GetAsync("api/v1/invitations")));
        using var gil = new Visitor(portal.Address);
        Assert.Contains("This link opens nothing", (await gil.GetAsync(LinkOf(mail.TextBody!))).Text, StringComparison.Ordinal);
        var noted = (await c.GetAsync("api/v1/audit?target=user:ann")).Json.GetProperty("items").EnumerateArray().Where(l => l.GetProperty("action").GetString()!.StartsWith("person", StringComparison.Ordinal)).ToArray();
        Assert.Equal(["person.withdrawn", "person.invited"], noted.Select(l => l.GetProperty("action").GetString()));
        Assert.All(noted, l => Assert.StartsWith("key:", l.GetProperty("actor").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_that_lacks_a_scope_invites_no_administrator_who_could_give_it()
    {
        var c = await CommunityAsync();
        async Task<string[]> InviteAsync(string address, string role, params string[] scopes)
        {
            using var content = new StringContent($$"""{"email":"{{address}}","role":"{{role}}","user":"ann"}""", System.Text.Encoding.UTF8, "application/json");
            using var sent = await portal.Client(await portal.NewKeyAsync(c.Id, null, scopes)).PostAsync(new Uri("api/v1/invitations", UriKind.Relative), content, Cancel);
            var answer = await Answer.ReadAsync(sent);
            return answer.Status == HttpStatusCode.Created ? [] : answer.Faults;
        }
        Assert.Equal(["- role too_much"], await InviteAsync("jo@club.example", "admin", "admin", "read", "directory", "ingest"));
        Assert.Null(await FindAsync("jo@club.example"));
        Assert.Empty(await InviteAsync("jo@club.example", "member", "admin"));
        Assert.Empty(await InviteAsync("jo@club.example", "admin", [.. ServiceKeyStore.AllScopes]));
        Assert.True((await FindAsync("jo@club.example"))!.IsAdmin);
    }

    [Fact]
    public async Task Who_invites_the_same_address_at_one_moment_is_told_so()
    {
        var c = await CommunityAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => c.JsonAsync(HttpMethod.Post, "api/v1/invitations", """{"email":"kim@club.example","role":"member","user":"ann"}""")));
        Assert.Contains(answers, a => a.Status == HttpStatusCode.Created);
        Assert.All(answers, a => Assert.True(a.Status is HttpStatusCode.Created or HttpStatusCode.Conflict, a.Text));
        Assert.Equal(["kim@club.example"], Addresses(await c.GetAsync("api/v1/invitations")));
    }

    [Fact]
    public async Task An_administrator_takes_a_sign_in_away_with_its_sessions_and_nobody_the_own()
    {
        var (c, other) = (await CommunityAsync(), await CommunityAsync());
        var (own, gone) = (await Visitor.NewAccountAsync(portal, c), await Visitor.NewAccountAsync(portal, c, "ann"));
        var (me, account) = (new Actor(own, Alice.At), (await FindAsync(gone))!.Id);
        var removal = portal.Services.GetRequiredService<SignInRemoval>();
        Assert.False(await removal.RemoveAsync(c.Id, (await FindAsync(own))!.Id, me, Cancel));
        Assert.False(await removal.RemoveAsync(other.Id, account, me, Cancel));
        using var ann = await Visitor.InAsync(portal.Address, gone);

        var page = Open(c);
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll($"button[aria-label='Remove the sign-in of {gone}']")), Patience);
        await RestAsync(page);
        page.Find($"button[aria-label='Remove the sign-in of {gone}']").Click();
        Assert.True(await ann.IsInAsync());
        await ConfirmAsync(page, "Remove the sign-in");
        page.WaitForAssertion(() => Assert.DoesNotContain(gone, page.Markup, StringComparison.Ordinal), Patience);
        Assert.Null(await FindAsync(gone));
        for (var waited = System.Diagnostics.Stopwatch.StartNew(); await ann.IsInAsync() && waited.Elapsed < TimeSpan.FromSeconds(60);) await Task.Delay(100, Cancel);
        Assert.False(await ann.IsInAsync());
        Assert.Contains("not right", (await ann.SignInAsync(gone)).Text, StringComparison.Ordinal);
        var line = (await c.GetAsync("api/v1/audit?action=person.removed")).Json.GetProperty("items").EnumerateArray().Single();
        Assert.Equal(("user:ann", gone), (line.GetProperty("target").GetString(), line.GetProperty("before").GetProperty("email").GetString()));
    }

    [Fact]
    public async Task Bad_input_is_named_whole_and_invites_nobody()
    {
        var c = await CommunityAsync();
        var form = Open(c);
        await FillAsync(form, "no address", "member", "");
        form.WaitForAssertion(() => Assert.Equal(2, Faults(form).Count()), Patience);
        await FillAsync(form, "fay@club.example", "member", "nobody");
        form.WaitForAssertion(() => Assert.Equal(["The directory knows no user 'nobody'."], Faults(form)), Patience);
        Assert.Null(await FindAsync("fay@club.example"));
    }

    [Fact]
    public void Who_is_no_administrator_sees_nobody()
    {
        Prepare("/admin/people", Task.FromResult(Principals.Nobody()), more: s => s.AddSingleton(DemoSignIns.None).AddSingleton(portal.Services.GetRequiredService<AccountMails>()));
        IsRefused(Render<AdminPeoplePage>());
    }

    // A community with one user of the directory.
    private async Task<TestCommunity> CommunityAsync()
    {
        var c = await portal.NewCommunityAsync();
        Assert.True((int)(await c.JsonAsync(HttpMethod.Put, "api/v1/directory/users/ann", """{"name":"Ann"}""")).Status < 300);
        return c;
    }

    // The page as an administrator has it open, on the portal's own database.
    private IRenderedComponent<AdminPeoplePage> Open(TestCommunity c, bool hasMail = true)
    {
#pragma warning disable CA2000 // It runs nothing, and lives as long as its test.
        Prepare("/admin/people", Task.FromResult(Principals.Admin(c.Id)), portal.ConnectionString, more: services => services.AddSingleton(Store).AddSingleton(portal.Services.GetRequiredService<SignInRemoval>()).AddSingleton(DemoSignIns.None).AddSingleton(hasMail
            ? portal.Services.GetRequiredService<AccountMails>()
            : new AccountMails(portal.Services.GetRequiredService<IServiceScopeFactory>(), new Mailer(new MailSettings(null)), portal.Services.GetRequiredService<SignInSettings>(), TimeProvider.System, NullLogger<AccountMails>.Instance)));
#pragma warning restore CA2000
        var page = Render<AdminPeoplePage>();
        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll("#invite form")), Patience);
        return page;
    }

    // Answers when all that follows is done.
    private static async Task FillAsync(IRenderedComponent<AdminPeoplePage> page, string email, string role, string user)
    {
        await RestAsync(page);
        Field(page, "Address").Change(email);
        Field(page, "Role").Change(role);
        Field(page, "User").Change(user);
        await page.Find("#invite form").SubmitAsync(EventArgs.Empty);
    }

    // By the one button that says so.
    private static async Task ConfirmAsync(IRenderedComponent<AdminPeoplePage> page, string words)
    {
        page.WaitForAssertion(() => Assert.Single(page.FindAll("td.bare button"), b => b.TextContent == words), Patience);
        await RestAsync(page);
        page.FindAll("td.bare button").Single(b => b.TextContent == words).Click();
    }

    private static string Row(IRenderedComponent<AdminPeoplePage> page, string email) => page.FindAll("tbody tr").Single(r => r.QuerySelector("th")!.TextContent == email).TextContent;

    private static IEnumerable<string?> Addresses(Answer list) => list.Json.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("email").GetString());

    private static string LinkOf(string text) => new Uri(Link().Match(text).Value).PathAndQuery;

    [GeneratedRegex("http://[^\\s]+")]
    private static partial Regex Link();

    private async Task<InsightsUser?> FindAsync(string email)
    {
        await using var scope = portal.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<UserManager<InsightsUser>>().FindByEmailAsync(email);
    }
}
