using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using OpenMeet.Insights.Infrastructure.Demo;

namespace OpenMeet.Insights.Tests.Browser;

/// <summary>Each account of the demo that is asked something, or not, as its people see it; and the whole road to another plan and back.</summary>
[Collection<OneDemo>]
public sealed class UpgradeRoadTests(DemoPortal portal)
{
    private const string Member = DemoPortal.Member;
    private const string Manager = DemoPortal.Manager;
    private const string Admin = DemoPortal.Admin;

    private async Task<IPage> OpenAsync(string email, string path, int width = 1440)
    {
        var page = await portal.OpenAsync(email, width);
        await page.GotoAsync(path);
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await DemoPortal.InteractiveAsync(page);
        return page;
    }

    private static ILocator Button(IPage page, string name) => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    private static Task SaysAsync(IPage page, string text) => Assertions.Expect(page.Locator("main")).ToContainTextAsync(text);

    [Theory]
    [InlineData(Manager, "/groups/board-game-nights/why", "A cheaper plan fits you: Starter")]
    [InlineData(Member, "/me/why", "Stay. You would not benefit.")]
    [InlineData(Admin, "/groups/riverside-book-circle/why", "Stay. You would not benefit.")]
    [InlineData(Admin, "/groups/louisville-makers/why", "Stay for now: your reply stands")]
    [InlineData(Admin, "/groups/code-and-coffee/why", "Stay")]
    public async Task Each_account_of_the_demo_reads_its_own_verdict(string email, string path, string sentence)
    {
        var page = await OpenAsync(email, path);
        await Assertions.Expect(page.Locator("main .verdict .say")).ToContainTextAsync(sentence);
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task The_snoozed_ask_shows_where_it_stands()
    {
        var page = await OpenAsync(Admin, "/groups/code-and-coffee/why");
        await SaysAsync(page, "Not asked again until");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task An_administrator_of_the_group_who_does_not_own_it_is_told_who_decides_and_can_answer_nowhere()
    {
        var membership = "api/v1/directory/groups/trail-runners/members/" + DemoCommunity.MemberKey;
        using var api = portal.Api();
        (await api.PutAsJsonAsync(membership, new { role = "admin" }, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
        var page = await OpenAsync(Member, "/groups/trail-runners/usage");
        await SaysAsync(page, "Storage");
        foreach (var path in (string[])["/groups/trail-runners/why", "/groups/trail-runners/plan"])
        {
            await page.GotoAsync(path);
            await Assertions.Expect(page.Locator("main")).ToContainTextAsync(new Regex(@"You cannot change this plan\. .+ \(owner\) can\."));
            await Assertions.Expect(page.Locator("main form, main .answers button")).ToHaveCountAsync(0);
        }
        await page.Context.CloseAsync();
        (await api.DeleteAsync(membership, TestContext.Current.CancellationToken)).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task The_member_is_told_of_no_ask_anywhere()
    {
        var page = await OpenAsync(Member, "/me/usage");
        await SaysAsync(page, "No other plan is suggested: see why");
        await page.GotoAsync("/me/plan");
        await SaysAsync(page, "No other plan is suggested: see why");
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task The_asked_manager_sees_evidence_takes_a_plan_undoes_it_and_snoozes()
    {
        var page = await OpenAsync(Manager, "/groups/trail-runners/usage");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "We ask about another plan: see why" }).ClickAsync();
        await Assertions.Expect(page.Locator("main .verdict .say")).ToContainTextAsync("reaches 10 GB of storage");
        await SaysAsync(page, "computed automatically");
        await SaysAsync(page, "no person involved");
        await SaysAsync(page, "last 28 days");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Remove videos older than 6 months" }).ClickAsync();
        await SaysAsync(page, "would be free");
        await Assertions.Expect(page.Locator("main tbody tr").First).ToBeVisibleAsync();

        await page.GotoAsync("/groups/trail-runners/plan?choose=society&when=now");
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await DemoPortal.InteractiveAsync(page);
        await SaysAsync(page, "With the change");
        await SaysAsync(page, "25 GB, hard");
        await Button(page, "Take Society now").ClickAsync();
        await SaysAsync(page, "Society begins now.");
        await Button(page, "Undo").ClickAsync();
        await SaysAsync(page, "Taken back: everything is as it was before the change.");
        await Assertions.Expect(page.Locator("main .verdict .say")).ToContainTextAsync("Club costs 8.00");

        await page.GotoAsync("/groups/trail-runners/why");
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await DemoPortal.InteractiveAsync(page);
        await Button(page, "Until 90 %").ClickAsync();
        await SaysAsync(page, "Not asked again until 90 % of the limit is used");
        await Assertions.Expect(page.Locator("main .verdict .say")).ToContainTextAsync("Stay for now: your reply stands");
        await page.GotoAsync("/groups/trail-runners/usage");
        await SaysAsync(page, "No other plan is suggested: see why");
        await page.Context.CloseAsync();
    }

    // The dispute is looked at before it is answered: tests run in any order.
    [Fact]
    public async Task A_disputed_ask_shows_where_it_stands_and_an_administrator_answers_it_and_moves_a_rule()
    {
        var page = await OpenAsync(Admin, "/groups/louisville-makers/why");
        await SaysAsync(page, "open, with a person");
        await SaysAsync(page, "We move our recordings to a server of our own");
        await SaysAsync(page, "You read along");
        await Assertions.Expect(page.Locator("#reply button")).ToHaveCountAsync(0);
        await page.GotoAsync("/admin/disputes");
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await DemoPortal.InteractiveAsync(page);
        await SaysAsync(page, "waits for an answer");
        await Button(page, "Upheld: they are right").ClickAsync();
        await SaysAsync(page, "Write an answer: the account reads it.");
        await page.GetByLabel(new Regex("^Your answer")).FillAsync("You are right: the recordings are leaving.");
        await Button(page, "Upheld: they are right").ClickAsync();
        await SaysAsync(page, "is answered: upheld.");
        await page.GotoAsync("/groups/louisville-makers/why");
        await SaysAsync(page, "You are right: the recordings are leaving.");

        await page.GotoAsync("/admin/rules");
        await page.WaitForLoadStateAsync(LoadState.NetworkIdle);
        await DemoPortal.InteractiveAsync(page);
        await page.Locator("#v1").GetByLabel("Reason").FillAsync("a test of the switch");
        await page.Locator("#v1").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Switch off now" }).ClickAsync();
        await SaysAsync(page, "No version is live: nobody is asked.");
        await page.Locator("#v1").GetByLabel("Reason").FillAsync("the test is over");
        await page.Locator("#v1").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Switch on again" }).ClickAsync();
        await SaysAsync(page, "Version 1 is live");
        await page.GotoAsync("/admin/upgrades");
        await SaysAsync(page, "Solved without paying");
        await page.Context.CloseAsync();
    }
}
