using System.Text.RegularExpressions;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>The portal as people see it, in a real browser, on the demo's year.</summary>
[Collection<OneDemo>]
public sealed partial class BrowserTests(DemoPortal portal)
{
    private const string Member = DemoPortal.Member;
    private const string Manager = DemoPortal.Manager;
    private const string Admin = DemoPortal.Admin;

    [Fact]
    public async Task The_sign_in_page_has_no_serious_barriers_and_says_what_is_wrong()
    {
        var page = await portal.OpenAsync(null);
        await page.GotoAsync("/me/usage");
        await Assertions.Expect(page).ToHaveURLAsync(SignIn());
        var found = await page.RunAxe();
        Assert.Empty(found.Violations.Where(v => v.Impact is "serious" or "critical").Select(v => v.Id));
        await page.GetByLabel("Email").FillAsync(Member);
        await page.GetByLabel("Password").FillAsync("not-the-password");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not right");
        await page.Context.CloseAsync();
    }

    [Theory]
    [InlineData(Member, "/groups/trail-runners/usage")]
    [InlineData(Member, "/groups/trail-runners/why")]
    [InlineData(Member, "/admin/costs")]
    [InlineData(Member, "/groups/trail-runners/statement")]
    [InlineData(Manager, "/admin/users/maya-member/statement")]
    [InlineData(Manager, "/groups/louisville-makers/members")]
    [InlineData(Member, "/groups/trail-runners/community")]
    [InlineData(Manager, "/groups/louisville-makers/contributors")]
    [InlineData(Manager, "/groups/louisville-makers/resources")]
    [InlineData(Member, "/network")]
    [InlineData(Manager, "/admin/keys")]
    [InlineData(Manager, "/admin/new-plan")]
    [InlineData(Member, "/admin/plans/club/edit")]
    [InlineData(Manager, "/admin/plans/club/review")]
    [InlineData(Member, "/groups/trail-runners/alerts")]
    [InlineData(Manager, "/groups/louisville-makers/alerts")]
    [InlineData(Manager, "/admin/alerts")]
    [InlineData(Manager, "/admin/webhooks")]
    public async Task Who_may_not_see_a_page_is_told_so_and_sees_no_figure(string email, string path)
    {
        var page = await portal.OpenAsync(email);
        await page.GotoAsync(path);
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("permission", new LocatorAssertionsToContainTextOptions { IgnoreCase = true });
        await Assertions.Expect(page.Locator("main table")).ToHaveCountAsync(0);
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_statements_file_is_for_who_may_see_its_page()
    {
        var page = await portal.OpenAsync(Member);
        var own = await page.APIRequest.GetAsync("/me/statement.csv");
        Assert.Equal((200, "text/csv; charset=utf-8"), (own.Status, own.Headers["content-type"]));
        Assert.Contains("user:maya-member", await own.TextAsync(), StringComparison.Ordinal);
        foreach (var other in (string[])["/groups/trail-runners/statement.csv", "/admin/users/maya-member/statement.csv", "/admin/groups/trail-runners/statement.csv"])
        {
            var refused = await page.APIRequest.GetAsync(other);
            Assert.Equal(403, refused.Status);
            Assert.DoesNotContain("trail-runners", await refused.TextAsync(), StringComparison.Ordinal);
        }
        var nobody = await portal.OpenAsync(null);
        Assert.Contains("/account/login", (await nobody.APIRequest.GetAsync("/me/statement.csv")).Url, StringComparison.Ordinal);

        await page.GotoAsync("/me/statement");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "CSV" }).ClickAsync());
        Assert.StartsWith("statement-maya-member-", download.SuggestedFilename, StringComparison.Ordinal);
        await page.Context.CloseAsync();
        await nobody.Context.CloseAsync();
    }

    [Fact]
    public async Task A_file_of_bills_with_a_fault_is_refused_with_its_line()
    {
        var page = await portal.OpenAsync(Admin);
        await page.GotoAsync("/admin/costs");
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await DemoPortal.InteractiveAsync(page);
        await page.GetByLabel("CSV file").SetInputFilesAsync(new FilePayload
        {
            Name = "bills.csv",
            MimeType = "text/csv",
            Buffer = System.Text.Encoding.UTF8.GetBytes("name,period,amount,currency,driver\nNever stored,2026-10,1.00,USD,messages\nWrong,2026-10,\"1,00\",USD,messages\n"),
        });
        await Assertions.Expect(page.Locator("#bill-file [role=alert]")).ToContainTextAsync("Line 3, amount");
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("main")).Not.ToContainTextAsync("Never stored");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task An_administrator_makes_changes_and_archives_a_meter()
    {
        var page = await portal.OpenAsync(Admin);
        await page.GotoAsync("/admin/meters");
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await DemoPortal.InteractiveAsync(page);
        ILocator Button(string name) => page.Locator("#meter-form").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = name });
        await Button("Make meter").ClickAsync();
        await Assertions.Expect(page.Locator("#meter-form [role=alert]")).ToContainTextAsync("'slug' is required");
        // A label holds its hint as well, so it is found by how it begins.
        ILocator Field(string label) => page.Locator("#meter-form").GetByLabel(new Regex("^" + label));
        await Field("Slug").FillAsync("surveys");
        await Field("How it adds up").SelectOptionAsync("COUNT");
        await Field("Type").FillAsync("survey.answered");
        await Button("Make meter").ClickAsync();
        await Assertions.Expect(page.Locator("main .done")).ToContainTextAsync("Made: surveys");

        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Change surveys" }).ClickAsync();
        await Assertions.Expect(page.Locator("#meter-form h2")).ToHaveTextAsync("Change surveys");
        await Field("Name").FillAsync("Surveys answered");
        await Button("Save changes").ClickAsync();
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Change Surveys answered" }).ClickAsync();
        await Button("Archive this meter").ClickAsync();
        await Button("Yes, archive").ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Change Surveys answered" })).ToHaveCountAsync(0);
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task A_managers_number_leads_to_its_events_and_back()
    {
        var page = await portal.OpenAsync(Manager);
        await page.GotoAsync("/groups/trail-runners/storage");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "The events behind it" }).First.ClickAsync();
        await Assertions.Expect(page.Locator("main .verdict .say")).ToContainTextAsync("events, as they were sent");
        await Assertions.Expect(page.Locator("main tbody tr").First).ToContainTextAsync("file.");
        await page.GoBackAsync();
        await Assertions.Expect(page.Locator("main h1")).ToHaveTextAsync("Storage");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task The_period_stands_in_the_address_and_a_copied_link_shows_the_same()
    {
        var page = await portal.OpenAsync(Manager);
        await page.GotoAsync("/groups/trail-runners/members?p=91d&view=table");
        var said = await SentenceAsync(page);
        await Assertions.Expect(page.Locator("header.top")).ToContainTextAsync("91 days");
        var other = await portal.OpenAsync(Manager);
        await other.GotoAsync(page.Url);
        var copied = await SentenceAsync(other);
        if (copied != said)
        {
            // The hour has turned between the two, and the demo's figures with it.
            await page.ReloadAsync();
            said = await SentenceAsync(page);
        }
        Assert.Equal(said, copied);
        await page.Context.CloseAsync();
        await other.Context.CloseAsync();

        static Task<string> SentenceAsync(IPage window) => window.Locator("main .verdict .say").InnerTextAsync();
    }

    [Fact]
    public async Task A_dispute_is_kept_shown_and_taken_back()
    {
        var page = await portal.OpenAsync(Manager);
        await page.GotoAsync("/groups/trail-runners/why");
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await DemoPortal.InteractiveAsync(page);
        await page.GetByLabel("What should we know?").FillAsync("The videos of November were a one-off.");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "The forecast" }).ClickAsync();
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("The videos of November were a one-off.");
        await page.ReloadAsync();
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("The videos of November were a one-off.");
        // Others look at this account's ask.
        await DemoPortal.InteractiveAsync(page);
        var standing = page.Locator("#standing .answered").Filter(new LocatorFilterOptions { HasText = "Nothing is asked meanwhile" });
        await standing.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Take it back" }).ClickAsync();
        await Assertions.Expect(standing).ToHaveCountAsync(0);
        await page.Context.CloseAsync();
    }

    [GeneratedRegex("/account/login")]
    private static partial Regex SignIn();
}
